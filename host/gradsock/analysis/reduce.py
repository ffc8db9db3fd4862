"""The sock's reducer over whole recordings at once: the vectorised twin of `sock.reducer`, held equal by a test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, SITES
from sock.curves import PRESSURE_MAX_CMMHG
from sock.reducer import (
    ABSENT,
    FREE_CMMHG,
    OK,
    OPEN,
    QUICK,
    RAIL_CMMHG,
    RAIL_LOW_CMMHG,
    SATURATED,
    SHORT,
    STILL_MAX,
    Reducer,
)

Ints = NDArray[np.int64]


@dataclass
class Seconds:
    """What a `Reducer` shows after each complete second; rows in order of time, columns are channels."""

    second: Ints
    """(n,): ticks_ms // 1000."""
    means: Ints
    states: Ints
    spans: Ints
    stills: Ints
    steps: Ints
    falls: Ints
    closes: Ints
    """(n,): index of the sample with which the second turned out to be complete."""


class BulkReducer:
    """Feed it stretches of samples in order; each gives the seconds that are complete by then, as `Reducer` would."""

    def __init__(self, channels: int = len(SITES)) -> None:
        self._t_ms: Ints = np.empty(0, np.int64)
        self._rows: Ints = np.empty((0, channels), np.int64)
        self._last = np.full(channels, MISSING, np.int64)
        self._still = np.zeros(channels, np.int64)
        self._step = np.zeros(channels, np.int64)
        self._before = np.zeros(channels, np.int64)

    @classmethod
    def after(
        cls, latest: Sequence[int], stills: Sequence[int], steps: Sequence[int], before: Sequence[int]
    ) -> "BulkReducer":
        """One that goes on at the first sample of a second: the latest readings before it, how long they stood, by how
        much they lay above those before them, and what was read before those that are free.
        """
        reducer = cls(len(latest))
        reducer._last[:] = latest
        reducer._still[:] = stills
        reducer._step[:] = steps
        reducer._before[:] = before
        return reducer

    def add(self, t_ms: NDArray[np.integer], pressures_cmmHg: NDArray[np.integer]) -> Seconds:
        """t_ms (n,), pressures (n, channels) with MISSING. ``closes`` counts from the first sample of this stretch."""
        held = len(self._t_ms)
        t = np.concatenate((self._t_ms, np.asarray(t_ms, np.int64)))
        rows = np.asfortranarray(np.concatenate((self._rows, np.asarray(pressures_cmmHg, np.int64))))  # site by site
        second = t // 1000
        starts = np.flatnonzero(np.diff(second, prepend=second[:1] - 1)) if len(t) else np.empty(0, np.int64)
        if len(starts) < 2:
            self._t_ms, self._rows = t, rows
            none = np.empty((0, rows.shape[1]), np.int64)
            return _seconds(second[:0], rows[:0], np.empty(0, np.int64), held, (none, none, none))
        end = int(starts[-1])
        self._t_ms, self._rows = t[end:], rows[end:]
        return _seconds(second[:end], rows[:end], starts, held, self._runs(rows[:end], starts))

    def _runs(self, rows: Ints, starts: Ints) -> tuple[Ints, Ints, Ints]:
        """How many readings on end were equal at the end of each second; by how much the first of them lay above the
        one before; the highest that the next one found free.
        """
        ends = starts[1:]
        stills = np.empty((len(ends), rows.shape[1]), np.int64)
        steps, falls = np.empty_like(stills), np.zeros_like(stills)
        quick = np.diff(starts) >= QUICK
        for site in range(rows.shape[1]):
            read = rows[:, site] != MISSING
            values = rows[read, site]
            before = np.concatenate((self._last[site : site + 1], values))
            once = self._before[site : site + 1] if self._still[site] == 1 else before[:1]
            loads = np.concatenate((once, before[:-2]))[: len(values)]  # two readings before each
            fell = np.flatnonzero(
                (values < FREE_CMMHG) & (values == before[:-1]) & (loads != values) & (loads > 0) & (loads < RAIL_CMMHG)
            )
            np.maximum.at(falls[:, site], np.searchsorted(ends, np.flatnonzero(read)[fell], side="right"), loads[fell])
            changed = np.flatnonzero(np.diff(before))  # index into values where a new run begins
            total = np.cumsum(read)[ends - 1]  # readings up to the end of each second
            place = np.searchsorted(changed, total, side="left") - 1
            since = np.where(place >= 0, changed[np.maximum(place, 0)] if len(changed) else 0, -self._still[site])
            stills[:, site] = np.minimum(total - since, STILL_MAX)
            rises = np.diff(before)[changed]
            steps[:, site] = np.where(place >= 0, rises[np.maximum(place, 0)] if len(rises) else 0, self._step[site])
            self._still[site], self._step[site] = stills[-1, site], steps[-1, site]
            self._before[site] = before[-2] if len(values) else self._before[site]
            self._last[site] = before[-1]
        return stills, steps, np.where(quick[:, None], falls, 0)


def _seconds(second: Ints, rows: Ints, starts: Ints, held: int, runs: tuple[Ints, Ints, Ints]) -> Seconds:
    if not len(starts):
        none = np.empty((0, rows.shape[1]), np.int64)
        return Seconds(second, none, none, none, *runs, np.empty(0, np.int64))
    first, closes = starts[:-1], starts[1:] - held
    count = np.diff(starts)[:, None]
    present = rows != MISSING
    high_rail, low_rail = present & (rows >= RAIL_CMMHG), present & (rows <= RAIL_LOW_CMMHG)
    good = present & ~high_rail & ~low_rail
    read = np.add.reduceat(good, first, axis=0, dtype=np.int64)
    sums = np.add.reduceat(np.where(good, rows, 0), first, axis=0)
    spans = np.maximum.reduceat(np.where(good, rows, RAIL_LOW_CMMHG), first, axis=0)
    spans -= np.minimum.reduceat(np.where(good, rows, RAIL_CMMHG), first, axis=0)
    enough = read * 2 >= count
    return Seconds(
        second=second[first],
        means=np.where(enough, sums // np.maximum(read, 1), MISSING),
        states=np.where(enough, OK, ABSENT if enough.all() else _rails(rows, high_rail, low_rail, first)),
        spans=np.where(read > 0, spans, 0),
        stills=runs[0],
        steps=runs[1],
        falls=runs[2],
        closes=closes,
    )


def _rails(rows: Ints, high_rail: NDArray[np.bool_], low_rail: NDArray[np.bool_], first: Ints) -> Ints:
    """At which rail each second was read last."""
    order = np.arange(1, len(rows) + 1)[:, None]
    last_high = np.maximum.reduceat(np.where(high_rail, order, 0), first, axis=0)
    last_low = np.maximum.reduceat(np.where(low_rail, order, 0), first, axis=0)
    last_over = np.maximum.reduceat(np.where(rows > PRESSURE_MAX_CMMHG, order, 0), first, axis=0)
    high = np.where(last_over == last_high, SATURATED, SHORT)
    return np.where(last_high > last_low, high, np.where(last_low > 0, OPEN, ABSENT))


def show(seconds: Seconds, reducer: Reducer) -> Iterator[int]:
    """Show each second in turn through a reducer, as if samples had come; gives the index of the closing sample."""
    for row in zip(
        seconds.second.tolist(),
        seconds.means.tolist(),
        seconds.states.tolist(),
        seconds.spans.tolist(),
        seconds.stills.tolist(),
        seconds.steps.tolist(),
        seconds.falls.tolist(),
        seconds.closes.tolist(),
        strict=True,
    ):
        reducer.second, reducer.means, reducer.states, reducer.spans = row[:4]
        reducer.stills, reducer.steps, reducer.falls = row[4:7]
        yield row[7]
