"""EDF+ (edfplus.info), which sleep and gait laboratories read: a signal per site, marks and findings as annotations.

A step of a signal is 0.01 mmHg, as ours is, so nothing is rounded. EDF knows no missing value: where there is none the
signal lies at its lowest (-327.68 mmHg), and an annotation says so, ``BAD_gap`` or ``BAD_missing SITE``; MNE leaves
spans out whose description begins with BAD.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyedflib
from numpy.typing import NDArray
from sock import MISSING

from gradsock import clock
from gradsock.errors import GradsockError
from gradsock.export.course import Course

LOWEST, HIGHEST = -32768, 32767
LONGEST_S = 31 * 24 * 3600
"""A gap is written out in full: a recording that spans more is exported in parts."""
GAP, UNREAD = "BAD_gap", "BAD_missing"
ANNOTATION_BYTES = 40
"""EDFlib cuts what is longer: a long text goes on in the next annotation."""
ANNOTATIONS_A_RECORD = 64
"""As many as there may be signals for them; a record is a second."""


def fill(course: Course, told: dict[str, Any], file: Path) -> None:
    """GradsockError when its rate does not divide a second, or its span is too long for a file."""
    if 1_000_000 % course.period_us:
        raise GradsockError(
            f"EDF wants whole samples a second, not one each {course.period_us / 1000:g} ms: use Parquet"
        )
    rate_Hz = 1_000_000 // course.period_us
    slots = np.rint((course.utc_us - course.utc_us[0]) / course.period_us).astype(np.int64)
    count = -(-int(slots[-1] + 1) // rate_Hz) * rate_Hz  # whole records of a second
    if count > LONGEST_S * rate_Hz:
        raise GradsockError("this spans more than 31 days: export its sessions one by one")
    sites = list(course.pressure_cmmHg)
    signals = [_signal(course.pressure_cmmHg[site], slots, count) for site in sites]
    notes = sorted(_fitting([*_unread(course, slots, count, rate_Hz), *_marks(told), *_findings(told)]))
    a_record = -(-len(notes) * rate_Hz // count)
    if a_record > ANNOTATIONS_A_RECORD:
        raise GradsockError(f"EDF has no room for {len(notes):,} annotations of so short a time: use Parquet")
    with pyedflib.EdfWriter(str(file), len(sites), file_type=pyedflib.FILETYPE_EDFPLUS) as writer:
        writer.set_number_of_annotation_signals(max(1, a_record))
        writer.setSignalHeaders([_header(site, rate_Hz) for site in sites])
        start = clock.local(int(course.utc_us[0]), told["zone"]).replace(tzinfo=None)
        writer.setStartdatetime(start - timedelta(microseconds=start.microsecond % 10))
        writer.setEquipment("gradsock")
        writer.setPatientCode(told["sock"])
        writer.setPatientAdditional(f"{told['side']}_leg")
        writer.writeSamples(signals, digital=True)
        for onset_s, duration_s, text in notes:
            writer.writeAnnotation(onset_s, duration_s, text)


def _header(site: str, rate_Hz: int) -> dict[str, Any]:
    return {
        "label": site,
        "dimension": "mmHg",
        "sample_frequency": rate_Hz,
        "physical_min": LOWEST / 100,
        "physical_max": HIGHEST / 100,
        "digital_min": LOWEST,
        "digital_max": HIGHEST,
        "transducer": "pressure under a sock",
        "prefilter": "",
    }


def _signal(pressure: "NDArray[np.int32]", slots: "NDArray[np.int64]", count: int) -> "NDArray[np.int32]":
    signal = np.full(count, LOWEST, np.int32)
    signal[slots] = np.where(pressure == MISSING, LOWEST, np.clip(pressure, LOWEST + 1, HIGHEST))
    return signal


Note = tuple[float, float, str]


def _fitting(notes: Iterable[Note]) -> Iterator[Note]:
    """The same in texts that EDFlib takes whole."""
    for onset_s, duration_s, text in notes:
        left = text
        while left:
            part = left.encode()[:ANNOTATION_BYTES].decode(errors="ignore")
            yield onset_s, duration_s, part
            left = left[len(part) :]


def _unread(course: Course, slots: "NDArray[np.int64]", count: int, rate_Hz: int) -> Iterator[Note]:
    there = np.zeros(count, np.bool_)
    there[slots] = True
    for first, last in _spans(~there):
        yield first / rate_Hz, (last - first) / rate_Hz, GAP
    for site, pressure in course.pressure_cmmHg.items():
        absent = np.zeros(count, np.bool_)
        absent[slots] = pressure == MISSING
        for first, last in _spans(absent):
            yield first / rate_Hz, (last - first) / rate_Hz, f"{UNREAD} {site}"


def _spans(where: "NDArray[np.bool_]") -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(where.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _marks(told: dict[str, Any]) -> Iterator[Note]:
    for mark in told["marks"]:
        if mark["t_s"] is not None and mark["t_s"] >= 0:
            yield mark["t_s"], -1, f"mark: {mark['text']}"


def _findings(told: dict[str, Any]) -> Iterator[Note]:
    for found in told.get("check", {}).get("findings", ()):
        where = f" {found['site']}" if found["site"] else ""
        lasted = -1 if found["end_s"] is None else found["end_s"] - found["start_s"]
        yield max(0.0, found["start_s"]), lasted, f"{found['kind']}{where} ({found['level']})"
