"""Pressures from a CSV file: header ``t_s,ankle,calf,knee`` (in capitals or not), seconds and mmHg, an empty cell is a
missing reading.

A long file is read by Arrow. Whatever is unusual in it, or wrong, is left to the reader of lines: it knows where.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, SITES

from gradsock.errors import AnalysisError

if TYPE_CHECKING:
    from pyarrow import Array

HEADER = ("t_s", "ankle", "calf", "knee")
PRESSURE_MAX_MMHG = 300.0
T_MAX_S = 1e8  # three years: beyond it is a date, not seconds since the start
NO_READING = ("nan", "na", "n/a", "null", "none", "-")
"""How others write it."""
LONG_BYTES = 1 << 20  # where reading single lines takes longer than loading Arrow


@dataclass
class Series:
    """Pressures of one leg over time: ``t_ms`` (n,) rising; ``pressures_cmmHg`` (n, 3) by site, MISSING where none."""

    name: str
    t_ms: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    pressures_cmmHg: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, len(SITES)), np.int64))

    def rows(self) -> Iterator[tuple[int, list[int]]]:
        """Time and pressures of each sample."""
        return zip(self.t_ms.tolist(), self.pressures_cmmHg.tolist(), strict=True)


def read_csv(path: Path) -> Series:
    """Read such a file; AnalysisError with the line and what is wrong in it."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            header = tuple(cell.strip() for cell in next(rows, []))
            if tuple(name.lower() for name in header) != HEADER:
                raise AnalysisError(f"{path}: the first line must be {','.join(HEADER)}{_hint_of_header(header)}")
            found = _at_once(path) if path.stat().st_size >= LONG_BYTES else None
            if found is None:
                found = _line_by_line(path, rows)
    except OSError as error:
        raise AnalysisError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnalysisError(f"{path} is not a text file of comma-separated values") from error
    if not len(found.t_ms):
        raise AnalysisError(f"{path} holds no readings")
    return found


def _line_by_line(path: Path, rows: "Iterator[list[str]]") -> Series:
    t_ms: list[int] = []
    pressures: list[tuple[int, ...]] = []
    for number, row in enumerate(rows, 2):
        if not row:
            continue
        where = f"{path}, line {getattr(rows, 'line_num', number)}"
        if len(row) != len(HEADER):
            hint = "; a number is written 12.5, not 12,5" if len(row) > len(HEADER) else ""
            raise AnalysisError(f"{where}: {len(HEADER)} cells are wanted ({','.join(HEADER)}), not {len(row)}{hint}")
        now_ms = round(1000 * _number(row[0], "t_s", 0.0, T_MAX_S, where))
        if t_ms and now_ms <= t_ms[-1]:
            raise AnalysisError(f"{where}: t_s must grow from line to line (by a millisecond at least)")
        t_ms.append(now_ms)
        pressures.append(tuple(_pressure(cell, name, where) for cell, name in zip(row[1:], SITES, strict=True)))
    return Series(path.name, np.array(t_ms, np.int64), np.array(pressures, np.int64).reshape(-1, len(SITES)))


def _at_once(path: Path) -> Series | None:
    """The same, many times as fast; None where a look at single lines is wanted."""
    from pyarrow import ArrowInvalid, csv, float64

    types = csv.ConvertOptions(column_types=dict.fromkeys(HEADER, float64()), null_values=[""])
    try:
        table = csv.read_csv(path, csv.ReadOptions(column_names=HEADER, skip_rows=1), None, types)
    except (ArrowInvalid, OSError):
        return None
    columns = [_plain(column.combine_chunks()) for column in table.columns]
    t_s, absent_s = columns[0]
    pressures, absent = (np.stack(parts).T for parts in zip(*columns[1:], strict=True))
    sensible = (t_s >= 0) & (t_s <= T_MAX_S) & (absent | (np.abs(pressures) <= PRESSURE_MAX_MMHG)).all(axis=1)
    if absent_s.any() or not sensible.all():
        return None
    t_ms = np.rint(1000 * t_s).astype(np.int64)
    if (np.diff(t_ms) <= 0).any():
        return None
    whole = np.where(absent, MISSING, np.rint(100 * np.where(absent, 0, pressures)))
    return Series(path.name, t_ms, whole.astype(np.int64))


def _plain(column: "Array[Any]") -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values, and where there are none; from Arrow's own memory, since its way to numpy loads pandas first."""
    validity, data = column.buffers()
    rows = slice(column.offset, column.offset + len(column))
    values = np.frombuffer(data, np.float64)[rows] if len(column) else np.empty(0)
    if validity is None:
        return values, np.zeros(len(values), bool)
    return values, np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little")[rows] == 0


def _pressure(cell: str, name: str, where: str) -> int:
    if not cell.strip():
        return MISSING
    return round(100 * _number(cell, name, -PRESSURE_MAX_MMHG, PRESSURE_MAX_MMHG, where))


def _number(cell: str, name: str, low: float, high: float, where: str) -> float:
    try:
        if not cell.isascii() or "_" in cell:
            raise ValueError  # a program's number, or a slip of the finger; no reading
        value = float(cell)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        hint = _hint_of_cell(cell.strip(), value, name)
        raise AnalysisError(f"{where}: {name} is {cell.strip()[:40]!r}, not a number from {low:g} to {high:g}{hint}")
    return value


def _hint_of_header(header: tuple[str, ...]) -> str:
    """What is there instead, and what to do."""
    there = ",".join(header)[:60]
    if not there:
        return ": it is empty"
    if there.startswith("#"):
        return ": take out the lines of comment"
    if tuple(name.lower() for name in header[: len(HEADER)]) == HEADER:
        return f": take out its other columns, {','.join(header[len(HEADER) :])[:60]}"
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if separator in there:
            return f": separate its cells by commas, not by {called}, and write numbers as 12.5"
    if header and all(_is_number(cell) for cell in header if cell):
        return f", and its numbers come below it: put that line above {there!r}"
    if sorted(name.lower() for name in header) == sorted(HEADER):
        return f", in that order, not {there!r}"
    return f", not {there!r}: seconds since it began, and mmHg"


def _hint_of_cell(cell: str, value: float, name: str) -> str:
    """What to do about a cell that is no number, or not one that can be."""
    if _is_number(cell.replace(",", ".")) and "," in cell:
        return f": write {cell.replace(',', '.')[:40]}"
    if name != HEADER[0] and cell.lower() in NO_READING:
        return ": leave the cell empty where there is no reading"
    if name == HEADER[0] and (value > T_MAX_S or not _is_number(cell)):
        return ": seconds since the file began are wanted, no date and no time of day: take the first one off all"
    return ""


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
