"""Why the fit check says what it says: the numbers that decided at a moment of a recording."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sock import MISSING, SITES
from sock.fit import FitCheck
from sock.local import STEP_S

from gradsock.analysis.check import stretches_of
from gradsock.analysis.reduce import BulkReducer, show


@dataclass(frozen=True)
class SiteExplained:
    """One site in mmHg; None where it was not known. ``known_mmHg``: levels it took while nothing was wrong."""

    site: str
    now_mmHg: float | None
    mean_mmHg: float | None
    baseline_mmHg: float | None
    known_mmHg: tuple[float, float] | None


@dataclass(frozen=True)
class Explained:
    """What stood at ``t_s``: the verdict, the open findings with their evidence, and each site."""

    t_s: float
    verdict: str
    findings: tuple[str, ...]
    sites: tuple[SiteExplained, ...]

    def lines(self) -> list[str]:
        """For a terminal."""
        told = [f"at {self.t_s:.0f} s: {self.verdict}"]
        for site in self.sites:
            known = "-" if site.known_mmHg is None else f"{site.known_mmHg[0]:.1f} to {site.known_mmHg[1]:.1f}"
            told.append(
                f"  {site.site:6} now {_text(site.now_mmHg)}, {STEP_S} s mean {_text(site.mean_mmHg)}, "
                f"baseline {_text(site.baseline_mmHg)}, known levels {known} mmHg"
            )
        return told + [f"  {finding}" for finding in self.findings]


def explain(
    id_or_file: str | Path, at_s: float, *, prescription: str | None = None, logs: Path | None = None
) -> Explained:
    """Check a recording up to ``at_s`` (seconds as in the findings) and tell what the machine saw then.

    Raises what `check` raises; beyond the end it tells of the last second.
    """
    wanted, stretches = stretches_of(id_or_file, prescription=prescription, logs=logs)
    told = None
    for stretch in stretches:
        if told is not None and stretch.offset_s + stretch.series.t_ms[0] / 1000 > at_s:
            break
        machine = FitCheck(wanted)
        series = stretch.series
        seconds = BulkReducer().add(np.array(series.t_ms, np.int64), np.array(series.pressures_cmmHg, np.int64))
        t_s = stretch.offset_s + series.t_ms[0] / 1000
        for closing in show(seconds, machine.reducer):
            if stretch.offset_s + series.t_ms[closing] / 1000 > at_s:
                break
            machine.decide()
            t_s = stretch.offset_s + series.t_ms[closing] / 1000
        told = _explained(machine, t_s)
    assert told is not None  # a recording has at least one stretch
    return told


def _explained(machine: FitCheck, t_s: float) -> Explained:
    sites = []
    for index, site in enumerate(SITES):
        trail, (low, high) = machine.trails[index], machine.local.known(index)
        known = None if low == MISSING else (low / 100, high / 100)
        baseline = _mmHg(machine.local.baseline(index))
        sites.append(SiteExplained(site, _mmHg(trail.now), _mmHg(trail.mean(STEP_S)), baseline, known))
    findings = tuple(
        f"{f.level} {f.kind}" + (f" at the {f.site}" if f.site else "") + f": {f.evidence}"
        for f in machine.open_findings()
    )
    return Explained(round(t_s, 3), machine.verdict, findings, tuple(sites))


def _mmHg(cmmHg: int) -> float | None:
    return None if cmmHg == MISSING else cmmHg / 100


def _text(mmHg: float | None) -> str:
    return "-" if mmHg is None else f"{mmHg:.1f}"
