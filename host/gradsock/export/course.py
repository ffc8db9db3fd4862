"""A recording on one axis of time, for programs that know nothing of boots and ticks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sock import MISSING, event
from sock.curves import PRESSURE_MAX_CMMHG

from gradsock.errors import LogError
from gradsock.log.notes import notes_of
from gradsock.log.timeline import UNDATED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradsock.log.recording import Recording

BETWEEN_US = 1_000_000
"""From an undated boot to the next: longer than a period, and no more than is known."""


@dataclass(frozen=True)
class Mark:
    """What the wearer said, and when; None in a boot that no probe reached."""

    utc_us: int | None
    text: str
    note: bool = False
    """Whether it was put into the recording afterwards (`gradsock.log.notes`)."""


@dataclass(frozen=True)
class Course:
    """Rows in order of time: utc_us (n,); per site pressure in cmmHg (n,) int32 with MISSING, and counts int16."""

    utc_us: "NDArray[np.int64]"
    pressure_cmmHg: "dict[str, NDArray[np.int32]]"
    counts: "dict[str, NDArray[np.int16]]"
    period_us: int
    dated: bool
    """Whether all of it is dated by probes; else undated boots lie one after the other."""
    temperature_degC: "NDArray[np.float64] | None" = None
    """By a thermistor beside the sensors, NaN before it was told; None where there is none."""

    def __len__(self) -> int:
        return len(self.utc_us)

    def gaps(self) -> "list[tuple[int, int]]":
        """(first, last) UTC of what is missing between samples, in microseconds."""
        holes = np.flatnonzero(np.diff(self.utc_us) > self.period_us * 3 // 2)
        ends = zip(self.utc_us[holes].tolist(), self.utc_us[holes + 1].tolist(), strict=True)
        return [(before + self.period_us, after) for before, after in ends]


def course_of(recording: "Recording", *, scanned: bool = False) -> Course:
    """LogError when it holds no samples. scanned: leave out slots in which a busy sock did not look: gaps, then."""
    columns = recording.columns
    utc_us = laid(recording)
    order = np.argsort(utc_us, kind="stable")
    if scanned:
        order = order[columns.scanned[order]]
    if not len(order):
        raise LogError(f"{recording.id} holds no samples")
    pressures = {}
    for site in recording.sites:
        pressure = columns.pressure_cmmHg[site][order]
        pressures[site] = np.where(np.abs(pressure) >= PRESSURE_MAX_CMMHG, MISSING, pressure).astype(np.int32)
    counts: dict[str, Any] = {site: recording.counts[site][order] for site in recording.sites}
    steps = np.diff(recording.ticks_ms)
    steps = steps[steps > 0]
    period_us = 1000 * int(np.median(steps)) if len(steps) else 40_000
    degC = recording.temperature_degC
    warm = None if degC is None else degC[order]
    return Course(utc_us[order], pressures, counts, period_us, not (recording.utc_us == UNDATED).any(), warm)


def laid(recording: "Recording") -> "NDArray[np.int64]":
    """UTC of each sample; boots that no probe dates are laid one after the other from when the recording began."""
    utc_us, ticks_us = recording.utc_us, recording.ticks_ms * 1000
    if not (utc_us == UNDATED).any():
        return utc_us
    free_us = int(recording.session.get("started_utc_us", 0))
    placed = utc_us.copy()
    for boot in np.unique(recording.boot):
        of_boot = recording.boot == boot
        if (utc_us[of_boot] == UNDATED).any():
            placed[of_boot] = free_us + ticks_us[of_boot] - ticks_us[of_boot][0]
        free_us = int(placed[of_boot].max()) + BETWEEN_US
    return placed


def marks_of(recording: "Recording") -> list[Mark]:
    """In the order in which they were put; notes come behind."""
    marks = []
    for happened in recording.events:
        if happened.kind == event.MARK:
            line = recording.timelines.get(happened.boot)
            at = None if line is None else int(line.utc_us(np.array([happened.ticks_ms]))[0])
            marks.append(Mark(at, happened.payload.decode(errors="replace")))
    return marks + [Mark(note.utc_us, note.text, note=True) for note in notes_of(recording.path)]
