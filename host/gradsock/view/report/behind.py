"""What stands behind a report, and what a reader has to know before believing it."""

from collections.abc import Iterator

from gradsock.counting import counted
from gradsock.export.names import who
from gradsock.log.artefact import artefact_in
from gradsock.period import duration
from gradsock.view.report.gathered import Told

COPY = "where there is an undamaged copy of the file, report on that"
MAX_GAPS = 12
MAX_BOOTS = 6


def lacking(told: Told) -> Iterator[str]:
    """What is missing, in whole sentences."""
    recording = told.recording
    if told.unchecked:
        yield f"No fit check: {told.unchecked}."
    if recording.account.lost:
        lost, expected, number = recording.account.lost, recording.account.expected, len(recording.account.gaps())
        yield f"{lost:,} of {expected:,} samples were lost, in {number} gap{'' if number == 1 else 's'}."
    if (harm := recording.harm) is not None:
        yield f"The file is damaged: {harm.lost}. Everything else was read; {COPY}."
    if recording.loss_before is not None and recording.loss_before.anything:
        yield f"The file was {recording.loss_before.before}."
    if harm is None and recording.unreadable:
        yield f"{counted(len(recording.unreadable), 'record')} of it made no sense and could not be read."
    if not told.course.dated:
        yield "Part of it was never dated by a host: its times of day are a guess, its durations are not."
    if recording.closing is None:
        yield "The recording was cut off, or is still going on."
    for note in told.checked.notes if told.checked else ():
        yield f"Not judged: {note}."


def gaps(told: Told) -> Iterator[tuple[str, str, str]]:
    """When nothing is known, for how long, and why."""
    found = told.checked.gaps if told.checked else ()
    start_us = int(told.course.utc_us[0])
    for gap in found[:MAX_GAPS]:
        why = f"{gap.why}, and nothing was kept" if gap.why == "nothing came" else gap.why
        yield told.local(start_us + round(gap.start_s * 1e6)), duration(gap.end_s - gap.start_s), why
    if len(found) > MAX_GAPS:
        rest_s = sum(gap.end_s - gap.start_s for gap in found[MAX_GAPS:])
        yield f"and {len(found) - MAX_GAPS:,} more", duration(rest_s), "gradsock check lists them"


def facts(told: Told, identify: bool) -> list[tuple[str, str]]:
    """What was measured with, and how much of it is there. identify: whose it is, too."""
    recording, account = told.recording, told.recording.account
    info = recording.infos[0] if recording.infos else None
    whole = f"{account.received:,} of {account.expected:,}; {account.recovered:,} fetched later from the sock's memory"
    blank = f", {account.unscanned:,} without a reading: the board was busy" if account.unscanned else ""
    listed = [
        ("sock", who(recording, identify=identify) + (f" ({info.name})" if identify and info else "")),
        ("worn", f"{duration(told.worn_s)} of {duration(recording.duration_s)} recorded"),
        ("prescription", _prescription(told)),
        ("calibration", _calibration(told, identify)),
        ("firmware", f"{info.firmware}, board {info.raw.get('board', 'unknown')}" if info else "unknown"),
        ("samples", f"{whole}; {account.lost:,} lost, {account.doubled:,} came twice{blank}"),
        *(("time" if number == 0 else "", line) for number, line in enumerate(_time(told))),
        ("rate", f"{1_000_000 / told.course.period_us:g} a second at {', '.join(recording.sites)}"),
    ]
    return [listed[0], ("recording", recording.id), *listed[1:]] if identify else listed


def _prescription(told: Told) -> str:
    """What it was checked against."""
    if told.checked is None:
        return told.recording.prescription or "none"
    return told.checked.prescription.text + (", that of a new sock: none is named" if told.checked.assumed else "")


def _calibration(told: Told, identify: bool) -> str:
    """When, how and how well, as far as it is known; its name and who did it only when asked for."""
    if told.recording.calibration is None:
        return "none: counts are no pressures"
    made = artefact_in(told.recording.contents.records)
    parts = [told.recording.calibration.id] if identify else []
    if made:
        parts += [str(made.get("made", ""))[:10], str(made.get("method", "of an unknown method"))]
        if "reference_uncertainty_mmHg" in made:
            parts.append(f"reference known to {made['reference_uncertainty_mmHg']} mmHg")
        if identify and made.get("operator"):
            parts.append(f"by {made['operator']}")
    return ", ".join(part for part in parts if part) or "known to the sock; how it was made is not kept here"


def _time(told: Told) -> Iterator[str]:
    """How good the time is, boot by boot."""
    boots = told.recording.boot_times
    for boot in boots[:MAX_BOOTS]:
        yield boot.in_words(told.recording.zone)
    if len(boots) > MAX_BOOTS:
        yield f"and {len(boots) - MAX_BOOTS:,} more boots"
