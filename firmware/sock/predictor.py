"""What a channel is expected to read next, and how far off that usually is: the model behind the samples of a block.

Encoder and decoder each keep one `Predictor` per channel and feed it the same values, so both expect the same.
Two guesses run side by side, and whichever has been nearer of late is used:

- *slow*: an average over about eight scans. At rest a reading is a level with white noise on it, and every difference
  of neighbours would carry the noise twice (half a bit per sample).
- *fast*: follows level and slope, for gait and changes of posture.

All integers: values are 16 bits, kept with 6 more below the point, so nothing on the way reaches 2^24.
"""

POINT = 6  # bits below the point
_SLOW_GAIN = 3  # 2^-3 once eight scans have been seen; the first ones weigh more
_LEAD_WINDOW = 4  # 2^4 scans
_SPREAD_WINDOW = 5  # 2^5 scans
_ERROR_MAX = 255  # a single jump must not spoil the spread for long

OCTAVES = 8
LEVELS = 16
LEAD_START = 16

# Mean error (1/64 count) at which the next code becomes the shorter one, for a bell-shaped error (computed with the
# exact code lengths): standard deviations of 1.08 and 1.64 counts, doubling every two levels.
_LIMITS = tuple([(84 if level & 1 else 55) << (level >> 1) for level in range(LEVELS - 1)]) + (1 << 29,)


class Predictor:
    """One channel. `expected()` before each value, then `learn(value, error)` with error = value - expected.

    seen       values since `start`
    level      which code suits the present spread of errors: 0..15, two per octave
    lead       how much nearer the fast guess has been of late, 1/64 count
    error_sum  sum of |error| since `start`
    """

    def __init__(self) -> None:
        self.start(2, False)

    def start(self, octave: int, fast_leads: bool) -> None:
        """Forget everything; octave (0..7) and fast_leads are the hints in a block's header."""
        self.seen = 0
        self.lead = LEAD_START if fast_leads else -LEAD_START
        self.error_sum = 0
        self.level = octave * 2
        self._slow = 0
        self._ahead = 0  # the fast guess: level and slope
        self._slope = 0
        self._spread = 35 << octave

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
        self._slow += slow_error >> (_SLOW_GAIN if seen > 3 else (seen + 2) >> 1)
        quarter = fast_error >> 2
        slope = (self._slope + quarter) >> 1
        self._slope = slope
        self._ahead = value - quarter + slope
        if slow_error < 0:
            slow_error = -slow_error
        if fast_error < 0:
            fast_error = -fast_error
        self.lead += (slow_error - fast_error - self.lead) >> _LEAD_WINDOW
        if error < 0:
            error = -error
        if error > _ERROR_MAX:
            error = _ERROR_MAX
        self.error_sum += error
        spread = self._spread + (((error << POINT) - self._spread) >> _SPREAD_WINDOW)
        self._spread = spread
        level = self.level
        while spread >= _LIMITS[level]:
            level += 1
        while level and spread < _LIMITS[level - 1]:
            level -= 1
        self.level = level


def octave_of(mean_error: int) -> int:
    """The octave hint nearest to a mean |error| in 1/64 count."""
    octave = 0
    while octave < OCTAVES - 1 and mean_error >= 50 << octave:
        octave += 1
    return octave
