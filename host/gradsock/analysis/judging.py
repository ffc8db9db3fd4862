"""The sock's own machine over a stretch of samples, shown every second again, and told what the sock was told."""

from collections.abc import Generator, Iterator
from itertools import pairwise

import numpy as np
from sock.bands import Prescription
from sock.fit import FitCheck
from sock.resume import StateError, resume

from gradsock.analysis.reduce import BulkReducer, show
from gradsock.analysis.stretch import FORGET, NEW_SESSION, Stretch

AT_ONCE = 1 << 15
"""Samples that are reduced together: enough that calls do not count, and so few that they stay in the cache."""


class Judging:
    """Goes through one stretch, a second at a time.

    machine    as it stands after the second that `seconds` gave last
    joined     the row from which this machine has been going on from what the sock told; 0: from the beginning
    falling    of that second, whether pressure fell from site to site; None: not settled, or fewer than two sites
    refused    states that could not be gone on from: they are of another version of the check
    """

    def __init__(self, stretch: Stretch, prescription: Prescription) -> None:
        self.machine = FitCheck(prescription, stretch.layout)
        if stretch.said.donnings:
            self.machine.donnings.restore(stretch.said.donnings)
        self.joined = 0
        self.falling: bool | None = None
        self.refused = 0
        self._stretch = stretch
        self._prescription = prescription
        self._deeds = list(stretch.said.deeds)
        self._bulk = BulkReducer(len(stretch.layout))
        self._judged = (self.machine.gradient, 0, 0)

    def seconds(self, rows: int | None = None) -> Iterator[int]:
        """Every second in its order, as the row of the sample with which it was complete. rows: of the first so many
        samples alone, as the sock had then; default: of all.
        """
        end = len(self._stretch.t_ms) if rows is None else rows
        known = [(row, machine) for row, machine in self._known() if row < end]
        edges = [0, *(row for row, _ in known), end]
        machines = iter([None, *(machine for _, machine in known)])
        for begin, end in pairwise(edges):
            machine = next(machines)
            if machine is not None:
                begin = yield from self._join(machine, begin, end)
            yield from self._judge(begin, end)

    def _known(self) -> list[tuple[int, FitCheck]]:
        """Where the sock told how its own check stands, as machines that go on from there."""
        found = []
        for first_index, state in sorted(self._stretch.said.states.items()):
            row = int(np.searchsorted(self._stretch.index, first_index))
            if row < len(self._stretch.t_ms):
                try:
                    found.append((row, resume(self._prescription, state, self._stretch.layout)[1]))
                except StateError:
                    self.refused += 1
        return found

    def _judge(self, begin: int, end: int) -> Iterator[int]:
        stretch = self._stretch
        for first in range(begin, end, AT_ONCE):
            part = slice(first, min(first + AT_ONCE, end))
            seconds = self._bulk.add(stretch.t_ms[part], stretch.channels_cmmHg[part])
            for closing in show(seconds, self.machine.reducer):
                self._decide(first + closing)
                yield first + closing

    def _join(self, machine: FitCheck, begin: int, end: int) -> Generator[int, None, int]:
        """Go on with this machine, one sample at a time until a second is complete; the row to go on from."""
        self.machine, self.joined = machine, begin
        self._judged = (machine.gradient, machine.gradient.judged_s, machine.gradient.descending_s)
        t_ms, pressures = self._stretch.t_ms, self._stretch.channels_cmmHg
        before_ms = int(t_ms[begin]) - round(1000 * self._stretch.period_s)
        self._deeds = [deed for deed in self._deeds if deed[0] >= before_ms]  # earlier ones are in the state
        for row in range(begin, end):
            last, before = list(machine.reducer._last), list(machine.reducer._before)
            if machine.reducer.add(int(t_ms[row]), pressures[row].tolist()):
                self._decide(row)
                yield row
                self._bulk = BulkReducer.after(last, machine.reducer.stills, machine.reducer.steps, before)
                return row
        return end

    def _decide(self, row: int) -> None:
        """A second stands in the reducer: what was said before it was complete comes first."""
        t_ms = int(self._stretch.t_ms[row])
        while self._deeds and self._deeds[0][0] < t_ms:
            self._do(*self._deeds.pop(0))
        self.machine.decide()
        gradient, judged_s, descending_s = self._judged
        if self.machine.gradient is not gradient:
            judged_s = descending_s = 0
        gradient = self.machine.gradient
        self.falling = gradient.descending_s > descending_s if gradient.judged_s > judged_s else None
        self._judged = (gradient, gradient.judged_s, gradient.descending_s)

    def _do(self, t_ms: int, what: str) -> None:
        if what == FORGET:
            self.machine.donnings.forget()
        if what in (FORGET, NEW_SESSION):
            self.machine.restart()
        else:
            self.machine.mark(t_ms, what)
