"""The leg with its three sites, each coloured by where it lies in its band, with its letter, a sign and the number.

The same signs as on the page: ● in its band, ▼ below, ▲ above, ○ nothing to compare with.
"""

from rich.style import Style
from rich.text import Text
from sock import SITES

from gradsock.view.terminal.chart import LETTER
from gradsock.view.watched import Watched
from gradsock.view.words import ABOVE, BELOW, IN_BAND, NO_BAND, band_mmHg, place

WIDTH = 13
HEIGHT = 12
SIGN = {IN_BAND: "●", BELOW: "▼", ABOVE: "▲", NO_BAND: "○"}
FILL = {IN_BAND: "#00684b", BELOW: "#0060a0", ABOVE: "#b04a00", NO_BAND: "#404850"}
"""Green, blue and orange, dark enough for white on them (contrast 5 and more), told apart by colour-blind eyes."""
_OUTLINE = (
    "  │       │  ",
    "  │KKKKKKK│  ",
    "  │kkkkkkk│  ",
    " ╱         ╲ ",
    " │CCCCCCCCC│ ",
    " │ccccccccc│ ",
    " ╲         ╱ ",
    "  ╲       ╱  ",
    "  │AAAAAAA│  ",
    "  │aaaaaaa│  ",
    "  │       ╰─╮",
    "  ╰─────────╯",
)
"""A capital is the line of a site with its value, a small letter the one with its band."""
_LINES = {letter: (site, letter.isupper()) for site in SITES for letter in (LETTER[site], LETTER[site].lower())}


def leg(watched: Watched) -> list[Text]:
    """Twelve lines of thirteen columns."""
    lines = []
    for outline in _OUTLINE:
        at = next((letter for letter in outline if letter in _LINES), None)
        if at is None:
            lines.append(Text(outline, style="dim"))
            continue
        site, is_value = _LINES[at]
        left, right = outline.split(at, 1)[0], outline.rpartition(at)[2]
        room = WIDTH - len(left) - len(right)
        said = _value(watched, site) if is_value else band_text(band_mmHg(watched, site))
        style = Style(color="white", bgcolor=FILL[place_of(watched, site)], bold=is_value)
        lines.append(Text.assemble((left, "dim"), (said.center(room)[:room], style), (right, "dim")))
    return lines


def site_words(watched: Watched, width: int) -> Text:
    """All sites in one line, for where there is no room for a leg: ``K 14 ●  C 17 ●  A 21 ●``."""
    text = Text()
    space = " " if width >= len(SITES) * len("  K 14 ●  ") else ""
    for site in reversed(SITES):
        style = Style(color="white", bgcolor=FILL[place_of(watched, site)], bold=True)
        value = _value(watched, site)
        text.append(f"{space}{value if space else value.replace(' ', '')}{space}", style)
        text.append(" ")
    return text


def place_of(watched: Watched, site: str) -> str:
    """Where a site's pressure lies in its band; nowhere while the sock is not worn."""
    if watched.fit is None or watched.fit.verdict == "not worn":
        return NO_BAND
    return place(watched.pressure_mmHg[site], band_mmHg(watched, site))


def band_text(band: tuple[float | None, float | None] | None) -> str:
    """A band in whole mmHg: ``15-20``, ``<14`` or ``>49``."""
    if band is None:
        return ""
    low, high = band
    if low is None or high is None:
        return f"<{high:.0f}" if high is not None else f">{low:.0f}" if low is not None else ""
    return f"{low:.0f}-{high:.0f}"


def _value(watched: Watched, site: str) -> str:
    pressure = watched.pressure_mmHg[site]
    value = "--" if pressure is None else f"{round(pressure)}"
    return f"{LETTER[site]} {value:>2} {SIGN[place_of(watched, site)]}"
