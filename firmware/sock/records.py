"""What is written to and answered by Record access (2A52), and what the sock notifies on Journal meanwhile.

Entries are what the journal holds: sample blocks and events, numbered in the order in which they were stored. Numbers
rise over all boots and none is given twice; from 1; u32. All integers are little-endian.

A write to Record access is `u8 opcode, u8 operator, operand`, as the Bluetooth Record Access Control Point has it:

    REPORT, COUNT   ALL
                    UP_TO   ENTRIES, u32 last                      FROM   ENTRIES, u32 first
                    WITHIN  ENTRIES, u32 first, u32 last           both inclusive, here and below
                    WITHIN  SAMPLES, u32 boot, u32 first index, u32 last index
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

and then indicates (REPORT, SUCCESS). Whoever asked for more goes on FROM last + 1 until the answer is NO_RECORDS, which
comes without a trailer; so it can go on at any entry after a lost connection too. What is damaged in the flash is left
out: its number is missing.
ABORT ends a report: its trailer tells what has left until then, and the only answer is (ABORT, SUCCESS), as it is when
there was nothing to end. Another request during a report is answered NOT_COMPLETED, and the report goes on.
DELETE is answered when no start of the sock brings the entries back.
"""

import struct

REPORT = 1
DELETE = 2
ABORT = 3
COUNT = 4
COUNTED = 5
RESPONSE = 6

NULL = 0
ALL = 1
UP_TO = 2
FROM = 3
WITHIN = 4
FIRST = 5
LAST = 6

ENTRIES = 1
SAMPLES = 2

SUCCESS = 1
UNKNOWN_OPCODE = 2
BAD_OPERATOR = 3
OPERATOR_NOT_SUPPORTED = 4
BAD_OPERAND = 5
NO_RECORDS = 6
ABORT_FAILED = 7
NOT_COMPLETED = 8
"""The flash refuses, the MTU is below 100, or a report is under way."""
FILTER_NOT_SUPPORTED = 9

ENTRY_MAX_BYTES = 239
"""With the five bytes before it, what one notification carries at an MTU of 247."""
PIECE_HEAD_BYTES = 5
TRAILER = 0xFFFFFFFF
REPORT_ENTRIES = 64
"""So many fit what a radio's stack without back-pressure may have to hold (BTstack on a Pico W: 16 KiB)."""

_END = 0xFFFFFFFF


class RecordsError(ValueError):
    """A write that cannot be served; `code` is the response code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def parse(data: bytes) -> tuple[int, int, int, int]:
    """(opcode, boot, first, last) of a write; boot is -1 where first and last are entries. RecordsError otherwise."""
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
        return opcode, -1, 0, _END
    return _range(opcode, operator, data[2:])


def _range(opcode: int, operator: int, operand: bytes) -> tuple[int, int, int, int]:
    kind = operand[0] if len(operand) else 0
    if kind not in (ENTRIES, SAMPLES) or (kind == SAMPLES and (opcode == DELETE or operator != WITHIN)):
        raise RecordsError(FILTER_NOT_SUPPORTED if len(operand) else BAD_OPERAND)
    words = 1 if operator != WITHIN else 2 if kind == ENTRIES else 3
    if len(operand) != 1 + 4 * words:
        raise RecordsError(BAD_OPERAND)
    numbers = struct.unpack("<" + "I" * words, operand[1:])
    boot = numbers[0] if kind == SAMPLES else -1
    first = 0 if operator == UP_TO else numbers[words - 2] if operator == WITHIN else numbers[0]
    last = _END if operator == FROM else numbers[-1]
    if first > last:
        raise RecordsError(BAD_OPERAND)
    return opcode, boot, first, last


def pack_response(opcode: int, code: int) -> bytes:
    """What is indicated when a request is done or refused."""
    return bytes([RESPONSE, NULL, opcode, code])


def pack_counted(count: int, first: int, last: int) -> bytes:
    """What is indicated after COUNT."""
    return struct.pack("<BBIII", COUNTED, NULL, count, first, last)


def pack_trailer(first: int, last: int, count: int, crc: int) -> bytes:
    """The last notification of a report."""
    return struct.pack("<IBIIII", TRAILER, 0, first, last, count, crc)
