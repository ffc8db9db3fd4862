"""What there is to say when a session ends."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from gradsock.counting import counted
from gradsock.log.account import LossAccount
from gradsock.period import duration
from gradsock.view.watched import Watched

MAX_GAPS = 5
MAX_FINDINGS = 12


def summary(
    watched: Watched,
    kept: Sequence[Path] = (),
    logs: Path | None = None,
    recorded: LossAccount | None = None,
) -> str:
    """Several lines about one sock: how it sat, what was found, what was lost, where it is kept.

    ``kept``: the recordings that it went into; ``logs``: their folder, when it was chosen; ``recorded``: the account of
    whoever recorded it, which then counts instead of what was watched: what the sock kept of before is in it too.
    """
    return "\n".join(_lines(watched, kept, logs, recorded))


def _lines(watched: Watched, kept: Sequence[Path], logs: Path | None, recorded: LossAccount | None) -> Iterator[str]:
    account = watched.account if recorded is None else recorded
    named = watched.info.name if watched.info and watched.info.name != watched.label else ""
    yield f"{watched.label}{f' ({named})' if named else ''}"
    if not account.expected:
        yield f"  {watched.failure or 'no samples came'}"
        return
    yield f"  verdicts   {_shares(watched)}"
    yield f"  findings   {_findings(watched)}"
    recovered = f" ({account.recovered:,} of them from the sock's memory)" if account.recovered else ""
    yield f"  samples    {account.received:,} received{recovered}, {account.lost:,} lost, {account.doubled:,} doubled"
    unscanned = watched.unread_scans if recorded is None else recorded.unscanned
    if unscanned:
        yield f"             {unscanned:,} of them without a reading: the board was busy"
    if recorded is not None and recorded.unread:
        yield f"             {counted(recorded.unread, 'sample')} with a site that could not be read"
    if recorded is None and watched.unread:
        told = ", ".join(f"{site} {count:,}" for site, count in sorted(watched.unread.items()))
        yield f"             sites that could not be read, in samples: {told}"
    if account.damaged_blocks:
        yield f"             {counted(account.damaged_blocks, 'block')} came damaged"
    gaps = account.gaps()
    for gap in gaps[:MAX_GAPS]:
        yield f"             gap: {counted(gap.count, 'sample')} from {gap.first_index:,} of boot {gap.boot}"
    if len(gaps) > MAX_GAPS:
        yield f"             and {counted(len(gaps) - MAX_GAPS, 'more gap')}; all are in the log"
    for log in kept:
        yield f"  log        {log}"
    if len(kept) > 1:
        yield f"             one for each wear, and for what came before: they share the {account.received:,} samples"
    for log in kept:
        yield f"             look at it again: gradsock logs show {log.stem}{_chosen(logs)}"


def _chosen(logs: Path | None) -> str:
    """The folder as a shell wants to hear it."""
    return "" if logs is None else f" --logs {shlex.quote(str(logs))}"


def _shares(watched: Watched) -> str:
    """Each verdict with its time, the longest first."""
    if not watched.verdict_s:
        return "none came"
    ordered = sorted(watched.verdict_s.items(), key=lambda item: -item[1])
    return ", ".join(f"{verdict} {duration(seconds)}" for verdict, seconds in ordered)


def _findings(watched: Watched) -> str:
    if not watched.findings:
        return "none"
    told = []
    for found in watched.findings[:MAX_FINDINGS]:
        where = f" at the {found.site}" if found.site else ""
        told.append(f"{found.kind}{where} ({found.level}, {duration(found.lasted_s)})")
    more = len(watched.findings) - MAX_FINDINGS
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")
