"""A calibration as a sock uses it for every sample: its curves, ready to be read. How they are made: `calibration`.

What a curve maps is x_q14 = counts * 16384 // (reference - counts): sensor conductance times the divider's resistor,
in units of 2^-14. The excitation cancels.
"""

from . import MISSING, const
from .header import STEP_MAX

Q14 = const(16384)
PRESSURE_MAX_CMMHG = const(30000)
"""What a short reads: no sock presses with 300 mmHg. An open wire reads the negative of it."""
SATURATED_CMMHG = const(30001)
"""What an input reads that carries more than the excitation, or is read with too high a gain; so does every site while
the reference itself is at the converter's limit."""
_RAIL = const(32767)

_STEP_MAX_CMMHG = const(20)
"""Bits below this step are not stored (0.2 mmHg)."""
WORKING_RANGE_CMMHG = const(6000)
_WARM_X_MAX = const(1 << 17)  # a sensor at 89 % of the excitation; below it no product on the way exceeds 2^30


class Curves:
    """One curve per site channel, in their order in the settings.

    x, y    per channel the curve as segments: x_q14 and cmmHg, both rising, far enough to both sides for any reading
    open_x  per channel: below this no current flows, the wire is open
    warm    per channel x_q14 at rest, and the share (in 2^-14) of what is above that is the sensor's warmth and no
            pressure; empty where nobody knows how warm it is (`warmth`)
    """

    def __init__(self, x: list[list[int]], y: list[list[int]], open_x: list[int]) -> None:
        self._x = x
        self._y = y
        self._open_x = open_x
        self.warm: list[tuple[int, int]] = []
        self._near = [0 for _ in x]  # the segment of the last reading: mostly that of the next one too

    def pressure_cmmHg(self, site_index: int, counts: int, reference_counts: int) -> int:
        """Pressure at one site channel in hundredths of mmHg, -30000..30000; MISSING for MISSING.

        A short reads PRESSURE_MAX_CMMHG, an open wire its negative. Allocates nothing: with counts and reference of
        16 bits every product stays below 2^30.
        """
        if counts == MISSING or reference_counts <= 0:
            return MISSING
        below = reference_counts - counts
        if reference_counts == _RAIL or -below > reference_counts >> 4:
            return SATURATED_CMMHG
        if below <= 0:
            return PRESSURE_MAX_CMMHG
        x = counts * Q14 // below
        if x < self._open_x[site_index]:
            return -PRESSURE_MAX_CMMHG
        if self.warm and x < _WARM_X_MAX:
            rest, share = self.warm[site_index]
            x -= (x - rest) * share >> 14
        xs = self._x[site_index]
        ys = self._y[site_index]
        i = self._near[site_index]
        if not xs[i] <= x < xs[i + 1]:
            if x <= xs[0]:
                return ys[0]
            last = len(xs) - 1
            if x >= xs[last]:
                return ys[last]
            i = 0
            while xs[i + 1] <= x:
                i += 1
            self._near[site_index] = i
        y = ys[i]
        return y + (x - xs[i]) * (ys[i + 1] - y) // (xs[i + 1] - xs[i])

    def step_for(self, site_index: int, reference_counts: int, up_to_cmmHg: int = WORKING_RANGE_CMMHG) -> int:
        """The most counts, 1..255, that are <= 0.2 mmHg at every pressure of 0..up_to_cmmHg."""
        steepest = 0  # cmmHg per count, times 1000
        xs = self._x[site_index]
        ys = self._y[site_index]
        for i in range(len(xs) - 1):
            if ys[i + 1] <= 0 or ys[i] >= up_to_cmmHg:
                continue
            # counts = x r / (x + q): dx/dcounts = (x + q)^2 / (q r), largest at the upper end of a segment
            x = xs[i + 1]
            if ys[i + 1] > up_to_cmmHg:
                x = xs[i] + (x - xs[i]) * (up_to_cmmHg - ys[i]) // (ys[i + 1] - ys[i])
            slope = (ys[i + 1] - ys[i]) * (x + Q14) * (x + Q14) * 1000
            slope //= (xs[i + 1] - xs[i]) * Q14 * reference_counts
            steepest = max(steepest, slope)
        return max(1, min(STEP_MAX, _STEP_MAX_CMMHG * 1000 // max(1, steepest)))
