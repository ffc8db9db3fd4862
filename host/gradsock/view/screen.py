"""Socks side by side on a terminal: pressures as bars in their bands, verdict, advice, age of the data and loss.

Fits 80 columns by 24 lines with two socks; more socks go below. Every colour has a sign beside it, so that nothing is
told by colour alone.
"""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from sock import SITES

from gradsock import clock
from gradsock.link.events import State
from gradsock.view.watched import Watched
from gradsock.view.words import (
    ABOVE,
    BELOW,
    IN_BAND,
    NO_BAND,
    STALE_S,
    advice_for,
    age_s,
    age_text,
    band_mmHg,
    duration,
    loss_text,
    place,
    verdict_of,
)

SIDE_BY_SIDE = 2
BAR_SCALE_MMHG = (40.0, 60.0, 100.0, 200.0, 300.0)  # the bar ends at the first that holds all that is shown
MIN_BAR, MAX_BAR = 12, 48
_SIGN = {IN_BAND: ("·", "green"), BELOW: ("▼", "yellow"), ABOVE: ("▲", "yellow"), NO_BAND: (" ", "cyan")}
_VERDICT_STYLE = {"good": "bold green", "not worn": "dim", "settling": "cyan", "inconclusive": "cyan"}
_LEVEL_STYLE = {"info": "cyan", "notice": "bold yellow", "warning": "bold red"}


def screen(socks: Sequence[Watched], width: int, note: str = "") -> RenderableType:
    """The whole picture for a terminal of ``width`` columns; ``note`` goes into the last line."""
    beside = min(SIDE_BY_SIDE, len(socks)) if width >= 72 else 1
    panel_width = width // beside
    now_us = clock.utc_us()
    grid = Table.grid(expand=True)
    for _ in range(beside):
        grid.add_column(ratio=1)
    for first in range(0, len(socks), beside):
        row = [_panel(watched, panel_width, now_us) for watched in socks[first : first + beside]]
        grid.add_row(*row)
    foot = Text.assemble((note, "dim")) if note else Text("ctrl-C ends", style="dim")
    foot.truncate(width, overflow="ellipsis")
    return Group(grid, foot)


def _panel(watched: Watched, width: int, now_us: int) -> Panel:
    verdict = verdict_of(watched)
    level = watched.fit.findings[0][2] if watched.fit and watched.fit.findings else ""
    style = _VERDICT_STYLE.get(verdict) or _LEVEL_STYLE.get(level, "bold yellow")
    inner = width - 4
    said = Text(advice_for(watched), style=style if watched.failure or level else "")
    lines = said.wrap(Console(width=inner), inner)[:3]
    while len(lines) < 3:
        lines.append(Text(""))
    body = Group(
        Text(verdict.upper(), style=style, justify="center"),
        *_bars(watched, inner),
        Text(""),
        *lines,
        _details(watched, now_us),
    )
    name = watched.info.name if watched.info else ""
    title = watched.label if name in ("", watched.label) else f"{watched.label} · {name}"
    return Panel(body, title=title, border_style=style.replace("bold ", "").replace("dim", "white"), height=14)


def _bars(watched: Watched, width: int) -> list[Text]:
    """One line per site, the knee on top as on a leg, and the scale below."""
    pressures = watched.pressure_mmHg
    bands = {site: band_mmHg(watched, site) for site in SITES}
    shown = [p for p in pressures.values() if p is not None] + [band[1] for band in bands.values() if band and band[1]]
    full = next((s for s in BAR_SCALE_MMHG if s >= max(shown, default=0.0)), BAR_SCALE_MMHG[-1])
    cells = max(MIN_BAR, min(MAX_BAR, width - 20))
    rows = []
    for site in reversed(SITES):
        pressure = pressures[site]
        sign, colour = _SIGN[place(pressure, bands[site])]
        value = " --" if pressure is None else f"{pressure:3.0f}"
        row = Text.assemble((f"{site:<6}", "bold"), _bar(pressure, bands[site], full, cells, colour))
        row.append(f" {value} mmHg {sign}", style=colour)
        rows.append(row)
    scale = Text(" " * 6 + "0" + f"{full:.0f} mmHg".rjust(cells - 1), style="dim")
    return [*rows, scale]


def _bar(
    pressure_mmHg: float | None,  # noqa: N803 - units are written as they are
    band: tuple[float | None, float | None] | None,
    full_mmHg: float,  # noqa: N803
    cells: int,
    colour: str,
) -> Text:
    """A bar from 0 to full; the band is drawn as a track of its own behind it."""
    per_cell = full_mmHg / cells
    bar = Text()
    for cell in range(cells):
        middle = (cell + 0.5) * per_cell
        in_band = band is not None and (band[0] or 0.0) <= middle <= (full_mmHg if band[1] is None else band[1])
        filled = pressure_mmHg is not None and middle <= pressure_mmHg
        character = ("█" if in_band else "▓") if filled else ("▒" if in_band else "─")
        bar.append(character, style=colour if filled else "green" if in_band else "dim")
    return bar


def _details(watched: Watched, now_us: int) -> Group:
    age = age_s(watched, now_us)
    late = age is not None and age > STALE_S and watched.state is not State.ENDED
    share = watched.fit.descending if watched.fit else None
    falling = "--" if share is None else f"{100 * share:.0f} %"
    worn = sum(seconds for verdict, seconds in watched.verdict_s.items() if verdict != "not worn")
    seen = Text.assemble(f"falling {falling}  worn {duration(worn)}", style="dim")
    data = Text.assemble(("data " + age_text(age), "bold red" if late else "dim"), ("  ", ""))
    data.append(loss_text(watched), style="bold yellow" if watched.account.lost else "dim")
    return Group(seen, data)
