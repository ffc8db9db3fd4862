"""What crashes is started again, and the watchdog is fed only when everybody is there."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest


class Rig:
    def __init__(self, world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from device.supervisor import Supervisor

        monkeypatch.setattr(sys, "print_exception", lambda error, file: file.write(repr(error)), raising=False)
        self.world = world
        self.fed_s: list[float] = []
        self.crashes: list[str] = []
        self.supervisor = Supervisor(
            lambda: self.fed_s.append(world.now_s()), lambda: None, lambda text, _first: self.crashes.append(text)
        )

    def watch(self, seconds: float) -> None:
        async def until_then() -> None:
            task = asyncio.create_task(self.supervisor.watch())
            await asyncio.sleep(seconds)
            task.cancel()

        self.world.run(until_then())


@pytest.fixture
def rig(world: Any, monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(world, monkeypatch)


async def steady(here: Callable[[], None]) -> None:
    while True:
        here()
        await asyncio.sleep(0.5)


def test_the_watchdog_is_fed_while_all_report_in(rig: Rig) -> None:
    rig.supervisor.add("a", steady)
    rig.supervisor.add("b", steady)
    rig.watch(20.5)
    assert len(rig.fed_s) == 20


def test_one_that_hangs_starves_it(rig: Rig) -> None:
    async def hangs(here: Callable[[], None]) -> None:
        for _ in range(10):
            here()
            await asyncio.sleep(0.5)
        await asyncio.Event().wait()

    rig.supervisor.add("a", steady)
    rig.supervisor.add("b", hangs)
    rig.watch(60.5)
    assert 4 <= rig.fed_s[-1] <= 7


def test_one_that_waits_for_others_is_poked(rig: Rig) -> None:
    poked = asyncio.Event()

    async def waits(here: Callable[[], None]) -> None:
        while True:
            await poked.wait()
            poked.clear()
            here()

    rig.supervisor.add("a", waits, poked.set)
    rig.watch(20.5)
    assert len(rig.fed_s) == 20


def test_a_crash_is_told_and_the_task_started_again(rig: Rig) -> None:
    starts = []

    async def crashes(here: Callable[[], None]) -> None:
        starts.append(rig.world.now_s())
        here()
        await asyncio.sleep(3)
        raise ValueError("a bug")

    rig.supervisor.add("fragile", crashes)
    rig.supervisor.add("a", steady)
    rig.watch(20.5)
    assert len(starts) >= 6
    assert rig.crashes[0] == "fragile, crash 1: ValueError('a bug')"
    assert rig.supervisor.posts[0].crashes == len(rig.crashes)


def test_a_task_that_never_gets_as_far_as_to_report_starves_the_watchdog(rig: Rig) -> None:
    async def crashes(_here: Callable[[], None]) -> None:
        raise MemoryError

    rig.supervisor.add("broken", crashes)
    rig.watch(30)
    assert rig.fed_s == []


def test_a_task_that_ends_is_a_crash_too(rig: Rig) -> None:
    async def ends(here: Callable[[], None]) -> None:
        here()

    rig.supervisor.add("short", ends)
    rig.watch(5)
    assert "came to one" in rig.crashes[0]
