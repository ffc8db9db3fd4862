"""Samples as a Parquet table and back, so that every tool that reads Parquet finds columns it can use.

    utc          timestamp[us, UTC]  when it was scanned; null in a boot that no probe reached
    boot         int64               power-on of the sock, numbered
    index        int64               number of the sample within its boot: with the sock and the boot its identity
    ticks_ms     int64               the sock's own clock
    SITE_mmHg    float32             on the first sample of each second: the mean pressure of that second, to 1/8 mmHg;
                                     null on all others, so that averages come out right and the file stays small
    SITE_steps   int32               what the ADC gave, in the steps that were kept: counts = steps x step_counts; null
                                     where nothing could be read. A second channel at a site is SITE_2_steps
    block        struct              on the first sample of each run (see `gradsock.log.samples`), else null:
                                     received (ms), fetched, channels, period_ms, reference (counts), flags,
                                     step_counts (per channel: how many counts a step is). In files of format 1 it was
                                     shifts (four bits per channel, the first one lowest): 2^shift counts

Times and identities are DELTA_BINARY_PACKED, steps and pressures BYTE_STREAM_SPLIT: their noise takes a tenth less so,
since zstd finds nothing in bits that are packed already. No dictionaries.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from sock import MISSING, SITES

from gradsock.log.columns import Columns
from gradsock.log.samples import Runs, Samples, none, of_rows
from gradsock.log.timeline import UNDATED

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRESSURE_STEPS = 8  # per mmHg: a fraction that a float holds exactly

BLOCK = pa.struct(
    [
        ("received", pa.timestamp("ms", "UTC")),
        ("fetched", pa.bool_()),
        ("channels", pa.int32()),
        ("period_ms", pa.int32()),
        ("reference", pa.int32()),
        ("flags", pa.int32()),
        ("step_counts", pa.list_(pa.int16())),
    ]
)
IDENTITY = ("boot", "index", "ticks_ms")


def names_of(sites: tuple[str, ...], width: int) -> list[str]:
    """The column of each channel; ``width`` channels, those without a site by number."""
    names: list[str] = []
    for channel in range(width):
        site = sites[channel] if channel < len(sites) else f"channel_{channel}"
        nth = 2
        name = f"{site}_steps"
        while name in names:
            name, nth = f"{site}_{nth}_steps", nth + 1
        names.append(name)
    return names


def channel_names(columns: Columns) -> dict[int, list[str]]:
    """The column of each channel, per boot."""
    width = columns.samples.counts.shape[1]
    return {boot: names_of(columns.contexts.sites(boot), width) for boot, _ in columns.boots}


def schema(names: Iterable[str], sites: Iterable[str]) -> pa.Schema:
    """Types of all columns."""
    return pa.schema(
        [
            pa.field("utc", pa.timestamp("us", "UTC")),
            *(pa.field(name, pa.int64(), nullable=False) for name in IDENTITY),
            *(pa.field(f"{site}_mmHg", pa.float32()) for site in sites),
            *(pa.field(name, pa.int32()) for name in names),
            pa.field("block", BLOCK),
        ]
    )


def needed(names: Iterable[str]) -> list[str]:
    """The columns that everything else comes from; time and pressure are worked out anew."""
    return [name for name in names if name in IDENTITY or name == "block" or name.endswith("_steps")]


def encodings(of: pa.Schema) -> dict[str, str]:
    """How each column is written."""
    split = {field.name for field in of if field.name.endswith(("_mmHg", "_steps"))}
    packed = {"utc", *IDENTITY, "block.step_counts.list.element"}
    packed |= {f"block.{field.name}" for field in BLOCK if field.name not in {"fetched", "step_counts"}}
    return dict.fromkeys(split, "BYTE_STREAM_SPLIT") | dict.fromkeys(packed, "DELTA_BINARY_PACKED")


def to_table(columns: Columns) -> pa.Table:
    """The table of a session's samples."""
    samples, names = columns.samples, channel_names(columns)
    steps = {name: np.full(len(samples), MISSING, np.int32) for name in _ordered(names)}
    step = samples.runs.step_counts[samples.run] if len(samples) else np.empty((0, 0), np.int64)
    for boot, rows in columns.boots:
        for channel, name in enumerate(names[boot]):
            counts = samples.counts[rows, channel].astype(np.int32)
            steps[name][rows] = np.where(counts == MISSING, MISSING, counts // step[rows, channel])
    utc = pa.array(columns.utc_us, pa.timestamp("us"), mask=columns.utc_us == UNDATED)
    of = schema(steps, columns.sites)
    return pa.table(
        [
            utc.cast(pa.timestamp("us", "UTC")),
            *(pa.array(getattr(samples, name)) for name in IDENTITY),
            *_pressures(columns),
            *(pa.array(values, mask=values == MISSING) for values in steps.values()),
            _blocks(samples),
        ],
        schema=of,
    )


def for_people(columns: Columns) -> pa.Table:
    """All samples with time, pressure and counts; nulls where there is none."""
    utc = pa.array(columns.utc_us, pa.timestamp("us"), mask=columns.utc_us == UNDATED)
    held = {"utc": utc.cast(pa.timestamp("us", "UTC"))} | {name: getattr(columns, name) for name in IDENTITY}
    for site, pressure in columns.pressure_mmHg.items():
        held[f"{site}_mmHg"] = pa.array(pressure, mask=np.isnan(pressure))
    if columns.temperature_degC is not None:
        held["temperature_degC"] = pa.array(columns.temperature_degC, mask=np.isnan(columns.temperature_degC))
    for site, counts in columns.counts.items():
        held[f"{site}_counts"] = pa.array(counts, mask=counts == MISSING)
    return pa.table(held)


def from_table(table: pa.Table, names: Mapping[int, list[str]]) -> Samples:
    """The samples of a table; ``names``: the column of each channel, per boot."""
    if not table.num_rows:
        return none()
    boot, index, ticks_ms = (_filled(_whole(table, name), 0) for name in IDENTITY)
    block = _whole(table, "block")
    first = np.flatnonzero(_known(block))
    width = max((len(of_boot) for of_boot in names.values()), default=0)

    def told_of(name: str, missing: int) -> "NDArray[np.int64]":
        return _filled(block.field(name), missing, first)

    step = _step_counts(block, first, width)
    runs = Runs(
        first=first.astype(np.int64),
        channels=told_of("channels", width),
        period_ms=told_of("period_ms", 0),
        reference_counts=told_of("reference", 0),
        flags=told_of("flags", 0),
        received_utc_us=1000 * told_of("received", 0),
        fetched=told_of("fetched", 0).astype(np.bool_),
        step_counts=np.maximum(step, 1),
    )
    run = np.cumsum(np.bincount(first, minlength=len(index))) - 1
    counts = np.full((len(index), width), MISSING, np.int16)
    starts = np.flatnonzero(np.append(True, np.diff(boot) != 0)).tolist()
    for start, end in zip(starts, [*starts[1:], len(boot)], strict=True):
        for channel, name in enumerate(names.get(int(boot[start]), [])):
            steps = _filled(_whole(table.slice(start, end - start), name), MISSING)
            each = step[run[start:end], channel]
            counts[start:end, channel] = np.where((steps == MISSING) | (each == 0), MISSING, steps * each)
    return of_rows(boot, index, ticks_ms, counts, run, runs)


def means_of(table: pa.Table) -> "tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]":
    """When there is a mean of a second, UTC in microseconds, and what it is per site in mmHg, NaN where there is none.

    The table has utc, without nulls, and SITE_mmHg columns, one at least.
    """
    columns = {name.removesuffix("_mmHg"): _whole(table, name) for name in table.column_names if name != "utc"}
    known = {site: _known(column) for site, column in columns.items()}
    rows = np.flatnonzero(np.logical_or.reduce(list(known.values())))
    mmHg = {site: np.where(known[site][rows], _values(of, rows), np.nan) for site, of in columns.items()}
    return _filled(_whole(table, "utc"), 0, rows), {site: mean.astype(np.float64) for site, mean in mmHg.items()}


def _ordered(names: Mapping[int, list[str]]) -> list[str]:
    """All columns of channels, those at a site first and from the ground up."""
    there = {name: None for of_boot in names.values() for name in of_boot}
    return sorted(
        there, key=lambda name: next((n for n, site in enumerate(SITES) if name.startswith(site)), len(SITES))
    )


def _blocks(samples: Samples) -> pa.StructArray:
    runs = samples.runs
    starts = np.zeros(len(samples), np.bool_)
    starts[runs.first] = True
    values = {
        "received": runs.received_utc_us // 1000,
        "fetched": runs.fetched,
        "channels": runs.channels,
        "period_ms": runs.period_ms,
        "reference": runs.reference_counts,
        "flags": runs.flags,
    }
    arrays = []
    for field in BLOCK:
        if field.name == "step_counts":
            arrays.append(_lists(runs.step_counts, starts))
            continue
        wide = np.zeros(len(samples), np.int64)
        wide[runs.first] = values[field.name]
        arrays.append(pa.array(wide, mask=~starts).cast(field.type))
    return pa.StructArray.from_arrays(arrays, fields=list(BLOCK), mask=pa.array(~starts))


def _lists(steps: "NDArray[np.int64]", starts: "NDArray[np.bool_]") -> pa.ListArray:
    """The rows of steps where starts is True, nothing elsewhere."""
    ends = np.concatenate([[0], np.cumsum(starts)]) * steps.shape[1]
    return pa.ListArray.from_arrays(
        pa.array(ends, pa.int32()), pa.array(steps.ravel(), pa.int16()), mask=pa.array(~starts)
    )


def _step_counts(block: pa.StructArray, first: "NDArray[np.intp]", width: int) -> "NDArray[np.int64]":
    """(runs, width): how many counts a step is; 0 where that is lost, and with it the counts. first: each run's row."""
    if block.type.get_field_index("shifts") >= 0:  # format 1
        packed = _filled(block.field("shifts"), -1, first)[:, None]
        return np.where(packed < 0, 0, 1 << (packed >> 4 * np.arange(width) & 15))
    lists = block.field("step_counts")
    values, starts = _filled(lists.values, 0), _filled(lists.offsets, 0)
    lengths = np.where(_known(lists)[first], starts[first + 1] - starts[first], 0)
    told = np.zeros((len(first), width), np.int64)
    for channel in range(width):
        here = lengths > channel
        told[here, channel] = values[starts[first[here]] + channel]
    return told


def _pressures(columns: Columns) -> list[pa.Array]:
    """Per site the mean of each second, on the second's first sample."""
    if not len(columns):
        return [pa.array([], pa.float32()) for _ in columns.sites]
    second = columns.ticks_ms // 1000
    starts = np.flatnonzero(np.append(True, (np.diff(second) != 0) | (np.diff(columns.boot) != 0)))
    arrays = []
    for pressure in columns.pressure_mmHg.values():
        there = ~np.isnan(pressure)
        number = np.add.reduceat(there, starts, dtype=np.int64)
        total = np.add.reduceat(np.where(there, pressure, 0.0), starts)
        mean = np.rint(total / np.maximum(number, 1) * PRESSURE_STEPS) / PRESSURE_STEPS
        wide, absent = np.zeros(len(columns), np.float32), np.ones(len(columns), np.bool_)
        wide[starts], absent[starts] = mean, number == 0
        arrays.append(pa.array(wide, mask=absent))
    return arrays


def _whole(table: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    column = table[name].combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def _filled(array: pa.Array, missing: int, rows: "NDArray[np.intp] | slice" = slice(None)) -> "NDArray[np.int64]":
    """Some rows as numbers; nulls as what is said."""
    values = _values(array, rows)
    known = np.where(_known(array)[rows], values, missing) if array.null_count else values
    return known.astype(np.int64)


def _values(array: pa.Array, rows: "NDArray[np.intp] | slice") -> "NDArray[Any]":
    """Some rows as they are, anything where there is a null.

    From Arrow's own memory: its to_numpy loads pandas first, where there is one, and fill_null all that Arrow computes.
    """
    if not len(array):
        return np.empty(0, np.int64)
    data = array.buffers()[1]
    if pa.types.is_boolean(array.type):
        return _bits(data, array)[rows]
    of = np.int64 if pa.types.is_timestamp(array.type) else array.type.to_pandas_dtype()
    return np.frombuffer(data, of)[array.offset : array.offset + len(array)][rows]


def _known(array: pa.Array) -> "NDArray[np.bool_]":
    """False where there is a null."""
    validity = array.buffers()[0]
    return np.ones(len(array), np.bool_) if validity is None else _bits(validity, array)


def _bits(data: pa.Buffer, array: pa.Array) -> "NDArray[np.bool_]":
    """One for each of its elements."""
    end = array.offset + len(array)
    return np.unpackbits(np.frombuffer(data, np.uint8), count=end, bitorder="little")[array.offset :].astype(np.bool_)
