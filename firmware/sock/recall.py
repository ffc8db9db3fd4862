"""Takes over the state of a load history from an event, so that a host that joined late reads what the sock reads."""

import struct

from .history import _STATE, REACHES_CMMHG, TAU_BITS, LoadHistory


class RecallError(ValueError):
    """Bytes that are no state of a load history; one line."""


def second_of(data: bytes) -> int:
    """The second in whose beginning the state was."""
    if len(data) < 8:
        raise RecallError("a load history broken off")
    return int(struct.unpack("<Q", data[:8])[0])


def recall(history: LoadHistory, data: bytes) -> None:
    """Put a history into a packed state; what was fed since that second began is forgotten. RecallError."""
    size = struct.calcsize(_STATE)
    channels = len(history.offsets)
    second = second_of(data)
    if len(data) != 8 + size * channels:
        raise RecallError(f"a load history of {len(data)} bytes does not fit {channels} channels")
    history.second = second
    for channel in range(channels):
        values = struct.unpack_from(_STATE, data, 8 + size * channel)
        for i in range(len(TAU_BITS)):
            history._taken_in[channel * len(TAU_BITS) + i] = values[i]
        for i in range(len(REACHES_CMMHG)):
            history._followers[channel * len(REACHES_CMMHG) + i] = values[len(TAU_BITS) + i]
        history._means[channel], history._zeros[channel] = values[-2:]
        history._sums[channel] = history._counts[channel] = 0
        history.settle(channel)
