"""A sealed session: one Parquet file that any tool reads, that loses nothing, and that notices every changed byte.

The samples are its table (`gradsock.log.table`), everything else that was recorded lies between pages and footer
(`gradsock.log.trailer`), and for people and other tools the metadata tell it as JSON (`gradsock.log.told`). Damage
costs what it hits, at most one column of one row group of 131,072 rows (87 minutes at 25 Hz): identities are put
together again from what the footer says of them, and the footer has a copy.
"""

import io
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gradsock import jsontext
from gradsock.errors import LogError
from gradsock.log import salvage, trailer
from gradsock.log import table as tables
from gradsock.log.contents import Contents
from gradsock.log.frames import Record

FORMAT = 2
ROWS = 131_072  # of a row group: with a quarter of that, a file is 3 % longer
PAGE_BYTES = 131_072
EXPORT_KEY = b"gradsock.about"
"""What `gradsock export` writes into Parquet, which is read by others."""
AN_EXPORT = "an export, not the recording itself: say that one, or export it as CSV"
LEVEL = 15  # of zstd: a hundredth less than 5; opening takes as long

FORMAT_KEY, SUMMARY_KEY = b"gradsock.format", b"gradsock.summary"


def pack(held: pa.Table, records: list[Record], told: dict[str, Any]) -> bytes:
    """The bytes of a sealed file; told: what goes into its metadata, a JSON value per name."""
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink,
        held.schema,
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=False,
        column_encoding=tables.encodings(held.schema),
        data_page_size=PAGE_BYTES,
        write_batch_size=1024,
        write_page_checksum=True,
        store_schema=False,
    ) as writer:
        writer.write_table(held, row_group_size=ROWS)
        writer.add_key_value_metadata({FORMAT_KEY: str(FORMAT).encode()})
        writer.add_key_value_metadata({f"gradsock.{name}".encode(): _json(value) for name, value in told.items()})
    written = sink.getvalue()
    (length,) = struct.unpack_from("<I", written, len(written) - trailer.TAIL_BYTES)
    pages_end = len(written) - trailer.TAIL_BYTES - length
    footer, pages = written[pages_end : -trailer.TAIL_BYTES], written[:pages_end]
    chunks = [place for group in salvage.chunks(pq.read_metadata(io.BytesIO(written))) for place in group.values()]
    try:
        between = trailer.build(pages, footer, records, chunks)
    except ValueError as error:
        raise LogError(f"cannot seal: {error}") from error
    return pages + between + footer + written[-trailer.TAIL_BYTES :]


def read_sealed(path: Path) -> Contents:
    """What a sealed file holds; damage is passed over and listed. LogError when nothing in it can be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LogError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    return unpack(data, path)


def unpack(data: bytes, path: Path) -> Contents:
    """The same, of bytes; path: how errors call them."""
    found = trailer.inspect(data)
    file, summary = _opened(found, data, path)
    held = Contents(records=found.records, damage=found.damage, told_lost=found.records_lost)
    wanted = tables.needed(file.schema_arrow.names)
    if not found.damage:
        table = file.read(columns=wanted)
    else:
        found.bad_chunks |= salvage.unreadable(file, found.summed)
        held.written = file.metadata.num_rows
        table, broken = salvage.rest(file, wanted, found.bad_chunks)
    names = {int(boot): columns for boot, columns in summary["channels"].items()}
    held.samples = tables.from_table(table, names)
    if found.damage:
        held.blank = salvage.blank(held.samples, broken)
    return held


def read_records(path: Path) -> list[Record]:
    """All that a sealed file holds beside samples. LogError when it cannot be read."""
    try:
        return trailer.inspect(path.read_bytes()).records
    except OSError as error:
        raise LogError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def read_summary(path: Path) -> dict[str, Any]:
    """What a sealed file tells of itself in its footer alone, see `gradsock.log.told`. LogError as `read_sealed`."""
    try:
        footer = trailer.sound_footer(path)
        if footer is not None:
            return _summary(pq.read_metadata(pa.BufferReader(trailer.PARQUET + _with_tail(footer))), path)
        data = path.read_bytes()  # damaged, or none of ours, or of an earlier gradsock
    except OSError as error:
        raise LogError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    return summary_of(data, path)[0]


def summary_of(data: bytes, path: Path) -> tuple[dict[str, Any], bool]:
    """What the bytes of a sealed file tell of it, and whether any of them is damaged. LogError as `read_sealed`."""
    found = trailer.inspect(data)
    return _opened(found, data, path)[1], bool(found.damage)


def _opened(found: trailer.Inspected, data: bytes, path: Path) -> tuple[pq.ParquetFile, dict[str, Any]]:
    """Parquet over pages and the footer that was found, and what that tells; LogError where that makes no sense."""
    if found.footer is None:
        raise LogError(f"cannot read {path}: {_why(data)}")
    tail = _with_tail(found.footer)
    if data.endswith(tail) and data.startswith(trailer.PARQUET):
        whole = data
    else:
        whole = trailer.PARQUET + data[len(trailer.PARQUET) :] + tail
    try:
        file = pq.ParquetFile(pa.BufferReader(whole), page_checksum_verification=True)
        summary = _summary(file.metadata, path)
        if not found.vouched:
            _try_elsewhere(whole)
        tables.needed(file.schema_arrow.names)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise LogError(f"cannot read {path}: its footer is damaged, and the copy of it too") from error
    return file, summary


def _try_elsewhere(whole: bytes) -> None:
    """ValueError when Arrow cannot stand these bytes: what makes no sense to it may end the whole process."""
    looking = "import sys; from gradsock.log.sealed import look_through; look_through(sys.stdin.buffer.read())"
    done = subprocess.run([sys.executable, "-c", looking], input=whole, capture_output=True, check=False)
    if done.returncode:
        raise ValueError("no footer")


def look_through(whole: bytes) -> None:
    """Open these bytes as Parquet and read all that the footer says of columns; any error when that cannot be."""
    salvage.chunks(pq.ParquetFile(pa.BufferReader(whole)).metadata)


def _with_tail(footer: bytes) -> bytes:
    return footer + struct.pack("<I", len(footer)) + trailer.PARQUET


def _summary(metadata: pq.FileMetaData, path: Path) -> dict[str, Any]:
    told = metadata.metadata or {}
    version = told.get(FORMAT_KEY, b"")
    if EXPORT_KEY in told:
        raise LogError(f"cannot read {path}: {AN_EXPORT}")
    if not version.isdigit():
        raise LogError(f"cannot read {path}: a Parquet file, but no session of gradsock")
    if int(version) > FORMAT:
        raise LogError(
            f"cannot read {path}: format {int(version)} is newer than this gradsock (it reads up to {FORMAT})"
        )
    try:
        return dict(jsontext.loads(told[SUMMARY_KEY]))
    except (KeyError, ValueError, TypeError) as error:
        raise LogError(f"cannot read {path}: what it tells of itself makes no sense") from error


def _why(data: bytes) -> str:
    if not data:
        return "it is empty"
    try:
        told = pq.ParquetFile(pa.BufferReader(data)).metadata.metadata or {}
    except (OSError, ValueError, pa.ArrowException):
        told = None
    if told is not None and EXPORT_KEY in told:
        return AN_EXPORT
    if told is not None and FORMAT_KEY not in told:
        return "a Parquet file, but no session of gradsock"
    if not data.startswith(trailer.PARQUET) and not data.endswith(trailer.PARQUET):
        return "not a sealed session"
    return "no footer is left in it, or it is no session of gradsock"


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode()
