"""A sheet to draw circuits on: lines, words and the usual symbols, as an SVG text.

Every colour is a class with two values, one for light and one for dark surroundings, and the sheet brings its own
background, so a drawing is readable wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

Point = tuple[float, float]

COLOURS = {
    "paper": ("#ffffff", "#161b22"),
    "ink": ("#1f2328", "#e6edf3"),
    "faint": ("#636c76", "#8b949e"),
    "board": ("#eef3f8", "#21262d"),
    "skin": ("#f6e3d4", "#4a3b32"),
    "sock": ("#d9e2ec", "#33404d"),
    "red": ("#c4314b", "#ff7b86"),
    "blue": ("#1f5fbf", "#6cb0ff"),
    "green": ("#1a7f4b", "#56d390"),
    "orange": ("#b35900", "#ffab5e"),
    "purple": ("#7a3fbf", "#cfa3ff"),
    "teal": ("#0b7285", "#4fd0dd"),
    "brown": ("#7d5a3c", "#d3a47c"),
}
"""Name: (light, dark)."""


class Sheet:
    """A drawing of that size in pixels; `title` is read out by screen readers."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self._under: list[str] = []
        self._items: list[str] = []

    def text(self) -> str:
        """The SVG."""
        light, dark = (_rules(index) for index in (0, 1))
        style = (
            "text{font-family:system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:13px}"
            ".small{font-size:11px}.large{font-size:16px;font-weight:600}.bold{font-weight:600}"
            ".wire{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
            ".halo{fill:none;stroke-width:7;stroke-linejoin:round}"
            ".line{fill:none;stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}.dash{stroke-dasharray:5 4}"
            f"{light}@media (prefers-color-scheme:dark){{{dark}}}"
        )
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img">\n'
            f"<title>{escape(self.title)}</title>\n<style>{style}</style>\n"
            f'<rect class="f-paper" width="{self.width}" height="{self.height}" rx="10"/>\n'
        )
        return head + "\n".join([*self._under, *self._items]) + "\n</svg>\n"

    def wire(self, colour: str, *points: Point, kind: str = "wire") -> None:
        """A line through points; kind "wire", "line" or either with " dash"."""
        path = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        self._items.append(f'<path class="{kind} s-{colour}" d="{path}"/>')

    def curve(self, path: str, stroke: str | None = None, fill: str | None = None, kind: str = "line") -> None:
        """A path of SVG's own."""
        classes = " ".join([*([kind, f"s-{stroke}"] if stroke else []), f"f-{fill}" if fill else "f-none"])
        self._items.append(f'<path class="{classes}" d="{path}"/>')

    def words(self, x: float, y: float, text: str, colour: str = "ink", at: str = "start", size: str = "") -> None:
        """Text with its baseline at y; at "start", "middle" or "end"; size "", "small", "large", "bold"."""
        anchor = "" if at == "start" else f' text-anchor="{at}"'
        classes = " ".join(filter(None, [f"f-{colour}", size]))
        self._items.append(f'<text class="{classes}" x="{_n(x)}" y="{_n(y)}"{anchor}>{escape(text)}</text>')

    def lines(self, x: float, y: float, texts: Iterable[str], colour: str = "ink", size: str = "small") -> None:
        """Several lines of text, one below the other."""
        for number, text in enumerate(texts):
            self.words(x, y + 15 * number, text, colour, size=size)

    def box(self, x: float, y: float, width: float, height: float, fill: str = "board", stroke: str = "ink") -> None:
        """A part's body."""
        self._items.append(
            f'<rect class="line s-{stroke} f-{fill}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" '
            f'height="{_n(height)}" rx="5"/>'
        )

    def dot(self, x: float, y: float, colour: str = "ink", radius: float = 3.5) -> None:
        """Where wires join."""
        self._items.append(f'<circle class="f-{colour}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>')

    def ring(self, x: float, y: float, radius: float, colour: str = "ink", fill: str = "paper") -> None:
        """A circle."""
        self._items.append(f'<circle class="line s-{colour} f-{fill}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>')

    def ground(self, x: float, y: float) -> None:
        """Ground: all these symbols are one wire."""
        self.wire("ink", (x, y), (x, y + 6))
        for step, half in enumerate((9, 6, 3)):
            self.wire("ink", (x - half, y + 6 + 4 * step), (x + half, y + 6 + 4 * step), kind="line")

    def supply(self, x: float, y: float, label: str = "3V3") -> None:
        """The 3.3 V supply: all these symbols are one wire."""
        self.wire("red", (x, y), (x, y - 8))
        self.wire("red", (x - 8, y - 8), (x + 8, y - 8))
        self.words(x, y - 13, label, "red", "middle", "small")

    def resistor(self, x: float, y: float, label: str, *, down: bool, side: str = "right", length: float = 30) -> None:
        """From (x, y) down or to the right over that length, with its value beside it."""
        if down:
            self.box(x - 5, y, 10, length, "paper")
            left = side == "left"
            self.words(
                x + (-10 if left else 10), y + length / 2 + 4, label, at="end" if left else "start", size="small"
            )
        else:
            self.box(x, y - 5, length, 10, "paper")
            self.words(x + length / 2, y - 10, label, at="middle", size="small")

    def capacitor(self, x: float, y: float, label: str) -> None:
        """From (x, y) down over 30, with its value to the right."""
        self.wire("ink", (x, y), (x, y + 12))
        self.wire("ink", (x - 8, y + 12), (x + 8, y + 12))
        self.wire("ink", (x - 8, y + 18), (x + 8, y + 18))
        self.wire("ink", (x, y + 18), (x, y + 30))
        self.words(x + 11, y + 19, label, size="small")


def _rules(index: int) -> str:
    return "".join(f".s-{name}{{stroke:{c[index]}}}.f-{name}{{fill:{c[index]}}}" for name, c in COLOURS.items()) + (
        "" if index else ".f-none{fill:none}"
    )


def _n(value: float) -> str:
    """A number as short as it can be."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
