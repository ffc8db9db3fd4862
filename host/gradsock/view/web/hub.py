"""The socks that pages look at: each followed once, however many pages are open."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from gradsock.errors import GradsockError
from gradsock.link.reach import reach
from gradsock.log import layout
from gradsock.log.keeping import keep
from gradsock.log.recorder import Recorder
from gradsock.view.web.followed import Followed, Page, publish

STATE_EVERY_S = 0.5
WAITING = 256
"""Messages that may wait for a page; one that takes in less is sent away, and comes back to the present."""


class Hub:
    """All socks; enter it to follow them."""

    def __init__(self, monikers: Sequence[str], *, recording: bool = False, logs: Path | None = None) -> None:
        self.pages: set[Page] = set()
        self._logs = logs
        self._recording = recording
        self._recorders = [Recorder(logs, moniker=moniker) if recording else None for moniker in monikers]
        pairs = zip(monikers, self._recorders, strict=True)
        self.socks = [Followed(number, moniker, each, self.pages) for number, (moniker, each) in enumerate(pairs)]
        for followed in self.socks:
            followed.watched.beside = [each.watched for each in self.socks]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator["Hub", None]:
        """Follow the socks until the block is left; what was recorded is sealed then."""
        if self._recording:
            layout.make_folder(self._logs)
        tasks = [asyncio.create_task(self._one(followed)) for followed in self.socks]
        tasks.append(asyncio.create_task(self._tell_states()))
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for recorder in filter(None, self._recorders):
                with contextlib.suppress(GradsockError):  # it is whole as it is; gradsock logs lists it
                    await asyncio.to_thread(recorder.seal)

    async def _one(self, followed: Followed) -> None:
        """Follow one until there is nothing more to come; what made it fail is shown and does not end the others."""
        watched, recorder = followed.watched, followed.recorder

        def tell(what: str) -> None:
            watched.text = what

        try:
            async with reach(watched.moniker, logs=self._logs, tell=tell) as link:
                followed.link = link
                await keep(link, followed.take, recorder=recorder, account=watched.account)
        except GradsockError as error:
            watched.failure = error
        finally:
            followed.link = None
            if recorder is not None:
                recorder.close()

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
