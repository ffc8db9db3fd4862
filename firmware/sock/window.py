"""The last minute and a half of one site, second by second: means over any stretch of them."""

from array import array

from . import MISSING, const

_LENGTH = const(96)
_LOWEST = const(-2000)  # no mean is lower
_MASK = const(0x1FFFFFFF)
_FORGET_S = const(10)
"""Unreadable for so long, and what was before says nothing about now."""


class Trail:
    """Fed once a second. Seconds that could not be read are left out.

    now     the last second, cmmHg or MISSING
    known   how many seconds are known, at most _LENGTH - 1
    """

    def __init__(self) -> None:
        self._sums = array("i", [0] * _LENGTH)  # running sums, modulo _MASK + 1 > 22000 * _LENGTH
        self._at = 0
        self._absent_s = 0
        self.clear()

    def add(self, mean_cmmHg: int) -> None:
        """The mean of one second."""
        self.now = mean_cmmHg
        if mean_cmmHg == MISSING:
            self._absent_s += 1
            if self._absent_s == _FORGET_S:
                self.known = 0
            return
        self._absent_s = 0
        at = self._at
        total = (self._sums[at] + mean_cmmHg - _LOWEST) & _MASK
        at = (at + 1) % _LENGTH
        self._sums[at] = total
        self._at = at
        if self.known < _LENGTH - 1:
            self.known += 1

    def mean(self, length: int, ago: int = 0) -> int:
        """Mean over so many seconds, the last of them so many seconds ago; MISSING where they are not known."""
        if length + ago > self.known:
            return MISSING
        last = self._at - ago
        return ((self._sums[last] - self._sums[last - length]) & _MASK) // length + _LOWEST

    def lasting(self, limit: int, sign: int) -> int:
        """For how many of the latest seconds the pressure has been above limit (below it for sign -1), by 2 s means."""
        for ago in range(self.known - 1):
            if (self.mean(2, ago) - limit) * sign < 0:
                return ago
        return self.known

    def clear(self) -> None:
        """Begin anew, as after a gap."""
        self.now = MISSING
        self.known = 0
        self._absent_s = 0
