"""Keeps the sock alive: restarts what crashed, and lets the watchdog reset the board when something hangs."""

import asyncio
import gc
import io
import os
import sys

from sock import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_ROUND_MS = const(1000)
_RESTART_MS = const(250)
_TRACE_MAX_CHARACTERS = const(600)
_PROVEN_ROUNDS = const(30)
"""A start that has come so far counts as one that works (`starting`): the watchdog would have bitten thrice."""


class Post:
    """A task under supervision. run(here) is its body; poke, when given, wakes it so that it can report in."""

    def __init__(
        self,
        name: str,
        run: "Callable[[Callable[[], None]], Awaitable[None]]",
        poke: "Callable[[], None] | None",
    ) -> None:
        self.name = name
        self.run = run
        self.poke = poke
        self.present = False
        self.crashes = 0

    def here(self) -> None:
        """The task is alive: called by it at least every few seconds."""
        self.present = True


class Supervisor:
    """feed: feeds the watchdog, done only when every task reported in since the last time.

    A crashed task is started again after a moment. One that crashes before it can report in lets the watchdog bite.
    tick: called every second. crashed: called with the traceback's text and whether it is the first of this boot.
    """

    def __init__(
        self, feed: "Callable[[], None]", tick: "Callable[[], object]", crashed: "Callable[[str, bool], None]"
    ) -> None:
        self._feed = feed
        self._tick = tick
        self._crashed = crashed
        self.crashes = 0
        self.posts: list[Post] = []

    def add(
        self,
        name: str,
        run: "Callable[[Callable[[], None]], Awaitable[None]]",
        poke: "Callable[[], None] | None" = None,
    ) -> None:
        """Have run(here) running from `watch` on, for ever."""
        self.posts.append(Post(name, run, poke))

    async def watch(self) -> None:
        """Start everything, then look after it."""
        tasks = [asyncio.create_task(self._keep(post)) for post in self.posts]
        rounds = 0
        while tasks:
            rounds += 1
            if rounds == _PROVEN_ROUNDS:
                proven()
            for post in self.posts:
                if post.poke is not None:
                    post.poke()
            await asyncio.sleep_ms(_ROUND_MS)
            self._tick()
            self.roll_call()
            gc.collect()  # now and here, a little at a time, and not in the middle of a scan

    def roll_call(self) -> None:
        """Feed the watchdog if all are there."""
        for post in self.posts:
            if not post.present:
                return
        for post in self.posts:
            post.present = False
        self._feed()

    async def _keep(self, post: Post) -> None:
        while True:
            try:
                await post.run(post.here)
                raise RuntimeError("a task that has no end came to one")
            except Exception as error:
                post.crashes += 1
                self.crashes += 1
                self._crashed(f"{post.name}, crash {post.crashes}: {trace(error)}", self.crashes == 1)
            await asyncio.sleep_ms(_RESTART_MS)


def proven() -> None:
    """This start was one that works, or it ends on purpose."""
    try:
        os.remove("trying")
    except OSError:
        pass  # that is known


def note_crash(text: str, first: bool) -> None:
    """Tell the console. The first crash of a boot is kept in the flash too, where it outlives a reset."""
    sys.stdout.write(text + "\n")
    if first:
        try:
            from . import store  # here, since a running sock does without it

            store.write(store.CRASH, text)
        except Exception as error:  # a full or worn flash, or no memory left, must not stop the sock
            sys.stdout.write(f"not kept: {error}\n")


def trace(error: Exception) -> str:
    """The traceback as text; the end of it where it is long."""
    text = io.StringIO()
    sys.print_exception(error, text)
    whole: str = text.getvalue()
    return whole[-_TRACE_MAX_CHARACTERS:]
