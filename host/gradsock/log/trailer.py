"""What makes a sealed file stand damage: between the pages of a Parquet file and its footer lies a small block file.

    PAR1 | pages | block file: records, CRC-32 of every column chunk, copy of the footer, end | footer | length | PAR1

Parquet finds its footer from the end and everything else by the offsets in it, so other readers pass over what lies
between. The block file has the frames of `gradsock.log.frames`: each part has its own CRC, and a reader that meets
damage goes on behind it. Every byte of the whole is under a CRC, or has its double.

Kinds of record, apart from those of a log; the time field numbers the records of a kind from 0:

    0x50 RECORDS  u32 size, then zstd: whatever was no sample block, see `gradsock.log.packing`
    0x51 CHUNKS   per column chunk u64 offset, u32 length, u32 CRC-32
    0x52 FOOTER   u32 size, then zstd: a piece of the footer
    0x54 DOUBLE   the first RECORDS once more: it holds what the rest is read by (sock, calibration, settings)
    0x53 END      u64 offset of this block file, u32 length of the footer, u32 how many records come before this one;
                  its time field is 2^32 + the CRC-32 of the footer (0 in files that were written before that was so)

A record of a log may hold any bytes, the header of a block file among them, so this one is found from its end, which
stands where the footer begins; only when that is damaged too, by its header, of which the first one is the right one.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from gradsock.log import frames
from gradsock.log.frames import Damage, Record
from gradsock.log.packing import RECORD_BYTES, pack, unpack

RECORDS, CHUNKS, FOOTER, END, DOUBLE = 0x50, 0x51, 0x52, 0x53, 0x54
PARQUET = b"PAR1"
TAIL_BYTES = 8
_HAS_SUM = 1 << 32

_PIECE = 48_000  # bytes before compression; what zstd cannot make smaller grows by less than a hundredth
_CHUNK = struct.Struct("<QII")
_END = struct.Struct("<QII")
_END_BYTES = frames.RECORD_BYTES + _END.size


@dataclass
class Inspected:
    """A sealed file taken apart.

    ``footer`` is None when neither it nor its copy is left; ``vouched``: whether anything says that it is as it was
    written. ``bad_chunks``: offsets of those that are damaged, of the ``summed`` ones of which that is known.
    """

    footer: bytes | None = None
    vouched: bool = False
    pages_end: int = 0
    records: list[Record] = field(default_factory=list)
    bad_chunks: set[int] = field(default_factory=set)
    summed: set[int] = field(default_factory=set)
    damage: list[Damage] = field(default_factory=list)
    records_lost: bool = False  # or may be


def build(pages: bytes, footer: bytes, records: Iterable[Record], chunks: Iterable[tuple[int, int]]) -> bytes:
    """The block file that goes between; chunks: offset and length of each column chunk."""
    parts = [Record(RECORDS, n, packed) for n, packed in enumerate(_packed(records))]
    double = [Record(DOUBLE, part.t_utc_us, part.payload) for part in parts[:1]]
    sums = b"".join(_CHUNK.pack(at, length, crc32(pages[at : at + length])) for at, length in chunks)
    parts += [Record(CHUNKS, n, piece) for n, piece in enumerate(_cut(sums, _CHUNK.size * 2500))]
    parts += [Record(FOOTER, n, _compressed(piece)) for n, piece in enumerate(_cut(footer, _PIECE))]
    parts += double
    parts.append(Record(END, _HAS_SUM | crc32(footer), _END.pack(len(pages), len(footer), len(parts))))
    return frames.file_header() + b"".join(map(frames.pack, parts))


def sound_footer(path: Path) -> bytes | None:
    """The footer of a file whose sum says that it is as it was written, and nothing else is read; else None."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
        length = struct.unpack_from("<I", tail)[0] if len(tail) == TAIL_BYTES else 0
        file.seek(max(0, size - TAIL_BYTES - length - _END_BYTES))
        end = frames.record_at(file.read(_END_BYTES), 0)
        footer = file.read(length)
    return footer if end is not None and end.kind == END and end.t_utc_us == _HAS_SUM | crc32(footer) else None


def inspect(data: bytes) -> Inspected:
    """Take a sealed file apart, whatever has become of it; every byte that changed shows in ``damage``."""
    found = Inspected()
    parts, trailer_end, ended = _parts(data, found)
    pieces: dict[int, dict[int, bytes]] = {RECORDS: {}, CHUNKS: {}, FOOTER: {}, DOUBLE: {}}
    for part in parts:
        if part.kind in pieces:
            pieces[part.kind][part.t_utc_us] = part.payload
    copy = _joined({number: _expanded(packed) for number, packed in pieces[FOOTER].items()})
    length, number = ended or (len(copy or b""), 0)
    if copy is not None and len(copy) != length:
        copy = None
    if ended is None and copy is None and data.endswith(PARQUET) and len(data) > TAIL_BYTES:
        length = min(struct.unpack_from("<I", data, len(data) - TAIL_BYTES)[0], len(data) - TAIL_BYTES)
        trailer_end = len(data) - TAIL_BYTES - length  # only Parquet's own word is left
    _check_tail(data, found, trailer_end, copy, length)
    _check_pages(data, found, b"".join(pieces[CHUNKS].values()))
    if ended and sum(map(len, pieces.values())) != number and not found.damage:
        found.damage.append(Damage(found.pages_end, trailer_end - found.pages_end))
    held = pieces[DOUBLE] | pieces[RECORDS]
    for _, packed in sorted(held.items()):
        found.records += unpack(_expanded(packed))
    others = max(len(pieces[CHUNKS]), 1) + max(len(pieces[FOOTER]), 1) + len(pieces[DOUBLE])  # at least so many
    found.records_lost = bool(found.damage) and (ended is None or len(held) < number - others)
    found.damage.sort(key=lambda damage: damage.offset)
    return found


def _parts(data: bytes, found: Inspected) -> tuple[list[Record], int, tuple[int, int] | None]:
    """The records of the block file, where it ends, and what its last one says (None: it is gone)."""
    end_at = _end_at(data)
    ended = None
    if end_at is not None:
        found.pages_end, *said = _END.unpack_from(data, end_at + frames.RECORD_BYTES)
        ended = (said[0], said[1])
    else:
        at = data.find(frames.file_header())
        found.pages_end = at if at >= 0 else len(data)
    place = found.pages_end + frames.HEADER_BYTES
    if data[found.pages_end : place] != frames.file_header():
        found.damage.append(Damage(found.pages_end, frames.HEADER_BYTES))
    parts: list[Record] = []
    last = place
    for item in frames.scan(data[:end_at] if end_at is not None else data, place):
        if isinstance(item, Damage):
            found.damage.append(item)
        else:
            parts.append(item)
            last = place + frames.RECORD_BYTES + len(item.payload)
        place += item.length if isinstance(item, Damage) else frames.RECORD_BYTES + len(item.payload)
    if end_at is not None:
        return parts, end_at + _END_BYTES, ended
    found.damage = [each for each in found.damage if each.offset < last]  # behind it come the end and the footer
    found.damage.append(Damage(last, min(_END_BYTES, max(1, len(data) - last))))
    return parts, last + _END_BYTES, None


def _end_at(data: bytes) -> int | None:
    """Where the last record is: before the footer, or, when the length of that is damaged, the last sound one."""
    tail = len(data) - TAIL_BYTES
    if tail > 0:
        at = tail - struct.unpack_from("<I", data, tail)[0] - _END_BYTES
        if at >= 0 and _is_end(data, at):
            return int(at)
    at = len(data)
    while (at := data.rfind(bytes([frames.MARK, END]), 0, at)) >= 0:
        if _is_end(data, at):
            start = _END.unpack_from(data, at + frames.RECORD_BYTES)[0]
            if data[start : start + frames.HEADER_BYTES] == frames.file_header():
                return at
    return None


def _is_end(data: bytes, at: int) -> bool:
    record = frames.record_at(data, at)
    return record is not None and record.kind == END and len(record.payload) == _END.size


def _check_tail(data: bytes, found: Inspected, at: int, copy: bytes | None, length: int) -> None:
    """Compare the footer with its copy, or with its sum where that is gone, and look at the bytes behind it."""
    footer = data[at : at + length]
    if copy is not None:
        found.footer, found.vouched = copy, True
        if footer != copy:
            found.damage.append(Damage(at, length))
    elif len(footer) == length and length:  # the copy is damaged: noted where it stands
        end = frames.record_at(data, max(0, at - _END_BYTES))
        found.vouched = end is not None and end.t_utc_us == _HAS_SUM | crc32(footer)
        if found.vouched or end is None or not end.t_utc_us:
            found.footer = footer
        else:
            found.damage.append(Damage(at, length))
    tail = struct.pack("<I", length) + PARQUET
    if data[at + length :] != tail:
        found.damage.append(Damage(min(at + length, len(data)), max(TAIL_BYTES, len(data) - at - length)))
    if data[: len(PARQUET)] != PARQUET:
        found.damage.append(Damage(0, len(PARQUET)))


def _check_pages(data: bytes, found: Inspected, sums: bytes) -> None:
    for at, length, expected in _CHUNK.iter_unpack(sums):
        found.summed.add(at)
        if crc32(data[at : at + length]) != expected:
            found.bad_chunks.add(at)
            found.damage.append(Damage(at, length))


def _packed(records: Iterable[Record]) -> Iterator[bytes]:
    piece: list[Record] = []
    size = 0
    for record in records:
        if piece and size + len(record.payload) > _PIECE:
            yield _compressed(pack(piece))
            piece, size = [], 0
        piece.append(record)
        size += len(record.payload) + RECORD_BYTES
    if piece:
        yield _compressed(pack(piece))


def _compressed(piece: bytes) -> bytes:
    from pyarrow import Codec

    packed: bytes = Codec("zstd", compression_level=15).compress(piece, asbytes=True)
    return struct.pack("<I", len(piece)) + packed


def _expanded(packed: bytes) -> bytes:
    from pyarrow import Codec

    (size,) = struct.unpack_from("<I", packed)
    piece: bytes = Codec("zstd").decompress(packed[4:], decompressed_size=size, asbytes=True)
    return piece


def _joined(pieces: dict[int, bytes]) -> bytes | None:
    if sorted(pieces) != list(range(len(pieces))) or not pieces:
        return None
    return b"".join(piece for _, piece in sorted(pieces.items()))


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
