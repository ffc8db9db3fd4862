"""Events: what happened besides samples; with identity and CRC the other kind of block in stream, journal and log.

    u8 TAG | kind u8 | boot varint | sequence varint | ticks_ms varint | payload | CRC-32

What does not fit into one event (settings, a calibration) travels in parts: `context_parts` and `ContextParts`.
"""

import binascii
import struct

from .varint import VarintError, put_varint, take_varint

TAG = 0xE1
"""First byte of an event of version 1; a sample block starts otherwise."""

MARK = 1  # utf-8 text
TARE = 2
NEW_SESSION = 3
SETTINGS_CHANGED = 4  # JSON patch
CALIBRATION_CHANGED = 5  # utf-8 id
NOTICE = 6  # JSON of a finding
STARTED = 7  # utf-8 reset cause
PROBE = 8  # u32 id, u16 local minute
CONTEXT_CALIBRATION = 9  # part of a packed calibration
CONTEXT_SETTINGS = 10  # part of the settings' JSON

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
}

EVENT_MAX_BYTES = 240
_CRC_BYTES = 4
_TICKS_MAX = 1 << 53


class EventError(ValueError):
    """Bytes that are no whole event; one line."""


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


def encode_event(kind: int, boot: int, sequence: int, ticks_ms: int, payload: bytes = b"") -> bytes:
    """sequence: numbers the events of one boot from 0, apart from the samples' index. At most 240 bytes."""
    data = bytearray([TAG, kind])
    for value in (boot, sequence, ticks_ms):
        put_varint(data, value)
    data.extend(payload)
    if len(data) + _CRC_BYTES > EVENT_MAX_BYTES:
        raise EventError(f"an event of {len(data) + _CRC_BYTES} bytes: at most {EVENT_MAX_BYTES}")
    data.extend(struct.pack("<I", binascii.crc32(data)))
    return bytes(data)


def decode_event(data: bytes) -> Event:
    """The event in data, which is exactly one. EventError otherwise."""
    if len(data) < 2 + 3 + _CRC_BYTES or len(data) > EVENT_MAX_BYTES:
        raise EventError(f"an event has 9 to {EVENT_MAX_BYTES} bytes, not {len(data)}")
    if data[0] != TAG:
        raise EventError(f"not an event of version 1: first byte {hex(data[0])}")
    end = len(data) - _CRC_BYTES
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


def context_parts(data: bytes, max_bytes: int) -> list[bytes]:
    """Payloads for one context: u8 part, u8 parts, then a piece of data; each event stays within max_bytes."""
    room = max_bytes - 2 - 18 - _CRC_BYTES - 2  # tag and kind, three varints at their largest, CRC, part and parts
    parts = max(1, -(-len(data) // room))
    if parts > 255:
        raise EventError(f"a context of {len(data)} bytes is too long")
    return [bytes([part, parts]) + data[part * room : (part + 1) * room] for part in range(parts)]


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
