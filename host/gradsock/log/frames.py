"""The bytes of a log: a header, then records, each with its own length, time and CRC.

File header, 16 bytes: magic ``\\x89GSLOG\\r\\n``, u16 version, u16 zero, u32 CRC-32 of the twelve bytes before it.
Record: u8 mark 0xA5, u8 kind, u16 length, u64 receive time (UTC microseconds), u32 CRC-32, then the payload; the CRC
covers the twelve bytes before it and the payload. All little-endian.

The file is only ever appended to, so whatever happens to the writer, everything before the last record stands. A reader
needs no index: after damage it goes on at the next mark whose CRC is right.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from zlib import crc32

EDF, CSV = b"0       ", b"t_s,"  # how those files begin
MAGIC = b"\x89GSLOG\r\n"
VERSION = 1
MARK = 0xA5
MAX_PAYLOAD = 0xFFFF

_HEADER = struct.Struct("<8sHHI")
_RECORD = struct.Struct("<BBHQI")
_BEFORE_CRC = 12  # bytes of a header that its CRC covers


class Kind(IntEnum):
    """What a record holds. Numbers are never reused; a reader passes over those it does not know."""

    SESSION = 1  # JSON: how this log came about (host version, zone, moniker); the first record
    INFO = 2  # JSON: the sock's Info, as read after each connection
    BLOCK = 3  # samples, as the sock sent them
    EVENT = 4  # an event block of the sock: calibration, settings, marks, notices
    FIT = 5  # JSON: the sock's own verdict and findings
    PROBE = 6  # JSON: one exchange of clocks with the sock
    LINK = 7  # JSON: connected, lost and why
    LOSS = 8  # JSON: the loss account; the last record of a log that was closed
    ARTEFACT = 9  # JSON: the whole artefact of the sock's calibration: who made it, how, from which points
    FETCHED = 10  # samples or an event block that the sock had kept in its journal


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a log."""

    kind: int
    t_utc_us: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a log that could not be read; ``torn`` where it is the unfinished end of the file."""

    offset: int
    length: int
    torn: bool = False

    def __str__(self) -> str:
        what = "unfinished record at the end" if self.torn else "damaged"
        return f"{what}: {self.length} bytes from byte {self.offset}"


class WrongFormat(ValueError):
    """The bytes are no log, or one of a newer version."""


HEADER_BYTES = _HEADER.size
RECORD_BYTES = _RECORD.size


def file_header() -> bytes:
    """The first 16 bytes of a log."""
    start = _HEADER.pack(MAGIC, VERSION, 0, 0)[:_BEFORE_CRC]
    return start + struct.pack("<I", crc32(start))


def pack(record: Record) -> bytes:
    """The bytes of one record; ValueError when its payload is longer than 65535 bytes."""
    if len(record.payload) > MAX_PAYLOAD:
        raise ValueError(f"a record holds at most {MAX_PAYLOAD} bytes, not {len(record.payload)}")
    start = _RECORD.pack(MARK, record.kind, len(record.payload), record.t_utc_us, 0)[:_BEFORE_CRC]
    return start + struct.pack("<I", crc32(record.payload, crc32(start))) + record.payload


def read(data: bytes) -> Iterator[Record | Damage]:
    """Records of a whole log in file order, and between them what could not be read.

    Raises WrongFormat when this is no log at all, or one of a newer version.
    """
    at = _HEADER.size
    header_holds = _check_header(data)
    if not header_holds:
        yield Damage(0, min(at, len(data)))
    yield from scan(data, at)


def scan(data: bytes, at: int = 0) -> Iterator[Record | Damage]:
    """Records from a byte on, and between them what could not be read."""
    while at < len(data):
        record = record_at(data, at)
        if record is not None:
            yield record
            at += _RECORD.size + len(record.payload)
            continue
        following = _next_record(data, at + 1)
        yield Damage(at, following - at, torn=following == len(data) and _is_unfinished(data, at))
        at = following


def _check_header(data: bytes) -> bool:
    """Whether the header is whole. A damaged one still passes when what follows it is plainly a log."""
    whole = len(data) >= _HEADER.size and crc32(data[:_BEFORE_CRC]) == _HEADER.unpack_from(data)[3]
    if whole and data.startswith(MAGIC):
        version = _HEADER.unpack_from(data)[1]
        if version > VERSION:
            raise WrongFormat(f"log format {version} is newer than this gradsock (it reads up to {VERSION})")
        return True
    if record_at(data, _HEADER.size) is None and not data.startswith(MAGIC):
        if data.startswith(EDF):
            raise WrongFormat("an EDF file, which is an export: say the recording itself, or export it as CSV")
        if data.startswith(CSV):
            raise WrongFormat("a CSV file and no recording: gradsock check reads it")
        raise WrongFormat("not a gradsock log" if data else "it is empty")
    return False


def record_at(data: bytes, at: int) -> Record | None:
    """The record that begins at a byte, or None when there is no whole and sound one."""
    if at + _RECORD.size > len(data) or data[at] != MARK:
        return None
    _, kind, length, t_utc_us, crc = _RECORD.unpack_from(data, at)
    end = at + _RECORD.size + length
    if end > len(data):
        return None
    payload = data[at + _RECORD.size : end]
    if crc32(payload, crc32(data[at : at + _BEFORE_CRC])) != crc:
        return None
    return Record(kind, t_utc_us, payload)


def _is_unfinished(data: bytes, at: int) -> bool:
    """Whether a record begins here that the file ends in the middle of."""
    if at + _RECORD.size > len(data):
        return data[at] == MARK
    return data[at] == MARK and at + _RECORD.size + int(_RECORD.unpack_from(data, at)[2]) > len(data)


def _next_record(data: bytes, at: int) -> int:
    """Offset of the next sound record at or after a byte, or the end of the data."""
    while (at := data.find(MARK, at)) >= 0:
        if record_at(data, at) is not None:
            return at
        at += 1
    return len(data)


def last_record(data: bytes) -> Record | None:
    """The sound record that ends exactly where the data end (a piece of a log will do), or None."""
    at = len(data)
    while (at := data.rfind(MARK, 0, at)) >= 0:
        record = record_at(data, at)
        if record is not None and at + _RECORD.size + len(record.payload) == len(data):
            return record
    return None
