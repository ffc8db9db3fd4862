"""Blocks as columns, each sample once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sock import MISSING, SITES
from sock.curves import PRESSURE_MAX_CMMHG

from gradsock.log.memory import without_history
from gradsock.log.timeline import UNDATED, TimeLine

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sock.calibration import Calibration

    from gradsock.log.recording import BlockInContext


@dataclass
class Columns:
    """The samples of a recording; see :class:`gradsock.log.recording.Recording` for what each column is."""

    sites: tuple[str, ...] = ()
    index: "NDArray[np.int64]" = field(default_factory=lambda: np.empty(0, np.int64))
    boot: "NDArray[np.int64]" = field(default_factory=lambda: np.empty(0, np.int64))
    ticks_ms: "NDArray[np.int64]" = field(default_factory=lambda: np.empty(0, np.int64))
    utc_us: "NDArray[np.int64]" = field(default_factory=lambda: np.empty(0, np.int64))
    counts: "dict[str, NDArray[np.int16]]" = field(default_factory=dict)
    pressure_cmmHg: "dict[str, NDArray[np.int32]]" = field(default_factory=dict)
    duration_s: float = 0.0

    @property
    def pressure_mmHg(self) -> "dict[str, NDArray[np.float64]]":
        """Pressure per site in mmHg, NaN where nothing could be read, nor a wire that is open or short."""
        return {
            site: np.where((p == MISSING) | (np.abs(p) >= PRESSURE_MAX_CMMHG), np.nan, p / 100)
            for site, p in self.pressure_cmmHg.items()
        }

    def unread(self, site: str) -> dict[str, int]:
        """How many samples of a site are no pressure, and why: ``missing``, ``open`` or ``short``."""
        p = self.pressure_cmmHg[site]
        return {
            "missing": int((p == MISSING).sum()),
            "open": int(((p <= -PRESSURE_MAX_CMMHG) & (p != MISSING)).sum()),
            "short": int((p >= PRESSURE_MAX_CMMHG).sum()),
        }

    def __len__(self) -> int:
        return len(self.index)


def columns_of(
    blocks: "Sequence[BlockInContext]",
    lines: dict[int, TimeLine],
    states: Mapping[tuple[int, int], bytes] = {},
    *,
    all_states: bool = True,
) -> Columns:
    """One row per sample, ordered by boot and index; of samples that came twice the first copy stays.

    states: what the sock said that earlier loads had left, see :class:`gradsock.log.context.StreamContext`.
    """
    if not blocks:
        return Columns()
    number = np.array([b.samples.count for b in blocks])
    within = np.concatenate([np.arange(n) for n in number])
    index = np.repeat([b.samples.index for b in blocks], number) + within
    boot = np.repeat([b.samples.boot for b in blocks], number)
    period_ms = np.repeat([b.samples.period_ms for b in blocks], number)
    ticks_ms = np.repeat([b.samples.ticks_ms for b in blocks], number) + within * period_ms
    keep = _first_copies(boot, index)
    sites = tuple(site for site in SITES if any(site in b.sites for b in blocks))
    columns = Columns(sites, index[keep], boot[keep], ticks_ms[keep])
    columns.utc_us = _utc(columns.boot, columns.ticks_ms, lines)
    for site in sites:
        counts, pressure_cmmHg = _site(site, blocks)
        columns.counts[site] = counts[keep]
        columns.pressure_cmmHg[site] = pressure_cmmHg[keep]
    _forget_earlier_loads(columns, blocks, states, all_states)
    columns.duration_s = _duration_s(columns, period_ms[keep])
    return columns


def _first_copies(boot: "NDArray[np.int64]", index: "NDArray[np.int64]") -> "NDArray[np.intp]":
    """Row numbers in the order of boot and index, without later copies."""
    order = np.lexsort((index, boot))  # stable: the first copy comes first
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(boot[order]) != 0) | (np.diff(index[order]) != 0)
    return order[new]


def _utc(boot: "NDArray[np.int64]", ticks_ms: "NDArray[np.int64]", lines: dict[int, TimeLine]) -> "NDArray[np.int64]":
    utc_us = np.full(len(boot), UNDATED, np.int64)
    for number, line in lines.items():
        of_boot = boot == number
        utc_us[of_boot] = line.utc_us(ticks_ms[of_boot])
    return utc_us


def _site(site: str, blocks: "Sequence[BlockInContext]") -> "tuple[NDArray[np.int16], NDArray[np.int32]]":
    """Counts and pressure (hundredths of mmHg) of one site; of several channels at a site the first one counts."""
    counts, pressures = [], []
    run: list[BlockInContext] = []
    for b in [*blocks, None]:
        if b is not None and (not run or (b.calibration is run[0].calibration and b.sites == run[0].sites)):
            run.append(b)
            continue
        of_run, references = _counts(site, run)
        counts.append(of_run)
        pressures.append(_pressure(run[0].calibration, site, run[0].sites, of_run, references))
        run = [b] if b is not None else []
    return np.concatenate(counts), np.concatenate(pressures)


def _counts(site: str, run: "Sequence[BlockInContext]") -> "tuple[NDArray[np.int16], NDArray[np.int16]]":
    """Counts and reference counts of blocks that share their context."""
    total = [b.samples.count for b in run]
    references = np.repeat(np.array([b.samples.reference_counts for b in run], np.int16), total)
    if site not in run[0].sites:
        return np.full(sum(total), MISSING, np.int16), references
    channel = run[0].sites.index(site)
    values = [row[channel] if channel < len(row) else MISSING for b in run for row in b.samples.samples]
    return np.array(values, np.int16), references


def _pressure(
    curve: "Calibration | None",
    site: str,
    sites: tuple[str, ...],
    counts: "NDArray[np.int16]",
    references: "NDArray[np.int16]",
) -> "NDArray[np.int32]":
    """Pressure by the sock's own integer arithmetic, once per pair of counts and reference that occurs."""
    if curve is None or site not in sites or sites.index(site) >= len(curve.knots):
        return np.full(len(counts), MISSING, np.int32)
    channel = sites.index(site)
    pairs = (references.astype(np.int64) << 16) | (counts.astype(np.int64) & 0xFFFF)
    unique, where = np.unique(pairs, return_inverse=True)
    low = (unique & 0xFFFF).astype(np.uint16).astype(np.int16)
    values = [curve.pressure_cmmHg(channel, int(c), int(pair >> 16)) for c, pair in zip(low, unique, strict=True)]
    return np.array(values, np.int32)[where]


def _forget_earlier_loads(
    columns: Columns, blocks: "Sequence[BlockInContext]", states: Mapping[tuple[int, int], bytes], all_states: bool
) -> None:
    """Take off each boot's pressures what its calibration knows of creep and hysteresis."""
    for boot, block in {b.samples.boot: b for b in blocks if b.calibration is not None}.items():
        history = block.calibration.history() if block.calibration else None
        if history is None:
            continue
        rows = columns.boot == boot
        channels = {block.sites.index(site): site for site in columns.sites if site in block.sites}
        raw = {channel: columns.pressure_cmmHg[site][rows] for channel, site in channels.items()}
        told = {second: state for (of_boot, second), state in states.items() if of_boot == boot}
        found = without_history(history, columns.ticks_ms[rows], raw, told, all_states=all_states)
        for channel, pressure_cmmHg in found.items():
            columns.pressure_cmmHg[channels[channel]][rows] = pressure_cmmHg


def _duration_s(columns: Columns, period_ms: "NDArray[np.int64]") -> float:
    """Ticks from the first sample of each boot to the end of its last, summed."""
    total_ms = 0
    for number in np.unique(columns.boot):
        rows = np.flatnonzero(columns.boot == number)
        total_ms += int(columns.ticks_ms[rows[-1]] - columns.ticks_ms[rows[0]] + period_ms[rows[-1]])
    return total_ms / 1000
