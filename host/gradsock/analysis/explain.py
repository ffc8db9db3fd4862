"""Why the fit check says what it says: the numbers that decided at a moment of a recording."""

import math
from bisect import bisect_right
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sock import MISSING, SITES
from sock.fit import GAP_S, NEW_WEAR_S, FitCheck
from sock.local import STEP_S

from gradsock.analysis.check import GAP_MS, check
from gradsock.analysis.checked import LEVELS
from gradsock.analysis.evidence import named, tenths, worded
from gradsock.analysis.judging import Judging
from gradsock.analysis.stretch import Stretch, held
from gradsock.analysis.trust import why_not
from gradsock.errors import AnalysisError, UsageError
from gradsock.period import by_clock, duration

SCHEMA = 1


@dataclass(frozen=True)
class SiteExplained:
    """One site in mmHg; None where it was not known. ``known_mmHg``: levels it took while nothing was wrong;
    ``why``: for what reason nothing is known now."""

    site: str
    now_mmHg: float | None
    mean_mmHg: float | None
    baseline_mmHg: float | None
    known_mmHg: tuple[float, float] | None
    why: str = ""


@dataclass(frozen=True)
class Explained:
    """What stood at ``t_s``: the verdict, the open findings with their evidence, and each site.

    ``also``: the findings open beside that of the verdict, by their names, or nothing.
    ``asked_s``: when it was asked for. ``gap_s``: for how long nothing had come by then; ``wear``: since when it is on.
    """

    asked_s: float
    t_s: float
    verdict: str
    findings: tuple[str, ...]
    sites: tuple[SiteExplained, ...]
    gap_s: float = 0.0
    wear: str = ""
    also: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of ``gradsock check --explain --json``."""
        return {"schema": SCHEMA} | asdict(self)

    def lines(self) -> list[str]:
        """For a terminal."""
        beside = f", also: {self.also}" if self.also else ""
        told = [f"at {self.t_s:.0f} s: {self.verdict}{beside}", *([f"  {self.wear}"] if self.wear else [])]
        if self.gap_s >= 1:
            told.append(f"  nothing came from {self.t_s:.0f} s to {self.asked_s:.0f} s: {_after_gap(self.gap_s)}")
        for site in self.sites:
            known = "-" if site.known_mmHg is None else " to ".join(map(tenths, site.known_mmHg))
            why = f" ({site.why})" if site.why else ""
            told.append(
                f"  {site.site:6} now {_text(site.now_mmHg)}{why}, {STEP_S} s mean {_text(site.mean_mmHg)}, "
                f"baseline {_text(site.baseline_mmHg)}, known levels {known} mmHg"
            )
        return told + [f"  {finding}" for finding in self.findings]


def explain(
    id_or_file: str | Path, at: float | str, *, prescription: str | None = None, logs: Path | None = None
) -> Explained:
    """Check a recording up to a moment and tell what the machine saw then.

    ``at``: seconds, ``5:29`` or ``1:02:05`` as in the findings, or a kind of finding (``fold``, or with its site:
    ``bunching:calf``): the moment at which the first of that kind was said. In a gap it tells of the last second before
    it. Raises what `check` raises, and AnalysisError for a moment outside the recording or a finding that there is not.
    """
    at_s, said = _moment(id_or_file, at, prescription, logs)
    given = held(id_or_file, prescription=prescription, logs=logs)
    first_s, last_s = given.stretches[0].start_s, given.stretches[-1].end_s
    if not first_s <= at_s <= last_s:
        raise AnalysisError(f"{at_s:g} s lies outside of the recording: it goes from {first_s:g} to {last_s:g} s")
    stretch = next((s for s in reversed(given.stretches) if s.start_s <= at_s), given.stretches[0])
    judging = Judging(stretch, given.prescription)
    t_s = stretch.start_s
    come = _come(stretch, at_s)
    if said and come < len(stretch.t_ms) and stretch.at_s(int(stretch.t_ms[come - 1])) < at_s:
        come, at_s = come + 1, stretch.at_s(int(stretch.t_ms[come]))  # a second is over with the first sample behind it
    for row in judging.seconds(come):
        t_s = stretch.at_s(int(stretch.t_ms[row]))
    return _explained(judging.machine, stretch, t_s, at_s)


def _come(stretch: Stretch, at_s: float) -> int:
    """How many samples a moment is told by: those that had come by then; in the first second after a gap all of that
    second, since what was said before the gap says nothing of behind it.
    """
    t_ms = stretch.t_ms
    come = bisect_right(t_ms, at_s, key=lambda t: stretch.at_s(int(t)))
    silent = np.flatnonzero(np.diff(t_ms[:come]) - round(1000 * stretch.period_s) >= GAP_MS)
    if len(silent):
        over = int(np.searchsorted(t_ms // 1000, int(t_ms[silent[-1] + 1]) // 1000, side="right"))
        come = max(come, min(over + 1, len(t_ms)))
    return come


def _moment(id_or_file: str | Path, at: float | str, prescription: str | None, logs: Path | None) -> tuple[float, bool]:
    """(seconds, whether a finding was said then)."""
    try:
        by = by_clock(str(at))
        at_s = float(at) if by is None else by
    except ValueError:
        kind, _, site = str(at).partition(":")
    else:
        if not math.isfinite(at_s):
            raise UsageError(f"'{at}' is no moment: write 329, 5:29 or a kind of finding")
        return at_s, False
    found = check(id_or_file, prescription=prescription, logs=logs).findings
    said_s = [f.notified_s for f in found if f.kind == kind and site in ("", f.site) and f.notified_s is not None]
    if said_s:
        return min(said_s), True
    kinds = ", ".join(sorted({f.kind + (f":{f.site}" if f.site else "") for f in found if f.level in LEVELS}))
    raise AnalysisError(
        f"there is no finding '{at}' in it: {kinds or 'there is none at all'}; a time is written 329 or 5:29"
    )


def _explained(machine: FitCheck, stretch: Stretch, t_s: float, at_s: float) -> Explained:
    sites = []
    for index, site in enumerate(SITES):
        trail, (low, high) = machine.trails[index], machine.local.known(index)
        known = None if low == MISSING else (low / 100, high / 100)
        baseline = _mmHg(machine.local.baseline(index))
        mean, why = _mmHg(trail.mean(STEP_S)), why_not(machine, index)
        sites.append(SiteExplained(site, _mmHg(trail.now), mean, baseline, known, why))
    found = machine.open_findings()
    findings = tuple(
        f"{f.level} {f.kind}"
        + (f" at the {f.site}" if f.site else "")
        + f": when said, {_at(stretch.at_s(f.notified_ms))}: {worded(f.evidence)}"
        for f in found
    )
    beside = named((f.kind, f.site, f.level) for f in found[1:])
    gap_s = min(at_s, stretch.end_s) - t_s - 1
    gap_s, wear = max(0.0, round(gap_s, 3)), _wear(machine, stretch)
    return Explained(round(at_s, 3), t_s, machine.verdict, findings, tuple(sites), gap_s, wear, beside)


def _at(t_s: float) -> str:
    """As `check` tells times."""
    return "before it began" if t_s < 0 else f"at {duration(t_s)}"


def _wear(machine: FitCheck, stretch: Stretch) -> str:
    told = []
    for what, at_ms in (("on", machine.wear.donned_ms), ("settled", machine.wear.settled_ms)):
        if at_ms is not None and machine.wear.state:
            told.append(f"{what} since {stretch.at_s(at_ms):.0f} s")
    return ", ".join(told)


def _after_gap(gap_s: float) -> str:
    if gap_s <= GAP_S:
        return "so short a gap changes nothing"
    if gap_s <= NEW_WEAR_S:
        return "the baselines stay, what led up to it is forgotten"
    return "nobody knows whether it was still on: judged anew, and what was found has ended"


def _mmHg(cmmHg: int) -> float | None:
    return None if cmmHg == MISSING else cmmHg / 100


def _text(mmHg: float | None) -> str:
    return "-" if mmHg is None else tenths(mmHg)
