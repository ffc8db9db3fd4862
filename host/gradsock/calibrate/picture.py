"""A calibration as pictures: what the fit leaves, and the loop that the sensor makes; in a terminal and as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from gradsock.calibrate.artefact import Artefact, Sensor
from gradsock.calibrate.points import fitted

SIGNS = {"up": "^", "down": "v", "loop": "o", "hold": "=", "rest": "."}
WORDS = {"up": "up", "down": "down", "loop": "small loops", "hold": "long hold", "rest": "at rest"}
COLOURS = {"up": "#1b6ca8", "down": "#c0392b", "loop": "#7d8a2e", "hold": "#8e44ad", "rest": "#555555"}
COLUMNS, ROWS = 61, 9
LEAST_SPAN_MMHG = 2.0


@dataclass(frozen=True)
class Dot:
    """Something read: at a pressure, so far above or below it."""

    phase: str
    reference_mmHg: float
    off_mmHg: float


def left(sensor: Sensor) -> list[Dot]:
    """What the fit leaves: estimate minus reference."""
    pairs = zip(fitted(sensor.points), sensor.fit.residuals_mmHg, strict=True)
    return [Dot(point.phase, point.reference_mmHg, residual) for point, residual in pairs]


def loop(sensor: Sensor) -> list[Dot]:
    """What the curve alone would say, minus the reference: the sensor's creep and hysteresis."""
    points = fitted(sensor.points)
    told = sensor.fit.curve.mmHg(np.array([point.ratio for point in points]))
    return [
        Dot(point.phase, point.reference_mmHg, float(mmHg) - point.reference_mmHg)
        for point, mmHg in zip(points, told, strict=True)
    ]


def terminal(sensors: Sequence[Sensor]) -> str:
    """Both pictures of each sensor, in characters."""
    return "\n".join(line for sensor in sensors for line in _of_sensor(sensor))


def _of_sensor(sensor: Sensor) -> Iterator[str]:
    fit = sensor.fit
    yield f"{sensor.site}: {summary(sensor)}"
    yield "  the curve alone, minus the reference (mmHg): how the sensor creeps and lags"
    yield from _plot(loop(sensor))
    yield f"  what is left with creep and hysteresis taken off (mmHg), {fit.rms_mmHg:.1f} RMS"
    yield from _plot(left(sensor))
    shown = [f"{sign} {WORDS[phase]}" for phase, sign in SIGNS.items()]
    yield f"  {'   '.join(shown)}   (* several)"


def summary(sensor: Sensor) -> str:
    """The figures of one sensor in a line."""
    fit = sensor.fit
    form = {"power": "a power law", "piecewise": "a monotone curve through its levels"}[fit.curve.form]
    return (
        f"{form}, off by {fit.rms_mmHg:.1f} mmHg RMS; hysteresis {fit.hysteresis_mmHg:.1f} mmHg;"
        f" creep {100 * fit.creep_per_decade:.1f} % per decade of time"
    )


def _plot(dots: Sequence[Dot]) -> Iterator[str]:
    highest = max(dot.reference_mmHg for dot in dots)
    span = max(LEAST_SPAN_MMHG, max(abs(dot.off_mmHg) for dot in dots))
    cells = [[" "] * COLUMNS for _ in range(ROWS)]
    cells[ROWS // 2] = ["-"] * COLUMNS
    for dot in dots:
        row = ROWS // 2 - round(dot.off_mmHg / span * (ROWS // 2))
        column = round(dot.reference_mmHg / highest * (COLUMNS - 1))
        taken = cells[row][column]
        cells[row][column] = SIGNS[dot.phase] if taken in " -" or taken == SIGNS[dot.phase] else "*"
    for number, row_cells in enumerate(cells):
        label = {0: f"{span:+.1f}", ROWS // 2: "0", ROWS - 1: f"{-span:+.1f}"}.get(number, "")
        yield f"  {label:>5} |{''.join(row_cells).rstrip()}"
    yield f"  {'':>5} 0{'':{COLUMNS - 8}}{highest:.0f} mmHg"


_WIDTH, _HEIGHT, _EDGE = 460, 190, 46


def svg(artefact: Artefact) -> str:
    """Both pictures of each sensor, side by side."""
    height = 72 + len(artefact.sensors) * (_HEIGHT + 24)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDTH} {height}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{2 * _WIDTH}" height="{height}" fill="white"/>',
        f'<text x="12" y="20" font-size="14">Calibration {escape(artefact.id)}, {escape(artefact.made[:10])}</text>',
    ]
    for number, phase in enumerate(SIGNS):
        x = 16 + 110 * number
        parts.append(f'<circle cx="{x}" cy="38" r="4" fill="{COLOURS[phase]}"/>')
        parts.append(f'<text x="{x + 9}" y="42">{WORDS[phase]}</text>')
    for number, sensor in enumerate(artefact.sensors):
        top = 84 + number * (_HEIGHT + 24)
        parts.append(f'<text x="12" y="{top - 8}">{escape(sensor.site)}: {escape(summary(sensor))}</text>')
        parts += _panel(0, top, loop(sensor), "the curve alone, minus the reference")
        parts += _panel(_WIDTH, top, left(sensor), "with creep and hysteresis taken off")
    return "\n".join([*parts, "</svg>\n"])


def _panel(x0: float, y0: float, dots: Sequence[Dot], title: str) -> Iterator[str]:
    highest = max(dot.reference_mmHg for dot in dots)
    span = max(LEAST_SPAN_MMHG, max(abs(dot.off_mmHg) for dot in dots))
    width, half, middle = _WIDTH - _EDGE - 16, (_HEIGHT - 50) / 2, y0 + 12 + (_HEIGHT - 50) / 2
    left_x = x0 + _EDGE
    yield f'<line x1="{left_x}" y1="{middle}" x2="{left_x + width}" y2="{middle}" stroke="#999"/>'
    yield f'<line x1="{left_x}" y1="{middle - half}" x2="{left_x}" y2="{middle + half}" stroke="#999"/>'
    for text, y in ((f"{span:+.1f}", middle - half), ("0", middle), (f"{-span:+.1f}", middle + half)):
        yield f'<text x="{left_x - 4}" y="{y + 4:.0f}" text-anchor="end" font-size="10">{text}</text>'
    yield f'<text x="{left_x}" y="{middle + half + 16:.0f}" font-size="10">0</text>'
    yield (
        f'<text x="{left_x + width}" y="{middle + half + 16:.0f}" text-anchor="end" font-size="10">{highest:.0f} mmHg;'
        f" {title}, mmHg</text>"
    )
    for phase in ("up", "down"):
        way = [dot for dot in dots if dot.phase == phase or (dot.phase == "up" and dot.reference_mmHg == highest)]
        corners = sorted((left_x + d.reference_mmHg / highest * width, middle - d.off_mmHg / span * half) for d in way)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        yield f'<polyline points="{line}" fill="none" stroke="{COLOURS[phase]}" stroke-width="1" opacity="0.6"/>'
    for dot in dots:
        x = left_x + dot.reference_mmHg / highest * width
        y = middle - dot.off_mmHg / span * half
        hint = f"{WORDS[dot.phase]}, {dot.reference_mmHg:.0f} mmHg: {dot.off_mmHg:+.1f}"
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[dot.phase]}"><title>{hint}</title></circle>'
