"""What is written to and answered by Record access (2A52), and what the sock notifies on Journal meanwhile.

Entries are what the journal holds: sample blocks and events, numbered in the order in which they were stored. Numbers
rise over all boots and none is given twice; from 1; u32. All integers are little-endian.

A write to Record access is `u8 opcode, u8 operator, operand`, as the Bluetooth Record Access Control Point has it:

    REPORT, COUNT   ALL
                    UP_TO   ENTRIES, u32 last                      FROM   ENTRIES, u32 first
                    WITHIN  ENTRIES, u32 first, u32 last           both inclusive, here and below
                    WITHIN  SAMPLES, u32 boot, u32 first index, u32 last index
    REPORT          WITHIN  EVENTS, u32 first, u32 last            of these entries those that are events
    DELETE          ALL     UP_TO   WITHIN    of ENTRIES; a range that leaves out older ones is answered BAD_OPERAND
    ABORT           NULL

SAMPLES means the entries from the first to the last block with a sample in that range, with the events between them.

What is indicated on Record access:

    COUNT   u8 COUNTED, u8 NULL, u32 count, u32 first, u32 last    entries of the range that are held; 0, 0, 0: none
    others  u8 RESPONSE, u8 NULL, u8 opcode of the request, u8 response code

REPORT first flushes what was not in the flash yet, then notifies on Journal, in the order of their numbers, at most
REPORT_ENTRIES entries, cut into as many notifications as the MTU asks for (one, where it is 247):

    u32 entry, u8 bytes of the entry that follow in later notifications (0: it is whole), a piece of the entry

then the trailer, in the same frame with the number TRAILER:

    u32 TRAILER, u8 0, u32 first, u32 last, u32 count, u32 CRC-32 of the entries' bytes, one after the other

(first: that was sent; last: that was looked at, so that what lies between and did not come is damaged or no event)

and then indicates (REPORT, SUCCESS). Whoever asked for more goes on FROM last + 1 until the answer is NO_RECORDS, which
comes without a trailer; so it can go on at any entry after a lost connection too. What is damaged in the flash is left
out: its number is missing.
ABORT ends a report: its trailer tells what has left until then, and the only answer is (ABORT, SUCCESS), as it is when
there was nothing to end. Another request during a report is answered NOT_COMPLETED, and the report goes on.
DELETE is answered when no start of the sock brings the entries back.
"""

import struct

from . import const

REPORT = const(1)
DELETE = const(2)
ABORT = const(3)
COUNT = const(4)
COUNTED = const(5)
RESPONSE = const(6)

NULL = const(0)
ALL = const(1)
UP_TO = const(2)
FROM = const(3)
WITHIN = const(4)
FIRST = const(5)
LAST = const(6)

ENTRIES = const(1)
SAMPLES = const(2)
EVENTS = const(3)

SUCCESS = const(1)
UNKNOWN_OPCODE = const(2)
BAD_OPERATOR = const(3)
OPERATOR_NOT_SUPPORTED = const(4)
BAD_OPERAND = const(5)
NO_RECORDS = const(6)
ABORT_FAILED = const(7)
NOT_COMPLETED = const(8)
"""The flash refuses, the MTU is below 100, or a report is under way."""
FILTER_NOT_SUPPORTED = const(9)

PIECE_HEAD_BYTES = const(5)
TRAILER = const(0xFFFFFFFF)
REPORT_ENTRIES = const(64)
"""So many fit what a radio's stack without back-pressure may have to hold (BTstack on a Pico W: 16 KiB)."""

_END = const(0xFFFFFFFF)


class RecordsError(ValueError):
    """A write that cannot be served; `code` is the response code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def parse(data: bytes) -> tuple[int, int, int, int, int]:
    """(opcode, filter, boot, first, last) of a write, boot 0 but for SAMPLES. RecordsError otherwise."""
    opcode = data[0] if len(data) else 0
    if opcode not in (REPORT, DELETE, ABORT, COUNT):
        raise RecordsError(UNKNOWN_OPCODE)
    if len(data) < 2 or data[1] > LAST or (data[1] == NULL) != (opcode == ABORT):
        raise RecordsError(BAD_OPERATOR)
    operator = data[1]
    if operator in (FIRST, LAST) or (opcode == DELETE and operator == FROM):
        raise RecordsError(OPERATOR_NOT_SUPPORTED)
    if operator in (NULL, ALL):
        if len(data) > 2:
            raise RecordsError(BAD_OPERAND)
        return opcode, ENTRIES, 0, 0, _END
    if len(data) == 2:
        raise RecordsError(BAD_OPERAND)
    kind = data[2]
    if kind != ENTRIES and (
        kind not in (SAMPLES, EVENTS) or operator != WITHIN or opcode == DELETE or (kind == EVENTS and opcode == COUNT)
    ):
        raise RecordsError(FILTER_NOT_SUPPORTED)
    words = 1 if operator != WITHIN else 3 if kind == SAMPLES else 2
    if len(data) != 3 + 4 * words:
        raise RecordsError(BAD_OPERAND)
    numbers = struct.unpack("<" + "I" * words, data[3:])
    first = 0 if operator == UP_TO else numbers[words - 2] if operator == WITHIN else numbers[0]
    last = _END if operator == FROM else numbers[-1]
    if first > last:
        raise RecordsError(BAD_OPERAND)
    return opcode, kind, numbers[0] if kind == SAMPLES else 0, first, last


def pack_response(opcode: int, code: int) -> bytes:
    """What is indicated when a request is done or refused."""
    return bytes([RESPONSE, NULL, opcode, code])


def pack_counted(count: int, first: int, last: int) -> bytes:
    """What is indicated after COUNT."""
    return struct.pack("<BBIII", COUNTED, NULL, count, first, last)


def pack_trailer(first: int, last: int, count: int, crc: int) -> bytes:
    """The last notification of a report."""
    return struct.pack("<IBIIII", TRAILER, 0, first, last, count, crc)
