"""The thermistor beside the sensors: what is read of them is corrected as it warms. Loaded where there is one."""

from sock import MISSING, const, event
from sock.warmth import pack, read_cC, set_warmth, thermometer

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from sock.curves import Curves

    from .stream import Stream

_EVERY_MS = const(5000)
_STEP_cC = const(50)
"""Half a degree is 0.2 % of a pressure; finer steps would cost blocks."""


class Warming:
    """Feed `add` every scan. at: index of the thermistor's channel. curves, per_degC_q20: of the calibration."""

    def __init__(self, at: int, curves: "Curves | None", per_degC_q20: "Sequence[int]", stream: "Stream") -> None:
        self._at = at
        self._curves = curves
        self._per_degC_q20 = per_degC_q20
        self._stream = stream
        self._meter = thermometer()
        self._sum = 0
        self._count = 0
        self._due_ms = 0
        self._told = -_STEP_cC

    def add(self, counts: "array[int]", reference: int, ticks_ms: int) -> None:
        """One scan, before it is read. A change is told, and holds from this scan on."""
        if counts[self._at] != MISSING:
            self._sum += counts[self._at]
            self._count += 1
        if ticks_ms < self._due_ms or reference == MISSING:
            return
        self._due_ms = ticks_ms + _EVERY_MS
        now = read_cC(self._meter, self._sum // self._count if self._count else MISSING, reference)
        self._sum = self._count = 0
        if -_STEP_cC < now - self._told < _STEP_cC:
            return
        self._told = now
        if self._curves is not None:
            set_warmth(self._curves, self._per_degC_q20, now)
        stream = self._stream
        stream.close_block()
        data = pack(ticks_ms, now)
        stream.tell_in_parts(event.WARMTH, data)
        stream.context[:] = [told for told in stream.context if told[0] != event.WARMTH] + [(event.WARMTH, data)]
