"""The socks that pages look at: each followed once, however many pages are open."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from sock import protocol
from sock.words import answer_to_mark

from gradsock import clock
from gradsock.errors import GradsockError, LinkLost
from gradsock.link.events import BlockReceived, LinkEvent, Probed
from gradsock.link.reach import follow, reach
from gradsock.link.reconnecting import Reconnecting
from gradsock.log import layout
from gradsock.log.recorder import Recorder
from gradsock.view.watched import Watched
from gradsock.view.web import messages
from gradsock.view.web.messages import LiveTime

STATE_EVERY_S = 0.5
KEPT_S = 60
WAITING = 256
"""Messages that may wait for a page; one that takes in less is sent away, and comes back to the present."""
IDENTIFY_S = 5

Page = asyncio.Queue[bytes | None]


class Followed:
    """One sock, its newest minute, and the pages that look at it."""

    def __init__(self, number: int, moniker: str, recorder: Recorder | None, pages: set[Page]) -> None:
        self.watched = Watched(moniker)
        self.link: Reconnecting | None = None
        self.recent: deque[bytes] = deque(maxlen=KEPT_S * 5)
        self._number = number
        self._recorder = recorder
        self._pages = pages
        self._time = LiveTime()

    @property
    def state(self) -> bytes:
        """As a message."""
        return messages.state(self._number, self.watched, self._recorder.id if self._recorder else None)

    async def run(self, logs: Path | None) -> None:
        """Follow it until there is nothing more to come; what made it fail is shown and does not end the others."""

        def tell(what: str) -> None:
            self.watched.text = what

        try:
            async with reach(self.watched.moniker, logs=logs, tell=tell) as link:
                self.link = link
                takers = [self._take] if self._recorder is None else [self._recorder.take, self._take]
                await follow(link, *takers)
        except GradsockError as error:
            self.watched.failure = error
        finally:
            self.link = None
            if self._recorder is not None:
                self._recorder.close()

    def _take(self, happened: LinkEvent) -> None:
        self.watched.take(happened)
        if isinstance(happened, Probed):
            self._time.take(happened.probe)
        elif isinstance(happened, BlockReceived) and self.watched.newest:
            rows = self.watched.newest
            message = messages.samples(self._number, self._time.utc_ms(rows, happened.t_utc_us), rows)
            self.recent.append(message)
            publish(self._pages, message)

    async def mark(self, text: str) -> str:
        """Put a mark; returns what to tell who put it."""
        protocol.parse_mark(text.encode())
        await self._present.control(protocol.MARK, text.encode())
        publish(self._pages, messages.noted(self._number, text, clock.utc_us() / 1000))
        return answer_to_mark(text) or "marked"

    async def identify(self) -> str:
        """Have it blink."""
        await self._present.control(protocol.IDENTIFY, bytes([IDENTIFY_S]))
        return "the sock blinks"

    @property
    def _present(self) -> Reconnecting:
        if self.link is None:
            raise LinkLost("this sock is not connected")
        return self.link


def publish(pages: set[Page], message: bytes) -> None:
    """Hand a message to every page; one whose queue is full is told to go."""
    for page in list(pages):
        try:
            page.put_nowait(message)
        except asyncio.QueueFull:
            pages.discard(page)
            while not page.empty():
                page.get_nowait()
            page.put_nowait(None)


class Hub:
    """All socks; enter it to follow them."""

    def __init__(self, monikers: Sequence[str], *, recording: bool = False, logs: Path | None = None) -> None:
        self.pages: set[Page] = set()
        self._logs = logs
        self._recording = recording
        recorders = [Recorder(logs, moniker=moniker) if recording else None for moniker in monikers]
        pairs = zip(monikers, recorders, strict=True)
        self.socks = [Followed(number, moniker, each, self.pages) for number, (moniker, each) in enumerate(pairs)]
        for followed in self.socks:
            followed.watched.beside = [each.watched for each in self.socks]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator["Hub", None]:
        """Follow the socks until the block is left."""
        if self._recording:
            layout.make_folder(self._logs)
        tasks = [asyncio.create_task(followed.run(self._logs)) for followed in self.socks]
        tasks.append(asyncio.create_task(self._tell_states()))
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def join(self) -> Page:
        """A new page's queue, which begins with all that is known."""
        page: Page = asyncio.Queue(WAITING + sum(len(followed.recent) + 1 for followed in self.socks))
        for followed in self.socks:
            page.put_nowait(followed.state)
            for message in followed.recent:
                page.put_nowait(message)
        self.pages.add(page)
        return page

    def leave(self, page: Page) -> None:
        """A page was closed."""
        self.pages.discard(page)

    async def _tell_states(self) -> None:
        while True:
            await asyncio.sleep(STATE_EVERY_S)
            if self.pages:
                for followed in self.socks:
                    publish(self.pages, followed.state)
