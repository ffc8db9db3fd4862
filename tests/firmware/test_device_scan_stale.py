"""Never a stale value: whatever a scan gives as an input's reading, that input carried in this very slot.

Every input carries a voltage that tells which input it is and what time it is. Chips run fast or slow, transactions
are refused, lost or garbled, chips lose their power in the middle, and the board is busy elsewhere for a while.
"""

import asyncio
import math
from array import array
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sock import MISSING

ENODEV = 19
APART_V, RAMP_V_PER_S, WRAP_S = 0.05, 0.02, 2.0
GAINS = {1: 4.096, 2: 2.048}  # full scale in V
TURNS_S = 1.0


def volts(address: int, pin: int, t_s: float) -> float:
    return 0.1 + (4 * (address - 72) + pin) * APART_V + (t_s % WRAP_S) * RAMP_V_PER_S


class Bus:
    """A bus on which transactions go wrong: by their number, how."""

    def __init__(self, world: Any, addresses: list[int], wrongs: dict[int, str]) -> None:
        self.inner = world.i2c({at: lambda pin, t_s, at=at: volts(at, pin, t_s) for at in addresses})
        self.wrongs = wrongs
        self.wrong = 0

    def _now(self, address: int) -> str:
        kind = self.wrongs.get(self.inner.transactions, "")
        if kind == "reset":
            self.inner.chips[address].power_on()
        self.wrong += bool(kind)
        return kind

    def writeto(self, address: int, buffer: Any) -> None:
        kind = self._now(address)
        data = bytearray(buffer)
        if kind == "garbled" and len(data) == 3:
            data[1] ^= 0x10  # another input
        if kind == "refused":
            self.inner.transactions += 1
            raise OSError(ENODEV)
        self.inner.writeto(address, data)
        if kind == "lost":  # the chip heard it, and the board does not know
            raise OSError(ENODEV)

    def readfrom_into(self, address: int, buffer: Any) -> None:
        self._read(address, lambda: self.inner.readfrom_into(address, buffer))

    def readfrom_mem_into(self, address: int, register: int, buffer: Any) -> None:
        self._read(address, lambda: self.inner.readfrom_mem_into(address, register, buffer))

    def _read(self, address: int, read: Callable[[], None]) -> None:
        kind = self._now(address)
        if kind == "refused":
            self.inner.transactions += 1
            raise OSError(ENODEV)
        read()
        if kind == "lost":
            raise OSError(ENODEV)


INPUTS = [(address, pin) for address in (72, 73, 74, 75) for pin in range(4)]


@st.composite
def wirings(draw: st.DrawFn) -> list[list[Any]]:
    """Channels on one to four chips in any order, each with a gain and a rate of its own or without."""
    inputs = draw(st.lists(st.sampled_from(INPUTS), min_size=2, max_size=16, unique=True))
    channels: list[list[Any]] = []
    for at, (address, pin) in enumerate(inputs):
        own = draw(st.sampled_from(([], [1], [2], [None, 475], [1, 250], [2, 128])))
        channels.append(["reference" if at == 0 else "ankle", address, pin, *own])
    return channels


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    channels=wirings(),
    slowness=st.lists(st.floats(0.9, 1.1), min_size=4, max_size=4),
    wrongs=st.dictionaries(
        st.integers(12, 600), st.sampled_from(("refused", "lost", "garbled", "reset")), min_size=0, max_size=40
    ),
    busy_ms=st.dictionaries(st.integers(0, 20), st.integers(1, 90), max_size=3),
)
def test_no_reading_is_of_another_input_or_another_slot(
    world: Any, channels: list[list[Any]], slowness: list[float], wrongs: dict[int, str], busy_ms: dict[int, int]
) -> None:
    from device.wiring import wire

    bus = Bus(world, sorted({channel[1] for channel in channels}), wrongs)
    for address, chip in bus.inner.chips.items():
        chip.slowness = slowness[address - 72]
    scanner = wire(bus, channels, 2, 860, 10)
    given_at: list[tuple[float, float, tuple[int, ...]]] = []
    began_s = world.now_s()

    def take(index: int, counts: "array[int]", _flag: int) -> None:
        given_at.append((began_s + index * 0.1, world.now_s(), tuple(counts)))
        world.spend_s(busy_ms.get(index, 0) / 1000)

    async def scan() -> None:
        scanner.start(take)
        task = asyncio.create_task(scanner.run(lambda: None))
        await asyncio.sleep(TURNS_S)
        task.cancel()

    world.run(scan())
    read = 0
    reference_gain = channels[0][3] if len(channels[0]) > 3 and channels[0][3] else 2
    for slot_s, now_s, counts in given_at:
        for (_, address, pin, *_own), reading in zip(channels, counts, strict=True):
            if reading == MISSING:
                continue
            read += 1
            first = volts(address, pin, max(slot_s, now_s - 0.1)) / GAINS[reference_gain] * 32768
            last = volts(address, pin, now_s) / GAINS[reference_gain] * 32768
            if last >= first:  # the ramp did not begin anew in between
                assert first - 2.5 <= reading <= last + 2.5
    assert len(given_at) >= 8
    if not wrongs and not busy_ms:
        assert read == len(given_at) * len(channels)


@pytest.mark.parametrize("slowness", [0.9, 0.95, 1.0, 1.05, 1.1])
@pytest.mark.parametrize("work_ms", [0.0, 0.25, 0.5])
def test_a_hundred_scans_a_second_of_four_inputs_miss_no_slot(
    world: Any, monkeypatch: pytest.MonkeyPatch, slowness: float, work_ms: float
) -> None:
    """On the board's own grid of 1 ms, with so much work of the interpreter for every conversion."""
    from device.adc import Chip
    from device.wiring import wire

    def sleep_ms(ms: int) -> Any:
        now_ms = world.now_s() * 1000
        return asyncio.sleep(max(0.0, math.floor(now_ms + 1e-6) + ms - now_ms) / 1000)

    monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms)
    look = Chip.look

    def slow_look(chip: Any, counts: "array[int]") -> None:
        world.spend_s(work_ms / 1000)
        look(chip, counts)

    monkeypatch.setattr(Chip, "look", slow_look)
    channels = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]]
    i2c = world.i2c({72: lambda pin, t_s: volts(72, pin, t_s)})
    i2c.chips[72].slowness = slowness
    scanner = wire(i2c, channels, 2, 860, 100)
    rows: list[tuple[int, ...]] = []

    async def scan() -> None:
        scanner.start(lambda _index, counts, _flag: rows.append(tuple(counts)))
        task = asyncio.create_task(scanner.run(lambda: None))
        await asyncio.sleep(10.0)
        task.cancel()

    world.run(scan())
    assert scanner.missed == 0
    assert len(rows) >= 998
    assert all(MISSING not in row for row in rows)
    assert not work_ms or i2c.transactions / len(rows) / 4 <= 5  # those of AnalogIn.voltage at its best


@pytest.mark.parametrize("before", range(60, 66))
def test_a_chip_whose_power_failed_for_a_moment_gives_no_reading_of_before(world: Any, before: int) -> None:
    """Whichever transaction of two readings it happens before: start, is it over, result."""
    from device.wiring import wire

    bus = Bus(world, [72], {before: "reset"})
    scanner = wire(bus, [["ankle", 72, 0], ["reference", 72, 3]], 2, 860, 25)
    rows: list[tuple[int, ...]] = []

    async def scan() -> None:
        scanner.start(lambda _index, counts, _flag: rows.append(tuple(counts)))
        task = asyncio.create_task(scanner.run(lambda: None))
        await asyncio.sleep(1.0)
        task.cancel()

    world.run(scan())
    assert bus.wrong == 1
    assert 0 not in {reading for row in rows for reading in row}  # what its register holds then
    assert sum(row.count(MISSING) for row in rows) <= 1


def test_gains_of_their_own_come_in_the_units_of_the_reference_and_rails_stay_rails(world: Any) -> None:
    from device.wiring import wire

    channels = [["ankle", 72, 0, 8], ["calf", 72, 1, 1], ["knee", 72, 2, 16], ["reference", 72, 3]]
    carried = (0.3, 1.2, 0.3, 1.5)  # 16 times is a full scale of 0.256 V: the knee saturates
    scanner = wire(world.i2c({72: lambda pin, _t_s: carried[pin]}), channels, 2, 860, 25)
    rows: list[tuple[int, ...]] = []

    async def scan() -> None:
        scanner.start(lambda _index, counts, _flag: rows.append(tuple(counts)))
        task = asyncio.create_task(scanner.run(lambda: None))
        await asyncio.sleep(0.5)
        task.cancel()

    world.run(scan())
    assert set(rows) == {(4800, 19200, 32767, 24000)}
