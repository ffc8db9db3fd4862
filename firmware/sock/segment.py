"""The journal's files: segments of at most 4 KiB, numbered as they come and named by their number in eight hex digits.

A segment is a header, then entries (`records`), each after its length in one byte. An entry carries its own CRC-32
(`header`, `event`), so nothing damaged passes for whole; `segment_reader` finds the next whole one. The header,
little-endian:

    4s MAGIC    u32 number of the first entry
    u32 boot    u32 index of the sample that comes next       where this segment begins among the samples
    u32 total         samples that the journal ever took, up to here
    u32 first         the oldest entry that was kept when this segment was begun
    u32 first_total   samples that the journal ever took, up to that entry
    u32 overwritten   samples that made room for newer ones before anybody deleted them, up to here
    u32 CRC-32 of all before it

The counts of samples go round at 2^32 (five years at 25 Hz); only their differences matter. They make the account exact
whatever the power does: where older segments went after the newest header was written, `total` of the oldest that is
still there tells how many samples they held.
"""

import binascii
import struct

from . import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    Header = tuple[int, int, int, int, int, int, int]

SEGMENT_BYTES = const(4096)
"""What a flash erases at once."""
HEADER_BYTES = const(36)
ENTRY_MAX_BYTES = const(239)
"""With the five bytes before a piece (`records`), what one notification carries at an MTU of 247."""
MAGIC = b"GSJ\x01"

_FIELDS = "<4sIIIIIII"
_ROUND = const(0xFFFFFFFF)


def name_of(number: int) -> str:
    """The file of the segment that begins with this entry."""
    return "%08x" % number  # noqa: UP031  (an f-string costs a board more code)


def pack_header(
    number: int, boot: int, index: int, total: int, first: int, first_total: int, overwritten: int
) -> bytes:
    """The first bytes of a segment."""
    total &= _ROUND
    data = struct.pack(_FIELDS, MAGIC, number, boot, index, total, first, first_total & _ROUND, overwritten & _ROUND)
    return data + struct.pack("<I", binascii.crc32(data))


def parse_header(data: bytes) -> "Header | None":
    """What `pack_header` was given; None when these bytes are no header."""
    if len(data) < HEADER_BYTES or struct.unpack("<I", data[32:36])[0] != binascii.crc32(data[:32]):
        return None
    fields: Header = struct.unpack(_FIELDS, data[:32])[1:]
    return fields if data[:4] == MAGIC else None
