"""The fit check over what was recorded: the sock's own machine, shown every second again."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, SITES
from sock.bands import Prescription
from sock.finding import Finding
from sock.fit import CHECK_SENSOR
from sock.gradient import STRIDES_S
from sock.wear import SETTLED

from gradsock.analysis.checked import Checked, FoundSpan, Gap, Moved, VerdictSpan
from gradsock.analysis.gait import Gait
from gradsock.analysis.judging import Judging
from gradsock.analysis.posture import Stiffness, check_spans, spans_of_marks, standing_minus_lying
from gradsock.analysis.settled import settled
from gradsock.analysis.share import Share, share_of
from gradsock.analysis.stretch import Held, Stretch, held
from gradsock.analysis.trust import at_fault, left_open, notes_on, trusted

if TYPE_CHECKING:
    from gradsock.log.recording import Recording

GAP_MS = 2000  # a verdict ends where nothing came for so long
SETTLE_S = 60  # a sock is never settled sooner
STILL_HZ = 2  # below it nothing moves within a second


def check(
    what: "str | Path | Recording",
    *,
    prescription: str | None = None,
    logs: Path | None = None,
    postures: dict[str, list[tuple[float, float]]] | None = None,
    leg_point: str | None = None,
) -> Checked:
    """Check a recording (id, file, or read already), a CSV file (its name ends in ``.csv``) or an export of one.

    ``prescription``: what the sock should have done; default: what the log says, the JSON beside an exported CSV, or an
    exported Parquet; else that of a new sock. ``postures``: times in s of ``standing`` and ``lying``, instead of the
    marks in the recording; ``leg_point``: where the ankle's sensor lies (default: what the calibration in the log
    says). Raises AnalysisError for a prescription or times that make no sense or a file without pressures, LogError
    when there is no such log.
    """
    given = held(what, prescription=prescription, logs=logs)
    runs, gait, moved, pressures = [], Gait(), [], []
    for number, stretch in enumerate(given.stretches):
        runs.append(_Run(stretch, given.prescription, last=number + 1 == len(given.stretches)))
        before = len(gait.walks)
        pressures.append(trusted(stretch, runs[-1].faults))
        gait.add(stretch.t_ms, pressures[-1], stretch.period_s)
        moved += [
            Moved("walking", stretch.at_s(walk.start_ms), stretch.at_s(walk.end_ms), round(walk.cadence_per_min, 1))
            for walk in gait.walks[before:]
        ]
    stretches = given.stretches
    if postures is None:
        postures = _postures(stretches)
    else:
        check_spans(postures, stretches[0].start_s, stretches[-1].end_s)
    moved += [Moved(what, *span) for what, spans in postures.items() for span in spans]
    duration_s = sum((int(s.t_ms[-1]) - int(s.t_ms[0])) / 1000 + s.period_s for s in stretches)
    notes = [*_notes(given, runs), *([gait.why_not] if gait.walking is None else [])]
    verdicts = tuple(span for run in runs for span in run.verdicts)
    return Checked(
        samples=sum(len(stretch.t_ms) for stretch in stretches),
        duration_s=round(duration_s, 3),
        prescription=given.prescription,
        verdicts=verdicts,
        findings=tuple(sorted((f for run in runs for f in run.findings()), key=lambda f: (f.start_s, f.kind))),
        descending=_descending(runs),
        walking=gait.walking,
        stiffness=_stiffness(stretches, pressures, postures, leg_point or given.leg_point),
        gaps=tuple(_gaps(stretches)),
        moved=tuple(sorted(moved, key=lambda one: one.start_s)),
        settled=tuple(settled(stretches, verdicts, given.prescription)),
        notes=tuple(notes),
        lost=given.lost,
        unscanned=given.unscanned,
        damaged_bytes=given.damaged_bytes,
        assumed=given.assumed,
        harm=given.harm,
        loss_before=given.loss_before,
    )


class _Run:
    """What the machine says of one stretch, each second."""

    def __init__(self, stretch: Stretch, prescription: Prescription, *, last: bool) -> None:
        self.verdicts: list[VerdictSpan] = []
        self._stretch = stretch
        self._last = last
        self._found: dict[tuple[str, str | None, int], Finding] = {}
        self._falling: list[tuple[int, bool]] = []
        self.settled_s = 0
        self.still_s = 0
        self.without_s: Counter[str] = Counter()
        self.faults: dict[tuple[int, int], int] = {}
        """Until when (ticks_ms) a sensor was at fault, see `trusted`."""
        self._judging = Judging(stretch, prescription)
        self._judge()

    @property
    def refused(self) -> int:
        """States of the sock's check that could not be gone on from."""
        return self._judging.refused

    def findings(self) -> Iterable[FoundSpan]:
        """All of them, each once."""
        machine = self._judging.machine
        open_now = {self._key(finding) for finding in machine.open_findings()} if self._last else set()
        for key, finding in self._found.items():
            end_ms = finding.over_ms if finding.end_ms is None else finding.end_ms
            if end_ms is None and key not in open_now:  # it stood when the sock was last heard of
                end_ms = int(self._stretch.t_ms[-1]) + round(1000 * self._stretch.period_s)
            yield self._span(finding, end_ms)

    def falling(self) -> Iterable[NDArray[np.bool_]]:
        """Whether pressure fell, per settled second; one array for seconds that follow each other."""
        if not self._falling:
            return
        seconds = np.array([second for second, _ in self._falling])
        flags = np.array([flag for _, flag in self._falling])
        yield from np.split(flags, np.flatnonzero(np.diff(seconds) != 1) + 1)

    def _judge(self) -> None:
        stretch, judging = self._stretch, self._judging
        period_ms, first_ms, last_ms = round(1000 * stretch.period_s), int(stretch.t_ms[0]), int(stretch.t_ms[-1])
        silent = set((np.flatnonzero(np.diff(stretch.t_ms) - period_ms >= GAP_MS) + 1).tolist())  # rows after a gap
        verdict, since_ms = None, first_ms  # the first verdict is about the second before it
        machine = judging.machine
        for row in judging.seconds():
            if judging.machine is not machine:
                self._keep(machine.open_findings(resting=True))
                machine, first = judging.machine, judging.joined
                if verdict is not None and first in silent:
                    self._tell(verdict, since_ms, int(stretch.t_ms[first - 1]) + period_ms)
                    verdict, since_ms = None, int(stretch.t_ms[first])
            self._keep(machine.take_closed())
            if judging.falling is not None:
                self._falling.append((machine.reducer.second, judging.falling))
                for site, trail in zip(SITES, machine.trails, strict=True):
                    if trail.mean(STRIDES_S) == MISSING:
                        self.without_s[site] += 1
            self.settled_s += machine.wear.state == SETTLED
            self.still_s += left_open(machine)
            if machine.verdict == CHECK_SENSOR:  # it stands above all others
                self.faults |= dict.fromkeys(at_fault(machine), 1000 * (machine.reducer.second + 1))
            if row in silent:  # nobody knows what was true in between
                self._tell(verdict or machine.verdict, since_ms, int(stretch.t_ms[row - 1]) + period_ms)
                verdict, since_ms = None, int(stretch.t_ms[row])  # what was said now is of the second before it
            elif machine.verdict != verdict:
                if verdict is not None:
                    self._tell(verdict, since_ms, int(stretch.t_ms[row]))
                    since_ms = int(stretch.t_ms[row])
                verdict = machine.verdict
        if verdict is not None:
            self._tell(verdict, since_ms, last_ms + period_ms)
        self._keep(machine.take_closed())
        self._keep(machine.open_findings(resting=True))  # over, but not for long enough to have ended

    def _tell(self, verdict: str, start_ms: int, end_ms: int) -> None:
        self.verdicts.append(VerdictSpan(verdict, self._stretch.at_s(start_ms), self._stretch.at_s(end_ms)))

    def _keep(self, findings: list[Finding]) -> None:
        """A finding that goes on in a machine that was told of it is the same one."""
        for finding in findings:
            self._found[self._key(finding)] = finding

    def _key(self, finding: Finding) -> tuple[str, str | None, int]:
        return finding.kind, finding.site, finding.start_ms

    def _span(self, finding: Finding, end_ms: int | None) -> FoundSpan:
        return FoundSpan(
            kind=finding.kind,
            site=finding.site,
            level=finding.level,
            start_s=self._stretch.at_s(finding.start_ms),
            notified_s=self._stretch.at_s(finding.notified_ms),
            end_s=None if end_ms is None else self._stretch.at_s(end_ms),
            evidence=dict(finding.evidence),
        )


def _descending(runs: Sequence[_Run]) -> Share | None:
    """Over all of them together."""
    without_s = sum((run.without_s for run in runs), Counter[str]())
    flags = [part for run in runs for part in run.falling()]
    return share_of(flags, sum(run.settled_s for run in runs), dict(without_s))


def _gaps(stretches: Sequence[Stretch]) -> Iterable[Gap]:
    """Where nothing is known: within a stretch, and between two."""
    for number, stretch in enumerate(stretches):
        if number and stretch.start_s - stretches[number - 1].end_s > 0:
            yield Gap(stretches[number - 1].end_s, stretch.start_s, boot=True)
        period_ms = round(1000 * stretch.period_s)
        for row in np.flatnonzero(np.diff(stretch.t_ms) - period_ms >= GAP_MS).tolist():
            begin_ms = int(stretch.t_ms[row]) + period_ms
            end_ms = int(stretch.t_ms[row + 1])
            damaged = bool(((stretch.damaged_ms >= begin_ms) & (stretch.damaged_ms < end_ms)).any())
            yield Gap(stretch.at_s(begin_ms), stretch.at_s(end_ms), boot=False, damaged=damaged)


Postures = dict[str, list[tuple[float, float]]]


def _postures(stretches: Sequence[Stretch]) -> Postures:
    """As the wearer marked them."""
    return spans_of_marks([(s.at_s(t_ms), text) for s in stretches for t_ms, text in s.said.marks])


def _stiffness(
    stretches: Sequence[Stretch], pressures: Sequence[NDArray[np.int64]], postures: Postures, leg_point: str
) -> Stiffness:
    t_s = np.concatenate([s.offset_s + s.t_ms / 1000 for s in stretches])
    ankle = np.concatenate([of_stretch[:, 0] for of_stretch in pressures])
    return standing_minus_lying(t_s, ankle, postures, leg_point)


def _notes(given: Held, runs: Sequence[_Run]) -> Iterable[str]:
    """What could not be judged, and why."""
    stretches = given.stretches
    if any(s.period_s * STILL_HZ > 1 for s in stretches):
        yield "one reading a second: stuck, noisy and loose sensors are not told, nor anything within a stride"
    if all(s.end_s - s.start_s < SETTLE_S for s in stretches):
        yield f"shorter than {SETTLE_S} s: no sock settles so soon, so nothing is said about the leg"
    if any(run.refused for run in runs):
        yield "the sock's check is of another version: judged as if the sock had been put on when it was first heard"
    still_s = sum(run.still_s for run in runs)
    yield from notes_on(stretches, still_s, written=given.written, prescription=given.prescription)
    if len(stretches) > 1:
        yield f"{len(stretches)} starts of the sock: after each the fit is judged anew"
