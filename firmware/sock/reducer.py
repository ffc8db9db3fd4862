"""From samples to seconds: what the decision machine sees of the 1 to 100 scans of a second. Allocates nothing.

Ranges: a pressure is 16 bits, at most 128 scans fall into a second, so a sum stays below 2^22. `STILL_MAX` ends the
count of equal readings. The host has a vectorised twin of this, held equal by a property test.

At one scan a second a mean is one reading and a span is nothing: no sensor is then called stuck, noisy or loose, and a
stride that is in step with the scans looks like a level. All else goes on.
"""

from . import MISSING, const
from .curves import PRESSURE_MAX_CMMHG

RAIL_CMMHG = const(20000)
"""A pressure that no sock makes: the input lies at a rail. So does one far below nothing."""
RAIL_LOW_CMMHG = const(-2000)

FREE_CMMHG = const(150)
"""Below this nothing presses."""
QUICK = const(10)
"""Scans a second from which on two that follow each other are too close for a hand to take a load off between them."""

OK = const(0)
ABSENT = const(1)  # nothing was read
OPEN = const(2)  # the lower rail
SHORT = const(3)  # the upper rail
SATURATED = const(6)  # beyond it

STILL_MAX = const(30000)


class Reducer:
    """Feed `add` every sample; when it is True the second before is complete and stands in these, per channel (one per
    site, or several):

    second   its number: ticks_ms // 1000
    means    mean pressure in cmmHg over what could be read, MISSING when less than half of the samples could
    states   OK, or why there is no mean: ABSENT, OPEN, SHORT, SATURATED
    spans    highest minus lowest reading in cmmHg, rails left out
    stills   how many readings on end were the same as the last one, itself included; unread ones do not count
    steps    by how much the first of these lay above the reading before it, in cmmHg
    falls    the highest reading in cmmHg that the next two found free and exactly alike: contact was lost, neither by
             a hand nor by noise. 0 for none, and at fewer than QUICK scans a second
    """

    def __init__(self, channels: int = 3) -> None:
        sites = range(channels)
        self.second = -1
        self.means = [MISSING for _ in sites]
        self.states = [ABSENT for _ in sites]
        self.spans = [0 for _ in sites]
        self.stills = [0 for _ in sites]
        self.steps = [0 for _ in sites]
        self.falls = [0 for _ in sites]
        self._now = -1
        self._count = 0
        self._sums = [0 for _ in sites]
        self._read = [0 for _ in sites]
        self._rails = [ABSENT for _ in sites]
        self._lows = [RAIL_CMMHG for _ in sites]
        self._highs = [RAIL_LOW_CMMHG for _ in sites]
        self._last = [MISSING for _ in sites]
        self._still = [0 for _ in sites]
        self._step = [0 for _ in sites]
        self._before = [0 for _ in sites]  # the reading before the latest that was free
        self._fallen = [0 for _ in sites]

    def add(self, t_ms: int, pressures_cmmHg: "list[int] | tuple[int, ...]") -> bool:
        """One sample: pressure per channel, MISSING allowed. True when a second is complete."""
        second = t_ms // 1000
        complete = False
        if second != self._now:
            complete = self._count > 0
            if complete:
                self._close()
            self._now = second
        self._count += 1
        for site in range(len(self._sums)):
            pressure = pressures_cmmHg[site]
            if pressure == MISSING:
                continue
            if pressure != self._last[site]:
                if pressure < FREE_CMMHG:
                    self._before[site] = self._last[site] if self._last[site] < RAIL_CMMHG else 0
                self._step[site] = pressure - self._last[site]
                self._last[site] = pressure
                self._still[site] = 0
            elif self._still[site] == 1 and pressure < FREE_CMMHG:
                self._fallen[site] = max(self._fallen[site], self._before[site])
            self._still[site] += 1
            if pressure >= RAIL_CMMHG:
                self._rails[site] = SATURATED if pressure > PRESSURE_MAX_CMMHG else SHORT
            elif pressure <= RAIL_LOW_CMMHG:
                self._rails[site] = OPEN
            else:
                self._sums[site] += pressure
                self._read[site] += 1
                if pressure < self._lows[site]:
                    self._lows[site] = pressure
                if pressure > self._highs[site]:
                    self._highs[site] = pressure
        return complete

    def _close(self) -> None:
        self.second = self._now
        for site in range(len(self._sums)):
            read = self._read[site]
            if read * 2 >= self._count:
                self.means[site] = self._sums[site] // read
                self.states[site] = OK
            else:
                self.means[site] = MISSING
                self.states[site] = self._rails[site]
            self.spans[site] = self._highs[site] - self._lows[site] if read else 0
            if self._still[site] > STILL_MAX:
                self._still[site] = STILL_MAX
            self.stills[site] = self._still[site]
            self.steps[site] = self._step[site]
            self.falls[site] = self._fallen[site] if self._count >= QUICK else 0
            self._fallen[site] = 0
            self._sums[site] = 0
            self._read[site] = 0
            self._rails[site] = ABSENT
            self._lows[site] = RAIL_CMMHG
            self._highs[site] = RAIL_LOW_CMMHG
        self._count = 0
