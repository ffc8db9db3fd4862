"""The newest minute as lines of dots, two by four to a character: a line per site, with its letter where it ends."""

from collections.abc import Sequence
from itertools import groupby

from rich.style import Style
from rich.text import Text
from sock import SITES

from gradsock.view.terminal.minute import Minute, Stretch

SCALE_MMHG = (20.0, 30.0, 40.0, 60.0, 100.0, 200.0, 300.0)
"""The chart ends at the first that holds all that is shown."""
SITE_COLOUR = {"ankle": "#56b4e9", "calf": "#3fd0a4", "knee": "#f59b5c"}
"""Told apart by colour-blind eyes too; each has its letter besides."""
LETTER = {site: site[0].upper() for site in SITES}
AXIS = 4  # columns for the numbers on the left, and one for the letters on the right
LETTERS = 1
_BLANK = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Of a braille character: four rows of two dots, the highest first."""


def full_scale_mmHg(highest_mmHg: float) -> float:
    """Where the chart ends above."""
    return next((scale for scale in SCALE_MMHG if scale >= highest_mmHg), SCALE_MMHG[-1])


def chart(minute: Minute, width: int, height: int, full_mmHg: float, age_s: float = 0.0) -> list[Text]:
    """``height`` lines of ``width`` columns. age_s: how old the newest data are; the right edge is now."""
    cells = max(1, width - AXIS - LETTERS)
    dots = [[0] * cells for _ in range(height)]
    colours: list[list[str]] = [[""] * cells for _ in range(height)]
    ends: dict[str, int] = {}
    drawn = {site: minute.columns(2 * cells, number, age_s) for number, site in enumerate(SITES)}
    for site, columns in drawn.items():
        _shade(columns, dots, colours, SITE_COLOUR[site], full_mmHg)
    for site, columns in drawn.items():
        _draw(columns, dots, colours, SITE_COLOUR[site], full_mmHg)
        last = next((column for column in reversed(columns[-6:]) if column is not None), None)
        if last is not None:
            ends[site] = _row(last.mean / 100, height, full_mmHg) // 4
    letters = _letters(ends, height)
    lines = []
    for row in range(height):
        line = Text.assemble((_scale(row, height, full_mmHg), "dim"))
        for colour, run in groupby(range(cells), key=colours[row].__getitem__):
            line.append("".join(chr(_BLANK + dots[row][cell]) for cell in run), Style(color=colour or None))
        site_here = letters.get(row)
        line.append(LETTER[site_here] if site_here else " ", Style(color=SITE_COLOUR.get(site_here or ""), bold=True))
        lines.append(line)
    return lines


def _draw(
    columns: Sequence[Stretch | None], dots: list[list[int]], colours: list[list[str]], colour: str, full_mmHg: float
) -> None:
    """One site's line: the mean of each column, joined to the column before."""
    height = len(dots)
    before: int | None = None
    for at, stretch in enumerate(columns):
        if stretch is None:
            before = None
            continue
        here = _row(stretch.mean / 100, height, full_mmHg)
        joined = here if before is None or before == here else before + (1 if here > before else -1)
        before = here
        for row in range(min(here, joined), max(here, joined) + 1):
            if colours[row // 4][at // 2] != colour:
                dots[row // 4][at // 2], colours[row // 4][at // 2] = 0, colour  # a line goes before any shade
            dots[row // 4][at // 2] |= _DOTS[row % 4][at % 2]


def _shade(
    columns: Sequence[Stretch | None], dots: list[list[int]], colours: list[list[str]], colour: str, full_mmHg: float
) -> None:
    """How far one site's pressure swings in a stride: a sparse shade from its least to its highest."""
    height = len(dots)
    for at, stretch in enumerate(columns):
        if stretch is None or at % 2:
            continue
        top, bottom = _row(stretch.high / 100, height, full_mmHg), _row(stretch.low / 100, height, full_mmHg)
        for row in range(top, bottom + 1):
            if row % 4 == 1 + at // 2 % 2 and not dots[row // 4][at // 2]:
                dots[row // 4][at // 2] = _DOTS[row % 4][0]
                colours[row // 4][at // 2] = colour


def _row(mmHg: float, height: int, full_mmHg: float) -> int:
    """Which row of dots a pressure lies on, 0 the highest; beyond the scale it lies at its end."""
    rows = 4 * height
    return min(rows - 1, max(0, rows - 1 - round(mmHg / full_mmHg * (rows - 1))))


def _scale(row: int, height: int, full_mmHg: float) -> str:
    """The number at a line of the axis: full scale on top, half in the middle, 0 below."""
    at = {0: full_mmHg, (height - 1) // 2: full_mmHg / 2, height - 1: 0.0} if height > 2 else {0: full_mmHg}
    return f"{at[row]:3.0f} " if row in at else " " * AXIS


def _letters(ends: dict[str, int], height: int) -> dict[int, str]:
    """A line for each letter: where its site's line ends, or the nearest that is free."""
    placed: dict[int, str] = {}
    for site, row in sorted(ends.items(), key=lambda item: item[1]):
        free = sorted(set(range(height)) - set(placed), key=lambda other: (abs(other - row), -other))
        if free:
            placed[free[0]] = site
    return placed
