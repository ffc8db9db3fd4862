"""Pressures out of what ``gradsock export`` wrote: EDF+ and Parquet, and the prescription that stands beside them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, SITES

from gradsock import jsontext
from gradsock.analysis.csv_file import Series
from gradsock.errors import AnalysisError

ENDINGS = (".edf", ".parquet")
NUMBER_MAX = 1e13  # milliseconds: three hundred years
ABOUT_KEY = b"gradsock.about"
GAP = "BAD_gap"
EDF_FIELD = 256  # bytes: the header of the file, and what it says of each signal
EDF_SIGNALS_MAX = 640
LOWEST = -32768
"""Where nothing is, as EDF+ knows no missing value: what an export writes there."""


def is_export(path: Path) -> bool:
    """Whether a file is one of ours that is no recording: EDF, or Parquet that says so."""
    if path.suffix.lower() == ".edf":
        return True
    return path.suffix.lower() == ".parquet" and path.is_file() and ABOUT_KEY in _metadata(path)


def read_export(path: Path) -> tuple[Series, str | None]:
    """(pressures, prescription that it names); AnalysisError with what is wrong with it."""
    try:
        series, about = _edf(path) if path.suffix.lower() == ".edf" else _parquet(path)
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise AnalysisError(f"cannot read {path} as an export of gradsock: {_reason(error)}") from error
    if not len(series.t_ms):
        raise AnalysisError(f"{path} holds no readings")
    return series, _prescription(about)


def _reason(error: Exception) -> str:
    """In one line; a missing key is all that a KeyError tells."""
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    return " ".join((getattr(error, "strerror", None) or str(error)).split())[:200]


def beside(path: Path) -> str | None:
    """The prescription that the JSON beside an exported CSV names; None without one. AnalysisError: broken."""
    file = path.with_suffix(".json")
    try:
        return _prescription(jsontext.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None
    except (OSError, ValueError, RecursionError) as error:
        raise AnalysisError(
            f"cannot read {file}, which names its prescription: give --prescription, or move it away"
        ) from error


def _prescription(about: object) -> str | None:
    named = about.get("prescription") if isinstance(about, dict) and about.get("schema") == 1 else None
    return named if isinstance(named, str) and named else None


def _metadata(path: Path) -> dict[bytes, bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).metadata.metadata or {}
    except (OSError, pa.ArrowException):
        return {}


def _parquet(path: Path) -> tuple[Series, Any]:
    import pyarrow.parquet as pq

    table = pq.read_table(path, page_checksum_verification=True)  # exports are written with them
    t_ms = _whole(1000 * table["t_s"].to_numpy())
    columns = [table[f"{site}_mmHg"].to_numpy() if f"{site}_mmHg" in table.column_names else None for site in SITES]
    return _series(path, t_ms, columns), jsontext.loads(_metadata(path)[ABOUT_KEY])


def _edf(path: Path) -> tuple[Series, Any]:
    from pyedflib import EdfReader

    _check_length(path)
    with EdfReader(str(path)) as reader:
        labels = [label.strip() for label in reader.getSignalLabels()]
        there = [labels.index(site) for site in SITES if site in labels]
        if not there:
            raise AnalysisError(f"{path} has no signal called {', '.join(SITES)}")
        rate_Hz = float(reader.getSampleFrequency(there[0]))
        signals = {labels[at]: reader.readSignal(at, digital=True).astype(np.int64) for at in there}
        onsets_s, lengths_s, texts = reader.readAnnotations()
    number = len(signals[labels[there[0]]])
    present = np.ones(number, np.bool_)
    for onset_s, length_s, text in zip(onsets_s, lengths_s, texts, strict=True):
        if text == GAP:
            present[round(onset_s * rate_Hz) : round((onset_s + float(length_s)) * rate_Hz)] = False
    columns = []
    for site in SITES:
        digital = signals.get(site)
        columns.append(None if digital is None else np.where(digital == LOWEST, np.nan, digital / 100)[present])
    t_ms = np.rint(1000 * np.flatnonzero(present) / rate_Hz).astype(np.int64)
    return _series(path, t_ms, columns), None


def _check_length(path: Path) -> None:
    """ValueError unless a file is as long as its header says: EDFlib would write about that to stdout.

    Its header: 256 bytes, of which number of records at 236 and of signals at 252; then 256 per signal, the samples of
    each per record at 216 x signals. A sample is two bytes (Kemp et al., Clin. Neurophysiol. 1992).
    """
    with path.open("rb") as file:
        fixed = file.read(EDF_FIELD)
        signals = int(fixed[252:256] or b"0")
        per_signal = file.read(EDF_FIELD * signals) if 0 < signals <= EDF_SIGNALS_MAX else b""
    if not fixed:
        raise ValueError("it is empty")
    counts = per_signal[216 * signals : 224 * signals]
    if len(per_signal) < EDF_FIELD * signals or not signals:
        raise ValueError("its header is not whole")
    of_record = 2 * sum(int(counts[at : at + 8]) for at in range(0, len(counts), 8))
    expected = EDF_FIELD * (1 + signals) + int(fixed[236:244]) * of_record
    if path.stat().st_size != expected:
        raise ValueError(f"it has {path.stat().st_size:,} bytes instead of {expected:,}: was it copied whole?")


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """To whole numbers; ValueError for what is none, or so large that it is no time and no pressure."""
    if not (np.abs(values) < NUMBER_MAX).all():
        raise ValueError("it holds numbers that are no time and no pressure")
    return np.rint(values).astype(np.int64)


def _series(path: Path, t_ms: NDArray[np.int64], columns: "list[NDArray[np.float64] | None]") -> Series:
    pressures = np.full((len(t_ms), len(SITES)), MISSING, np.int64)
    for place, column in enumerate(columns):
        if column is not None:
            known = np.isfinite(column)
            pressures[known, place] = _whole(100 * column[known])
    return Series(path.name, t_ms, pressures)
