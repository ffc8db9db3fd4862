"""Watching socks, and recording them when asked to: what `live`, `record` and `demo` do."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gradsock import clock
from gradsock.errors import GradsockError
from gradsock.link.events import BlockReceived, LinkEvent, State, StateChanged
from gradsock.link.reach import reach
from gradsock.link.reconnecting import Reconnecting
from gradsock.log import layout
from gradsock.log.keeping import keep
from gradsock.log.recorder import Recorder
from gradsock.view.summary import summary
from gradsock.view.terminal.minute import Minute
from gradsock.view.watched import Watched

LINE_EVERY_S = 1.0
LOOK_EVERY_S = 0.25
STOP_TIMEOUT_S = 2.0
LEAVE_TIMEOUT_S = 10.0  # a virtual board takes its time to end


def has_terminal() -> bool:
    """Whether there is a screen to draw on and keys to press; a pipe on either end, or a dumb terminal, is none."""
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Watching:
    """Several socks at once, each followed on its own: one that fails does not end the others.

    ``recording``: keep everything in ``logs``. ``for_s``: leave each so long after its first data; None: when told
    to, or when there is nothing more to come. ``narrate``: what to say beside it, so many seconds after the first data.
    """

    def __init__(
        self,
        monikers: Sequence[str],
        *,
        recording: bool = False,
        logs: Path | None = None,
        for_s: float | None = None,
        screen: bool | None = None,
        narrate: Callable[[float], str] | None = None,
    ) -> None:
        self.socks = [Watched(moniker) for moniker in monikers]
        for watched in self.socks:
            watched.beside = self.socks
        self.minutes = [Minute() for _ in monikers]
        self.recorders = [Recorder(logs, moniker=moniker) if recording else None for moniker in monikers]
        self._links: list[Reconnecting | None] = [None] * len(self.socks)
        self._logs = logs
        self._for_s = for_s
        self._narrate = narrate
        self._first_data_s: float | None = None  # loop time
        self._leaving: dict[int, asyncio.Task[None]] = {}
        self._screen = has_terminal() if screen is None else screen

    async def run(self) -> None:
        """Watch until it is over; raises what made a sock fail, once all are done."""
        if any(self.recorders):
            layout.make_folder(self._logs)
        view = asyncio.create_task(self._draw() if self._screen else self._print())
        socks = [asyncio.create_task(self._one(number)) for number in range(len(self.socks))]
        faults: list[Exception] = []
        try:
            try:
                await self._until_over(socks, view)
            finally:
                await self._stop(socks)
                for task in (*socks, view):
                    task.cancel()
                results = await asyncio.gather(*socks, view, return_exceptions=True)
            faults += [result for result in results if isinstance(result, Exception)]
            faults += [watched.failure for watched in self.socks if watched.failure is not None]
        finally:  # also when ctrl-C was pressed again before all were left
            faults += self.seal()
        if faults:
            raise faults[0]

    def summary(self) -> str:
        """What there is to say about all of them; nothing of a single one that failed before anything came."""
        if len(self.socks) == 1 and self.socks[0].failure is not None and not self.socks[0].account.expected:
            return ""  # why it failed is said by whoever ran it
        told = []
        for watched, recorder in zip(self.socks, self.recorders, strict=True):
            kept = recorder.sessions if recorder is not None else ()
            told.append(summary(watched, kept, self._logs, recorder.account if recorder is not None and kept else None))
        return "\n".join(told)

    async def _until_over(self, socks: list[asyncio.Task[None]], view: asyncio.Task[None]) -> None:
        """Return when every sock is done or something broke. Each has its time, counted from its own first data."""
        loop, running = asyncio.get_running_loop(), set(socks)
        began_s: dict[int, float] = {}
        while running and not view.done():
            wait_s = LOOK_EVERY_S
            for number, watched in enumerate(self.socks):
                if watched.last_block_utc_us is None:
                    continue
                began_s.setdefault(number, loop.time())
                if self._for_s is not None and socks[number] in running:
                    left_s = began_s[number] + self._for_s - loop.time()
                    if left_s <= 0:
                        self._begin_leaving(number, socks[number])
                    else:
                        wait_s = min(wait_s, left_s)
            self._first_data_s = min(began_s.values(), default=None)
            done, _ = await asyncio.wait({*running, view}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            if any(not task.cancelled() and task.exception() for task in done):
                return
            running -= done

    async def _stop(self, socks: list[asyncio.Task[None]]) -> None:
        """Leave every sock that has not been left yet."""
        await asyncio.gather(*[self._begin_leaving(number, task) for number, task in enumerate(socks)])

    def _begin_leaving(self, number: int, task: asyncio.Task[None]) -> asyncio.Task[None]:
        if number not in self._leaving:
            self._leaving[number] = asyncio.create_task(self._leave(number, task))
        return self._leaving[number]

    async def _leave(self, number: int, task: asyncio.Task[None]) -> None:
        """Ask a connected sock to stop, and take in what it had sent until then; one that does not is let go."""
        sock = self._links[number]
        if sock is not None and self.socks[number].state is State.CONNECTED and not task.done():
            with contextlib.suppress(GradsockError, TimeoutError):
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await sock.stop()
                await asyncio.wait([task], timeout=LEAVE_TIMEOUT_S)
        task.cancel()

    def seal(self) -> list[GradsockError]:
        """Seal what was recorded and is not sealed yet; what could not be stays as it was recorded, and is whole."""
        failures: list[GradsockError] = []
        for recorder in self.recorders:
            try:
                if recorder is not None:
                    recorder.seal()
            except GradsockError as error:
                failures.append(error)
        return failures

    def _story(self) -> str:
        """What the narrator says now."""
        if self._narrate is None or self._first_data_s is None:
            return ""
        return self._narrate(asyncio.get_running_loop().time() - self._first_data_s)

    async def _one(self, number: int) -> None:
        watched, recorder, minute = self.socks[number], self.recorders[number], self.minutes[number]

        def fetching(progress: tuple[int, int] | None) -> None:
            watched.fetching = progress

        def take(happened: LinkEvent) -> None:
            watched.take(happened)
            if isinstance(happened, BlockReceived):
                minute.take(watched.newest, happened.t_utc_us)

        def tell(what: str) -> None:
            watched.text = what

        try:
            async with reach(watched.moniker, logs=self._logs, tell=tell) as sock:
                self._links[number] = sock
                await keep(sock, take, recorder=recorder, account=watched.account, tell=fetching)
        except GradsockError as error:
            watched.failure = error
        finally:
            if watched.failure is None and watched.state is not State.ENDED:
                watched.take(StateChanged(State.ENDED, "no more is to come", clock.utc_us()))
            if recorder is not None:
                recorder.close()

    def _note(self) -> str:
        recorded = [recorder.id for recorder in self.recorders if recorder is not None and recorder.id]
        parts = [self._story(), f"recording {', '.join(recorded)}" if recorded else ""]
        return " · ".join(part for part in parts if part)

    async def _draw(self) -> None:
        """The screen, until it is left."""
        from gradsock.view.terminal.app import LiveApp, Shown

        def link_of(number: int) -> Callable[[], Reconnecting | None]:
            return lambda: self._links[number]

        shown = [Shown(watched, self.minutes[number], link_of(number)) for number, watched in enumerate(self.socks)]
        app = LiveApp(shown, self._note)
        try:
            await app.run_async()
        finally:
            if app.return_code:
                raise GradsockError("the screen failed: gradsock live | cat shows the same as lines")

    async def _print(self) -> None:
        from gradsock.view.lines import line

        told, story = [""] * len(self.socks), ""
        while True:
            if self._story() != story:
                story = self._story()
                sys.stdout.write(f"-- {story}\n")
            for number, watched in enumerate(self.socks):
                if watched.state is State.CONNECTED or watched.text != told[number]:
                    told[number] = watched.text
                    sys.stdout.write(line(watched, clock.utc_us()) + "\n")
            sys.stdout.flush()
            await asyncio.sleep(LINE_EVERY_S)
