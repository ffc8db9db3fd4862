"""A running mean over the last seconds."""

from array import array

from . import MISSING


class Window:
    """Mean over the last `length` values, at most 128, MISSING ones left out. The sum stays below 2^22."""

    def __init__(self, length: int) -> None:
        self._values = array("h", [MISSING] * length)
        self._at = 0
        self._sum = 0
        self.count = 0

    def add(self, value: int) -> int:
        """Take a value in; the one that falls out, so that windows can follow one another."""
        gone = self._values[self._at]
        self._values[self._at] = value
        self._at += 1
        if self._at == len(self._values):
            self._at = 0
        if gone != MISSING:
            self._sum -= gone
            self.count -= 1
        if value != MISSING:
            self._sum += value
            self.count += 1
        return gone

    def mean(self) -> int:
        """The mean, or MISSING while fewer than two thirds of the window could be read."""
        if self.count * 3 < len(self._values) * 2:
            return MISSING
        return self._sum // self.count

    def lasting_above(self, limit: int) -> int:
        """For how many of the latest values on end, at most all, the value has been at or above limit."""
        at = self._at
        for lasted in range(len(self._values)):
            at -= 1
            if self._values[at] < limit:
                return lasted
        return len(self._values)

    def clear(self) -> None:
        """Forget all values."""
        for i in range(len(self._values)):
            self._values[i] = MISSING
        self._sum = 0
        self.count = 0


class Levels:
    """The pressures of one site at several time scales, cmmHg or MISSING: fed once a second.

    now      the last second
    brief    mean over 8 s: whole strides, quick enough to tell a step
    steady   mean over 30 s: what a verdict may rest on
    earlier  the 30 s before those
    latest   the seconds of `brief`
    """

    def __init__(self) -> None:
        self._windows = (Window(8), Window(30), Window(30))
        self.latest = self._windows[0]
        self.clear()

    def add(self, mean_cmmHg: int) -> None:
        """The mean of one second."""
        self.now = mean_cmmHg
        brief, steady, earlier = self._windows
        brief.add(mean_cmmHg)
        earlier.add(steady.add(mean_cmmHg))
        self.brief = brief.mean()
        self.steady = steady.mean()
        self.earlier = earlier.mean()

    def clear(self) -> None:
        """Begin anew, as after a gap."""
        for window in self._windows:
            window.clear()
        self.now = self.brief = self.steady = self.earlier = MISSING
