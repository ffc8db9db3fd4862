"""What earlier loads still do to a sensor, taken off its pressure: creep and hysteresis. Integers, once a second.

A sensor that is pressed goes on yielding, by a share per decade of time (creep), and reads higher while the pressure
falls than while it rises (hysteresis). Both add to what it reads, and change slowly: the readings of a second lose one
number per channel, `offsets`, and make the number of the next.

    creep        creep_q14 * the sum over TAU_BITS of what a relaxation of 2^bits seconds has taken in of the pressure;
                 equal shares of relaxations at equal ratios follow the logarithm of time
    hysteresis   over REACHES_CMMHG, share_q14 * (follower - mean): a follower is dragged along by a pressure that is
                 more than its reach away, and so lags behind it in both directions

The stored counts stay raw. Who feeds the same readings in the same seconds gets the same offsets; who comes later takes
over the state (`pack`, and `recall` on a host).
"""

from array import array

from . import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

TAU_BITS = (2, 5, 8, 11, 14)  # 4 s to 4.6 h in steps of 8
REACHES_CMMHG = (200, 700, 2000)
HIGHEST_CMMHG = const(20000)
LOWEST_CMMHG = const(-2000)
"""Beyond these a reading is that of a broken wire: it is handed on as it is and not remembered."""
GAP_MAX_S = const(60)
"""A longer gap counts as this: the state that follows in a log tells better."""
STATE = const(9)  # per channel: what relaxations took in, << their bits; the followers; the mean of the last second
NOW = const(4)  # of the present second: sum and count of its readings, lowest, highest


class LoadHistory:
    """One memory per site channel. Per scan: `advance` with its second, then `corrected` for each channel.

    creep_q14    per channel the share that each relaxation adds
    shares_q14   per channel a share for each of REACHES_CMMHG
    offsets      cmmHg per channel that the readings of the present second lose
    state        STATE numbers per channel, as they were when the present second began
    now          NOW numbers per channel, of what was read in it so far
    """

    def __init__(self, creep_q14: "Sequence[int]", shares_q14: "Sequence[Sequence[int]]") -> None:
        self.second = -1
        self.offsets = [0 for _ in creep_q14]
        self.state = array("i", bytes(4 * STATE * len(creep_q14)))
        self.now = array("i", bytes(4 * NOW * len(creep_q14)))
        self._creep = creep_q14
        self._shares = shares_q14

    def advance(self, second: int) -> bool:
        """The second that the next readings lie in (ticks_ms // 1000). True when it is another one."""
        gone = second - self.second
        if not gone:
            return False
        if self.second >= 0:
            for _ in range(min(gone, GAP_MAX_S)):
                for channel in range(len(self.offsets)):
                    self._close(channel)
        self.second = second
        return True

    def corrected(self, channel: int, pressure_cmmHg: int) -> int:
        """A pressure as its curve gives it (or MISSING), without what earlier loads add."""
        if not LOWEST_CMMHG < pressure_cmmHg < HIGHEST_CMMHG:
            return pressure_cmmHg
        pressure_cmmHg -= self.offsets[channel]
        now = self.now
        at = channel * NOW
        if not now[at + 1]:
            now[at + 2] = now[at + 3] = pressure_cmmHg
        elif pressure_cmmHg < now[at + 2]:
            now[at + 2] = pressure_cmmHg
        elif pressure_cmmHg > now[at + 3]:
            now[at + 3] = pressure_cmmHg
        now[at] += pressure_cmmHg
        now[at + 1] += 1
        if pressure_cmmHg <= LOWEST_CMMHG:
            return LOWEST_CMMHG + 1  # it is not the wire that is broken
        return pressure_cmmHg

    def pack(self) -> bytes:
        """The second (8 bytes) and the state in which it began (36 bytes per channel), little-endian."""
        return max(self.second, 0).to_bytes(8, "little") + bytes(self.state)

    def settle(self, channel: int) -> None:
        """Make the offset of a channel from its state."""
        at = channel * STATE
        strain = 0
        for bits in TAU_BITS:
            strain += self.state[at] >> bits
            at += 1
        lag = 0
        mean = self.state[channel * STATE + STATE - 1]
        for share in self._shares[channel]:
            lag += (self.state[at] - mean) * share
            at += 1
        self.offsets[channel] = (strain * self._creep[channel] >> 14) + (lag >> 14)

    def _close(self, channel: int) -> None:
        """A second is over; one in which nothing could be read was like the one before it."""
        state = self.state
        last = channel * STATE + STATE - 1
        low = high = state[last]
        now = channel * NOW
        if self.now[now + 1]:
            state[last] = self.now[now] // self.now[now + 1]
            low = self.now[now + 2]
            high = self.now[now + 3]
            self.now[now] = self.now[now + 1] = 0
        at = channel * STATE
        for bits in TAU_BITS:
            state[at] += state[last] - (state[at] >> bits)
            at += 1
        for reach in REACHES_CMMHG:
            if high - low > 2 * reach:
                state[at] = state[last]  # it went along with the whole swing
            elif state[at] < high - reach:
                state[at] = high - reach
            elif state[at] > low + reach:
                state[at] = low + reach
            at += 1
        self.settle(channel)
