"""What earlier loads still do to a sensor, taken off its pressure: creep and hysteresis. Integers, once a second.

A sensor that is pressed goes on yielding, by a share per decade of time (creep), and reads higher while the pressure
falls than while it rises (hysteresis). Both add to what it reads; what they add changes slowly. So a second's readings
lose one number per channel, `offsets`, and the readings of that second make the number of the next:

    creep        creep_q14 * the sum over TAU_BITS of what a relaxation of 2^bits seconds has taken in of the pressure;
                 equal shares of relaxations at equal ratios follow the logarithm of time
    hysteresis   over REACHES, share_q14 * (follower - mean): a follower is dragged along by a pressure that is more
                 than its reach away, and so lags behind it in both directions
    zero         what a tare found at rest

The stored counts stay raw. Who feeds the same readings in the same seconds gets the same offsets; who comes later
takes over the state (`pack`, and `recall` on a host).
"""

import struct
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

TAU_BITS = (2, 5, 8, 11, 14)  # 4 s to 4.6 h in steps of 8
REACHES_CMMHG = (200, 700, 2000)
CREEP_MAX_Q14 = 1966  # 12 % per step: products stay below 2^30
SHARE_MAX_Q14 = 13107  # a sensor of which more lags than 80 % measures nothing
HIGHEST_CMMHG = 20000
LOWEST_CMMHG = -2000
"""Beyond these a reading is that of a broken wire: it is handed on as it is and not remembered."""
GAP_MAX_S = 60
"""A longer gap counts as this: the state that follows in a log tells better."""
TARE_MAX_CMMHG = 1000

_STATE = "<5i3hhh"


class LoadHistory:
    """One memory per site channel. Per scan: `advance` with its second, then `corrected` for each channel.

    creep_q14      per channel the share that each relaxation adds; 0: no creep known
    shares_q14     per channel a share for each of REACHES_CMMHG
    offsets        cmmHg per channel that the readings of the present second lose
    """

    def __init__(self, creep_q14: "Sequence[int]", shares_q14: "Sequence[Sequence[int]]") -> None:
        channels = range(len(creep_q14))
        self.second = -1
        self.offsets = [0 for _ in channels]
        self._creep = creep_q14
        self._shares = shares_q14
        self._taken_in = array("i", [0 for _ in channels for _ in TAU_BITS])  # relaxed pressure << bits
        self._followers = array("h", [0 for _ in channels for _ in REACHES_CMMHG])
        self._means = array("h", [0 for _ in channels])
        self._zeros = array("h", [0 for _ in channels])
        self._sums = array("i", [0 for _ in channels])
        self._counts = array("h", [0 for _ in channels])
        self._lows = array("h", [0 for _ in channels])
        self._highs = array("h", [0 for _ in channels])

    def matters(self) -> bool:
        """False when it never changes a reading, and need not be told to anybody."""
        for channel in range(len(self.offsets)):
            if self._creep[channel] or self._zeros[channel] or max(self._shares[channel]):
                return True
        return False

    def advance(self, second: int) -> bool:
        """The second that the next readings lie in (ticks_ms // 1000). True when it is another one."""
        gone = second - self.second
        if not gone:
            return False
        if self.second >= 0:
            for _ in range(gone if 0 < gone < GAP_MAX_S else GAP_MAX_S):
                for channel in range(len(self.offsets)):
                    self._close(channel)
        self.second = second
        return True

    def corrected(self, channel: int, pressure_cmmHg: int) -> int:
        """A pressure as its curve gives it (or MISSING), without what earlier loads add."""
        if not LOWEST_CMMHG < pressure_cmmHg < HIGHEST_CMMHG:
            return pressure_cmmHg
        pressure_cmmHg -= self.offsets[channel]
        if pressure_cmmHg <= LOWEST_CMMHG:
            pressure_cmmHg = LOWEST_CMMHG + 1  # it is not the wire that is broken
        if not self._counts[channel]:
            self._lows[channel] = self._highs[channel] = pressure_cmmHg
        elif pressure_cmmHg < self._lows[channel]:
            self._lows[channel] = pressure_cmmHg
        elif pressure_cmmHg > self._highs[channel]:
            self._highs[channel] = pressure_cmmHg
        self._sums[channel] += pressure_cmmHg
        self._counts[channel] += 1
        return pressure_cmmHg

    def tare(self) -> bool:
        """What the last second read becomes zero; False when it was so much that something presses."""
        for mean in self._means:
            if not -TARE_MAX_CMMHG < mean < TARE_MAX_CMMHG:
                return False
        for channel in range(len(self._zeros)):
            self._zeros[channel] += self._means[channel]
            self.offsets[channel] += self._means[channel]
        return True

    def pack(self) -> bytes:
        """The state in which the present second began: u64 second, then 30 bytes per channel."""
        data = bytearray(struct.pack("<Q", max(self.second, 0)))
        for channel in range(len(self.offsets)):
            taken_in = [self._taken_in[channel * len(TAU_BITS) + i] for i in range(len(TAU_BITS))]
            followers = [self._followers[channel * len(REACHES_CMMHG) + i] for i in range(len(REACHES_CMMHG))]
            data.extend(struct.pack(_STATE, *taken_in, *followers, self._means[channel], self._zeros[channel]))
        return bytes(data)

    def settle(self, channel: int) -> None:
        """Make the offset of a channel from its state."""
        strain = 0
        at = channel * len(TAU_BITS)
        for bits in TAU_BITS:
            strain += self._taken_in[at] >> bits
            at += 1
        lag = 0
        at = channel * len(REACHES_CMMHG)
        for share in self._shares[channel]:
            lag += (self._followers[at] - self._means[channel]) * share
            at += 1
        self.offsets[channel] = self._zeros[channel] + (strain * self._creep[channel] >> 14) + (lag >> 14)

    def _close(self, channel: int) -> None:
        """A second is over; one in which nothing could be read was like the one before it."""
        mean = low = high = self._means[channel]
        count = self._counts[channel]
        if count:
            mean = self._sums[channel] // count
            low = self._lows[channel]
            high = self._highs[channel]
            self._means[channel] = mean
            self._sums[channel] = self._counts[channel] = 0
        at = channel * len(TAU_BITS)
        for bits in TAU_BITS:
            self._taken_in[at] += mean - (self._taken_in[at] >> bits)
            at += 1
        at = channel * len(REACHES_CMMHG)
        for reach in REACHES_CMMHG:
            if high - low > 2 * reach:
                self._followers[at] = mean  # it went along with the whole swing
            elif self._followers[at] < high - reach:
                self._followers[at] = high - reach
            elif self._followers[at] > low + reach:
                self._followers[at] = low + reach
            at += 1
        self.settle(channel)
