"""How finely a channel's counts are worth keeping, at the pressures that it reads these minutes.

A divider's counts are dense at low pressures and sparse at high ones: what matters at 60 mmHg is noise at 15. So the
step of a channel follows its pressure: finer at once, coarser when the last minutes allow it. Steps are latched like
the reference: while they hold, a sample reads the same in every copy of it.
"""

from . import MISSING, const
from .curves import PRESSURE_MAX_CMMHG, WORKING_RANGE_CMMHG, Curves

_CEILINGS_CMMHG = const(200)
"""A step is within 0.2 mmHg up to its ceiling, a multiple of this."""
_LOWEST_CMMHG = const(1000)
_MARGIN_CMMHG = const(200)
"""So near to its ceiling a channel gets the next one: gait rises by less than that from scan to scan."""


class StepLatch:
    """`note` the pressure of every channel in a scan, then `turn`: True when other `steps` hold from the next scan on.

    held_scans: for how long a pressure is remembered before the step may grow again.
    """

    def __init__(self, curves: Curves, channels: int, held_scans: int) -> None:
        self.steps = [1] * channels
        self._curves = curves
        self._held_scans = held_scans
        self._left = held_scans
        self._reference = 0
        self._ceilings = [WORKING_RANGE_CMMHG] * channels
        self._peaks = [0] * channels
        self._moved = False

    def refer(self, reference_counts: int) -> None:
        """Another reference holds: steps for it."""
        self._reference = reference_counts
        self._choose()

    def note(self, channel: int, pressure_cmmHg: int) -> None:
        """What a channel reads in this scan; rails and MISSING count for nothing."""
        if pressure_cmmHg == MISSING or pressure_cmmHg >= PRESSURE_MAX_CMMHG:
            return
        if pressure_cmmHg > self._peaks[channel]:
            self._peaks[channel] = pressure_cmmHg
            if pressure_cmmHg > self._ceilings[channel] - _MARGIN_CMMHG:
                self._ceilings[channel] = _ceiling(pressure_cmmHg)
                self._moved = True

    def turn(self) -> bool:
        """The scan is over. True: close open blocks, `steps` have changed."""
        self._left -= 1
        if not self._left:
            self._left = self._held_scans
            for channel in range(len(self._peaks)):
                self._ceilings[channel] = _ceiling(self._peaks[channel])
                self._peaks[channel] = 0
            self._moved = True
        if not self._moved:
            return False
        self._moved = False
        return self._choose()

    def _choose(self) -> bool:
        if self._reference <= 0:
            return False
        changed = False
        for channel in range(len(self.steps)):
            step = self._curves.step_for(channel, self._reference, self._ceilings[channel])
            if step != self.steps[channel]:
                self.steps[channel] = step
                changed = True
        return changed


def _ceiling(pressure_cmmHg: int) -> int:
    """The lowest ceiling that leaves twice the margin, so that a channel at its edge does not go up and down."""
    ceiling = (pressure_cmmHg + 2 * _MARGIN_CMMHG + _CEILINGS_CMMHG - 1) // _CEILINGS_CMMHG * _CEILINGS_CMMHG
    return max(_LOWEST_CMMHG, min(ceiling, PRESSURE_MAX_CMMHG))
