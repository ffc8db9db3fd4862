"""The bench: Adafruit's own driver on a bus of registers, and what is said where there is no such bus."""

import asyncio
import struct
import sys
from types import ModuleType

import pytest
from gradsock import cli
from gradsock.calibrate.bench import BenchReadout
from gradsock.errors import CalibrateError, UsageError

ADDRESS, RESULT, CONFIG = 0x48, 0, 1


class Bus:
    """A busio-shaped I2C bus with one ADS1115: inputs in counts at a gain of 2; None: the chip does not answer."""

    def __init__(self, *inputs):
        self.inputs, self.pointer, self.registers, self.closed = inputs, 0, {RESULT: 0, CONFIG: 0x8583}, False
        self.present = True

    def try_lock(self):
        return True

    def unlock(self):
        pass

    def deinit(self):
        self.closed = True

    def writeto(self, address, data, *, start=0, end=None):
        self._heard(address)
        data = bytes(data[start:end])
        if data:
            self.pointer = data[0]
        if len(data) == 3:
            (value,) = struct.unpack(">H", data[1:])
            if self.pointer == CONFIG:
                assert value & 0x0E00 == 0x0400, "+-2.048 V"
                if value & 0x8000:
                    multiplexer = value >> 12 & 7
                    assert multiplexer >= 4, "against ground"
                    self.registers[RESULT] = self.inputs[multiplexer - 4] & 0xFFFF
                value |= 0x8000  # the conversion is done
            self.registers[self.pointer] = value

    def readfrom_into(self, address, buffer, *, start=0, end=None):
        self._heard(address)
        buffer[start : end if end is not None else len(buffer)] = struct.pack(">H", self.registers[self.pointer])

    def writeto_then_readfrom(self, address, out, into, *, out_start=0, out_end=None, in_start=0, in_end=None):
        self.writeto(address, out, start=out_start, end=out_end)
        self.readfrom_into(address, into, start=in_start, end=in_end)

    def _heard(self, address):
        if address != ADDRESS or not self.present:
            raise OSError("no such device")


@pytest.fixture
def driver(monkeypatch):
    """What Blinka would bring to the driver: a type to name, and `const`."""
    for name, key, value in (("busio", "I2C", Bus), ("micropython", "const", int)):
        module = ModuleType(name)
        setattr(module, key, value)
        monkeypatch.setitem(sys.modules, name, module)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("adafruit_"):
            del sys.modules[name]


def test_a_scan_gives_the_ratios_of_the_sensors_to_the_excitation(driver):
    bus = Bus(8000, 12000, -3, 24000)

    async def read():
        async with BenchReadout(open_bus=lambda: bus) as readout:
            first = await readout.next()
            return first, await readout.next()

    first, second = asyncio.run(read())
    assert first.ratios == (0.5, 1.0, -3 / 24003)
    assert second.at_s > first.at_s
    assert bus.closed


def test_a_chip_that_stops_answering_reads_as_nothing(driver):
    bus = Bus(8000, 24000)

    async def read():
        async with BenchReadout(("calf",), open_bus=lambda: bus) as readout:
            assert (await readout.next()).ratios == (0.5,)
            bus.present = False
            assert (await readout.next()).ratios == (None,)
            bus.present = True
            return (await readout.next()).ratios

    assert asyncio.run(read()) == (0.5,)


def test_no_chip_is_one_line_that_says_what_to_do(driver):
    bus = Bus()
    bus.present = False

    async def enter():
        async with BenchReadout(open_bus=lambda: bus):
            pass

    with pytest.raises(CalibrateError, match=r"no ADS1115 answers at 0x48 .*: check its wires, and ADDR to ground"):
        asyncio.run(enter())


def test_without_blinka_the_command_says_how_to_get_it(capsys, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("adafruit_")]:
        monkeypatch.delitem(sys.modules, name)  # of tests that had a bus
    monkeypatch.setitem(sys.modules, "busio", None)
    assert cli.run(["calibrate", "--bench"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("gradsock: --bench needs Blinka, which is not installed")
    assert said.count("\n") == 1


def test_a_machine_without_i2c_is_told_apart_from_one_without_blinka(driver, monkeypatch):
    board = ModuleType("board")
    board.I2C = lambda: (_ for _ in ()).throw(RuntimeError("No Hardware I2C on (scl,sda)=(3, 2)"))
    monkeypatch.setitem(sys.modules, "board", board)

    async def enter():
        async with BenchReadout():
            pass

    with pytest.raises(CalibrateError, match="Blinka finds no I2C bus on this machine"):
        asyncio.run(enter())


@pytest.mark.parametrize("sites", [(), ("ankle",) * 4, ("hip",)])
def test_sensors_that_do_not_fit(sites):
    with pytest.raises(UsageError):
        BenchReadout(sites)
