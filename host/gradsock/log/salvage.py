"""What can be read of a sealed file some of whose column chunks are damaged."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gradsock.log import table as tables
from gradsock.log.ranges import Ranges
from gradsock.log.samples import Samples

NEEDED_OF_BLOCK = ("block.channels", "block.reference", "block.step_counts.list.element", "block.shifts")
"""Without these there are no pressures."""


def rest(file: pq.ParquetFile, wanted: list[str], bad: set[int]) -> tuple[pa.Table, list[tuple[int, set[str]]]]:
    """What can be read of some columns when some chunks are damaged, by their offsets; how many rows of it follow each
    other with the same sites blank, since their columns are damaged, or what the blocks say of them."""
    of = pa.schema([file.schema_arrow.field(name) for name in wanted])
    groups, rows_blank = [], []
    for number, of_group in enumerate(chunks(file.metadata)):
        broken = {name for name, (at, _) in of_group.items() if at in bad}
        readable = [name for name in of_group if name not in broken and name.partition(".")[0] in wanted]
        rows = file.metadata.row_group(number).num_rows
        try:
            read = file.read_row_group(number, columns=readable) if readable else pa.table({})
            group = _mended(read, of, file.metadata.row_group(number), rows, broken)
        except (OSError, ValueError, pa.ArrowException):
            continue  # nobody vouches for what it is read by, and it makes no sense together
        if group is not None:
            groups.append(group)
            rows_blank.append((rows, _blank_sites(of_group, broken)))
    return pa.concat_tables(groups) if groups else of.empty_table(), rows_blank


def unreadable(file: pq.ParquetFile, summed: set[int]) -> set[int]:
    """Chunks whose sums are lost, and that cannot be read: by the sums of their pages, or since they make no sense."""
    bad = set()
    for number, of_group in enumerate(chunks(file.metadata)):
        for name, (at, _) in of_group.items():
            if at not in summed:
                try:
                    file.read_row_group(number, columns=[name])
                except (OSError, ValueError, pa.ArrowException):
                    bad.add(at)
    return bad


def _blank_sites(names: Iterable[str], broken: set[str]) -> set[str]:
    """The sites without a reading in a row group in which these columns are broken."""
    columns = [name for name in names if name.endswith("_steps")]
    if not broken.intersection(NEEDED_OF_BLOCK):
        columns = [name for name in columns if name in broken]
    return {name.removesuffix("_steps").split("_")[0] for name in columns}


def blank(held: Samples, broken: list[tuple[int, set[str]]]) -> dict[str, Ranges]:
    """Per site of which samples its reading is lost; broken: see `rest`."""
    found: dict[str, Ranges] = {}
    start = 0
    for rows, sites in broken:
        if sites:
            runs = held.take(slice(start, start + rows)).held()
            for site in sorted(sites):
                found.setdefault(site, Ranges()).update(runs)
        start += rows
    return found


def _mended(read: pa.Table, of: pa.Schema, group: pq.RowGroupMetaData, rows: int, broken: set[str]) -> pa.Table | None:
    """A row group with nulls where columns are damaged; None when nobody can tell which samples it holds."""
    columns = []
    for field in of:
        if field.name == "block":
            columns.append(_mended_block(read, field.type, rows, broken))
        elif field.name in tables.IDENTITY and field.name in broken:
            values = _even(group, field.name, rows)
            if values is None:
                return None
            columns.append(pa.array(values))
        elif field.name in broken:
            columns.append(pa.nulls(rows, field.type))
        else:
            columns.append(read[field.name])
    return pa.table(columns, schema=of)


def _mended_block(read: pa.Table, of: pa.StructType, rows: int, broken: set[str]) -> pa.StructArray:
    """What the blocks say. Where that is gone the group is one run without a reference, so without pressures."""
    fields = {field.name: field for field in of}
    known = read["block"].combine_chunks() if "block" in read.column_names else None
    if isinstance(known, pa.ChunkedArray):
        known = pa.concat_arrays(known.chunks)
    there = np.zeros(rows, np.bool_) if known is None else np.asarray(known.is_valid()).copy()
    arrays = []
    for name, field in fields.items():
        if known is None or broken & {f"block.{name}", f"block.{name}.list.element"}:
            arrays.append(pa.nulls(rows, field.type))
        else:
            arrays.append(known.field(name))
    there[0] = True
    return pa.StructArray.from_arrays(arrays, fields=list(fields.values()), mask=pa.array(~there))


def _even(group: pq.RowGroupMetaData, name: str, rows: int) -> "np.ndarray[Any, np.dtype[np.int64]] | None":
    """An identity that runs evenly, from its lowest and highest value in the footer; None where it does not."""
    column = next(group.column(n) for n in range(group.num_columns) if group.column(n).path_in_schema == name)
    statistics = column.statistics
    if statistics is None or not statistics.has_min_max:
        return None
    low, high = int(statistics.min), int(statistics.max)
    if name == "boot":
        return np.full(rows, low, np.int64) if low == high else None
    if rows == 1 or (high - low) % (rows - 1):
        return np.full(rows, low, np.int64) if rows == 1 else None
    step = (high - low) // (rows - 1)
    if name == "index" and step != 1:
        return None
    return low + step * np.arange(rows, dtype=np.int64)


def chunks(metadata: pq.FileMetaData) -> list[dict[str, tuple[int, int]]]:
    """Offset and length of every column chunk, by row group and name."""
    groups = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        columns = [group.column(n) for n in range(group.num_columns)]
        groups.append({c.path_in_schema: (c.data_page_offset, c.total_compressed_size) for c in columns})
    return groups
