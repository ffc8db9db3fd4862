"""The samples of one sock as arrays, each exactly once: what a block file and a sealed file have in common.

Rows are in the order of boot and index. A *run* is what is left of one block: rows that follow each other and
share what a block says once (reference, steps, how and when it came).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from sock import MISSING
from sock.block import BlockError, decode
from sock.header import UNSCANNED

from gradsock.log.decode import Batch, decode_all
from gradsock.log.ranges import Ranges

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """One element per run; ``first`` is its first row, ``step_counts`` (how many counts a step is) has a column
    per channel."""

    first: Integers
    channels: Integers
    period_ms: Integers
    reference_counts: Integers
    flags: Integers
    received_utc_us: Integers
    fetched: NDArray[np.bool_]
    step_counts: Integers

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class Samples:
    """One element per sample, but ``runs``; ``counts`` (int16) has a column per channel, in the order of the blocks."""

    boot: Integers
    index: Integers
    ticks_ms: Integers
    counts: NDArray[np.int16]
    runs: Runs

    def __len__(self) -> int:
        return len(self.index)

    @property
    def run(self) -> NDArray[np.intp]:
        """The run that each row belongs to."""
        starts = np.zeros(len(self), np.intp)
        starts[self.runs.first[1:]] = 1
        return np.cumsum(starts)

    def held(self) -> Ranges:
        """Which samples these are."""
        if not len(self):
            return Ranges()
        breaks = np.flatnonzero((np.diff(self.boot) != 0) | (np.diff(self.index) != 1)) + 1
        starts, ends = np.append(0, breaks), np.append(breaks, len(self)) - 1
        found = zip(self.boot[starts].tolist(), self.index[starts].tolist(), self.index[ends].tolist(), strict=True)
        return Ranges((boot, first, last + 1) for boot, first, last in found)

    def take(self, rows: "NDArray[np.bool_] | NDArray[np.intp] | slice") -> "Samples":
        """Some of the rows, in the order given, which has to keep that of boot and index."""
        return of_rows(
            self.boot[rows], self.index[rows], self.ticks_ms[rows], self.counts[rows], self.run[rows], self.runs
        )

    def among(self, ranges: Ranges) -> NDArray[np.bool_]:
        """Which rows are among these."""
        there = np.zeros(len(self), np.bool_)
        for boot, start, end in ranges:
            there |= (self.boot == boot) & (self.index >= start) & (self.index < end)
        return there

    @property
    def recovered(self) -> int:
        """How many of them came from the sock's journal."""
        return int(np.diff(self.runs.first, append=len(self))[self.runs.fetched].sum())

    @property
    def scanned(self) -> NDArray[np.bool_]:
        """False for the slots in which the sock was too busy to look: they say nothing, of the sensors neither."""
        if not len(self):
            return np.ones(0, np.bool_)
        busy = (self.runs.flags & UNSCANNED).astype(np.bool_)
        if not busy.any():
            return np.ones(len(self), np.bool_)
        return np.asarray(~busy[self.run] | (self.counts != MISSING).any(axis=1))

    @property
    def unread(self) -> NDArray[np.bool_]:
        """Those that were scanned and have a channel that could not be read."""
        if not len(self):
            return np.zeros(0, np.bool_)
        missing = self.counts == MISSING
        if not missing.any():
            return np.zeros(len(self), np.bool_)
        there = np.arange(self.counts.shape[1]) < self.runs.channels[self.run][:, None]
        return np.asarray((missing & there).any(axis=1) & self.scanned)


def none() -> Samples:
    """No samples at all."""
    empty = np.empty(0, np.int64)
    runs = Runs(empty, empty, empty, empty, empty, empty, np.empty(0, np.bool_), np.empty((0, 0), np.int64))
    return Samples(empty, empty, empty, np.empty((0, 0), np.int16), runs)


def of_blocks(
    blocks: Sequence[bytes], received_utc_us: Sequence[int], fetched: Sequence[bool]
) -> tuple[Samples, list[str]]:
    """The samples of blocks in the order they came, and what is wrong with those that cannot be read.

    Of samples that came twice the first copy stays.
    """
    faults: list[str] = []
    try:
        batch, whole = decode_all(blocks), np.arange(len(blocks))
    except BlockError:
        good, faults = _sift(blocks)
        batch, whole = decode_all([blocks[number] for number in good]), np.array(good, np.intp)
    came, stored = np.array(received_utc_us, np.int64)[whole], np.array(fetched, np.bool_)[whole]
    return _of_batch(batch, came, stored), faults


def union(some: Samples, others: Samples) -> Samples:
    """All samples of both; where both have one, the copy of the first stays."""
    if not len(some) or not len(others):
        return some if len(some) else others
    width = max(some.counts.shape[1], others.counts.shape[1])
    boot = np.concatenate([some.boot, others.boot])
    index = np.concatenate([some.index, others.index])
    ticks_ms = np.concatenate([some.ticks_ms, others.ticks_ms])
    counts = np.concatenate([_widened(some.counts, width), _widened(others.counts, width)])
    run = np.concatenate([some.run, others.run + len(some.runs)])
    one, other = _widened_steps(some.runs, width), _widened_steps(others.runs, width)
    runs = Runs(**{f.name: np.concatenate([getattr(one, f.name), getattr(other, f.name)]) for f in fields(Runs)})
    keep = _first_copies(boot, index)
    return of_rows(boot[keep], index[keep], ticks_ms[keep], counts[keep], run[keep], runs)


def equal(some: Samples, others: Samples) -> bool:
    """Whether two are the same to the last run; of the times of receipt the milliseconds count."""
    if len(some) != len(others):
        return False
    mine, theirs = (replace(of.runs, received_utc_us=of.runs.received_utc_us // 1000) for of in (some, others))
    pairs = [(getattr(some, name), getattr(others, name)) for name in ("boot", "index", "ticks_ms", "counts")]
    pairs += [(getattr(mine, field.name), getattr(theirs, field.name)) for field in fields(Runs)]
    return all(np.array_equal(one, other) for one, other in pairs)


def differing(some: Samples, others: Samples) -> int:
    """How many samples are in both and are not the same there; identity promises that there are none."""
    if not len(some) or not len(others):
        return 0
    one, other = _keys(some), _keys(others)
    _, here, there = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    width = min(some.counts.shape[1], others.counts.shape[1])
    unlike = (some.counts[here, :width] != others.counts[there, :width]).any(axis=1)
    return int((unlike | (some.ticks_ms[here] != others.ticks_ms[there])).sum())


def _keys(samples: Samples) -> NDArray[np.void]:
    pairs = np.empty(len(samples), [("boot", np.int64), ("index", np.int64)])
    pairs["boot"], pairs["index"] = samples.boot, samples.index
    return pairs


def _sift(blocks: Sequence[bytes]) -> tuple[list[int], list[str]]:
    good, faults = [], []
    for number, data in enumerate(blocks):
        try:
            decode(data)
            good.append(number)
        except BlockError as error:
            faults.append(f"block: {error}")
    return good, faults


def _of_batch(batch: Batch, received_utc_us: Integers, fetched: NDArray[np.bool_]) -> Samples:
    if not len(batch.count):
        return none()
    number = np.repeat(np.arange(len(batch.count)), batch.count)
    within = np.arange(len(number)) - batch.first[number]
    boot, index = batch.boot[number], batch.index[number] + within
    ticks_ms = batch.ticks_ms[number] + within * batch.period_ms[number]
    runs = Runs(
        first=batch.first,
        channels=batch.channels,
        period_ms=batch.period_ms,
        reference_counts=batch.reference_counts,
        flags=batch.flags,
        received_utc_us=received_utc_us,
        fetched=fetched,
        step_counts=batch.step_counts,
    )
    keep = _first_copies(boot, index)
    return of_rows(boot[keep], index[keep], ticks_ms[keep], batch.counts[keep], number[keep], runs)


def _first_copies(boot: Integers, index: Integers) -> NDArray[np.intp]:
    """Row numbers in the order of boot and index, without later copies."""
    same, step = np.diff(boot) == 0, np.diff(index)
    if bool(np.all((same & (step > 0)) | (np.diff(boot) > 0))):
        return np.arange(len(boot))
    order = np.lexsort((index, boot))  # stable: the first copy comes first
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(boot[order]) != 0) | (np.diff(index[order]) != 0)
    return order[new]


def of_rows(
    boot: Integers, index: Integers, ticks_ms: Integers, counts: NDArray[np.int16], run: NDArray[np.intp], runs: Runs
) -> Samples:
    """Rows in the order of boot and index, each with the number of its run in a table of runs.

    A run ends where its rows do not follow each other; ``runs.first`` is made anew.
    """
    if not len(boot):
        return none()
    starts = np.flatnonzero(np.append(True, (np.diff(run) != 0) | (np.diff(index) != 1) | (np.diff(boot) != 0)))
    of = run[starts]
    kept = {field.name: getattr(runs, field.name)[of] for field in fields(Runs) if field.name != "first"}
    return Samples(boot, index, ticks_ms, counts, Runs(first=starts.astype(np.int64), **kept))


def _widened(counts: NDArray[np.int16], width: int) -> NDArray[np.int16]:
    more = width - counts.shape[1]
    return np.pad(counts, ((0, 0), (0, more)), constant_values=MISSING) if more else counts


def _widened_steps(runs: Runs, width: int) -> Runs:
    more = width - runs.step_counts.shape[1]
    return replace(runs, step_counts=np.pad(runs.step_counts, ((0, 0), (0, more)), constant_values=1)) if more else runs
