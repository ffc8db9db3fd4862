"""Reads what `event` wrote, and puts contexts together again. Stays off the board."""

import binascii
import struct

from . import const
from .event import (
    CALIBRATION_CHANGED,
    CONTEXT_CALIBRATION,
    CONTEXT_DONNINGS,
    CONTEXT_FIT,
    CONTEXT_SETTINGS,
    CONTEXT_ZERO,
    CRC_BYTES,
    EVENT_MAX_BYTES,
    LOAD_HISTORY,
    MARK,
    NEW_SESSION,
    NOTICE,
    PROBE,
    REMINDER,
    SETTINGS_CHANGED,
    STARTED,
    TAG,
    TARE,
    TOLD,
    WARMTH,
    EventError,
)
from .varint import VarintError, take_varint

KIND_NAMES = {
    MARK: "mark",
    TARE: "tare",
    NEW_SESSION: "new-session",
    SETTINGS_CHANGED: "settings",
    CALIBRATION_CHANGED: "calibration",
    NOTICE: "notice",
    STARTED: "started",
    PROBE: "probe",
    CONTEXT_CALIBRATION: "context-calibration",
    CONTEXT_SETTINGS: "context-settings",
    LOAD_HISTORY: "load-history",
    CONTEXT_ZERO: "context-zero",
    CONTEXT_DONNINGS: "context-donnings",
    CONTEXT_FIT: "context-fit",
    REMINDER: "reminder",
    TOLD: "told",
    WARMTH: "warmth",
}

_TICKS_MAX = const(1 << 53)


class Event:
    """kind (one of this module's constants), boot, sequence, ticks_ms, payload (bytes)."""

    def __init__(self, kind: int, boot: int, sequence: int, ticks_ms: int, payload: bytes) -> None:
        self.kind = kind
        self.boot = boot
        self.sequence = sequence
        self.ticks_ms = ticks_ms
        self.payload = payload

    @property
    def name(self) -> str:
        """What kind of event this is, in a word."""
        return KIND_NAMES.get(self.kind, f"kind-{self.kind}")


def decode_event(data: bytes) -> Event:
    """The event in data, which is exactly one. EventError otherwise."""
    if len(data) < 2 + 3 + CRC_BYTES or len(data) > EVENT_MAX_BYTES:
        raise EventError(f"an event has 9 to {EVENT_MAX_BYTES} bytes, not {len(data)}")
    if data[0] != TAG:
        raise EventError(f"not an event of version 1: first byte {hex(data[0])}")
    end = len(data) - CRC_BYTES
    if binascii.crc32(data[:end]) != struct.unpack("<I", data[end:])[0]:
        raise EventError("an event with a wrong CRC")
    try:
        boot, at = take_varint(data, 2, end)
        sequence, at = take_varint(data, at, end)
        ticks_ms, at = take_varint(data, at, end)
    except VarintError as error:
        raise EventError(f"an event with a broken field: {error}") from None
    if ticks_ms >= _TICKS_MAX:
        raise EventError("an event with impossible ticks")
    return Event(data[1], boot, sequence, ticks_ms, bytes(data[at:end]))


class ContextParts:
    """Puts the parts of one context together again, as they arrive in order."""

    def __init__(self) -> None:
        self._data = b""
        self._next = 0

    def add(self, payload: bytes) -> bytes | None:
        """The whole when payload was its last part, else None. A part out of order starts over."""
        if len(payload) < 2 or payload[0] >= payload[1]:
            raise EventError("a context without part and parts")
        if payload[0] == 0:
            self._data = b""
            self._next = 0
        if payload[0] != self._next:
            return None
        self._data += payload[2:]
        self._next += 1
        return self._data if self._next == payload[1] else None
