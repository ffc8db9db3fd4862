"""Plots of a report, as SVG: least to highest of each stretch, bands, findings shaded. They read in black and white."""

from collections.abc import Sequence
from html import escape

from sock import SITES

from gradsock import clock
from gradsock.view import trace
from gradsock.view.trace import Grain

WIDTH, LEFT, BOTTOM, TOP = 760, 34, 18, 6
BARS = 18
"""For the bands, between the numbers and what is drawn."""
COLOUR = {"ankle": "#0072b2", "calf": "#007a5a", "knee": "#b84a00"}
DASH = {"ankle": "", "calf": "6 3", "knee": "2 2"}
STEPS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
TICKS = 8
LABEL_HALF = 24
LEAST_MMHG = 30.0
GAP_MIN = 0.5
"""A gap narrower than that is not seen."""


class Plot:
    """A window of a recording, ``height`` high; add what lies behind first."""

    def __init__(self, grain: Grain, from_us: int, to_us: int, zone: str, height: int = 190) -> None:
        self._from, self._to, self._zone, self._height = from_us, max(to_us, from_us + 1), zone, height
        self._window = trace.window(grain, from_us, to_us, 380)
        read = [v for site in self._window["sites"].values() for v in site["high"] if v is not None]
        self._top: float = max([LEAST_MMHG, *(value * 1.05 for value in read)])
        self._parts: list[str] = []

    def shade(self, from_us: int, to_us: int, level: str) -> None:
        """A finding."""
        left, right = self._x(max(from_us, self._from)), self._x(min(to_us, self._to))
        opacity = {"warning": 0.35, "notice": 0.22}.get(level, 0.1)
        self._parts.append(
            f'<rect x="{left:.1f}" y="{TOP}" width="{max(1.0, right - left):.1f}" height="{self._y(0) - TOP:.1f}" '
            f'fill="#e69f00" fill-opacity="{opacity}"/>'
        )

    def band(self, site: str, ends: "tuple[float | None, float | None]") -> None:
        """Where a site should be, as a bar at the left."""
        high, low = self._y(min(self._top, ends[1] if ends[1] is not None else self._top)), self._y(ends[0] or 0.0)
        at = LEFT + 2 + 5 * SITES.index(site)
        self._parts.append(
            f'<rect x="{at}" y="{high:.1f}" width="4" height="{max(0.0, low - high):.1f}" fill="{COLOUR[site]}"/>'
        )

    def mark(self, utc_us: int) -> None:
        """What the wearer said."""
        x = self._x(utc_us)
        self._parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{self._y(0):.1f}" stroke="#333" stroke-dasharray="1 3"/>'
        )

    def svg(self, title: str) -> str:
        """The whole of it."""
        parts = [
            *self._axes(),
            *self._gaps(),
            *self._parts,
            *(self._line(site) for site in SITES if site in self._window["sites"]),
        ]
        return (
            f'<svg viewBox="0 0 {WIDTH} {self._height}" role="img" xmlns="http://www.w3.org/2000/svg">'
            f"<title>{escape(title, quote=False)}</title>{''.join(parts)}</svg>"
        )

    def _gaps(self) -> list[str]:
        """Where nothing came: grey and without a line."""
        parts = []
        for from_ms, to_ms in self._window["gaps"]:
            left, right = self._x(max(self._from, from_ms * 1000)), self._x(min(self._to, to_ms * 1000))
            if right - left >= GAP_MIN:
                parts.append(
                    f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{self._y(0) - TOP:.1f}" '
                    'fill="#bbb" fill-opacity="0.35"/>'
                )
        return parts

    def _x(self, utc_us: float) -> float:
        return LEFT + BARS + (WIDTH - LEFT - BARS - 4) * (utc_us - self._from) / (self._to - self._from)

    def _y(self, mmHg: float) -> float:
        return TOP + (self._height - TOP - BOTTOM) * (1 - mmHg / self._top)

    def _line(self, site: str) -> str:
        """Up along the highest and back along the least, a piece per stretch without a gap."""
        highs, lows = self._window["sites"][site]["high"], self._window["sites"][site]["low"]
        pieces: list[list[tuple[float, float, float]]] = [[]]
        for t_ms, high, low in zip(self._window["t"], highs, lows, strict=True):
            if high is None:
                pieces.append([])
            else:
                pieces[-1].append((self._x(t_ms * 1000), self._y(high), self._y(low)))
        d = "".join(_outline(piece) for piece in pieces if piece)
        dash = f' stroke-dasharray="{DASH[site]}"' if DASH[site] else ""
        colour = f'fill="{COLOUR[site]}" fill-opacity="0.18" stroke="{COLOUR[site]}" stroke-width="0.9"'
        return f'<path d="{d}" {colour}{dash}/>'

    def _axes(self) -> list[str]:
        parts = []
        step = next((s for s in (5, 10, 20, 50, 100) if self._top / s <= 6), 200)
        for mmHg in range(0, int(self._top) + 1, step):
            y = self._y(mmHg)
            parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 4}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
            parts.append(f'<text x="{LEFT - 4}" y="{y + 3:.1f}" text-anchor="end">{mmHg}</text>')
        span_s = (self._to - self._from) / 1e6
        every_s = next((s for s in STEPS_S if span_s / s <= TICKS), STEPS_S[-1])
        at = -(-self._from // (every_s * 1_000_000)) * every_s * 1_000_000
        form = "%m-%d" if every_s >= 86400 else "%H:%M" if every_s >= 60 else "%H:%M:%S"
        while at <= self._to:
            x = self._x(at)
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{self._y(0):.1f}" stroke="#eee"/>')
            told = f"{clock.local(at, self._zone):{form}}"
            anchor = "end" if x > WIDTH - LABEL_HALF else "middle"
            parts.append(f'<text x="{x:.1f}" y="{self._height - 5}" text-anchor="{anchor}">{told}</text>')
            at += every_s * 1_000_000
        return parts


def _outline(piece: "Sequence[tuple[float, float, float]]") -> str:
    there = " ".join(f"{x:.1f} {high:.1f}" for x, high, _ in piece)
    back = " ".join(f"{x:.1f} {low:.1f}" for x, _, low in reversed(piece))
    return f"M{there} L{back}Z"
