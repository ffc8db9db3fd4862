"""What a channel is expected to read next, and how far off that usually is: the model behind the samples of a block.

Encoder and decoder each keep one `Predictor` per channel and feed it the same values, so both expect the same.
Two guesses run side by side, and whichever has been nearer of late is used:

- *slow*: an average over about eight scans. At rest a reading is a level with white noise on it, and every difference
  of neighbours would carry the noise twice (half a bit per sample).
- *fast*: follows level and slope, for gait and changes of posture.

All integers: values are 16 bits, kept with 6 more below the point, so nothing on the way reaches 2^24.
"""

from . import const

POINT = const(6)  # bits below the point
SLOW_GAIN = const(3)  # 2^-3 once eight scans have been seen; the first ones weigh more
LEAD_WINDOW = const(5)  # 2^5 scans
SPREAD_WINDOW = const(5)  # 2^5 scans
SPREAD_ROUND = const(1 << SPREAD_WINDOW >> 1)  # rounded down, it would settle half a window too low
ERROR_MAX = const(255)  # a single jump must not spoil the spread for long

_OCTAVES = const(8)
LEAD_START = const(16)
SPREAD_START = const(35)  # 1/64 step; of octave 0, and doubling with each

# Codes by level, from small errors to large ones: how many low bits stand as they are, and how many words are doubled
# (see `encoder`). For a bell-shaped error of standard deviation s, in steps, each costs 0.03 to 0.11 bits more than the
# entropy between its limits: s of 1.0, then 1.49, 1.86 and 2.15 in each octave.
LOW_BITS = (0,) + tuple([level // 3 for level in range(3 * _OCTAVES)])
DOUBLED = (0,) + (1, 2, 3) * _OCTAVES
# Mean |error| (1/64 step) at which the next level begins.
LIMITS = (51,) + tuple([(76, 95, 110)[level % 3] << (level // 3) for level in range(3 * _OCTAVES - 1)]) + (1 << 29,)


class Predictor:
    """One channel. `expected()` before each value, then `learn(value, error)` with error = value - expected.

    seen       values since `start`
    level      which code suits the present spread of errors: an index into LOW_BITS and DOUBLED
    lead       how much nearer the fast guess has been of late, 1/64 step
    error_sum  sum of |error| since `start`
    """

    def __init__(self) -> None:
        self.start(2, False)

    def start(self, octave: int, fast_leads: bool) -> None:
        """Forget everything; octave (0..7) and fast_leads are the hints in a block's header."""
        self.seen = 0
        self.lead = LEAD_START if fast_leads else -LEAD_START
        self.error_sum = 0
        self.level = octave * 3 - 2 if octave else 0
        self._slow = 0
        self._ahead = 0  # the fast guess: level and slope
        self._slope = 0
        self._spread = SPREAD_START << octave

    def first(self, value: int) -> None:
        """The first value, which nothing predicted."""
        self._slow = self._ahead = value << POINT
        self.seen = 1

    def expected(self) -> int:
        """The value expected next."""
        return ((self._ahead if self.lead > 0 else self._slow) + 32) >> POINT

    def learn(self, value: int, error: int) -> None:
        """Take in the value that came, and by how much it missed what was expected."""
        value <<= POINT
        slow_error = value - self._slow
        fast_error = value - self._ahead
        seen = self.seen
        self.seen = seen + 1
        self._slow += slow_error >> (SLOW_GAIN if seen > 3 else (seen + 2) >> 1)
        quarter = fast_error >> 2
        slope = (self._slope + quarter) >> 1
        self._slope = slope
        self._ahead = value - quarter + slope
        if slow_error < 0:
            slow_error = -slow_error
        if fast_error < 0:
            fast_error = -fast_error
        self.lead += (slow_error - fast_error - self.lead) >> LEAD_WINDOW
        if error < 0:
            error = -error
        if error > ERROR_MAX:
            error = ERROR_MAX
        self.error_sum += error
        spread = self._spread + (((error << POINT) - self._spread + SPREAD_ROUND) >> SPREAD_WINDOW)
        self._spread = spread
        level = self.level
        while spread >= LIMITS[level]:
            level += 1
        while level and spread < LIMITS[level - 1]:
            level -= 1
        self.level = level


def octave_of(mean_error: int) -> int:
    """The octave hint nearest to a mean |error| in 1/64 step."""
    octave = 0
    while octave < _OCTAVES - 1 and mean_error >= 50 << octave:
        octave += 1
    return octave
