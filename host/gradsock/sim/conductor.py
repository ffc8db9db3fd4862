"""Virtual time: an event loop whose clock jumps to the next thing that is due, once everybody has come to rest.

    run_virtual(main())                  # as asyncio.run, hours in minutes

On such a loop the host, the air and the board processes' side of virtual boards run as they do at speed 1; only their
interpreters are other processes, to which the conductor grants time (`gradsock.sim.conducted`). It is discrete-event:
nothing is scaled, nothing is late because this machine is busy. While a thread of the loop's executor works, the clock
stands still. `gradsock.clock.utc_us()` and `loop.time()` follow the virtual clock; nothing else may be looked at.
External programs (mpremote, a browser, another process of gradsock) know nothing of it and belong to speed 1.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import selectors
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from typing import Any, Protocol, TypeVar

from gradsock import clock
from gradsock.errors import SimError

START_UTC_US = 1_767_600_000_000_000
"""When a virtual world begins unless told otherwise: 2026-01-05 08:00 UTC."""

_STUCK_S = 30.0  # of real time without anything to do: nothing will ever happen again
_INFINITE_US = 1 << 62
_SELF_PIPE = 1  # file descriptors that an event loop watches for itself

_T = TypeVar("_T")


class Conducted(Protocol):
    """An interpreter that runs only when the conductor says so."""

    wake_us: int | None
    """When it wants to go on, in microseconds of the conductor's clock; None: not before something happens."""

    def go(self, horizon_us: int) -> None:
        """Let it run, at most up to the horizon; returns when it has come to rest, with `wake_us` set anew."""


class Conductor(selectors.BaseSelector):
    """The clock of a virtual world, in the place where an event loop waits."""

    def __init__(self, start_utc_us: int) -> None:
        self.now_us = 0
        self.start_utc_us = start_utc_us
        self.air_numbers = itertools.count(1)
        """Of the airs of this world."""
        self.outside = 0
        """Threads at work, for which the clock stands still."""
        self._real = selectors.DefaultSelector()
        self._players: list[Conducted] = []

    def utc_us(self) -> int:
        """Microseconds since 1970-01-01 00:00 UTC, in the virtual world."""
        return self.start_utc_us + self.now_us

    def join(self, player: Conducted) -> None:
        """An interpreter takes part from now on."""
        self._players.append(player)

    def leave(self, player: Conducted) -> None:
        """It has ended."""
        if player in self._players:
            self._players.remove(player)

    def reach(self, us: int) -> None:
        """An interpreter that runs has come to this time; JavaScript may tell parts of a microsecond."""
        self.now_us = max(self.now_us, int(us))

    # What an event loop asks of its selector

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait as an event loop waits: let virtual time pass until something is due."""
        if timeout is not None and timeout <= 0:
            return self._real.select(0) if self._is_watching() else []
        if self.outside:
            return self._real.select(None)
        if self._is_watching() and (happened := self._real.select(0)):
            return happened
        timer_us = _INFINITE_US if timeout is None else self.now_us + round(timeout * 1e6)
        player = min(self._players, key=_wakes_at, default=None)
        wake_us = _INFINITE_US if player is None else _wakes_at(player)
        if player is not None and wake_us < _INFINITE_US and wake_us <= timer_us:
            others_us = min((_wakes_at(other) for other in self._players if other is not player), default=_INFINITE_US)
            self.reach(wake_us)
            player.go(min(timer_us, others_us))
        elif timer_us < _INFINITE_US:
            self.reach(timer_us)
        else:
            return self._wait_for_reality()
        return []

    def _is_watching(self) -> bool:
        """Something real is waited for besides the loop's own threads."""
        return self.outside > 0 or len(self._real.get_map()) > _SELF_PIPE

    def _wait_for_reality(self) -> list[tuple[selectors.SelectorKey, int]]:
        happened = self._real.select(_STUCK_S)
        if not happened:
            raise SimError("nothing is due in this virtual world any more, and somebody still waits")
        return happened

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch a real file, too."""
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Watch it no more."""
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch it for something else."""
        return self._real.modify(fileobj, events, data)

    def close(self) -> None:
        """Let go of everything."""
        self._real.close()

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """How a real file is watched."""
        return self._real.get_key(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """All real files that are watched."""
        return self._real.get_map()


def _wakes_at(player: Conducted) -> int:
    return _INFINITE_US if player.wake_us is None else player.wake_us


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time."""

    _clock_resolution: float

    def __init__(self, start_utc_us: int = START_UTC_US) -> None:
        self.conductor = Conductor(start_utc_us)
        super().__init__(self.conductor)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Seconds since the virtual world began."""
        return self.conductor.now_us / 1e6

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., _T], *args: Any
    ) -> asyncio.Future[_T]:
        """Have a thread do something; the clock stands still until it is done."""
        working = super().run_in_executor(executor, func, *args)
        self.conductor.outside += 1
        working.add_done_callback(self._thread_done)
        return working

    def _thread_done(self, _working: asyncio.Future[Any]) -> None:
        self.conductor.outside -= 1


def conductor() -> Conductor | None:
    """The conductor of the running event loop; None at speed 1."""
    loop = asyncio.get_running_loop()
    return loop.conductor if isinstance(loop, VirtualLoop) else None


def run_virtual(main: Coroutine[Any, Any, _T], *, start_utc_us: int = START_UTC_US, seed: int = 0) -> _T:
    """Run `main` in a virtual world of its own that begins at that instant; what `main` returns, or raises.

    Whoever draws from Python's common `random` draws by that seed, so that the same world goes the same way again.
    SimError when nothing is due any more and `main` still waits.
    """

    def make() -> VirtualLoop:
        loop = VirtualLoop(start_utc_us)
        clock.follow(loop.conductor.utc_us)
        return loop

    dice = random.getstate()
    random.seed(seed)
    try:
        with asyncio.Runner(loop_factory=make) as runner:
            return runner.run(main)
    finally:
        random.setstate(dice)
        clock.follow(None)
