"""The report as one HTML file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gradsock import clock
from gradsock.export.names import who
from gradsock.version import VERSION
from gradsock.view.checked import gait
from gradsock.view.report.gathered import FoundTold, SiteTold, Told
from gradsock.view.report.plots import Plot
from gradsock.view.words import duration

SHOWN = 12
"""Findings of a session that get a plot of their own."""
EDGE = 0.5
"""How much of a finding's length is drawn on either side of it."""
EDGE_MIN_US = 20_000_000
COLOUR = {
    "good": "#7fbf9f", "settling": "#a6cbe3", "inconclusive": "#cfe0ec", "not worn": "#e8e8e8", "too tight": "#d55e5e",
}  # fmt: skip
OTHER = "#e6b84d"


def build(sessions: Sequence[Told], title: str, *, identify: bool) -> str:
    """HTML that needs no other file and no network."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    now = clock.utc_us()
    return environment.get_template("report.html.j2").render(
        title=title,
        together=len(sessions) > 1,
        sessions=[_session(told, identify) for told in sessions],
        version=VERSION,
        made=f"{clock.local(now):%Y-%m-%d}",
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
        "good": f"{100 * told.verdict_s.get('good', 0) / (told.worn_s or 1):.0f} %",
        "falls": None if fraction is None else f"{100 * fraction:.0f} %",
        "falls_range": None if share is None else f"{100 * share.low:.0f} to {100 * share.high:.0f} %",
        "lost": f"{account.lost:,}",
        "checked": checked is not None,
        "lacking": list(_lacking(told)),
        "plot": _whole(told),
        "verdicts": [
            {
                "text": f"{verdict} {duration(s)}",
                "share": round(100 * s / all_s, 2),
                "colour": COLOUR.get(verdict, OTHER),
            }
            for verdict, s in told.verdict_s.items()
        ],
        "sites": [_site(site) for site in reversed(told.sites)],
        "gait": [] if checked is None else list(gait(checked)),
        "findings": [_finding(told, found) for found in told.findings[:SHOWN]],
        "more_findings": max(0, len(told.findings) - SHOWN),
        "marks": [
            {**mark, "when": "undated" if mark["utc_us"] is None else told.local(mark["utc_us"])} for mark in told.marks
        ],
        "facts": _facts(told, identify),
    }


def _whole(told: Told) -> Markup:
    course = told.course
    plot = Plot(told.grain, int(course.utc_us[0]), int(course.utc_us[-1]) + course.period_us, told.recording.zone)
    for found in told.findings:
        plot.shade(found.start_utc_us, found.end_utc_us, found.found.level)
    for site in told.sites:
        if site.band is not None:
            plot.band(site.site, site.band)
    for mark in told.marks:
        if mark["utc_us"] is not None:
            plot.mark(mark["utc_us"])
    return Markup(plot.svg(f"Pressures from {told.start}"))


def _finding(told: Told, one: FoundTold) -> dict[str, Any]:
    found, length = one.found, one.end_utc_us - one.start_utc_us
    edge = max(EDGE_MIN_US, round(EDGE * length))
    plot = Plot(told.grain, one.start_utc_us - edge, one.end_utc_us + edge, told.recording.zone, height=110)
    plot.shade(one.start_utc_us, one.end_utc_us, found.level)
    what = f"{found.kind} at the {found.site}" if found.site else found.kind
    said = ", never said" if found.notified_s is None else f", said after {duration(found.notified_s - found.start_s)}"
    return {
        "when": told.local(one.start_utc_us),
        "what": what,
        "level": found.level,
        "lasted": duration(length / 1e6) + (", still there at the end" if found.end_s is None else ""),
        "said": said,
        "advice": one.advice,
        "plot": Markup(plot.svg(what)),
    }


def _site(site: SiteTold) -> dict[str, str]:
    low, high = site.band or (None, None)
    band = (
        "–" if site.band is None else f"{'' if low is None else f'{low:.0f}'}–{'' if high is None else f'{high:.0f}'}"
    )
    inside = "–" if site.in_band is None else f"{100 * site.in_band:.0f} %"
    numbers = {"low": f"{site.low:.1f}", "median": f"{site.median:.1f}", "high": f"{site.high:.1f}"}
    return {"site": site.site, "band": band, "in_band": inside, **numbers}


def _lacking(told: Told) -> "list[str]":
    """What a reader has to know before believing the rest."""
    lines, recording = [], told.recording
    if told.unchecked:
        lines.append(f"No fit check: {told.unchecked}.")
    if recording.account.lost:
        lost, expected, gaps = recording.account.lost, recording.account.expected, len(recording.account.gaps())
        lines.append(f"{lost:,} of {expected:,} samples were lost, in {gaps} gap{'' if gaps == 1 else 's'}.")
    if recording.damage or recording.unreadable:
        lines.append("The file is damaged; what could not be read is missing here.")
    if not told.course.dated:
        lines.append("Part of it was never dated by a host: its times of day are a guess, its durations are not.")
    if recording.closing is None:
        lines.append("The recording was cut off, or is still going on.")
    return lines


def _facts(told: Told, identify: bool) -> "list[tuple[str, str]]":
    recording, account = told.recording, told.recording.account
    info = recording.infos[0] if recording.infos else None
    lines = [line for boot, line in sorted(recording.timelines.items())]
    boots = f"{len(lines)} boot{'' if len(lines) == 1 else 's'}"
    time = f"{sum(line.probes for line in lines):,} exchanges of clocks in {boots}" if lines else "undated"
    facts = [
        ("sock", who(recording, identify=identify) + (f" ({info.name})" if identify and info else "")),
        ("prescription", told.checked.prescription.text if told.checked else recording.prescription or "none"),
        ("calibration", "none" if recording.calibration is None else (recording.calibration.id if identify else "yes")),
        ("firmware", f"{info.firmware}, board {info.raw.get('board', 'unknown')}" if info else "unknown"),
        ("samples", f"{account.received:,} of {account.expected:,}; {account.recovered:,} fetched later"),
        ("time", time),
        ("rate", f"{1_000_000 / told.course.period_us:g} a second"),
    ]
    if identify:
        facts.insert(1, ("recording", recording.id))
    return facts
