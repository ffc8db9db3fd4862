"""Emptying a sock: all that it kept and this machine lacks is fetched, made durable here, and then forgotten there.

Whatever ends it (the link, ctrl-C, ``kill -9``), what came is kept, and the next time it goes on from there.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from gradsock.errors import LinkError, SockRefused
from gradsock.link import InfoRead, Link, LinkEvent, Probed, State, StateChanged
from gradsock.link.reach import follow, reach
from gradsock.link.reconnecting import PROBES_AT_FIRST
from gradsock.log import layout
from gradsock.log.backfill import Backfill, Progress
from gradsock.log.recorder import Recorder

PROBING_S = 10.0  # how long a sock that is empty already is asked for the time
REFUSED_TRIES, REFUSED_S = 5, 2.0  # it may still be at what another host had asked for


class Syncing:
    """One sock to be emptied. ``tell`` is called whenever ``text`` or ``progress`` has changed."""

    def __init__(
        self, moniker: str, logs: Path | None = None, *, tell: Callable[["Syncing"], None] = lambda _: None
    ) -> None:
        self.recorder = Recorder(logs, moniker=moniker)
        self.text = f"looking for {moniker}"
        self.progress: Progress | None = None
        self.fetched_bytes = 0
        self.sessions: list[Path] = []
        self._moniker = moniker
        self._logs = logs
        self._tell = tell
        self._connected = asyncio.Event()
        self._probes = 0

    async def run(self) -> None:
        """Until the sock is empty; LinkError or LogError says why that cannot be."""
        layout.make_folder(self._logs)
        async with reach(self._moniker, logs=self._logs, tell=self._say, live=False) as sock:
            await self.empty(sock)
        self._say("sealing what came")
        self.sessions = await asyncio.to_thread(self.recorder.seal)

    async def empty(self, sock: Link) -> None:
        """Take all that a sock kept; its link is made, and made again, by this."""
        following = asyncio.create_task(follow(sock, self.recorder.take, self._take))
        emptying = asyncio.create_task(self._empty(sock))
        try:
            await _until_one_is_done(following, emptying)
        finally:
            self.recorder.close()

    def _take(self, event: LinkEvent) -> None:
        match event:
            case StateChanged(state, text, _):
                if state is not State.CONNECTED:
                    self._connected.clear()
                self._say(text)
            case InfoRead():
                self._connected.set()
            case Probed():
                self._probes += 1

    async def _empty(self, sock: Link) -> None:
        """Walk until a walk came to its end; the time is exchanged beside it."""
        refused = 0
        while True:
            await self._connected.wait()
            if sock.info.raw.get("journal") is None:
                raise SockRefused(f"{sock.info.label} keeps nothing: its flash is too small or its firmware too old")
            walk = Backfill(sock.records, self.recorder, tell=self._note)
            try:
                await walk.walk()
                break
            except SockRefused:
                refused += 1
                if refused == REFUSED_TRIES:
                    raise
                await asyncio.sleep(REFUSED_S)
            except LinkError:
                self._connected.clear()  # the link tells when it is there again
            finally:
                self.fetched_bytes += walk.fetched_bytes
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROBING_S):
                while self._probes < PROBES_AT_FIRST:
                    await asyncio.sleep(0.1)

    def _note(self, progress: Progress) -> None:
        self.progress = progress
        self._tell(self)

    def _say(self, text: str) -> None:
        self.text = text
        self._tell(self)


async def _until_one_is_done(*tasks: asyncio.Task[None]) -> None:
    """Wait for the first of them, end the others, and raise what it raised."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
