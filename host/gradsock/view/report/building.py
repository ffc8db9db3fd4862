"""The report as one HTML file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sock import SITES

from gradsock import clock
from gradsock.analysis.checked import Checked, Settled
from gradsock.export.names import who
from gradsock.period import duration
from gradsock.version import VERSION
from gradsock.view import trace
from gradsock.view.checked import gait, judged_over, said_after
from gradsock.view.report.behind import facts, gaps, lacking
from gradsock.view.report.gathered import FoundTold, Told
from gradsock.view.report.plots import Plot
from gradsock.view.report.together import Section, good, judged_s, legs

SHOWN = 12
"""Findings of a session that get a plot of their own."""
EDGE = 0.5
"""How much of a finding's length is drawn on either side of it."""
EDGE_MIN_US = 20_000_000
COLOUR = {
    "good": "#7fbf9f", "settling": "#a6cbe3", "inconclusive": "#cfe0ec", "not worn": "#e8e8e8", "too tight": "#d55e5e",
}  # fmt: skip
OTHER = "#e6b84d"


def build(sections: Sequence[Section], title: str) -> str:
    """HTML that needs no other file and no network."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    now = clock.utc_us()
    return environment.get_template("report.html.j2").render(
        title=title,
        legs=list(legs(sections)) if len(sections) > 1 else [],
        sessions=[section.told for section in sections],
        version=VERSION,
        made=f"{clock.local(now):%Y-%m-%d}",
    )


def section(told: Told, *, identify: bool) -> Section:
    """What there is to tell of one session. identify: whose it is, too."""
    return Section(
        told=_session(told, identify),
        sock=who(told.recording, identify=identify),
        side=told.recording.side,
        zone=told.recording.zone,
        lost=told.recording.account.lost,
        overview=trace.overview(told.grain),
        verdicts=tuple(told.verdict_spans),
        found=tuple((one.start_utc_us, one.end_utc_us, one.found.level) for one in told.findings),
    )


def _session(told: Told, identify: bool) -> dict[str, Any]:
    checked, account = told.checked, told.recording.account
    share = None if checked is None else checked.descending
    fraction = None if checked is None else checked.descending_fraction
    all_s = sum(told.verdict_s.values()) or 1.0
    return {
        "start": told.start,
        "side": told.recording.side,
        "worn": duration(told.worn_s),
        "sock": who(told.recording, identify=identify),
        "good": good(told.verdict_s),
        "judged": judged_s(told.verdict_s) > 0,
        "falls": None if fraction is None else f"{100 * fraction:.0f} %",
        "falls_over": None if share is None else judged_over(share),
        "falls_range": None if share is None else f"{100 * share.low:.0f} to {100 * share.high:.0f} %",
        "lost": f"{account.lost:,}",
        "checked": checked is not None,
        "lacking": list(lacking(told)),
        "plot": _whole(told),
        "verdicts": [
            {
                "text": f"{verdict} {duration(s)}",
                "share": round(100 * s / all_s, 2),
                "colour": COLOUR.get(verdict, OTHER),
            }
            for verdict, s in told.verdict_s.items()
        ],
        "sites": [] if checked is None else [_site(one, _band(checked, one.site)) for one in reversed(checked.settled)],
        "gait": [] if checked is None else list(gait(checked)),
        "findings": [_finding(told, found) for found in told.findings[:SHOWN]],
        "more_findings": max(0, len(told.findings) - SHOWN),
        "marks": [
            {**mark, "when": "undated" if mark["utc_us"] is None else told.local(mark["utc_us"])} for mark in told.marks
        ],
        "gaps": list(gaps(told)),
        "facts": facts(told, identify),
    }


def _whole(told: Told) -> Markup:
    course = told.course
    plot = Plot(told.grain, int(course.utc_us[0]), int(course.utc_us[-1]) + course.period_us, told.recording.zone)
    for found in told.findings:
        plot.shade(found.start_utc_us, found.end_utc_us, found.found.level)
    if told.checked is not None:
        for one in told.checked.settled:
            band = _band(told.checked, one.site)
            if band is not None:
                plot.band(one.site, band)
    for mark in told.marks:
        if mark["utc_us"] is not None:
            plot.mark(mark["utc_us"])
    return Markup(plot.svg(f"Pressures from {told.start}"))


def _finding(told: Told, one: FoundTold) -> dict[str, Any]:
    found, length = one.found, one.end_utc_us - one.start_utc_us
    edge = max(EDGE_MIN_US, round(EDGE * length))
    first, last = (int(end) for end in told.course.utc_us[[0, -1]])
    begin, end = max(first, one.start_utc_us - edge), min(last, one.end_utc_us + edge)
    plot = Plot(told.grain, begin, end, told.recording.zone, height=110)
    plot.shade(one.start_utc_us, one.end_utc_us, found.level)
    what = f"{found.kind} at the {found.site}" if found.site else found.kind
    return {
        "when": told.local(one.start_utc_us),
        "what": what,
        "level": found.level,
        "lasted": duration(length / 1e6) + (", still there at the end" if found.end_s is None else ""),
        "said": said_after(found) or ", never said",
        "advice": one.advice,
        "plot": Markup(plot.svg(what)),
    }


def _band(checked: Checked, site: str) -> tuple[float | None, float | None] | None:
    """Where a site should be, in mmHg, open ends None; None where nothing is said."""
    band = checked.prescription.bands[SITES.index(site)]
    if band is None:
        return None
    low, high = band
    return (None if low is None else low / 100, None if high is None else high / 100)


def _site(one: Settled, band: tuple[float | None, float | None] | None) -> dict[str, str]:
    low, high = band or (None, None)
    told = "–" if band is None else f"{'' if low is None else f'{low:.0f}'}–{'' if high is None else f'{high:.0f}'}"
    inside = "–" if one.in_band is None else f"{100 * one.in_band:.0f} %"
    numbers = {"low": f"{one.low:.0f}", "median": f"{one.median:.0f}", "high": f"{one.high:.0f}"}
    return {"site": one.site, "band": told, "in_band": inside, **numbers}
