"""What the fit check found, as text."""

from collections.abc import Iterator, Mapping, Sequence

from sock import SITES
from sock.finding import Finding
from sock.words import advice

from gradsock.analysis.checked import LEVELS, Checked, FoundSpan, VerdictSpan
from gradsock.analysis.evidence import named, tenths
from gradsock.analysis.share import Share
from gradsock.counting import counted
from gradsock.period import duration

VERDICT_OF = {
    "sensor-fault": "check sensor",
    "over-range": "too tight",
    "fold": "fold",
    "bunching": "bunched",
    "slipped": "slipped",
    "gradient-reversed": "reversed",
    "under-range": "too loose",
    "gradient-flat": "inconclusive",
    "site-missing": "inconclusive",
}
"""The verdict that each kind of finding stands behind."""
RANGES = ("over-range", "under-range")
SETTLES_S = 360
"""What is told of a site from the first is told by then: it settles for five minutes at most. Later, it informed."""
MAX_GAPS = 5
MAX_VERDICTS = 40
MAX_FINDINGS = 20


def describe(checked: Checked) -> str:
    """Several lines: what was asked, the verdicts over time, the findings and what to do."""
    return "\n".join(_lines(checked))


def _lines(checked: Checked) -> Iterator[str]:
    busy = f", besides {counted(checked.unscanned, 'sample')} without a reading" if checked.unscanned else ""
    yield f"{counted(checked.samples, 'sample')} over {duration(checked.duration_s)}{busy}"
    missing = [f"{counted(checked.lost, 'sample')} lost"] if checked.lost else []
    missing += [f"{counted(checked.damaged_bytes, 'byte')} damaged"] if checked.damaged_bytes else []
    if missing:
        yield f"not whole: {', '.join(missing)}; gradsock logs show tells where"
    if checked.harm is not None:
        yield f"damage: {checked.harm.lost}. {checked.harm.what_to_do}"
    if checked.loss_before is not None:
        yield f"damage: {checked.loss_before.before}"
    yield from _gaps(checked)
    yield f"prescription {checked.prescription.text}: {_bands(checked)}"
    if checked.assumed:
        yield "  that of a new sock, since none is named: --prescription gives another, such as ral:II"
    yield f"pressure falling from ankle to knee: {_falling(checked)}"
    yield from gait(checked)
    for note in checked.notes:
        yield f"not judged: {note}"
    yield "verdicts"
    for span in checked.verdicts[:MAX_VERDICTS]:
        told = f"  {duration(span.start_s):>8} - {duration(span.end_s):>8}  {span.verdict}"
        beside = named(_beside(span, checked.findings))
        yield f"{told}, also: {beside}" if beside else told
    if len(checked.verdicts) > MAX_VERDICTS:
        yield f"  and {counted(len(checked.verdicts) - MAX_VERDICTS, 'more verdict')}; --json lists them"
    yield "findings" if checked.findings else "findings: none"
    for found in _worst(checked.findings):
        yield f"  {_found(found)}"
        yield f"           {advice_on(found)}"
    if len(checked.findings) > MAX_FINDINGS:
        more = counted(len(checked.findings) - MAX_FINDINGS, "more finding")
        yield f"  and {more}, none of them worse; --json lists them"
    if checked.advice:
        yield f"at the end: {checked.advice}"


def _beside(span: VerdictSpan, findings: Sequence[FoundSpan]) -> Iterator[tuple[str, str | None, str]]:
    """What was found beside the finding of a verdict while that stood."""
    for found in findings:
        ended = found.end_s is not None and found.end_s <= span.start_s
        told = found.notified_s is not None and found.notified_s < span.end_s
        if told and not ended and VERDICT_OF.get(found.kind) != span.verdict:
            yield found.kind, found.site, found.level


def _worst(findings: Sequence[FoundSpan]) -> list[FoundSpan]:
    """As many as are listed, in their order: those of the highest level, the earliest among equals."""
    ranked = sorted(findings, key=lambda found: -LEVELS.index(found.level))[:MAX_FINDINGS]
    return [found for found in findings if found in ranked]


def _gaps(checked: Checked) -> Iterator[str]:
    for gap in checked.gaps[:MAX_GAPS]:
        yield f"gap: {duration(gap.start_s)} - {duration(gap.end_s)}, {gap.why}"
    if len(checked.gaps) > MAX_GAPS:
        yield f"and {counted(len(checked.gaps) - MAX_GAPS, 'more gap')}; --json lists them"


def _falling(checked: Checked) -> str:
    share = checked.descending
    if share is None:
        return "not enough evidence"
    low, high = (round(100 * end) for end in (share.low, share.high))
    return f"{100 * share.fraction:.0f} % of {judged_over(share)} (95 %: {low} to {high} %)"


def judged_over(share: Share) -> str:
    """The time over which it was judged, and which sites were not known for some of it."""
    judged = f"{duration(share.judged_s)} settled"
    if share.judged_s < share.settled_s:
        judged = f"{duration(share.judged_s)} of {duration(share.settled_s)} settled"
    return judged + _without(share.without_s)


def _without(without_s: Mapping[str, float]) -> str:
    """Which sites were not known, and for how long."""
    return "".join(f", {duration(seconds)} of it without the {site}" for site, seconds in without_s.items())


def gait(checked: Checked) -> Iterator[str]:
    """A line on walking and one on standing minus lying, where the recording allows."""
    if checked.walking is not None:
        yield f"walking: {_walking(checked)}"
    if checked.stiffness.mmHg is not None:
        yield f"{checked.stiffness.name} at the ankle: {tenths(checked.stiffness.mmHg)} mmHg"


def _walking(checked: Checked) -> str:
    walking = checked.walking
    assert walking is not None
    swings = [f"{site} {mmHg:.1f}" for site, mmHg in walking.amplitude_mmHg.items() if mmHg is not None]
    told = f"{duration(walking.seconds)}, {walking.cadence_per_min:.0f} steps/min, swing {', '.join(swings)} mmHg"
    return told + _without(walking.without_s)


def _bands(checked: Checked) -> str:
    told = []
    for site, band in zip(SITES, checked.prescription.bands, strict=True):
        if band is not None:
            low, high = ("" if end is None else f"{end / 100:.0f}" for end in band)
            told.append(f"{site} {low or 'up to '}{'-' if low and high else ''}{high or ' and more'} mmHg")
    return ", ".join(told)


def _found(found: FoundSpan) -> str:
    where = f" at the {found.site}" if found.site else ""
    end = "still there at the end" if found.end_s is None else f"until {duration(found.end_s)}"
    start = "before it began" if found.start_s < 0 else f"from {duration(found.start_s)}"
    return f"{found.level:<8} {found.kind}{where} {start} {end}{said_after(found)}"


def said_after(found: FoundSpan) -> str:
    """How long after its onset a finding was said at its level; what lay at a limit for long informed before that."""
    if found.notified_s is None:
        return ""
    after_s = found.notified_s - found.start_s
    informed = found.kind in RANGES and found.level != "info" and after_s > SETTLES_S
    return f"{', at first as an info' if informed else ''}, said after {duration(after_s)}"


def advice_on(found: FoundSpan) -> str:
    """One sentence on what to do about a finding."""
    finding = Finding(found.kind, found.site, found.level, 0, 0, {})
    return advice(VERDICT_OF.get(found.kind, ""), finding)
