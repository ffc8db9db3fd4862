"""One sock in a frame: verdict and advice, the leg, the newest minute; wear, battery, age of the data and loss."""

from rich.console import Console
from rich.style import Style
from rich.text import Text
from sock import SITES
from textual.app import RenderResult
from textual.geometry import Region
from textual.widget import Widget

from gradsock import clock
from gradsock.link.events import State
from gradsock.period import duration
from gradsock.view.terminal import leg
from gradsock.view.terminal.chart import chart, full_scale_mmHg
from gradsock.view.terminal.minute import Minute
from gradsock.view.watched import Watched
from gradsock.view.words import (
    STALE_S,
    advice_for,
    age_s,
    age_text,
    band_mmHg,
    is_current,
    loss_text,
    verdict_of,
)

ADVICE_LINES = 3
ADVICE_MOST = 5
"""Where more than one thing is found there is more to say, in a narrow frame too."""
LEAST_CHART = 14
"""Columns; with fewer beside the leg there is none."""
LEAST_ROWS = 5
"""Lines of a chart; with fewer there is none."""
VERDICT_STYLE = {"good": "bold #3fd0a4", "not worn": "dim", "settling": "#7cc7f2", "inconclusive": "#7cc7f2"}
LEVEL_STYLE = {"info": "#7cc7f2", "notice": "bold #f0c24b", "warning": "bold #ff8a93"}
LEVEL_SIGN = {"info": "i", "notice": "!", "warning": "!!"}


class Panel(Widget):
    """Draws a `Watched` anew each time it is told to; while paused its traces and numbers stand still."""

    DEFAULT_CSS = """
    Panel { border: round #8a94a0; padding: 0 1; width: 1fr; height: 1fr; }
    Panel.chosen { border: heavy $accent; }
    """

    def __init__(self, watched: Watched, minute: Minute) -> None:
        super().__init__()
        self.watched = watched
        self.minute = minute
        self.paused = False
        self.full_mmHg = 0.0
        """Where its scale ends at least, so that socks side by side have the same."""
        self._held: tuple[tuple[int, int], list[Text]] | None = None
        self._drawn: list[Text] = []

    def draw(self) -> None:
        """Show how it is now; lines that are on the screen already are not sent again."""
        before, self._drawn = self._drawn, self.lines(self.size.width, self.size.height)
        if len(before) != len(self._drawn):
            self.refresh()
            return
        width = self.size.width
        changed = [
            Region(0, row, width, 1)
            for row, (old, new) in enumerate(zip(before, self._drawn, strict=True))
            if old != new or old.spans != new.spans
        ]
        if changed:
            self.refresh(*changed)

    def on_resize(self) -> None:
        """Another room, another picture."""
        self._drawn = self.lines(self.size.width, self.size.height)
        self.refresh()

    def render(self) -> RenderResult:
        """What was drawn last."""
        return Text("\n").join(self._drawn)

    @property
    def scale_mmHg(self) -> float:
        """Where a scale ends that holds the minute and the bands."""
        bands = [band_mmHg(self.watched, site) for site in SITES]
        return full_scale_mmHg(max([self.minute.highest_cmmHg / 100, *(band[1] or 0.0 for band in bands if band)]))

    def lines(self, width: int, height: int) -> list[Text]:
        """At most ``height`` lines of at most ``width`` columns."""
        now_us = clock.utc_us()
        verdict = Text(verdict_text(self.watched), style=style_of(self.watched))
        details = self._details(now_us, width)
        advice = self._advice(width)
        reserved = max(ADVICE_LINES, min(len(advice), height - 1 - LEAST_ROWS - len(details)))
        body_height = height - 1 - reserved - len(details)
        if body_height >= LEAST_ROWS:
            middle = self._standing(width, body_height, now_us)
        else:
            middle = [leg.site_words(self.watched, width)]
        spare = height - 1 - len(middle) - len(details)
        told = (advice + [Text("")] * ADVICE_LINES)[: max(0, min(reserved, spare))]
        return [verdict, *told, *middle, *details][: max(1, height)]

    def _advice(self, width: int) -> list[Text]:
        level = level_of(self.watched)
        said = Text(advice_for(self.watched), style=style_of(self.watched) if self.watched.failure or level else "")
        return list(said.wrap(Console(width=max(1, width)), max(1, width)))[:ADVICE_MOST]

    def _standing(self, width: int, height: int, now_us: int) -> list[Text]:
        """Leg and minute; while paused those of when it began."""
        if not self.paused:
            self._held = None
            return self._body(width, height, now_us)
        if self._held is None or self._held[0] != (width, height):
            self._held = ((width, height), self._body(width, height, now_us))
        return self._held[1]

    def _body(self, width: int, height: int, now_us: int) -> list[Text]:
        """The leg and beside it the minute; whichever has room."""
        legs = leg.leg(self.watched) if height >= leg.HEIGHT else [leg.site_words(self.watched, width)]
        if height < leg.HEIGHT:
            return [*legs, *self._traces(width, height - 1, now_us)]
        room = width - leg.WIDTH - 1
        if room < LEAST_CHART:
            if width < leg.WIDTH:
                return [leg.site_words(self.watched, width), *self._traces(width, height - 1, now_us)]
            return legs
        above = (height - leg.HEIGHT) // 2
        blank = Text(" " * leg.WIDTH)
        column = [blank] * above + legs + [blank] * (height - leg.HEIGHT - above)
        beside = self._traces(room, height, now_us)
        return [Text.assemble(left, " ", right) for left, right in zip(column, beside, strict=True)]

    def _traces(self, width: int, height: int, now_us: int) -> list[Text]:
        if height < 2:
            return []
        age = age_s(self.watched, now_us) or 0.0
        lines = chart(
            self.minute, width, height - 1, max(self.full_mmHg, self.scale_mmHg), age if age > STALE_S else 0.0
        )
        foot = "60 s ago" + "now ".rjust(max(0, width - 12))
        return [*lines, Text(" " * 4 + foot[: max(0, width - 4)], style="dim")]

    def _details(self, now_us: int, width: int) -> list[Text]:
        watched = self.watched
        age = age_s(watched, now_us)
        late = age is not None and age > STALE_S and watched.state is not State.ENDED
        share = watched.fit.descending if watched.fit else None
        falling = "--" if share is None else f"{100 * share:.0f} %"
        worn = "--" if watched.worn_s is None else duration(watched.worn_s)
        battery = "--" if watched.battery_percent is None else f"{watched.battery_percent} %"
        data = Text(f"battery {battery}  ", style="dim")
        fresh = age_text(age) if age is None else f"data {age_text(age)}"
        data.append(fresh, style="bold #ff8a93" if late else "dim")
        lost = Text(loss_text(watched), style="bold #f0c24b" if watched.account.lost else "dim")
        lost.append(_fetched_text(watched), style="dim")
        lines = [Text(f"descending {falling}  worn {worn}", style="dim"), data, lost]
        for line in lines:
            line.truncate(max(1, width), overflow="ellipsis")
        return lines


def _fetched_text(watched: Watched) -> str:
    """How far fetching what was missed is, or how much of it has come."""
    if watched.fetching is not None and watched.fetching[1]:
        done, whole = watched.fetching
        return f", fetching {min(100, 100 * done // whole)} %"
    return f", {watched.account.recovered:,} fetched later" if watched.account.recovered else ""


def level_of(watched: Watched) -> str:
    """The level of the weightiest finding that is open now, or nothing."""
    return watched.fit.level if is_current(watched) and watched.fit else ""


def verdict_text(watched: Watched) -> str:
    """The verdict as a heading, with a sign for its level beside it."""
    sign = LEVEL_SIGN.get(level_of(watched), "")
    return f"{sign} {verdict_of(watched).upper()} {sign}".strip()


def style_of(watched: Watched) -> Style:
    """The colour of the verdict; the word and its sign say the same."""
    verdict = verdict_of(watched)
    return Style.parse(VERDICT_STYLE.get(verdict) or LEVEL_STYLE.get(level_of(watched), "bold #f0c24b"))
