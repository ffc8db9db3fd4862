"""The sock's memory: a ring of segment files (`sock.segment`) in the flash, appended to, the oldest removed.

Only plain appends, creations and removals in one folder, so that littlefs leaves every flushed entry whole wherever the
power goes. `journal_start` makes it, `record_access` reads it.
"""

import os

from sock import const
from sock.encoder import BlockEncoder
from sock.segment import ENTRY_MAX_BYTES, HEADER_BYTES, SEGMENT_BYTES, name_of, pack_header, parse_header

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence
    from typing import Any

    from sock.segment import Header

FOLDER = "/journal/"
_REST_MS = const(60_000)
"""So long a flash that refuses is left alone."""
_DROPS_MAX = const(8)
"""Old segments that may make room for one write: littlefs may need a few blocks at once."""
_BLOCK_MIN_BYTES = const(97)
_ENOSPC = const(28)


class Journal:
    """Feed `add` every scan and `note` every event.

    oldest, newest: numbers of the segments at the ends of the ring; newest is 0 before there is any.
    first, kept: numbers of the oldest entry and of the one after the last that was flushed.
    overwritten: samples that made room for newer ones; unkept: samples of this boot that the flash refused.
    context_due: 1 when the ring holds no context of these samples yet, 3 when it soon may hold none any more. Then how
    the fit check stands is part of it, and what is left to be told at 2.
    file: the newest segment, while it is written to. at: where it ends. limit: segments in the ring.
    flush_slots: scans between two flushes, which a power cut may take.
    """

    def __init__(
        self,
        ends: "tuple[int, int]",
        account: "tuple[int, int, int, int, int]",
        at: int,
        limit: int,
        flush_slots: int,
        sites: int,
        boot: int,
        period_ms: int,
    ) -> None:
        self.oldest, self.newest = ends
        self.next, self.total, self.first, self.first_total, self.overwritten = account
        self.kept = self.next
        self.limit = limit
        self.unkept = 0
        self.context_due = 1
        self._flush_slots = flush_slots
        self._rest_slots = _REST_MS // period_ms
        self._rests_until = 0
        self._boot = boot
        self._period_ms = period_ms
        self._encoder = BlockEncoder(sites, ENTRY_MAX_BYTES)
        self._begun = False
        self._index = 0  # of the sample that comes next
        self._flushed = 0  # the same at the last flush
        self._pending = 0  # samples written since then
        self.file: Any = None
        self._at = at
        self._length = bytearray(1)

    def add(
        self,
        index: int,
        ticks_ms: int,
        counts: "array[int]",
        reference: int,
        steps: "Sequence[int] | array[int]",
        flag: int = 0,
    ) -> None:
        """One scan of quantised counts; flag as `BlockEncoder.add` has it."""
        if not self._begun:
            self._begin(index, ticks_ms, reference, steps)
        if not self._encoder.add(counts, flag):
            self.close_block()
            self._begin(index, ticks_ms, reference, steps)
            self._encoder.add(counts, flag)
        self._index = index + 1
        if self._index - self._flushed >= self._flush_slots:
            self.close_block(True)

    def note(self, entry: bytes) -> None:
        """One event, after the samples before it."""
        self.close_block()
        self._put(entry, 0, False)

    def close_block(self, flush: bool = False) -> None:
        """Write what the open block holds; the next scan begins another. flush: a power cut takes none of it."""
        if self._begun:
            self._begun = False
            self._put(self._encoder.finish(), self._encoder.count, flush)
        elif flush:
            try:
                self._flush()
            except OSError:
                self.abandon()

    def held(self) -> list[int]:
        """First and last entry, samples overwritten and not kept, how full the ring is (percent): as Info has it."""
        used = 0 if self.first == self.next else self.newest + 1 - self.oldest
        return [self.first, self.kept - 1, self.overwritten, self.unkept, used * 100 // self.limit]

    def flush_soon(self) -> None:
        """Flush, unless that was done in the last five seconds: each costs the flash an erase."""
        if self._index - self._flushed >= self._rest_slots // 12:
            self.close_block(True)

    def begin_segment(self, samples: int = 0) -> None:
        """Close the newest segment and begin another; OSError when the flash refuses. samples: about to be written."""
        if self.file is not None:
            self._flush()
            self._flushed -= samples
            self.file.close()
            self.file = None
        while self.newest - self.oldest + 1 >= self.limit:
            self._drop_oldest()
        self.file = open(FOLDER + name_of(self.newest + 1), "wb")  # noqa: SIM115
        self.newest += 1
        if self.newest % (self.limit + 1 >> 1) == 0:
            self.context_due = 3
        self.file.write(
            pack_header(
                self.next,
                self._boot,
                self._index - samples,
                self.total,
                self.first,
                self.first_total,
                self.overwritten,
            )
        )
        self._at = HEADER_BYTES

    def _begin(self, index: int, ticks_ms: int, reference: int, steps: "Sequence[int] | array[int]") -> None:
        left = SEGMENT_BYTES - self._at - 1
        self._encoder.limit(left if _BLOCK_MIN_BYTES <= left < ENTRY_MAX_BYTES else ENTRY_MAX_BYTES)
        self._encoder.begin(self._boot, index, ticks_ms, self._period_ms, reference, steps)
        self._begun = True
        self._index = index

    def _put(self, entry: "bytes | memoryview", samples: int, flush: bool) -> None:
        if self._index < self._rests_until:
            self.unkept += samples
            return
        drops = _DROPS_MAX
        while True:
            try:
                self._append(entry, samples)
                if flush or drops < _DROPS_MAX:
                    self._flush()
                return
            except (OSError, MemoryError) as error:
                self.abandon()
                if getattr(error, "errno", 0) != _ENOSPC or self.oldest >= self.newest or not drops:
                    break
            drops -= 1
            self._drop_oldest()
        self.unkept += samples
        self._rests_until = self._index + self._rest_slots

    def _append(self, entry: "bytes | memoryview", samples: int) -> None:
        if self._at + 1 + len(entry) > SEGMENT_BYTES:
            self.begin_segment(samples)
        elif self.file is None:
            self.file = open(FOLDER + name_of(self.newest), "ab")  # noqa: SIM115
        self._length[0] = len(entry)
        self.file.write(self._length)
        self.file.write(entry)
        self._at += 1 + len(entry)
        self.next += 1
        self.total += samples
        self._pending += samples

    def _flush(self) -> None:
        if self.file is not None and self.kept != self.next:
            self.file.flush()
            self.kept = self.next
            self._pending = 0
        self._flushed = self._index

    def abandon(self) -> None:
        """The flash refused: what was written since the last flush is gone; its numbers are not given again."""
        if self.file is not None:
            try:
                self.file.close()
            except OSError:
                pass
            self.file = None
        self._at = SEGMENT_BYTES
        self.total -= self._pending
        self.unkept += self._pending
        self._pending = 0

    def _drop_oldest(self) -> None:
        after = header_of(self.oldest + 1)  # when that is damaged, the next one tells for both
        if after is not None and after[0] > self.first:
            self.overwritten += (after[3] - self.first_total) & 0xFFFFFFFF
            self.first = after[0]
            self.first_total = after[3]
        self.remove_oldest()

    def remove_oldest(self) -> None:
        """Remove the oldest segment, whoever answers for what it held."""
        try:
            os.remove(FOLDER + name_of(self.oldest))
        except OSError:
            pass  # it is gone already, or the next start finds it
        self.oldest += 1


def header_of(number: int) -> "Header | None":
    """The header of a segment; None when there is no such segment, or it is damaged."""
    try:
        with open(FOLDER + name_of(number), "rb") as file:
            return parse_header(file.read(HEADER_BYTES))
    except OSError:
        return None
