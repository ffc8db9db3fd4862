"""Takes over the state of a load history from an event, so that a host that joined late reads what the sock reads."""

import struct

from . import const
from .history import STATE, LoadHistory

_SECOND_BYTES = const(8)


class RecallError(ValueError):
    """Bytes that are no state of a load history; one line."""


def second_of(data: bytes) -> int:
    """The second in whose beginning the state was (ticks_ms // 1000)."""
    if len(data) < _SECOND_BYTES:
        raise RecallError("a load history broken off")
    return int.from_bytes(data[:_SECOND_BYTES], "little")


def recall(history: LoadHistory, data: bytes) -> None:
    """Put a history into a packed state; what was fed since that second began is forgotten. RecallError."""
    channels = len(history.offsets)
    second = second_of(data)
    if len(data) != _SECOND_BYTES + 4 * STATE * channels:
        raise RecallError(f"a load history of {len(data)} bytes does not fit {channels} channels")
    values = struct.unpack(f"<{STATE * channels}i", data[_SECOND_BYTES:])
    history.second = second
    for i in range(len(values)):
        history.state[i] = values[i]
    for i in range(len(history.now)):
        history.now[i] = 0
    for channel in range(channels):
        history.settle(channel)
