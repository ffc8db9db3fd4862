"""Pressures from a CSV file: header ``t_s,ankle,calf,knee``, seconds and mmHg, an empty cell is a missing reading."""

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path

from sock import MISSING

from gradsock.errors import AnalysisError

HEADER = ("t_s", "ankle", "calf", "knee")
PRESSURE_MAX_MMHG = 300.0
T_MAX_S = 1e8  # three years: beyond it is a date, not seconds since the start


@dataclass
class Series:
    """Pressures of one leg over time: ``t_ms`` rising, ``pressures_cmmHg`` one (ankle, calf, knee) each, or MISSING."""

    name: str
    t_ms: list[int] = field(default_factory=list)
    pressures_cmmHg: list[tuple[int, int, int]] = field(default_factory=list)


def read_csv(path: Path) -> Series:
    """Read such a file; AnalysisError with the line and what is wrong in it."""
    series = Series(path.name)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            header = tuple(cell.strip() for cell in next(rows, []))
            if header != HEADER:
                raise AnalysisError(f"{path}: the first line must be {','.join(HEADER)}, not '{','.join(header)}'")
            for row in rows:
                if row:
                    _take(series, row, f"{path}, line {rows.line_num}")
    except OSError as error:
        raise AnalysisError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnalysisError(f"{path} is not a text file of comma-separated values") from error
    if not series.t_ms:
        raise AnalysisError(f"{path} holds no readings")
    return series


def _take(series: Series, row: list[str], where: str) -> None:
    if len(row) != len(HEADER):
        raise AnalysisError(f"{where}: {len(HEADER)} cells are wanted ({','.join(HEADER)}), not {len(row)}")
    t_ms = round(1000 * _number(row[0], "t_s", 0.0, T_MAX_S, where))
    if series.t_ms and t_ms <= series.t_ms[-1]:
        raise AnalysisError(f"{where}: t_s must grow from line to line (by a millisecond at least)")
    ankle, calf, knee = (_pressure(cell, name, where) for cell, name in zip(row[1:], HEADER[1:], strict=True))
    series.t_ms.append(t_ms)
    series.pressures_cmmHg.append((ankle, calf, knee))


def _pressure(cell: str, name: str, where: str) -> int:
    if not cell.strip():
        return MISSING
    return round(100 * _number(cell, name, -PRESSURE_MAX_MMHG, PRESSURE_MAX_MMHG, where))


def _number(cell: str, name: str, low: float, high: float, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise AnalysisError(f"{where}: {name} is '{cell.strip()}', not a number from {low:g} to {high:g}")
    return value
