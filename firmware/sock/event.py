"""Events: what happened besides samples; with identity and CRC the other kind of block in stream, journal and log.

    u8 TAG | kind u8 | boot varint | sequence varint | ticks_ms varint | payload | CRC-32

What does not fit into one event (settings, a calibration) travels in parts: `context_parts`.
`event_reader` reads them; a board only writes.
"""

import binascii
import struct

from . import const
from .varint import put_varint

TAG = const(0xE1)
"""First byte of an event of version 1; a sample block starts otherwise."""

MARK = const(1)  # utf-8 text
TARE = const(2)  # part of a packed zero
NEW_SESSION = const(3)
SETTINGS_CHANGED = const(4)  # JSON patch
CALIBRATION_CHANGED = const(5)  # utf-8 id
NOTICE = const(6)  # JSON of a finding: when it is told, when it gets worse, when it ends
STARTED = const(7)  # utf-8 reset cause
PROBE = const(8)  # u32 id, u16 local minute
CONTEXT_CALIBRATION = const(9)  # part of a packed calibration
CONTEXT_SETTINGS = const(10)  # part of the settings' JSON
LOAD_HISTORY = const(11)  # part of a packed load history, before the first sample of the second that it tells
CONTEXT_DONNINGS = const(12)  # part of the wearer's confirmed donnings (`donnings`)
CONTEXT_FIT = const(13)  # part of the state of the fit check (`state`), before the first sample that follows it
REMINDER = const(14)  # utf-8 kind of a reminder (`reminders`)
TOLD = const(15)  # utf-8: what the wearer told the sock besides marks, such as "ack" or "snooze 120"
CONTEXT_ZERO = const(16)  # part of the zero that holds (`zero`), as in a TARE
WARMTH = const(
    17
)  # part of how warm the sensors are (`warmth`): whenever that changes, and to whoever begins to listen

EVENT_MAX_BYTES = const(240)
CRC_BYTES = const(4)


class EventError(ValueError):
    """Bytes that are no whole event; one line."""


def encode_event(kind: int, boot: int, sequence: int, ticks_ms: int, payload: bytes = b"") -> bytes:
    """sequence: numbers the events of one boot from 0, apart from the samples' index. At most 240 bytes."""
    data = bytearray([TAG, kind])
    for value in (boot, sequence, ticks_ms):
        put_varint(data, value)
    data.extend(payload)
    if len(data) + CRC_BYTES > EVENT_MAX_BYTES:
        raise EventError(f"an event of {len(data) + CRC_BYTES} bytes: at most {EVENT_MAX_BYTES}")
    data.extend(struct.pack("<I", binascii.crc32(data)))
    return bytes(data)


def context_parts(data: bytes, max_bytes: int) -> list[bytes]:
    """Payloads for one context: u8 part, u8 parts, then a piece of data; each event stays within max_bytes."""
    room = max_bytes - 2 - 18 - CRC_BYTES - 2  # tag and kind, three varints at their largest, CRC, part and parts
    parts = max(1, -(-len(data) // room))
    if parts > 255:
        raise EventError(f"a context of {len(data)} bytes is too long")
    return [bytes([part, parts]) + data[part * room : (part + 1) * room] for part in range(parts)]
