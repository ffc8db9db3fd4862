"""The host's end of `protocol`: requests written to Control, and what the sock answered. Stays off the board."""

import struct

from .protocol import ANSWER, NO_MINUTE, ProtocolError

RESULT_TEXT = ("ok", "unknown opcode", "bad value", "not permitted", "busy", "not supported")


def pack_request(opcode: int, token: int, payload: bytes = b"") -> bytes:
    """A write to Control; the token comes back in its answer."""
    return struct.pack("<BB", opcode, token) + payload


def parse_answer(data: bytes) -> tuple[int, int, int, bytes]:
    """(opcode, token, result, payload) of an indication on Control."""
    if len(data) < 3 or not data[0] & ANSWER:
        raise ProtocolError(f"not an answer of Control: {len(data)} bytes")
    return data[0] & 0x7F, data[1], data[2], bytes(data[3:])


def pack_probe(probe_id: int, minute_of_day: int | None = None) -> bytes:
    """Payload of PROBE. minute_of_day: local time, 0..1439; the sock knows no date."""
    return struct.pack("<IH", probe_id, NO_MINUTE if minute_of_day is None else minute_of_day)


def parse_probe_answer(payload: bytes) -> tuple[int, int, int]:
    """(probe id, ticks_ms when it came, ticks_ms when the answer left)."""
    if len(payload) != 20:
        raise ProtocolError(f"a probe answer has 20 bytes, not {len(payload)}")
    probe_id, received_ticks_ms, sent_ticks_ms = struct.unpack("<IQQ", payload)
    return probe_id, received_ticks_ms, sent_ticks_ms
