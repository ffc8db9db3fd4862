"""The wire format of the sock's characteristics, both ends: what is written to Control and what is answered.

A request is `u8 opcode, u8 token, payload`; its indicated answer is `u8 opcode | 0x80, u8 token, u8 result, payload`.
All integers are little-endian. Nothing here talks to a radio.
"""

import json
import struct

PROTOCOL_VERSION = 1

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

START = 1  # u8 flags, bit 0: live blocks
STOP = 2
PROBE = 3  # u32 probe id, u16 local minute of the day or NO_MINUTE
MARK = 4  # utf-8 text
IDENTIFY = 5  # u8 seconds
TARE = 6
NEW_SESSION = 7
ALLOW_PAIRING = 8

OK = 0
UNKNOWN_OPCODE = 1
BAD_VALUE = 2
NOT_PERMITTED = 3
BUSY = 4
NOT_SUPPORTED = 5

RESULT_TEXT = ("ok", "unknown opcode", "bad value", "not permitted", "busy", "not supported")

START_LIVE = 1
NO_MINUTE = 0xFFFF
MINUTES_PER_DAY = 1440
MARK_MAX_BYTES = 60
PROBE_DELAY_MAX_MS = 30
"""The sock answers a probe after 0..29 ms at random: the next connection event biases midpoints otherwise."""

BLOCK_MAX_BYTES = 240
MTU_MIN = 100
"""Below this MTU nothing streams, and the host is told why."""

PROTECTIONS = ("none", "bonded")
NAME_MAX_BYTES = 10

_ANSWER = 0x80


class ProtocolError(ValueError):
    """Bytes that are not what this protocol says; one line."""


def largest_notification(mtu: int) -> int:
    """Bytes that one notification may carry at this MTU, as far as blocks use them."""
    return min(BLOCK_MAX_BYTES, mtu - 3)


def pack_request(opcode: int, token: int, payload: bytes = b"") -> bytes:
    """A write to Control; the token comes back in its answer."""
    return struct.pack("<BB", opcode, token) + payload


def parse_request(data: bytes) -> tuple[int, int, bytes]:
    """(opcode, token, payload) of a write to Control."""
    if len(data) < 2:
        raise ProtocolError(f"a Control write of {len(data)} bytes has no opcode and token")
    return data[0], data[1], bytes(data[2:])


def pack_answer(opcode: int, token: int, result: int, payload: bytes = b"") -> bytes:
    """An indication on Control: the answer to the request with this opcode and token."""
    return struct.pack("<BBB", opcode | _ANSWER, token, result) + payload


def parse_answer(data: bytes) -> tuple[int, int, int, bytes]:
    """(opcode, token, result, payload) of an indication on Control."""
    if len(data) < 3 or not data[0] & _ANSWER:
        raise ProtocolError(f"not an answer of Control: {len(data)} bytes")
    return data[0] & 0x7F, data[1], data[2], bytes(data[3:])


def pack_probe(probe_id: int, minute_of_day: int | None = None) -> bytes:
    """Payload of PROBE. minute_of_day: local time, 0..1439; the sock knows no date."""
    return struct.pack("<IH", probe_id, NO_MINUTE if minute_of_day is None else minute_of_day)


def parse_probe(payload: bytes) -> tuple[int, int | None]:
    """(probe id, local minute of the day or None)."""
    if len(payload) != 6:
        raise ProtocolError(f"a probe has 6 bytes, not {len(payload)}")
    probe_id, minute = struct.unpack("<IH", payload)
    if minute == NO_MINUTE:
        return probe_id, None
    if minute >= MINUTES_PER_DAY:
        raise ProtocolError(f"minute {minute} is not of this day")
    return probe_id, minute


def pack_probe_answer(probe_id: int, received_ticks_ms: int, sent_ticks_ms: int) -> bytes:
    """Payload of the answer to a probe."""
    return struct.pack("<IQQ", probe_id, received_ticks_ms, sent_ticks_ms)


def parse_probe_answer(payload: bytes) -> tuple[int, int, int]:
    """(probe id, ticks_ms when it came, ticks_ms when the answer left)."""
    if len(payload) != 20:
        raise ProtocolError(f"a probe answer has 20 bytes, not {len(payload)}")
    probe_id, received_ticks_ms, sent_ticks_ms = struct.unpack("<IQQ", payload)
    return probe_id, received_ticks_ms, sent_ticks_ms


def parse_mark(payload: bytes) -> str:
    """The text of a MARK: 1..60 bytes of utf-8 without control characters."""
    if not 1 <= len(payload) <= MARK_MAX_BYTES:
        raise ProtocolError(f"a mark has 1 to {MARK_MAX_BYTES} bytes, not {len(payload)}")
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
) -> bytes:
    """The JSON of the Fit characteristic, written by hand since a board's float would round the share.

    findings: (kind, site or None, level), the weightiest first: those that do not fit in max_bytes are left out.
    """
    share = "null"
    if descending_permille is not None:
        share = f"{descending_permille // 1000}.{descending_permille % 1000:03d}"
    head = f'{{"t":{ticks_ms},"verdict":{json.dumps(verdict)},"descending":{share},"findings":['
    room = max_bytes - len(head) - 2
    items = []
    for finding in findings:
        item = json.dumps(list(finding)).replace(", ", ",")
        room -= len(item) + 1
        if room < 0:
            break
        items.append(item)
    return (head + ",".join(items) + "]}").encode()


def pack_service_byte(protection: str) -> int:
    """The one byte of service data in the advertisement: protocol in the high nibble, protection in the low."""
    return PROTOCOL_VERSION << 4 | PROTECTIONS.index(protection)


def parse_service_byte(value: int) -> tuple[int, str]:
    """(protocol version, protection); an unknown protection reads "unknown"."""
    protection = value & 0x0F
    return value >> 4, PROTECTIONS[protection] if protection < len(PROTECTIONS) else "unknown"


def uuid_bytes(uuid: str) -> bytes:
    """A 128-bit UUID as advertisements carry it: little-endian."""
    digits = uuid.replace("-", "")
    return bytes([int(digits[i : i + 2], 16) for i in range(30, -1, -2)])


def advertisement() -> bytes:
    """Advertising payload (<= 31 bytes): general discoverable, no classic Bluetooth; the complete service UUID."""
    return b"\x02\x01\x06\x11\x07" + uuid_bytes(SERVICE_UUID)


def scan_response(name: str, protection: str) -> bytes:
    """Scan response payload (<= 31 bytes): service data with one byte, then the complete name."""
    encoded = name.encode()
    if not 1 <= len(encoded) <= NAME_MAX_BYTES:
        raise ProtocolError(f"a name has 1 to {NAME_MAX_BYTES} bytes, not {len(encoded)}")
    service_data = uuid_bytes(SERVICE_UUID) + bytes([pack_service_byte(protection)])
    return b"\x12\x21" + service_data + bytes([len(encoded) + 1, 0x09]) + encoded
