"""What is written to and answered by the characteristics, as the sock reads and writes it; `asking` is the other end.

A request is `u8 opcode, u8 token, payload`; its indicated answer is `u8 opcode | 0x80, u8 token, u8 result, payload`.
A write to Settings, one JSON patch, is answered on Control too: SETTINGS_WRITTEN, token 0, result, and the reason of a
refusal; or, when something changed, the name under which the sock advertises itself after the restart that follows.
All integers are little-endian. Nothing here talks to a radio.
"""

import json
import struct

from . import const

PROTOCOL_VERSION = const(2)

_UUID_TAIL = "-44d6-b97a-3fcb82e81ccf"
SERVICE_UUID = "10e5e61a-0001" + _UUID_TAIL
INFO_UUID = "10e5e61a-0002" + _UUID_TAIL
LIVE_UUID = "10e5e61a-0003" + _UUID_TAIL
FIT_UUID = "10e5e61a-0004" + _UUID_TAIL
JOURNAL_UUID = "10e5e61a-0005" + _UUID_TAIL
SETTINGS_UUID = "10e5e61a-0006" + _UUID_TAIL
CONTROL_UUID = "10e5e61a-0007" + _UUID_TAIL
HELLO_UUID = "10e5e61a-0008" + _UUID_TAIL
RECORD_ACCESS_UUID = "00002a52-0000-1000-8000-00805f9b34fb"

START = const(1)  # u8 flags, bit 0: live blocks
STOP = const(2)
PROBE = const(3)  # u32 probe id, u16 local minute of the day or NO_MINUTE
MARK = const(4)  # utf-8 text
IDENTIFY = const(5)  # u8 seconds
TARE = const(6)
NEW_SESSION = const(7)
ALLOW_PAIRING = const(8)
SETTINGS_WRITTEN = const(9)  # never written to Control: in its answer, with token 0, to a write to Settings
SNOOZE = const(10)  # u16 minutes without reminders; 0: remind again, 0xFFFF: off until then, over restarts too
ACK = const(11)  # the wearer has seen what the sock tells
FORGET_BASELINE = const(12)  # and the confirmed donnings with it
OWNERS = const(13)  # answered by type and address of each, in hexadecimal digits, with commas
REMOVE_OWNER = const(14)  # u8 number in that list, from 0; every connection ends
WIPE = const(15)  # journal, baseline, owners, name; then the sock starts anew

OK = const(0)
UNKNOWN_OPCODE = const(1)
BAD_VALUE = const(2)
NOT_PERMITTED = const(3)
BUSY = const(4)
NOT_SUPPORTED = const(5)

START_LIVE = const(1)
NO_MINUTE = const(0xFFFF)
_MINUTES_PER_DAY = const(1440)
_MARK_MAX_BYTES = const(60)
PROBE_DELAY_MAX_MS = const(64)
"""The sock answers a probe after 0..63 ms at random: waits for a connection event would bias the time otherwise."""

BLOCK_MAX_BYTES = const(240)
MTU_MIN = const(100)
"""Below this MTU nothing streams, and the host is told why."""

ANSWER = const(0x80)


class ProtocolError(ValueError):
    """Bytes that are not what this protocol says; one line."""


def largest_notification(mtu: int) -> int:
    """Bytes that one notification may carry at this MTU, as far as blocks use them."""
    return min(BLOCK_MAX_BYTES, mtu - 3)


def parse_request(data: bytes) -> tuple[int, int, bytes]:
    """(opcode, token, payload) of a write to Control."""
    if len(data) < 2:
        raise ProtocolError(f"a Control write of {len(data)} bytes has no opcode and token")
    return data[0], data[1], bytes(data[2:])


def pack_answer(opcode: int, token: int, result: int, payload: bytes = b"") -> bytes:
    """An indication on Control: the answer to the request with this opcode and token."""
    return struct.pack("<BBB", opcode | ANSWER, token, result) + payload


def parse_probe(payload: bytes) -> tuple[int, int | None]:
    """(probe id, local minute of the day or None)."""
    if len(payload) != 6:
        raise ProtocolError(f"a probe has 6 bytes, not {len(payload)}")
    probe_id, minute = struct.unpack("<IH", payload)
    if minute == NO_MINUTE:
        return probe_id, None
    if minute >= _MINUTES_PER_DAY:
        raise ProtocolError(f"minute {minute} is not of this day")
    return probe_id, minute


def pack_probe_answer(probe_id: int, received_ticks_ms: int, sent_ticks_ms: int) -> bytes:
    """Payload of the answer to a probe."""
    return struct.pack("<IQQ", probe_id, received_ticks_ms, sent_ticks_ms)


def parse_mark(payload: bytes) -> str:
    """The text of a MARK: 1..60 bytes of utf-8 without control characters."""
    if not 1 <= len(payload) <= _MARK_MAX_BYTES:
        raise ProtocolError(f"a mark has 1 to {_MARK_MAX_BYTES} bytes, not {len(payload)}")
    try:
        text = bytes(payload).decode()
    except UnicodeError:
        raise ProtocolError("a mark is utf-8 text") from None
    for character in text:
        if ord(character) < 32:
            raise ProtocolError("a mark is one line of text")
    return text


def pack_fit(
    ticks_ms: int,
    verdict: str,
    descending_permille: int | None,
    findings: list[tuple[str, str | None, str]],
    max_bytes: int,
    reminder: str | None = None,
) -> bytes:
    """The JSON of the Fit characteristic, written by hand since a board's float would round the share.

    findings: (kind, site or None, level), the weightiest first: those that do not fit in max_bytes are left out.
    reminder: the one that stands, told in a field of its own.
    """
    share = "null"
    if descending_permille is not None:
        share = f"{descending_permille // 1000}.{descending_permille % 1000:03d}"
    head = f'{{"t":{ticks_ms},"verdict":{json.dumps(verdict)},"descending":{share},"findings":['
    if reminder:
        head = f'{{"reminder":"{reminder}",{head[1:]}'
    room = max_bytes - len(head) - 2
    items = []
    for finding in findings:
        item = json.dumps(list(finding)).replace(", ", ",")
        room -= len(item) + 1
        if room < 0:
            break
        items.append(item)
    return (head + ",".join(items) + "]}").encode()
