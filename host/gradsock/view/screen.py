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
NARROWEST_PAIR = 72
ADVICE_LINES = 3
BAR_SCALE_MMHG = (40.0, 60.0, 100.0, 200.0, 300.0)  # the bar ends at the first that holds all that is shown
MIN_BAR, MAX_BAR = 12, 48
_SIGN = {IN_BAND: ("·", "green"), BELOW: ("▼", "yellow"), ABOVE: ("▲", "yellow"), NO_BAND: (" ", "cyan")}
_VERDICT_STYLE = {"good": "bold green", "not worn": "dim", "settling": "cyan", "inconclusive": "cyan"}
_LEVEL_STYLE = {"info": "cyan", "notice": "bold yellow", "warning": "bold red"}


def screen(socks: Sequence[Watched], width: int, note: str = "") -> RenderableType:
    """The whole picture for a terminal of ``width`` columns; ``note`` goes into the last line."""
    beside = min(SIDE_BY_SIDE, len(socks)) if width >= NARROWEST_PAIR else 1
    advice_lines = ADVICE_LINES if len(socks) <= beside else 1  # two rows of panels still fit 24 lines
    now_us = clock.utc_us()
    grid = Table.grid(expand=True)
    for _ in range(beside):
        grid.add_column(ratio=1)
    for first in range(0, len(socks), beside):
        grid.add_row(*(_panel(w, width // beside - 4, advice_lines, now_us) for w in socks[first : first + beside]))
    foot = Text(note or "ctrl-C ends", style="dim")
    foot.truncate(width, overflow="ellipsis")
    return Group(grid, foot)


def _panel(watched: Watched, inner: int, advice_lines: int, now_us: int) -> Panel:
    """One sock; ``inner`` columns between its borders."""
    verdict = verdict_of(watched)
    level = watched.fit.findings[0][2] if watched.fit and watched.fit.findings else ""
    style = _VERDICT_STYLE.get(verdict) or _LEVEL_STYLE.get(level, "bold yellow")
    said = Text(advice_for(watched), style=style if watched.failure or level else "")
    advice = list(said.wrap(Console(width=inner), inner))[:advice_lines]
    advice += [Text("")] * (advice_lines - len(advice))
    body = Group(
        Text(verdict.upper(), style=style, justify="center"),
        *_bars(watched, inner),
        Text(""),
        *advice,
        *_details(watched, now_us),
    )
    name = watched.info.name if watched.info else ""
    title = watched.label if name in ("", watched.label) else f"{watched.label} · {name}"
    border = style.replace("bold ", "").replace("dim", "white")
    return Panel(body, title=title, border_style=border)


def _bars(watched: Watched, width: int) -> list[Text]:
    """One line per site, the knee on top as on a leg, and the scale below."""
    pressures, worn = watched.pressure_mmHg, watched.fit is not None and watched.fit.verdict != "not worn"
    bands = {site: band_mmHg(watched, site) for site in SITES}
    shown = [p for p in pressures.values() if p is not None] + [band[1] for band in bands.values() if band and band[1]]
    full = next((s for s in BAR_SCALE_MMHG if s >= max(shown, default=0.0)), BAR_SCALE_MMHG[-1])
    cells = max(MIN_BAR, min(MAX_BAR, width - 25))
    rows = []
    for site in reversed(SITES):
        pressure, band = pressures[site], bands[site]
        sign, colour = _SIGN[place(pressure, band) if worn else NO_BAND]
        value = " --" if pressure is None else f"{round(pressure):3d}"
        row = Text.assemble((f"{site:<6}", "bold"), _bar(pressure, band, full, cells, colour))
        row.append(f" {value} mmHg {sign}", style=colour)
        row.append(f" {_range(band)}", style="dim")
        rows.append(row)
    scale = Text(" " * 6 + "0" + f"{full:.0f}".rjust(cells - 1), style="dim")
    return [*rows, scale]


def _bar(
    pressure_mmHg: float | None,
    band: tuple[float | None, float | None] | None,
    full_mmHg: float,
    cells: int,
    colour: str,
) -> Text:
    """A bar from 0 to full, with a mark at each end of the band."""
    marks = {min(cells - 1, int(end / full_mmHg * cells)) for end in band or () if end is not None}
    bar = Text()
    for cell in range(cells):
        filled = pressure_mmHg is not None and (cell + 0.5) * full_mmHg / cells <= pressure_mmHg
        if cell in marks:
            bar.append("┃", style=f"reverse {colour}" if filled else "green")
        else:
            bar.append("█" if filled else "─", style=colour if filled else "dim")
    return bar


def _range(band: tuple[float | None, float | None] | None) -> str:
    """A band in whole mmHg: ``15-20``, ``<14`` or ``>49``."""
    if band is None:
        return ""
    low, high = band
    if low is None or high is None:
        return f"<{high:.0f}" if high is not None else f">{low:.0f}" if low is not None else ""
    return f"{low:.0f}-{high:.0f}"


def _details(watched: Watched, now_us: int) -> list[Text]:
    age = age_s(watched, now_us)
    late = age is not None and age > STALE_S and watched.state is not State.ENDED
    share = watched.fit.descending if watched.fit else None
    falling = "--" if share is None else f"{100 * share:.0f} %"
    worn = sum(seconds for verdict, seconds in watched.verdict_s.items() if verdict != "not worn")
    data = Text(age_text(age) if age is None else f"data {age_text(age)}", style="bold red" if late else "dim")
    if watched.account.expected:
        data.append(f"  {loss_text(watched)}", style="bold yellow" if watched.account.lost else "dim")
    return [Text(f"descending {falling}  worn {duration(worn)}", style="dim"), data]
