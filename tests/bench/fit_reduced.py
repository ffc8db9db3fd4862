"""The sock's fit check for the proving ground, behind the vectorised reducer: the same findings, many times as fast.

python -m tests.bench.fit --check tests.bench.fit_reduced:reduced --drawing tuning --hours 1000 --events 100
"""

from gradsock.analysis.reduce import BulkReducer, show
from sock.prescription import Prescription

from .fit.check import Session, SockFit
from .fit.wear import Chunk


class Reduced(SockFit):
    """What was said is dated by the sample that completed the second, as sample by sample."""

    def samples(self, chunk: Chunk) -> None:
        if self._check is None:
            self._begin(chunk.pressure_cmmHg.shape[1])
            self._reducer = BulkReducer(chunk.pressure_cmmHg.shape[1])
        t_ms = chunk.t_ms[chunk.present] + self._offset_ms
        seconds = self._reducer.add(t_ms, chunk.pressure_cmmHg[chunk.present])
        times = t_ms.tolist()
        for closing in show(seconds, self._check.reducer):
            self._check.decide()
            self._look(times[closing])
        if times:
            self._last_ms = times[-1]


def reduced(prescription: Prescription) -> Session:
    """The factory."""
    return Reduced(prescription)
