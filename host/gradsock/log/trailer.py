"""What makes a sealed file stand damage: between the pages of a Parquet file and its footer lies a small block file.

    PAR1 | pages | block file: records, CRC-32 of every column chunk, copy of the footer, end | footer | length | PAR1

Parquet finds its footer from the end and everything else by the offsets in it, so other readers pass over what lies
between. The block file has the frames of `gradsock.log.frames`: each part has its own CRC, and a reader that meets
damage goes on behind it. Every byte of the whole is under a CRC, or has its double.

Kinds of record, apart from those of a log; the time field numbers the records of a kind from 0:

    0x50 RECORDS  u32 size, then zstd: frames of a log, whatever was no sample block
    0x51 CHUNKS   per column chunk u64 offset, u32 length, u32 CRC-32
    0x52 FOOTER   u32 size, then zstd: a piece of the footer
    0x53 END      u32 length of the footer, u32 how many RECORDS, CHUNKS and FOOTER there are in all
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

from gradsock.log import frames
from gradsock.log.frames import Damage, Record

RECORDS, CHUNKS, FOOTER, END = 0x50, 0x51, 0x52, 0x53
PARQUET = b"PAR1"
TAIL_BYTES = 8

_PIECE = 48_000  # bytes before compression; what zstd cannot make smaller grows by less than a hundredth
_CHUNK = struct.Struct("<QII")
_END = struct.Struct("<II")


@dataclass
class Inspected:
    """A sealed file taken apart. ``footer`` is None when neither it nor its copy can be trusted."""

    footer: bytes | None = None
    pages_end: int = 0
    records: list[Record] = field(default_factory=list)
    bad_chunks: set[int] = field(default_factory=set)  # offsets
    damage: list[Damage] = field(default_factory=list)


def build(pages: bytes, footer: bytes, records: Iterable[Record], chunks: Iterable[tuple[int, int]]) -> bytes:
    """The block file that goes between; chunks: offset and length of each column chunk."""
    parts = [Record(RECORDS, n, packed) for n, packed in enumerate(_packed(records))]
    sums = b"".join(_CHUNK.pack(at, length, crc32(pages[at : at + length])) for at, length in chunks)
    parts += [Record(CHUNKS, n, piece) for n, piece in enumerate(_cut(sums, _CHUNK.size * 2500))]
    parts += [Record(FOOTER, n, _compressed(piece)) for n, piece in enumerate(_cut(footer, _PIECE))]
    parts.append(Record(END, 0, _END.pack(len(footer), len(parts))))
    return frames.file_header() + b"".join(map(frames.pack, parts))


def inspect(data: bytes) -> Inspected:
    """Take a sealed file apart, whatever has become of it; every byte that changed shows in ``damage``."""
    found = Inspected()
    parts, trailer_end, ended = _parts(data, found)
    pieces: dict[int, dict[int, bytes]] = {RECORDS: {}, CHUNKS: {}, FOOTER: {}}
    for part in parts:
        if part.kind in pieces:
            pieces[part.kind][part.t_utc_us] = part.payload
    copy = _joined({number: _expanded(packed) for number, packed in pieces[FOOTER].items()})
    length, number = ended or (len(copy or b""), 0)
    if copy is not None and len(copy) != length:
        copy = None
    _check_tail(data, found, trailer_end, copy, length)
    _check_pages(data, found, b"".join(pieces[CHUNKS].values()))
    if ended and sum(map(len, pieces.values())) != number and not found.damage:
        found.damage.append(Damage(found.pages_end, trailer_end - found.pages_end))
    for _, packed in sorted(pieces[RECORDS].items()):
        found.records += frames.trusted(_expanded(packed))
    found.damage.sort(key=lambda damage: damage.offset)
    return found


def _parts(data: bytes, found: Inspected) -> tuple[list[Record], int, tuple[int, int] | None]:
    """The records of the block file, where it ends, and what its last one says (None: it is gone)."""
    at = data.rfind(frames.MAGIC)
    header = at >= 0 and data[at : at + frames.HEADER_BYTES] == frames.file_header()
    parts: list[Record] = []
    gaps: list[Damage] = []
    place = at + frames.HEADER_BYTES if header else max(0, at)
    start = end = place
    ended = None
    for item in frames.scan(data, place):
        if isinstance(item, Damage):
            gaps.append(item)
            place = item.offset + item.length
            continue
        if item.kind in (RECORDS, CHUNKS, FOOTER, END):
            start = place if not parts else start
            parts.append(item)
            end = place = place + frames.RECORD_BYTES + len(item.payload)
        else:
            place += frames.RECORD_BYTES + len(item.payload)
        if item.kind == END:
            ended = _END.unpack(item.payload)
            break
    found.pages_end = start - frames.HEADER_BYTES if parts else len(data)
    if not header and parts:
        found.damage.append(Damage(found.pages_end, frames.HEADER_BYTES))
    found.damage += [gap for gap in gaps if start <= gap.offset < end]
    if ended is None:  # whatever follows the last sound part belonged to the end
        found.damage.append(Damage(end, min(frames.RECORD_BYTES + _END.size, len(data) - end)))
        end += frames.RECORD_BYTES + _END.size
    return parts, end, ended


def _check_tail(data: bytes, found: Inspected, at: int, copy: bytes | None, length: int) -> None:
    """Compare the footer with its copy, and look at the bytes behind it."""
    footer = data[at : at + length]
    if copy is not None:
        found.footer = copy
        if footer != copy:
            found.damage.append(Damage(at, length))
    elif len(footer) == length and length:
        found.footer = footer  # the copy is damaged: noted where it stands
    tail = struct.pack("<I", length) + PARQUET
    if data[at + length :] != tail:
        found.damage.append(Damage(min(at + length, len(data)), max(TAIL_BYTES, len(data) - at - length)))
    if data[: len(PARQUET)] != PARQUET:
        found.damage.append(Damage(0, len(PARQUET)))


def _check_pages(data: bytes, found: Inspected, sums: bytes) -> None:
    for at, length, expected in _CHUNK.iter_unpack(sums):
        if crc32(data[at : at + length]) != expected:
            found.bad_chunks.add(at)
            found.damage.append(Damage(at, length))


def _packed(records: Iterable[Record]) -> Iterator[bytes]:
    piece = b""
    for record in records:
        framed = frames.pack(record)
        if piece and len(piece) + len(framed) > _PIECE:
            yield _compressed(piece)
            piece = b""
        piece += framed
    if piece:
        yield _compressed(piece)


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
