"""What may be judged: a session that is handed a wearer's wears, sample by sample or in arrays, and reports what it
said when.

A factory takes a prescription and gives a `Session`. Three come with the ground: `sock_fit` (the sock's own
`FitCheck`, fed every sample), `naive` (in `naive.py`), and whatever `--check MODULE:FACTORY` names, for instance one
that reduces whole chunks at once. A notice is dated by the sample after which it could first be seen, not by what the
check writes into it.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from sock.fit import PLAIN, FitCheck
from sock.prescription import Prescription

from .wear import Chunk

OFF_LEG_MS = 10 * 3600 * 1000
"""Between two wears of one story."""

TELLING = ("notice", "warning")
"""Levels that reach the wearer."""


@dataclass
class Notice:
    """Something the wearer was told."""

    kind: str
    site: str | None
    level: str
    t_ms: int
    """When it could first be seen."""
    start_ms: int
    """The onset that it claims."""


@dataclass
class Report:
    """What was said during one wear."""

    notices: list[Notice] = field(default_factory=list)
    verdicts: list[tuple[int, str]] = field(default_factory=list)
    """(t_ms, verdict) at each change."""


class Session(Protocol):
    """One wearer, several wears; times start at 0 in each."""

    def next_wear(self) -> None:
        """Another wear begins; what was learnt stays."""

    def samples(self, chunk: Chunk) -> None:
        """The next stretch; only rows that are `present` were ever sampled."""

    def mark(self, t_ms: int, text: str) -> None:
        """The wearer told the sock something, after the samples before t_ms."""

    def report(self) -> Report:
        """What was said in the wear that just ended."""


Factory = Callable[[Prescription], Session]


class SampleBySample:
    """Any object like `sock.fit.FitCheck`: add, verdict, open_findings, take_closed, and mark where it has one."""

    def __init__(self, check: Any) -> None:
        self._check = check
        self._offset_ms = 0
        self._last_ms = 0
        self._told: set[tuple[str, str | None, int, int]] = set()
        self._report = Report()

    def next_wear(self) -> None:
        if self._last_ms:
            self._offset_ms = self._last_ms + OFF_LEG_MS
        self._report = Report()

    def samples(self, chunk: Chunk) -> None:
        add, offset = self._check.add, self._offset_ms
        times = (chunk.t_ms[chunk.present] + offset).tolist()
        for t_ms, pressures in zip(times, chunk.pressure_cmmHg[chunk.present].tolist(), strict=True):
            if add(t_ms, pressures):
                self._look(t_ms)
        if times:
            self._last_ms = times[-1]

    def mark(self, t_ms: int, text: str) -> None:
        if hasattr(self._check, "mark"):
            self._check.mark(t_ms + self._offset_ms, text)

    def report(self) -> Report:
        return self._report

    def _look(self, t_ms: int) -> None:
        verdict = self._check.verdict
        verdicts = self._report.verdicts
        if not verdicts or verdicts[-1][1] != verdict:
            verdicts.append((t_ms - self._offset_ms, verdict))
        for finding in self._check.open_findings():
            self._tell(finding, t_ms)
        for finding in self._check.take_closed():
            self._tell(finding, t_ms)

    def _tell(self, finding: Any, t_ms: int) -> None:
        """A finding is one notice each time its time of notice changes while it is of a telling level."""
        if finding.level not in TELLING or finding.notified_ms is None:
            return
        this = (finding.kind, finding.site, finding.start_ms, finding.notified_ms)
        if this in self._told:
            return
        self._told.add(this)
        offset = self._offset_ms
        self._report.notices.append(
            Notice(finding.kind, finding.site, finding.level, t_ms - offset, finding.start_ms - offset)
        )


class SockFit(SampleBySample):
    """The sock's own check, made for as many sensors per site as there are in the first chunk."""

    def __init__(self, prescription: Prescription) -> None:
        super().__init__(None)
        self._prescription = prescription

    def samples(self, chunk: Chunk) -> None:
        if self._check is None:
            self._begin(chunk.pressure_cmmHg.shape[1])
        super().samples(chunk)

    def _begin(self, channels: int) -> None:
        layout = tuple(site for site in PLAIN for _ in range(channels // len(PLAIN)))
        self._check = FitCheck(self._prescription, layout)


def sock_fit(prescription: Prescription) -> Session:
    """The sock's fit check, as it runs on a board."""
    return SockFit(prescription)


def factory(name: str) -> Factory:
    """The factory of that name, MODULE:FACTORY."""
    module, _, attribute = name.partition(":")
    make: Factory = getattr(importlib.import_module(module), attribute)
    return make


def attend(session: Session, chunk: Chunk, marks: list[tuple[int, str]]) -> None:
    """Hand a chunk to a session, with the marks that fall into it each after the samples before it."""
    first = 0
    for t_ms, text in sorted(marks):
        if chunk.t_ms[0] <= t_ms <= chunk.t_ms[-1]:
            last = int(np.searchsorted(chunk.t_ms, t_ms))
            session.samples(_part(chunk, first, last))
            session.mark(t_ms, text)
            first = last
    session.samples(_part(chunk, first, len(chunk.t_ms)))


def _part(chunk: Chunk, first: int, last: int) -> Chunk:
    return Chunk(chunk.t_ms[first:last], chunk.pressure_cmmHg[first:last], chunk.present[first:last])
