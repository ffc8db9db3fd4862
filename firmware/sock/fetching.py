"""The host's end of `records`: requests, answers, and entries put together again. Stays off the board."""

import binascii
import struct

from . import records
from .records import ENTRIES, EVENTS, NULL, PIECE_HEAD_BYTES, SAMPLES, TRAILER

RESPONSE_TEXT = (
    "reserved",
    "success",
    "unknown opcode",
    "invalid operator",
    "operator not supported",
    "invalid operand",
    "no records found",
    "abort unsuccessful",
    "not completed",
    "filter not supported",
)

_ANSWER = struct.Struct("<III")
_TRAILER = struct.Struct("<IIII")


class FetchError(ValueError):
    """Bytes that Record access or Journal cannot have sent, or an entry that did not come whole; one line."""


def request(opcode: int, operator: int = records.ALL, *numbers: int) -> bytes:
    """A write: the opcode, and one (UP_TO, FROM) or two (WITHIN) entry numbers where the operator needs them."""
    if not numbers:
        return bytes([opcode, operator])
    return bytes([opcode, operator, ENTRIES]) + struct.pack("<" + "I" * len(numbers), *numbers)


def request_samples(opcode: int, boot: int, first: int, last: int) -> bytes:
    """A write: the entries with samples first to last (inclusive) of a boot."""
    return bytes([opcode, records.WITHIN, SAMPLES]) + struct.pack("<III", boot, first, last)


def request_events(first: int, last: int) -> bytes:
    """A write: of the entries first to last (inclusive) report those that are events."""
    return bytes([records.REPORT, records.WITHIN, EVENTS]) + struct.pack("<II", first, last)


def parse_answer(data: bytes) -> tuple[int, int] | tuple[int, int, int]:
    """Of an indication: (opcode that it answers, response code), or (count, first, last). FetchError otherwise."""
    if len(data) == 4 and data[0] == records.RESPONSE and data[1] == NULL:
        return data[2], data[3]
    if len(data) == 14 and data[0] == records.COUNTED and data[1] == NULL:
        count, first, last = _ANSWER.unpack(data[2:])
        return count, first, last
    raise FetchError(f"not an answer of Record access: {len(data)} bytes")


class Trailer:
    """The end of a report: first entry sent and last looked at, how many were sent, CRC-32 of their bytes."""

    def __init__(self, first: int, last: int, count: int, crc: int) -> None:
        self.first = first
        self.last = last
        self.count = count
        self.crc = crc


class Report:
    """Puts the notifications of one report together.

    count, crc: of the entries that came whole, in the order of coming. next: the number to go on FROM after a lost
    connection, that of the first entry after which one is missing.
    """

    def __init__(self) -> None:
        self.count = 0
        self.crc = 0
        self.next = 0
        self.trailer: Trailer | None = None
        self._number = -1
        self._left = 0
        self._data = b""

    def add(self, data: bytes) -> tuple[int, bytes] | None:
        """(number, bytes) of the entry that this notification completes, or None. FetchError: it is of no report.

        A piece whose beginning was lost is dropped; `complete` tells then.
        """
        if len(data) <= PIECE_HEAD_BYTES:
            raise FetchError(f"a notification on Journal has more than {PIECE_HEAD_BYTES} bytes, not {len(data)}")
        number = int(struct.unpack_from("<I", data)[0])
        left, piece = data[4], bytes(data[PIECE_HEAD_BYTES:])
        if number == TRAILER:
            if len(piece) != _TRAILER.size:
                raise FetchError(f"a trailer of {len(piece)} bytes")
            self.trailer = Trailer(*_TRAILER.unpack(piece))
            if self.complete:
                self.next = self.trailer.last + 1
            return None
        if number == self._number and self._left == left + len(piece):
            self._data += piece
        else:
            self._number, self._data = number, piece
        self._left = left
        if left:
            return None
        entry, self._number = self._data, -1
        if binascii.crc32(entry[:-4]) != int.from_bytes(entry[-4:], "little"):
            return None  # it lacks its beginning
        self.count += 1
        self.crc = binascii.crc32(entry, self.crc)
        if number == self.next or self.count == 1:
            self.next = number + 1
        return number, entry

    @property
    def complete(self) -> bool:
        """The trailer came, and everything before it. If only the trailer: ask for its first to its last again."""
        trailer = self.trailer
        return trailer is not None and (trailer.count, trailer.crc) == (self.count, self.crc)
