"""The stream of scans and events: into the journal, and live into a queue that follows what the radio takes."""

import asyncio

from sock import const, event, protocol
from sock.encoder import BlockEncoder
from sock.segment import ENTRY_MAX_BYTES

from .gatt import FULL, GONE, SENT
from .queue import BlockQueue

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from .gatt import Gatt
    from .journal import Journal
    from .ticks import Ticks

_BLOCK_SAMPLES = const(5)
_QUEUE_BYTES = const(1024)
"""Some 4 s of blocks of three sites at 25 Hz, beyond what the radio's stack takes: the journal has what is dropped."""
_ANCHOR_MS = const(60_000)
_FULL_PAUSE_MS = const(20)
"""The radio had no room; it makes some at its next connection event."""


class Stream:
    """Live blocks for the connection that asked for them, ending with it; and the journal, when there is one.

    A block stays queued until the radio took it. context: (kind, data) of what a host must know to read the samples,
    sent ahead of them after each start, and kept in the journal.
    """

    def __init__(self, gatt: "Gatt", ticks: "Ticks", boot: int, sites: int, period_ms: int) -> None:
        self._gatt = gatt
        self._ticks = ticks
        self._boot = boot
        self._sites = sites
        self._period_ms = period_ms
        self._max_bytes = protocol.largest_notification(protocol.MTU_MIN)
        self._encoder = BlockEncoder(sites, self._max_bytes)
        self._queue = BlockQueue(_QUEUE_BYTES)
        self._begun = False
        self._sequence = 0
        self._anchor_due_ms = 0
        self._session = 0  # the connection that asked, as gatt numbers them
        self._context_due = False
        self._wake = asyncio.Event()
        self.context: list[tuple[int, bytes]] = []
        self.journal: Journal | None = None
        self._more: list[tuple[int, bytes]] = []
        self.on = False
        self.fresh = False
        """Somebody has just begun to listen, and knows nothing of before; whoever tells them takes it back."""

    @property
    def dropped(self) -> int:
        """Blocks dropped since the boot: the queue was full, or the connection ended before they left."""
        return self._queue.dropped

    @property
    def waiting(self) -> int:
        """Live blocks that the radio has not taken yet."""
        return self._queue.count

    def start(self, session: int, more: "list[tuple[int, bytes]]") -> None:
        """Live blocks for this connection from the next scan on; again: the context is repeated.

        more: context of this moment, behind the lasting one.
        """
        max_bytes = protocol.largest_notification(self._gatt.mtu)
        if self.on and self._session != session:
            self._halt()
        if max_bytes != self._max_bytes:
            self._close_live()
            self._max_bytes = max_bytes
            self._encoder = BlockEncoder(self._sites, max_bytes)
        self._session = session
        self._context_due = True
        self._more = more
        self.on = True
        self.fresh = True
        self._wake.set()

    async def stop(self, patience_ms: int) -> None:
        """No further scans; returns when the radio has taken what there was, or patience is over."""
        self._close_live()
        self.on = False
        self._wake.set()
        while self._queue.count and patience_ms > 0:
            await asyncio.sleep_ms(_FULL_PAUSE_MS)
            patience_ms -= _FULL_PAUSE_MS
        self._queue.clear()

    def add(
        self, index: int, ticks_ms: int, counts: "array[int]", reference: int, steps: "list[int]", flag: int = 0
    ) -> None:
        """One scan of quantised counts; flag as `BlockEncoder.add` has it."""
        journal = self.journal
        if journal is not None:
            if journal.context_due & 1:
                journal.context_due -= 1
                self.keep_context(journal, self.context)
            journal.add(index, ticks_ms, counts, reference, steps, flag)
        if not self.on:
            return
        if not self._begun:
            self._begin(index, ticks_ms, reference, steps)
        if not self._encoder.add(counts, flag):
            self._close_live()
            self._begin(index, ticks_ms, reference, steps)
            self._encoder.add(counts, flag)
        if self._encoder.count == _BLOCK_SAMPLES:
            self._close_live()

    def close_block(self) -> None:
        """Reference or steps have changed: the next scan begins another block."""
        self._close_live()
        if self.journal is not None:
            self.journal.close_block()

    def _close_live(self) -> None:
        """Queue what the open block holds."""
        if self._begun:
            self._begun = False
            self._queue.put(self._encoder.finish())
            self._wake.set()

    def tell(self, kind: int, payload: bytes = b"") -> bool:
        """An event among the blocks. False: nobody listens, and nothing keeps it."""
        if not self.on and self.journal is None:
            return False
        block = self._event(kind, payload)
        if self.journal is not None:
            self.journal.note(block)
        if self.on:
            self._close_live()
            self._queue.put(block)
            self._wake.set()
        return True

    def anchor(self, ticks_ms: int, payload: bytes) -> None:
        """A probe came at ticks_ms: the journal keeps one a minute, so that it can be dated by itself."""
        if self.journal is not None and ticks_ms >= self._anchor_due_ms:
            self._anchor_due_ms = ticks_ms + _ANCHOR_MS
            self._sequence += 1
            self.journal.note(event.encode_event(event.PROBE, self._boot, self._sequence - 1, ticks_ms, payload))

    def tell_in_parts(self, kind: int, data: bytes) -> None:
        """The same with what may be longer than an event."""
        for part in event.context_parts(data, self._max_bytes if self.on else ENTRY_MAX_BYTES):
            self.tell(kind, part)

    def poke(self) -> None:
        """Have the task report in."""
        self._wake.set()

    async def run(self, here: "Callable[[], None]") -> None:
        """Hand over to the radio what is queued, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            here()
            if self._session != self._gatt.session:
                self._halt()
            if self._context_due:
                self._context_due = False
                await self._send_context(here)
            while self._queue.count:
                here()
                if not await self._hand_over_oldest():
                    self._halt()

    def _begin(self, index: int, ticks_ms: int, reference: int, steps: "list[int]") -> None:
        self._encoder.begin(self._boot, index, ticks_ms, self._period_ms, reference, steps)
        self._begun = True

    def _halt(self) -> None:
        """The connection ended: what it did not take is lost."""
        self.on = False
        self._begun = False
        self._context_due = False
        self._more = []
        self._queue.clear()

    def _event(self, kind: int, payload: bytes) -> bytes:
        self._sequence += 1
        return event.encode_event(kind, self._boot, self._sequence - 1, self._ticks.now(), payload)

    def rest(self) -> None:
        """The sock is about to stop: the journal keeps all."""
        if self.journal is not None:
            self.journal.close_block(True)

    def keep_context(self, journal: "Journal", told: "list[tuple[int, bytes]]") -> None:
        """Into the journal: what a host that knows nothing else must know to read it from here on."""
        for kind, data in told:
            for part in event.context_parts(data, ENTRY_MAX_BYTES):
                journal.note(self._event(kind, part))

    async def _hand_over_oldest(self) -> bool:
        """Try the oldest block once; it leaves the queue only when the radio took it. False: there is no connection."""
        answer = self._gatt.notify(self._gatt.live, self._queue.peek(), self._session)
        if answer == SENT:
            self._queue.pop()
        await asyncio.sleep_ms(_FULL_PAUSE_MS if answer == FULL else 0)
        return answer != GONE

    async def _send_context(self, here: "Callable[[], None]") -> None:
        told = self.context + self._more
        self._more = []
        for kind, data in told:
            for part in event.context_parts(data, self._max_bytes):
                block = self._event(kind, part)
                answer = FULL
                while answer == FULL:
                    here()
                    answer = self._gatt.notify(self._gatt.live, block, self._session)
                    await asyncio.sleep_ms(_FULL_PAUSE_MS if answer == FULL else 0)
