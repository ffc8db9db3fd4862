"""Virtual time without boards: the clock jumps to what is due, and to nothing else."""

import asyncio
import time

import pytest
from gradsock import clock
from gradsock.errors import SimError
from gradsock.sim.conductor import START_UTC_US, conductor, run_virtual

HOUR_S = 3600.0


def test_hours_pass_at_once_and_everybody_wakes_in_his_turn():
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((name, asyncio.get_running_loop().time()))

    async def main() -> int:
        await asyncio.gather(sleeper("late", 12 * HOUR_S), sleeper("soon", 0.001), sleeper("between", HOUR_S))
        return clock.utc_us()

    ended_utc_us = run_virtual(main())
    assert woken == [("soon", 0.001), ("between", HOUR_S), ("late", 12 * HOUR_S)]
    assert ended_utc_us == START_UTC_US + 12 * 3600 * 1_000_000


def test_a_deadline_is_met_to_the_microsecond():
    async def main() -> float:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(1 / 3)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.03):
                await asyncio.Event().wait()
        return loop.time()

    assert run_virtual(main()) == pytest.approx(1 / 3 + 0.03, abs=2e-6)


def test_the_clock_stands_still_while_a_thread_works():
    async def main() -> tuple[float, float]:
        ticking = asyncio.create_task(asyncio.sleep(0.001))
        before = asyncio.get_running_loop().time()
        await asyncio.to_thread(time.sleep, 0.05)
        after = asyncio.get_running_loop().time()
        assert not ticking.done()
        await ticking
        return before, after

    before, after = run_virtual(main())
    assert before == after


def test_a_world_in_which_nothing_is_due_ends_with_a_reason(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gradsock.sim.conductor._STUCK_S", 0.05)

    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(SimError, match="nothing is due"):
        run_virtual(main())


def test_outside_of_it_the_clock_is_that_of_this_machine():
    async def main() -> bool:
        return conductor() is not None

    assert run_virtual(main())
    assert not asyncio.run(main())
    assert abs(clock.utc_us() - time.time_ns() // 1000) < 1_000_000


def test_it_begins_when_it_is_told():
    async def main() -> int:
        return clock.utc_us()

    assert run_virtual(main(), start_utc_us=1_700_000_000_000_000) == 1_700_000_000_000_000
