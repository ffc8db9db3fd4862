"""Staying complete while a sock is recorded or watched: its journal is walked after each connection, and now and then.

Live blocks come first: a walk begins when they do. A gap that a bad radio leaves is filled within a minute; what is
durable is forgotten by the sock in portions, since each costs its flash an erase.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from gradsock import clock
from gradsock.errors import GradsockError, LinkError, LogError
from gradsock.link import BlockReceived, InfoRead, Link, LinkEvent
from gradsock.link.events import BlockFetched
from gradsock.link.reach import follow
from gradsock.link.reconnecting import Reconnecting
from gradsock.log.account import LossAccount
from gradsock.log.backfill import Backfill, Progress, Store
from gradsock.log.fetch import fill
from gradsock.log.recorder import Recorder

WALK_EVERY_S = 60.0
SECOND_WALK_S = 6.0  # what was scanned just before the first live block is in the flash by then (one flush in five s)
AGAIN_S = 5.0  # after a walk that failed although the sock is there
FORGET_FROM = 64  # entries, some four segments of flash


Tell = Callable[[tuple[int, int] | None], None]
"""Told how far a walk is, as what is done and what there is in all; None when it ends, however it does."""


def _nobody(_progress: tuple[int, int] | None) -> None:
    """Nobody is told."""


async def keep(
    sock: Reconnecting,
    take: Callable[[LinkEvent], None],
    *,
    recorder: Recorder | None,
    account: LossAccount,
    tell: Tell = _nobody,
) -> None:
    """Follow a sock until there is nothing more to come, and fetch what was missed: all of it into a recorder, where
    there is one, else what lies in the gaps of an account."""
    if recorder is None:
        keeping, takers = watched(sock, account, take, tell), [take]
    else:
        keeping, takers = recorded(sock, recorder, [take], tell), [recorder.take, take]
    async with keeping.beside():
        await follow(sock, *takers, keeping.take)


def recorded(
    sock: Link, store: Store, also: Sequence[Callable[[LinkEvent], None]] = (), tell: Tell = _nobody
) -> "Keeping":
    """Has a store get everything that it misses; the sock forgets what is durable there."""

    walking: Backfill | None = None

    def told(progress: Progress) -> None:
        tell((progress.done, progress.entries))

    async def walk() -> None:
        nonlocal walking
        records = sock.records
        if walking is None or walking.records is not records:  # another connection: it may be another boot
            walking = Backfill(records, store, also, tell=told, forget_from=FORGET_FROM, live_boot=sock.info.boot)
        try:
            await walking.walk()
        finally:
            tell(None)

    return Keeping(walk)


def watched(sock: Link, account: LossAccount, take: Callable[[LinkEvent], None], tell: Tell = _nobody) -> "Keeping":
    """Has gaps filled in what is only looked at; the sock forgets nothing."""

    async def walk() -> None:
        gaps = [(gap.boot, gap.first_index, gap.count) for gap in account.gaps()]
        missing = sum(count for *_, count in gaps)
        before = account.recovered

        def fetched(_number: int, data: bytes) -> None:
            take(BlockFetched(data, clock.utc_us()))
            tell((account.recovered - before, missing))

        try:
            if gaps:
                await fill(sock.records, gaps, fetched)
        finally:
            tell(None)

    return Keeping(walk)


class Keeping:
    """Fetches beside a stream. Feed :meth:`take` every event of the sock, after everybody else had it."""

    def __init__(self, walk: Callable[[], Awaitable[None]]) -> None:
        """walk: fetches what is missing now; see `recorded` and `watched`."""
        self._walk = walk
        self._keeps = False  # whether the sock has a journal at all
        self._flowing = asyncio.Event()
        self.failure: GradsockError | None = None
        """Why the last walk ended early; None when it did not."""

    def take(self, event: LinkEvent) -> None:
        """Note a connection, and that live blocks come over it."""
        if isinstance(event, InfoRead):
            self._keeps = event.info.raw.get("journal") is not None
            self._flowing.clear()
        elif isinstance(event, BlockReceived) and self._keeps:
            self._flowing.set()

    @contextlib.asynccontextmanager
    async def beside(self) -> AsyncGenerator[None, None]:
        """Walks as long as the block runs."""
        walking = asyncio.create_task(self._walk_now_and_then())
        try:
            yield
        finally:
            walking.cancel()
            await asyncio.wait([walking])
        if not walking.cancelled() and (fault := walking.exception()) is not None:
            raise fault

    async def _walk_now_and_then(self) -> None:
        first = True  # of a connection
        while True:
            await self._flowing.wait()
            self.failure = None
            try:
                await self._walk()
            except LogError as error:
                self.failure = error  # a full disk: the next live block ends the recording; the sock keeps what it has
                return
            except LinkError as error:
                self.failure = error
            if self.failure is not None:
                await asyncio.sleep(AGAIN_S)
                continue
            with contextlib.suppress(TimeoutError):
                await self._connected_anew(min(SECOND_WALK_S, WALK_EVERY_S) if first else WALK_EVERY_S)
                first = True
                continue
            first = False

    async def _connected_anew(self, within_s: float) -> None:
        """Return when live blocks flow over another connection than now; TimeoutError when none is made in time."""
        async with asyncio.timeout(within_s):
            while self._flowing.is_set():
                await asyncio.sleep(0.2)
            await self._flowing.wait()
