"""What a report tells of several sessions: leg by leg, and nothing twice that was recorded twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sock.fit import CHECK_SENSOR, GOOD, INCONCLUSIVE, NOT_WORN_VERDICT, SETTLING_VERDICT

from gradsock.period import duration
from gradsock.view import trace
from gradsock.view.report.plots import Plot
from gradsock.view.trace import Grain

NOT_JUDGED = (NOT_WORN_VERDICT, SETTLING_VERDICT, INCONCLUSIVE, CHECK_SENSOR)
"""Verdicts that say nothing of how it sat, neither good nor bad."""
ENOUGH = 0.1
"""Of the time that a sock was worn: what is judged of less tells nothing of how it sat."""

Span = tuple[int, int, str]
"""From, to (UTC in microseconds), and what."""


@dataclass(frozen=True)
class Section:
    """What the page tells of one session, and what several need of it: nothing of its samples is kept."""

    told: dict[str, Any]
    sock: str
    """As it may be called here."""
    side: str
    zone: str
    lost: int
    overview: Grain
    verdicts: tuple[Span, ...]
    found: tuple[Span, ...]
    """With their level."""


def good(verdict_s: dict[str, float]) -> str:
    """For how much of the time that could be judged it sat well, as far as that is `ENOUGH`; seconds by verdict."""
    of_s, all_s = judged_s(verdict_s), worn_s(verdict_s)
    if not of_s:
        return "not judged"
    over = f"judged {duration(of_s)} of {duration(all_s)} worn"
    return f"too little: {over}" if of_s < ENOUGH * all_s else f"{100 * verdict_s.get(GOOD, 0.0) / of_s:.0f} % ({over})"


def judged_s(verdict_s: dict[str, float]) -> float:
    """How much could be judged; seconds by verdict."""
    return sum(seconds for verdict, seconds in verdict_s.items() if verdict not in NOT_JUDGED)


def worn_s(verdict_s: dict[str, float]) -> float:
    """How long it was worn; seconds by verdict."""
    return sum(seconds for verdict, seconds in verdict_s.items() if verdict != NOT_WORN_VERDICT)


def legs(sections: Sequence[Section]) -> Iterator[dict[str, Any]]:
    """A line and a plot per sock and leg: all sessions on one line of time, which is the same in each."""
    each: dict[tuple[str, str], list[Section]] = {}
    for section in sections:
        each.setdefault((section.side, section.sock), []).append(section)
    sides = [side for side, _ in each]
    drawn = [section.overview for section in sections if len(section.overview)]
    first_us = min((int(grain.utc_us[0]) for grain in drawn), default=0)
    last_us = max((int(grain.utc_us[-1]) + grain.span_us for grain in drawn), default=0)
    for (side, sock), those in each.items():
        verdict_s, twice_s = _counted(those)
        name = f"{side} leg" if sides.count(side) == 1 else f"{side} leg, sock {sock}"
        yield {
            "name": name,
            "side": side,
            "sock": sock,
            "sessions": len(those),
            "worn": duration(worn_s(verdict_s)),
            "good": good(verdict_s),
            "lost": f"{sum(section.lost for section in those):,}",
            "twice": duration(twice_s) if twice_s >= 1 else "",
            "plot": _plot(those, first_us, last_us, f"Pressures of the {name} over all sessions"),
        }


def _counted(those: Sequence[Section]) -> tuple[dict[str, float], float]:
    """Seconds by verdict of one sock, every moment once; and how long was told by more than one recording."""
    seconds: dict[str, float] = {}
    twice_us = until = 0
    for first, last, verdict in sorted(span for section in those for span in section.verdicts):
        new = max(first, until)
        twice_us += min(last, new) - first
        if last > new:
            seconds[verdict] = seconds.get(verdict, 0.0) + (last - new) / 1e6
            until = last
    return seconds, twice_us / 1e6


def _plot(those: Sequence[Section], first_us: int, last_us: int, title: str) -> Markup:
    plot = Plot(trace.joined([section.overview for section in those]), first_us, last_us, those[0].zone)
    for section in those:
        for first, last, level in section.found:
            plot.shade(first, last, level)
    return Markup(plot.svg(title))
