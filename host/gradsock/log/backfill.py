"""Fetching from a sock's journal what is missing here, and having the sock forget what is safe here.

The journal is walked from its oldest entry to the newest. One entry is looked at; what the log holds from there on is
passed over (but for the events in between, which may have been lost unnoticed), what it lacks is fetched. Whatever ends
a walk, the next one asks only for what is still missing, and for nothing that is on its way live. Entries come whole:
one that begins or ends with samples that are here brings those twice. The sock forgets nothing before the
log has it on the disk.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sock import block, fetching
from sock import records as bytes_of
from sock.decoder import parse

from gradsock import clock
from gradsock.errors import SockRefused
from gradsock.link import LinkEvent, Records
from gradsock.link.events import BlockFetched
from gradsock.log.fetch import Range

LAST_INDEX = 0xFFFFFFFF
FORGET_EVERY = 256  # entries, some 60 KB: one fsync and one DELETE for each, so that a lost link costs little
LOOK = 4  # entries fetched at once to find one with samples among events


class Store(Protocol):
    """Where samples are kept: a recorder."""

    def missing(self, boot: int, first: int, last: int) -> list[tuple[int, int]]:
        """Samples first..last (inclusive) of a boot that are held nowhere: inclusive stretches, ascending."""
        ...

    def take(self, event: LinkEvent, /) -> None:
        """Keep what was fetched; copies of what is there do no harm."""
        ...

    def sync(self) -> None:
        """Return when everything taken is on the disk; LogError when it cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk is: entries of the journal dealt with and in all, bytes that came, seconds since its start."""

    done: int
    entries: int
    fetched_bytes: int
    seconds: float

    @property
    def left_s(self) -> float | None:
        """How long the rest takes at this rate; None while there is no rate."""
        return self.seconds / self.done * (self.entries - self.done) if self.done else None


@dataclass(frozen=True, slots=True)
class _Samples:
    """Which samples all entries that were dealt with end before: index ``end`` of a boot."""

    boot: int
    end: int


class Backfill:
    """Walks over the journal of a connected sock, each going on where the one before ended.

    also: others that are told what came. live_boot: the boot of which live blocks reach the store meanwhile. What is
    newer than all that is held of it is on its way here, so it is not asked for: the next walk sees whether it came.
    forget_from: entries that are to be safe before the sock is made to forget any; every DELETE costs its flash a bit.
    """

    def __init__(
        self,
        records: Records,
        store: Store,
        also: Sequence[Callable[[LinkEvent], None]] = (),
        *,
        tell: Callable[[Progress], None] = lambda _: None,
        forget_from: int = 1,
        live_boot: int | None = None,
    ) -> None:
        self.records = records
        self._store = store
        self._takers = (store.take, *also)
        self._tell = tell
        self._forget_from = forget_from
        self._live_boot = live_boot
        self._safe = self._forgotten = 0
        self._first = self._last = 0
        self._known: _Samples | None = None
        self._began_s = 0.0
        self.fetched_bytes = 0

    async def walk(self) -> None:
        """Until the newest entry that there was at its start.

        LinkError when the link ends or the sock refuses, LogError when the log takes no more: what was taken stays.
        """
        self._began_s = asyncio.get_running_loop().time()
        # Entry 0 is never there; but a report begins with flushing, so that COUNT then tells of the newest sample.
        await self.records.report(fetching.request(bytes_of.REPORT, bytes_of.WITHIN, 0, 0), self._take)
        count, self._first, self._last = await self.records.count(fetching.request(bytes_of.COUNT))
        if not count:
            return
        if not self._first - 1 <= self._safe <= self._last:
            self._known = None
            self._safe = self._forgotten = self._first - 1
        try:
            await self._to_the_newest()
        except BaseException:
            self._known = None  # it may tell of an entry before which one is missing still
            raise
        await self._forget(self._forget_from)

    async def _to_the_newest(self) -> None:
        at, wide = self._known, 1
        while self._safe < self._last:
            if at is None:
                self._known = None
                await self._fetch(min(self._safe + wide, self._last))
                at, wide = self._known, LOOK
            else:
                at, wide = await self._go_on_after(at), 1

    async def _go_on_after(self, at: _Samples) -> _Samples | None:
        """Pass over what is held behind a sample, and fetch what then is missing; the sample to go on after.

        None: nothing more is known of what comes next. What the sock has not yet written is asked for by the next walk.
        """
        missing = self._store.missing(at.boot, at.end, LAST_INDEX)
        start, to = missing[0] if missing else (LAST_INDEX, LAST_INDEX)
        count, first, last = await self._with_samples(at.boot, start, to)
        if to == LAST_INDEX and at.boot == self._live_boot:
            await self._fetch_events(min(first - 1, self._last) if count else self._last)
            if at is self._known:
                self._known = _Samples(at.boot, start)
            self._last = self._safe  # the rest is on its way
        elif count:
            await self._fetch_events(min(first - 1, self._last))
            await self._fetch(min(last, self._last))
        elif to == LAST_INDEX and start > at.end:
            count, _, last = await self._with_samples(at.boot, at.end, start - 1)
            await self._fetch_events(min(last, self._last) if count else self._safe)
        return _Samples(at.boot, to + 1) if to < LAST_INDEX else None

    async def _with_samples(self, boot: int, first: int, last: int) -> tuple[int, int, int]:
        """Entries that hold any of the samples first..last of a boot: how many lie there, the first, the last."""
        return await self.records.count(fetching.request_samples(bytes_of.COUNT, boot, first, last))

    async def _fetch(self, to: int) -> None:
        """Everything after what is safe, up to an entry."""
        wanted = Range(self.records, self._safe + 1, to, self._take)
        while self._safe < to:
            await wanted.some()
            self._safe = max(self._safe, wanted.upto)
            self._tell(self._progress())
            await self._forget(FORGET_EVERY)

    async def _fetch_events(self, to: int) -> None:
        """The events alone after what is safe, up to an entry: the samples are here."""
        while self._safe < to:
            request = fetching.request_events(self._safe + 1, to)
            try:
                reported = await self.records.report(request, self._take)
            except SockRefused as error:
                if error.result != bytes_of.FILTER_NOT_SUPPORTED:
                    raise
                await self._fetch(to)
                return
            if reported is not None and not reported.complete:
                await self._fetch(to)  # lost on the way: which numbers they have is not known
                return
            self._safe = to if reported is None else reported.last
            self._tell(self._progress())
        await self._forget(FORGET_EVERY)

    async def _forget(self, at_least: int) -> None:
        """Make what was taken durable, and only then have the sock forget it."""
        if self._safe - self._forgotten >= max(1, at_least):
            self._store.sync()
            await self.records.delete(self._safe)
            self._forgotten = self._safe

    def _take(self, _number: int, data: bytes) -> None:
        self.fetched_bytes += len(data)
        fetched = BlockFetched(data, clock.utc_us())
        for take in self._takers:
            take(fetched)
        try:
            if block.kind_of(data) == block.KIND_SAMPLES:
                header = parse(data)[0]
                self._known = _Samples(header.boot, header.index + header.count)
        except block.BlockError:
            return  # of a format unknown here: kept as it is

    def _progress(self) -> Progress:
        seconds = asyncio.get_running_loop().time() - self._began_s
        return Progress(self._safe + 1 - self._first, self._last + 1 - self._first, self.fetched_bytes, seconds)
