"""Milliseconds since the sock started, without the wrap of `time.ticks_ms` at 2^30 ms (12.4 days)."""

import time


class Ticks:
    """The sock's monotonic clock; 0 when made. `now` must be called at least once in 6 days (the supervisor does)."""

    def __init__(self) -> None:
        self._raw = time.ticks_ms()
        self._ms = 0

    def now(self) -> int:
        """ticks_ms now. Not for interrupt handlers: they note the raw ticks and leave the rest to `at`."""
        raw = time.ticks_ms()
        self._ms += time.ticks_diff(raw, self._raw)
        self._raw = raw
        return self._ms

    def at(self, raw: int) -> int:
        """ticks_ms of a moment that `time.ticks_ms` called raw, at most 6 days from now."""
        return self._ms + time.ticks_diff(raw, self._raw)
