"""Samples as columns: time, counts and pressure per site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from sock import MISSING, SITES
from sock.curves import PRESSURE_MAX_CMMHG
from sock.reducer import RAIL_CMMHG, RAIL_LOW_CMMHG

from gradsock.log.contexts import Contexts
from gradsock.log.memory import without_history
from gradsock.log.ranges import Ranges
from gradsock.log.samples import Samples, none
from gradsock.log.timeline import UNDATED, TimeLine

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sock.calibration import Calibration

MANY_PAIRS = 1 << 24  # beyond so many conceivable pairs of counts and reference a table is slower than sorting


@dataclass
class Columns:
    """The samples of a recording; see :class:`gradsock.log.recording.Recording` for what each column is.

    Pressure is worked out when it is first asked for. all_states: False leaves out what the sock said of its own load
    history but where nothing else is known of it, for a calibration that the sock did not have. blank: per site of
    which samples the reading is lost, by damage of the file.
    """

    samples: Samples = field(default_factory=none)
    contexts: Contexts = field(default_factory=lambda: Contexts(()))
    lines: Mapping[int, TimeLine] = field(default_factory=dict)
    all_states: bool = True
    blank: Mapping[str, Ranges] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def index(self) -> "NDArray[np.int64]":
        """Number of each sample within its boot."""
        return self.samples.index

    @property
    def boot(self) -> "NDArray[np.int64]":
        """Power-on that each sample belongs to."""
        return self.samples.boot

    @property
    def scanned(self) -> "NDArray[np.bool_]":
        """False for the slots in which the sock was too busy to look."""
        return self.samples.scanned

    @cached_property
    def whole(self) -> "NDArray[np.bool_]":
        """False where the reading of a site is lost: that says nothing of its sensor."""
        whole = np.ones(len(self), np.bool_)
        for of_site in self.blank.values():
            whole &= ~self.samples.among(of_site)
        return whole

    @property
    def ticks_ms(self) -> "NDArray[np.int64]":
        """The sock's own clock."""
        return self.samples.ticks_ms

    @cached_property
    def utc_us(self) -> "NDArray[np.int64]":
        """UTC in microseconds; UNDATED in a boot without a line."""
        utc_us = np.full(len(self), UNDATED, np.int64)
        for boot, rows in self.boots:
            if boot in self.lines:
                utc_us[rows] = self.lines[boot].utc_us(self.ticks_ms[rows])
        return utc_us

    @cached_property
    def boots(self) -> list[tuple[int, slice]]:
        """Each boot and its rows."""
        if not len(self):
            return []
        starts = [0, *(np.flatnonzero(np.diff(self.boot)) + 1).tolist(), len(self)]
        return [(int(self.boot[a]), slice(a, b)) for a, b in pairwise(starts)]

    @cached_property
    def sites(self) -> tuple[str, ...]:
        """The sites that any of its boots has, from the ground up."""
        there = {site for boot, _ in self.boots for site in self.contexts.sites(boot)}
        return tuple(site for site in SITES if site in there)

    @cached_property
    def counts(self) -> "dict[str, NDArray[np.int16]]":
        """What the ADC gave; of several channels at a site the first one."""
        counts = {site: np.full(len(self), MISSING, np.int16) for site in self.sites}
        for boot, rows in self.boots:
            for site in self.sites:
                for channel in self._channels(boot, site)[:1]:
                    counts[site][rows] = self.samples.counts[rows, channel]
        return counts

    @cached_property
    def pressure_cmmHg(self) -> "dict[str, NDArray[np.int32]]":
        """Pressure in hundredths of mmHg as the sock reads it: the mean over a site's channels that could be read, less
        those whose wire is open or short as long as there are others.
        """
        pressures = {site: np.full(len(self), MISSING, np.int32) for site in self.sites}
        reference = self.samples.runs.reference_counts[self.samples.run] if len(self) else np.empty(0, np.int64)
        for boot, rows in self.boots:
            channels = self._of_boot(boot, rows, reference[rows])
            for site in self.sites:
                of_site = [channels[channel] for channel in self._channels(boot, site) if channel in channels]
                if of_site:
                    pressures[site][rows] = _mean(of_site)
        return pressures

    def channels_cmmHg(self, boot: int) -> "dict[int, NDArray[np.int32]]":
        """Pressure per channel of one boot, as many as its calibration has; see ``contexts.sites``."""
        reference = self.samples.runs.reference_counts[self.samples.run]
        rows = dict(self.boots)[boot]
        return self._of_boot(boot, rows, reference[rows])

    @property
    def pressure_mmHg(self) -> "dict[str, NDArray[np.float64]]":
        """Pressure per site in mmHg, NaN where nothing could be read, nor a wire that is open or short."""
        return {
            site: np.where((p == MISSING) | (np.abs(p) >= PRESSURE_MAX_CMMHG), np.nan, p / 100)
            for site, p in self.pressure_cmmHg.items()
        }

    @cached_property
    def duration_s(self) -> float:
        """Ticks from the first sample of each boot to the end of its last, summed."""
        if not len(self):
            return 0.0
        period_ms = self.samples.runs.period_ms[self.samples.run]
        ends = ((rows.start, rows.stop - 1) for _, rows in self.boots)
        return sum(int(self.ticks_ms[last] - self.ticks_ms[first] + period_ms[last]) for first, last in ends) / 1000

    @cached_property
    def temperature_degC(self) -> "NDArray[np.float64] | None":
        """How warm the sensors were, to half a degree; NaN before it was told. None: no boot has a thermistor."""
        told = {boot: self.contexts.warmth_cC(boot) for boot, _ in self.boots}
        if not any(told.values()):
            return None
        degC = np.full(len(self), np.nan)
        for boot, rows in self.boots:
            for since_ms, warm_cC in told[boot]:
                degC[rows][self.ticks_ms[rows] >= since_ms] = warm_cC / 100
        return degC

    def unread(self, site: str) -> dict[str, int]:
        """How many samples of a site were scanned and are no pressure, and why: ``missing``, ``open``, ``short``, or
        ``without a calibration``, where counts came.
        """
        scanned = self.scanned & ~self.samples.among(self.blank.get(site, Ranges()))
        p = self.pressure_cmmHg[site][scanned]
        bare = 0 if self.contexts.calibration else int((self.counts[site][scanned] != MISSING).sum())
        return {
            "missing": int((p == MISSING).sum()) - bare,
            "open": int(((p <= -PRESSURE_MAX_CMMHG) & (p != MISSING)).sum()),
            "short": int((p >= PRESSURE_MAX_CMMHG).sum()),
            "without a calibration": bare,
        }

    def _channels(self, boot: int, site: str) -> list[int]:
        width = self.samples.counts.shape[1]
        return [channel for channel, there in enumerate(self.contexts.sites(boot)) if there == site and channel < width]

    def _of_boot(self, boot: int, rows: slice, reference: "NDArray[np.int64]") -> "dict[int, NDArray[np.int32]]":
        """Pressure per channel of one boot, without what earlier loads left."""
        calibrations, ticks_ms = self.contexts.calibrations(boot), self.ticks_ms[rows]
        if not calibrations:
            return {}
        counts = self.samples.counts[rows]
        raw = {channel: np.full(len(counts), MISSING, np.int32) for channel in range(counts.shape[1])}
        starts = np.searchsorted(ticks_ms, [since.ticks_ms for since in calibrations]).tolist()
        for since, start, end in zip(calibrations, starts, [*starts[1:], len(counts)], strict=True):
            for channel in range(min(counts.shape[1], len(since.calibration.knots))):
                raw[channel][start:end] = _pressure(
                    since.calibration, channel, counts[start:end, channel], reference[start:end]
                )
        history = calibrations[-1].calibration.history()
        if history is None:
            return raw
        told = {second: state for (of_boot, second), state in self.contexts.states.items() if of_boot == boot}
        known = {channel: column for channel, column in raw.items() if channel < len(history.offsets)}
        return raw | without_history(history, ticks_ms, known, told, all_states=self.all_states)


def _mean(channels: "list[NDArray[np.int32]]") -> "NDArray[np.int32]":
    """The mean, rounded down, over the channels that could be read; over those at a rail where there are no others."""
    if len(channels) == 1:
        return channels[0]
    table = np.stack(channels).astype(np.int64)
    there = (table < RAIL_CMMHG) & (table > RAIL_LOW_CMMHG)
    there |= (table != MISSING) & ~there.any(axis=0)
    number = there.sum(axis=0)
    total = np.where(there, table, 0).sum(axis=0)
    return np.where(number > 0, total // np.maximum(number, 1), MISSING).astype(np.int32)


def _pressure(
    curve: "Calibration", channel: int, counts: "NDArray[np.int16]", reference: "NDArray[np.int64]"
) -> "NDArray[np.int32]":
    """Pressure by the sock's own integer arithmetic, once per pair of counts and reference that occurs."""
    if not len(counts):
        return np.empty(0, np.int32)
    unique, where = _occurring(counts, reference)
    values = [curve.pressure_cmmHg(channel, (pair & 0xFFFF ^ 0x8000) - 0x8000, pair >> 16) for pair in unique.tolist()]
    return np.array(values, np.int32)[where]


def _occurring(
    counts: "NDArray[np.int16]", reference: "NDArray[np.int64]"
) -> "tuple[NDArray[np.int64], NDArray[np.intp]]":
    """The pairs ``reference << 16 | counts`` that occur, and for each row which it is."""
    (counts_at, counts_of), (reference_at, reference_of) = _coded(counts), _coded(reference)
    size = len(counts_at) * len(reference_at)
    place = reference_of * len(counts_at) + counts_of
    if size > MANY_PAIRS:
        unique, where = np.unique(place, return_inverse=True)
    else:
        there = np.zeros(size, np.bool_)
        there[place] = True
        unique = np.flatnonzero(there)
        numbered = np.zeros(size, np.intp)
        numbered[unique] = np.arange(len(unique))
        where = numbered[place]
    return reference_at[unique // len(counts_at)] << 16 | counts_at[unique % len(counts_at)] & 0xFFFF, where


def _coded(values: "NDArray[np.integer]") -> "tuple[NDArray[np.int64], NDArray[np.intp]]":
    """The 16-bit values that occur, and for each row which it is: without sorting a million of them."""
    codes = values.astype(np.uint16)
    there = np.zeros(1 << 16, np.bool_)
    there[codes] = True
    unique = np.flatnonzero(there)
    numbered = np.zeros(1 << 16, np.intp)
    numbered[unique] = np.arange(len(unique))
    return (unique ^ 0x8000) - 0x8000, numbered[codes]
