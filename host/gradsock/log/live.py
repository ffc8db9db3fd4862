"""Pressures of blocks as they come in: by the calibration in force, without what earlier loads left."""

from collections.abc import Iterator

from sock import MISSING
from sock.block import Block
from sock.calibration import Calibration
from sock.history import LoadHistory
from sock.recall import RecallError, recall

from gradsock.log.context import StreamContext


class LivePressures:
    """Reads the blocks of one stream in their order; what the sock says beside them comes through ``context``."""

    def __init__(self, context: StreamContext) -> None:
        self._context = context
        self._of: tuple[int, Calibration] | None = None  # boot and calibration that the history belongs to
        self._history: LoadHistory | None = None

    def rows_cmmHg(self, samples: Block) -> Iterator[list[int]]:
        """Pressure per channel and scan in hundredths of mmHg; MISSING where there is none, or no calibration."""
        calibration = self._context.calibration
        if calibration is None:
            yield from ([MISSING] * len(row) for row in samples.samples)
            return
        made = self._context.made or calibration
        if self._of is None or self._of[0] != samples.boot or self._of[1] is not made:
            self._of, self._history = (samples.boot, made), made.history()
        for number, row in enumerate(samples.samples):
            self._begin(samples.boot, (samples.ticks_ms + number * samples.period_ms) // 1000)
            yield [
                self._corrected(channel, calibration.pressure_cmmHg(channel, counts, samples.reference_counts))
                if channel < len(calibration.knots)
                else MISSING
                for channel, counts in enumerate(row)
            ]

    def _begin(self, boot: int, second: int) -> None:
        if self._history is None or not self._history.advance(second):
            return
        state = self._context.states.get((boot, second))
        if state is not None:
            try:
                recall(self._history, state)
            except RecallError:
                return  # of another number of channels: not of this calibration

    def _corrected(self, channel: int, pressure_cmmHg: int) -> int:
        return pressure_cmmHg if self._history is None else self._history.corrected(channel, pressure_cmmHg)
