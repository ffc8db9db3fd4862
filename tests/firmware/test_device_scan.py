"""Scanning over the real driver and a chip at the level of its registers."""

import asyncio
from array import array
from collections.abc import Callable
from typing import Any

import pytest
from sock import MISSING

CHANNELS = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]]
COUNTS = (4000, 3000, 2000, 24000)
"""What the inputs carry, in counts at a gain of 2."""


def steady(pin: int, _t_s: float) -> float:
    return COUNTS[pin] / 32768 * 2.048


class Rig:
    """A scanner on a bus, and what it gave: (index, when it was given, counts); unscanned: indices told so."""

    def __init__(self, world: Any, channels: list[list[Any]], rate_Hz: int = 25, data_rate: int = 860) -> None:
        from device.wiring import wire

        self.world = world
        self.i2c = world.i2c({address: steady for _, address, _ in channels})
        self.chips = self.i2c.chips
        self.scanner = wire(self.i2c, channels, 2, data_rate, rate_Hz)
        self.given: list[tuple[int, float, tuple[int, ...]]] = []
        self.unscanned: list[int] = []
        self.during: Callable[[int], None] = lambda _index: None

    def take(self, index: int, counts: "array[int]", flag: int) -> None:
        self.unscanned += [index] * flag
        self.given.append((index, self.world.now_s(), tuple(counts)))
        self.during(index)

    def scan(self, seconds: float) -> list[tuple[int, float, tuple[int, ...]]]:
        async def until_then() -> None:
            self.scanner.start(self.take)
            task = asyncio.create_task(self.scanner.run(lambda: None))
            await asyncio.sleep(seconds)
            task.cancel()

        self.world.run(until_then())
        return self.given


def test_every_channel_is_read_on_the_grid(world: Any) -> None:
    given = Rig(world, CHANNELS).scan(10.001)
    assert [index for index, _, _ in given] == list(range(250))
    assert {counts for _, _, counts in given} == {COUNTS}
    for index, at_s, _ in given:
        assert 0 <= at_s - index * 0.040 < 0.020


@pytest.mark.parametrize("slowness", [0.9, 1.0, 1.1])
@pytest.mark.parametrize("data_rate", [128, 250, 475, 860])
def test_no_reading_is_that_of_another_input_however_slow_the_chip(world: Any, slowness: float, data_rate: int) -> None:
    rig = Rig(world, CHANNELS, data_rate=data_rate)
    rig.chips[72].slowness = slowness
    assert {counts for _, _, counts in rig.scan(2)} == {COUNTS}


def test_a_hundred_scans_of_four_inputs_a_second(world: Any) -> None:
    rig = Rig(world, CHANNELS, rate_Hz=100)
    given = rig.scan(10)
    whole = sum(MISSING not in counts for _, _, counts in given)
    assert whole >= 0.99 * len(given) >= 985


def test_each_reading_costs_one_conversion(world: Any) -> None:
    rig = Rig(world, CHANNELS)
    given = rig.scan(10)
    assert abs(rig.chips[72].conversions - 4 * len(given)) <= 4
    assert rig.i2c.transactions < 4.5 * 4 * len(given)  # start, is it over, result; now and then a second look


def test_chips_convert_at_the_same_time(world: Any) -> None:
    channels = [[role, address, pin] for address in (72, 73) for role, _, pin in CHANNELS[:3]]
    given = Rig(world, [*channels, ["reference", 73, 3]], data_rate=128).scan(5.001)  # one after the other: 55 ms
    assert len(given) == 125
    assert {counts for _, _, counts in given} == {(*COUNTS[:3], *COUNTS[:3], COUNTS[3])}


def test_an_absent_chip_is_missing_and_stalls_nothing(world: Any) -> None:
    rig = Rig(world, [*CHANNELS, ["temperature", 73, 0]])
    rig.chips[73].present = False
    given = rig.scan(10.001)
    assert len(given) == 250
    assert {counts for _, _, counts in given} == {(*COUNTS, MISSING)}


def test_a_chip_that_is_pulled_out_is_missing_until_it_is_back(world: Any) -> None:
    rig = Rig(world, CHANNELS)

    def pull(index: int) -> None:
        rig.chips[72].present = not 100 <= index < 200

    rig.during = pull
    given = rig.scan(20)
    assert [index for index, _, _ in given] == list(range(len(given)))
    for index, _, counts in given:
        if not 100 < index <= 225:  # it is tried again once a second
            assert counts == COUNTS
        elif index <= 200:
            assert counts == (MISSING,) * 4
    assert given[230][2] == COUNTS


def test_one_disturbed_transaction_costs_one_reading(world: Any) -> None:
    rig = Rig(world, CHANNELS)
    whole = rig.i2c.writeto
    writes = iter(range(100_000))

    def disturbed(address: int, buffer: Any) -> None:
        if next(writes) == 101:
            raise OSError(5)
        whole(address, buffer)

    rig.i2c.writeto = disturbed  # type: ignore[method-assign]
    given = rig.scan(4)
    assert sum(counts.count(MISSING) for _, _, counts in given) == 1


def test_slots_that_could_not_be_scanned_are_missing_and_the_grid_stays(world: Any) -> None:
    rig = Rig(world, CHANNELS)
    rig.during = lambda index: world.spend_s(0.5) if index == 50 else None
    given = rig.scan(8.001)
    assert [index for index, _, _ in given] == list(range(200))
    missing = [index for index, _, counts in given if counts == (MISSING,) * 4]
    assert missing == list(range(51, 51 + len(missing)))
    assert 11 <= len(missing) <= 13
    assert rig.unscanned == missing
    assert rig.scanner.missed == len(missing)
    assert given[-1][1] < 199 * 0.040 + 0.020


def test_a_rail_is_a_reading_and_not_a_missing_one(world: Any) -> None:
    rig = Rig(world, CHANNELS)
    rig.chips[72].volts = lambda pin, _t_s: (-9.0, 9.0, 0.0, 1.5)[pin]
    assert {counts[:3] for _, _, counts in rig.scan(1)} == {(MISSING + 1, 32767, 0)}
