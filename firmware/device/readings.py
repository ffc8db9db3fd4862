"""What becomes of a scan: stored counts for the stream, pressures for the fit check. Integers, nothing allocated."""

from array import array

from sock import MISSING, SITES, const, event
from sock.encoder import quantise
from sock.fit import FitCheck, layout_of
from sock.steps import StepLatch

from .reference import ReferenceLatch

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from sock.bands import Prescription
    from sock.curves import Curves
    from sock.history import LoadHistory

    from .stream import Stream
    from .tare import Watch
    from .warming import Warming


_HISTORY_EVERY_S = const(60)
"""So often what earlier loads left is told: from there on, a host that missed something reads what the sock reads."""
_HELD_MS = const(60000)
"""So long a pressure counts for how many bits of a channel are kept."""


class Readings:
    """Takes the scans, one per slot of the grid. The fit check sees the stored counts, so that a replay sees the same.

    curves: of its calibration; None when the sock has none. Then there are no pressures, and every bit is kept.
    wanted: the prescription it is checked against.
    history: what earlier loads left, where the calibration knows creep or hysteresis.
    """

    def __init__(
        self,
        channels: "list[list[Any]]",
        curves: "Curves | None",
        wanted: "Prescription",
        stream: "Stream",
        period_ms: int,
        history: "LoadHistory | None" = None,
    ) -> None:
        roles = [channel[0] for channel in channels]
        self._at = [at for at, role in enumerate(roles) if role in SITES]
        self._site = [SITES.index(roles[at]) for at in self._at]
        self._reference_at = roles.index("reference")
        self._curves = curves
        self._history = history
        self._tell_history = False
        self._stream = stream
        self._latch = ReferenceLatch()
        self._period_ms = period_ms
        self._stored = array("h", [MISSING] * len(self._at))
        layout, self._place = layout_of(self._site)
        self._pressures = [MISSING] * len(layout)
        self.watch: Watch | None = None
        """Is shown every reading, while a zero is being taken."""
        self.steps = [1] * len(self._at)
        self._step_latch: StepLatch | None = None
        if curves is not None:
            self._step_latch = StepLatch(curves, len(self._at), _HELD_MS // period_ms)
            self.steps = self._step_latch.steps
        self.warming: Warming | None = None
        """Where a thermistor tells how warm the sensors are."""
        self.start_ms = 0
        """ticks_ms of the sample with index 0; set before the first scan."""
        self.fit = FitCheck(wanted, layout)
        self.fit_is_new = False
        self.next_index = 0
        """Of the first scan that has not been taken."""

    def take(self, index: int, counts: "array[int]", flag: int = 0) -> None:
        """One scan: counts of all channels in their order. flag: UNSCANNED for a slot without one, which says nothing
        of the sensors: to the fit check it is as if nothing had come.
        """
        ticks_ms = self.start_ms + index * self._period_ms
        self.next_index = index + 1
        if self._latch.add(counts[self._reference_at]):
            self._stream.close_block()
            if self._step_latch is not None:
                self._step_latch.refer(self._latch.counts)
        if self._history is not None:
            self._remember(self._history, ticks_ms // 1000)
        if self.warming is not None:
            self.warming.add(counts, self._latch.counts, ticks_ms)
        stored = self._stored
        for i in range(len(stored)):
            stored[i] = quantise(counts[self._at[i]], self.steps[i])
        self._stream.add(index, ticks_ms, stored, self._latch.counts, self.steps, flag)
        if self._curves is not None and not flag:
            self._press()
            if self._step_latch is not None and self._step_latch.turn():
                self._stream.close_block()
            if self.fit.add(ticks_ms, self._pressures):
                self.fit_is_new = True

    def mean_cmmHg(self, site_index: int) -> int:
        """Mean pressure at a site in the last second, MISSING when it could not be read or trusted."""
        return self.fit.trails[site_index].now

    def _remember(self, history: "LoadHistory", second: int) -> None:
        """Before the first scan of a second: what is to be taken off in it. Whoever has just begun to listen is told
        now, and once more when a second begins that they hear from its beginning.
        """
        begins = history.advance(second)
        if self._stream.fresh:
            self._stream.fresh = False
            self._tell_history = True
        elif begins and (self._tell_history or not second % _HISTORY_EVERY_S):
            self._tell_history = False
        else:
            return
        self._stream.tell_in_parts(event.LOAD_HISTORY, history.pack())

    def _press(self) -> None:
        """Pressures of the present scan, per channel."""
        curves = self._curves
        assert curves is not None
        for i in range(len(self._site)):
            counts = self._stored[i]
            if counts != MISSING:
                counts *= self.steps[i]
            pressure = curves.pressure_cmmHg(i, counts, self._latch.counts)
            if self._step_latch is not None:
                self._step_latch.note(i, pressure)
            if self._history is not None:
                pressure = self._history.corrected(i, pressure)
            if self.watch is not None:
                self.watch.add(i, counts, pressure)
            self._pressures[self._place[i]] = pressure
