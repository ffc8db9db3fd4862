"""A recording as if it happened now: what it is played from."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sock.event_reader import Event, decode_event

from gradsock.errors import LinkError
from gradsock.link.events import SockInfo
from gradsock.log import contents
from gradsock.log.blocks import blocks_of
from gradsock.log.context import StreamContext
from gradsock.log.frames import Kind, Record
from gradsock.log.recording import Recording
from gradsock.log.timeline import UNDATED

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Played:
    """The records of a recording in the order of their times, one after the other; may be gone through again.

    Live blocks come when they were received. What was fetched from the sock's journal later comes when it was measured,
    or, where nobody knows when that was, when it was fetched; what is needed to read the samples of a boot comes before
    the first of them. LogError when the file cannot be read; damage is passed over.
    """

    def __init__(self, path: Path) -> None:
        recording = Recording(path, contents.read(path))
        self._samples = recording.contents.samples
        runs = self._samples.runs
        self._came_utc_us = runs.received_utc_us.copy()
        if len(runs):
            last = np.append(runs.first[1:], len(self._samples)) - 1
            measured_utc_us = recording.utc_us[last]
            late = runs.fetched & (measured_utc_us != UNDATED)
            self._came_utc_us[late] = measured_utc_us[late]
        moving = _Moving(recording, self._came_utc_us)
        self._records = sorted(map(moving.moved, recording.contents.records), key=lambda record: record.t_utc_us)

    def __iter__(self) -> Iterator[Record]:
        blocks = blocks_of(self._samples, self._came_utc_us)
        return heapq.merge(self._records, blocks, key=lambda record: record.t_utc_us)


class _Moving:
    """Puts records where they belong in time."""

    def __init__(self, recording: Recording, came_utc_us: "NDArray[np.int64]") -> None:
        self._lines = recording.timelines
        self._first_utc_us: dict[int, int] = {}
        samples = recording.contents.samples
        for boot, t in zip(samples.boot[samples.runs.first].tolist(), came_utc_us.tolist(), strict=True):
            self._first_utc_us[boot] = min(t, self._first_utc_us.get(boot, t))
        self._told: dict[tuple[int, int], int] = {}  # how often a context of a boot has begun

    def moved(self, record: Record) -> Record:
        """The record at its time; what makes no sense stays where it is."""
        try:
            if record.kind == Kind.INFO:
                return self._ahead(record, SockInfo.parse(record.payload).boot)
            if record.kind in (Kind.EVENT, Kind.FETCHED):
                return self._event(record, decode_event(record.payload))
        except (ValueError, TypeError, LookupError, LinkError):
            pass
        return record

    def _event(self, record: Record, happened: Event) -> Record:
        t_utc_us = record.t_utc_us
        if record.kind == Kind.FETCHED and happened.boot in self._lines:
            t_utc_us = int(self._lines[happened.boot].utc_us(np.array([happened.ticks_ms]))[0])
        event = replace(record, kind=Kind.EVENT, t_utc_us=max(0, t_utc_us))
        if not StreamContext().take(happened):
            return event
        key = (happened.boot, happened.kind)
        self._told[key] = self._told.get(key, 0) + (happened.payload[:1] == b"\0")  # its first part
        return self._ahead(event, happened.boot) if self._told[key] <= 1 else event

    def _ahead(self, record: Record, boot: int) -> Record:
        first_utc_us = self._first_utc_us.get(boot, record.t_utc_us)
        return replace(record, t_utc_us=max(0, min(record.t_utc_us, first_utc_us)))
