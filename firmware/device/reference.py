"""The latched reference: one value of the excitation for many samples, so that a pressure is the same in every copy."""

from sock import MISSING, const

_FILTER_BITS = const(4)
"""The filter follows with a time constant of 16 scans (0.64 s at 25 Hz)."""
_MOVED_BITS = const(9)
"""Moved too far: by 1/512 of the latched value; that is 0.1 mmHg at 25 mmHg where sensor and resistor are equal."""
_MOVED_MIN_COUNTS = const(8)


class ReferenceLatch:
    """Feed `add` every scan; `counts` is the value that holds, MISSING until the first reading."""

    def __init__(self) -> None:
        self.counts = MISSING
        self._sum = 0  # the filtered reference times 2^_FILTER_BITS

    def add(self, counts: int) -> bool:
        """True when another value holds from this scan on: open blocks must be closed. MISSING changes nothing."""
        if counts == MISSING:
            return False
        if self.counts == MISSING:
            self._sum = counts << _FILTER_BITS
            self.counts = counts
            return True
        self._sum += counts - (self._sum >> _FILTER_BITS)
        filtered = self._sum >> _FILTER_BITS
        moved = filtered - self.counts
        limit = self.counts >> _MOVED_BITS
        if limit < _MOVED_MIN_COUNTS:
            limit = _MOVED_MIN_COUNTS
        if -limit <= moved <= limit:
            return False
        self.counts = filtered
        return True
