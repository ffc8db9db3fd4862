"""The fit check over what was recorded: the sock's own machine, shown every second again."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sock import MISSING, SITES
from sock.bands import Prescription
from sock.finding import Finding
from sock.fit import FitCheck
from sock.prescription import PrescriptionError, parse
from sock.settings import defaults

from gradsock.analysis.csv_file import Series, read_csv
from gradsock.errors import AnalysisError

if TYPE_CHECKING:
    from gradsock.log.columns import Columns

SCHEMA = 1
GAP_MS = 2000  # a verdict ends where nothing came for so long
LEVELS = ("info", "notice", "warning")


@dataclass(frozen=True)
class VerdictSpan:
    """One verdict, for as long as it stood; seconds from the first sample (CSV: as in the file)."""

    verdict: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class FoundSpan:
    """A finding: onset, when the sock says so (None: it never did), end (None: still open)."""

    kind: str
    site: str | None
    level: str
    start_s: float
    notified_s: float | None
    end_s: float | None
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Checked:
    """What the fit check says about a recording under a prescription."""

    samples: int
    duration_s: float
    prescription: Prescription
    descending_fraction: float | None
    verdicts: tuple[VerdictSpan, ...]
    findings: tuple[FoundSpan, ...]
    lost: int = 0
    """Samples that the recording should hold and does not."""
    damaged_bytes: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of ``gradsock check --json``."""
        return {
            "schema": SCHEMA,
            "samples": self.samples,
            "duration_s": self.duration_s,
            "prescription": self.prescription.as_dict(),
            "descending_fraction": self.descending_fraction,
            "verdicts": [vars(span) for span in self.verdicts],
            "findings": [vars(found) for found in self.findings],
            "lost": self.lost,
            "damaged_bytes": self.damaged_bytes,
        }

    def worst(self) -> FoundSpan | None:
        """The finding of the highest level, the earliest among equals."""
        return max(self.findings, key=lambda found: LEVELS.index(found.level), default=None)


@dataclass
class Stretch:
    """Samples under one running clock: a boot, or a whole CSV. ``offset_s`` puts it on the common axis."""

    series: Series
    offset_s: float
    period_s: float


@dataclass
class _Run:
    """What came out of one stretch."""

    verdicts: list[VerdictSpan] = field(default_factory=list)
    findings: list[FoundSpan] = field(default_factory=list)


def check(id_or_file: str | Path, *, prescription: str | None = None, logs: Path | None = None) -> Checked:
    """Check a recording (id or file) or a CSV file (its name ends in ``.csv``).

    ``prescription``: what the sock should have done; default: what the log says, or for a CSV that of a new sock.
    Raises AnalysisError for a prescription that makes no sense or a file without pressures, LogError when there is no
    such log.
    """
    held = _held(id_or_file, prescription, logs)
    return replace(_checked(held.stretches, held.prescription), lost=held.lost, damaged_bytes=held.damaged_bytes)


def stretches_of(
    id_or_file: str | Path, *, prescription: str | None = None, logs: Path | None = None
) -> tuple[Prescription, list[Stretch]]:
    """The prescription it is checked against, and its stretches in order; arguments and errors are those of `check`."""
    held = _held(id_or_file, prescription, logs)
    return held.prescription, held.stretches


@dataclass(frozen=True)
class _Held:
    """What a file holds, and what it lacks."""

    prescription: Prescription
    stretches: list[Stretch]
    lost: int = 0
    damaged_bytes: int = 0


def _held(id_or_file: str | Path, prescription: str | None, logs: Path | None) -> _Held:
    id_or_file = str(id_or_file).removeprefix("replay:")
    path = Path(id_or_file).expanduser()
    if path.suffix.lower() == ".csv":
        series = read_csv(path)
        return _Held(_prescription(prescription), [Stretch(series, 0.0, _period_s(series))])
    from gradsock.log.recording import open as open_recording

    recording = open_recording(id_or_file, logs=logs)
    if not len(recording):
        raise AnalysisError(f"{recording.id} holds no samples")
    if recording.calibration is None:
        raise AnalysisError(f"{recording.id} holds no calibration, so its counts are no pressures")
    wanted = _prescription((recording.prescription or None) if prescription is None else prescription)
    damaged_bytes = sum(damage.length for damage in recording.damage)
    return _Held(wanted, list(_stretches(recording.columns)), recording.account.lost, damaged_bytes)


def _prescription(text: str | None) -> Prescription:
    try:
        return parse(str(defaults()["prescription"]) if text is None else text)
    except PrescriptionError as error:
        raise AnalysisError(f"prescription: {error}") from error


def _period_s(series: Series) -> float:
    steps = sorted(after - before for before, after in pairwise(series.t_ms))
    return steps[len(steps) // 2] / 1000 if steps else 0.0


def _stretches(columns: "Columns") -> Iterator[Stretch]:
    """One stretch per boot, placed by UTC where that is known and behind the one before where not."""
    import numpy as np

    from gradsock.log.timeline import UNDATED

    end_s, start_utc_us = 0.0, int(columns.utc_us[0])
    for boot in np.unique(columns.boot):
        rows = columns.boot == boot
        t_ms, utc_us = columns.ticks_ms[rows], int(columns.utc_us[rows][0])
        offset_s = end_s
        if UNDATED not in (utc_us, start_utc_us):
            offset_s = max(end_s, (utc_us - start_utc_us) / 1e6)
        none = np.full(len(t_ms), MISSING)
        sites = [columns.pressure_cmmHg.get(site, none)[rows] if site in columns.sites else none for site in SITES]
        series = Series(f"boot {boot}", t_ms.tolist(), list(zip(*(site.tolist() for site in sites), strict=True)))
        stretch = Stretch(series, offset_s - int(t_ms[0]) / 1000, _period_s(series))
        end_s = stretch.offset_s + int(t_ms[-1]) / 1000 + stretch.period_s
        yield stretch


def _checked(stretches: list[Stretch], prescription: Prescription) -> Checked:
    runs, descending, weight = [], 0.0, 0
    for stretch in stretches:
        machine = FitCheck(prescription)
        runs.append(_run(stretch, machine))
        if machine.descending_permille is not None:
            descending += machine.descending_permille * len(stretch.series.t_ms)
            weight += len(stretch.series.t_ms)
    duration_s = sum((s.series.t_ms[-1] - s.series.t_ms[0]) / 1000 + s.period_s for s in stretches)
    return Checked(
        samples=sum(len(stretch.series.t_ms) for stretch in stretches),
        duration_s=round(duration_s, 3),
        prescription=prescription,
        descending_fraction=round(descending / weight / 1000, 3) if weight else None,
        verdicts=tuple(span for run in runs for span in run.verdicts),
        findings=tuple(sorted((f for run in runs for f in run.findings), key=lambda f: (f.start_s, f.kind))),
    )


def _run(stretch: Stretch, machine: FitCheck) -> _Run:
    """Show every second to the machine, as its own reducer would, and note what it says."""
    import numpy as np

    from gradsock.analysis.reduce import BulkReducer, show

    run, series = _Run(), stretch.series
    verdict, since_ms = None, series.t_ms[0]  # the first verdict is about the second before it
    found: list[Finding] = []
    seconds = BulkReducer().add(np.array(series.t_ms, np.int64), np.array(series.pressures_cmmHg, np.int64))
    for closing in show(seconds, machine.reducer):
        machine.decide()
        found += machine.take_closed()
        before_ms = series.t_ms[closing - 1] + round(1000 * stretch.period_s)
        if series.t_ms[closing] - before_ms >= GAP_MS:  # nobody knows what was true in between
            run.verdicts.append(VerdictSpan(verdict or machine.verdict, _s(stretch, since_ms), _s(stretch, before_ms)))
            verdict, since_ms = machine.verdict, series.t_ms[closing]
            continue
        if machine.verdict != verdict:
            t_ms = series.t_ms[closing]
            if verdict is not None:
                run.verdicts.append(VerdictSpan(verdict, _s(stretch, since_ms), _s(stretch, t_ms)))
                since_ms = t_ms
            verdict = machine.verdict
    if verdict is not None:
        end_s = round(_s(stretch, series.t_ms[-1]) + stretch.period_s, 3)
        run.verdicts.append(VerdictSpan(verdict, _s(stretch, since_ms), end_s))
    run.findings += [_found(stretch, finding) for finding in [*found, *machine.take_closed(), *machine.open_findings()]]
    return run


def _found(stretch: Stretch, finding: Finding) -> FoundSpan:
    return FoundSpan(
        kind=finding.kind,
        site=finding.site,
        level=finding.level,
        start_s=_s(stretch, finding.start_ms),
        notified_s=None if finding.notified_ms is None else _s(stretch, finding.notified_ms),
        end_s=None if finding.end_ms is None else _s(stretch, finding.end_ms),
        evidence=dict(finding.evidence),
    )


def _s(stretch: Stretch, t_ms: int) -> float:
    """Ticks of a stretch as seconds on the common axis."""
    return round(stretch.offset_s + t_ms / 1000, 3)
