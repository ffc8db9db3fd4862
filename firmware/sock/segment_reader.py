"""Reads the entries of a segment (`segment`), past whatever is damaged. A board loads it when somebody asks."""

import binascii
import struct

from . import const
from .segment import HEADER_BYTES
from .varint import take_varint

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_FRAME_BYTES = const(256)
_ENTRY_MIN_BYTES = const(9)


class SegmentReader:
    """Entries one after the other. file: open for reading bytes; first: the number of the segment's first entry.

    number: of the entry that `take` gave last. at: where the next one begins. damaged: bytes were skipped, and numbers
    after them count them as one entry.
    """

    def __init__(self, file: "Any", first: int) -> None:
        self._file = file
        self.at = HEADER_BYTES
        self._data = bytearray(_FRAME_BYTES)
        self._view = memoryview(self._data)
        self.number = first - 1
        self.damaged = False

    def take(self) -> "memoryview | None":
        """The next whole entry, valid until the next call; None at the end."""
        skipped = False
        while True:
            self._file.seek(self.at)
            got = self._file.readinto(self._data)
            if not got:
                return None
            end = 1 + self._data[0]
            if _ENTRY_MIN_BYTES < end <= got and is_whole(self._view[1:end]):
                self.at += end
                self.number += 1
                return self._view[1:end]
            self.at += 1
            if not skipped:
                skipped = self.damaged = True
                self.number += 1


def is_whole(entry: memoryview) -> bool:
    """A block or an event, of whatever version, with a right CRC-32 at its end."""
    end = len(entry) - 4
    return entry[0] & 0xF0 in (0xB0, 0xE0) and binascii.crc32(entry[:end]) == struct.unpack("<I", entry[end:])[0]


def samples_of(entry: memoryview) -> "tuple[int, int, int]":
    """(boot, index of the first sample, count) of an entry that is whole; of an event (boot, 0, 0)."""
    end = len(entry)
    boot, at = take_varint(entry, 2, end)
    if entry[0] & 0xF0 != 0xB0:
        return boot, 0, 0
    index, at = take_varint(entry, at, end)
    _, at = take_varint(entry, at, end)
    _, at = take_varint(entry, at, end)
    return boot, index, entry[at + 2]
