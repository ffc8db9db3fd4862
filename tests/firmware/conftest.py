"""What stands in for a board when the device's logic runs on CPython: time that jumps, registers, and a radio.

The doubles are at the level of registers and of MicroPython's `bluetooth`; the code above them, Adafruit's driver
included, is the real one. The real board and the real ATT are met in tests/e2e.
"""

import asyncio
import selectors
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TICKS = 1 << 30
RELOADED = ("device", "adafruit_ads1x15", "adafruit_bus_device")
ENOMEM, ENODEV, ENOTCONN = 12, 19, 107


class JumpSelector(selectors.DefaultSelector):
    """Where a loop would wait it is later instead."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits for something that never comes"
        self.now_s += max(0.0, timeout)
        return super().select(0)


class JumpLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.selector = JumpSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now_s


class ThreadSafeFlag:
    """MicroPython's, for one loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()


class Ads1115:
    """Its registers: the result is the last one until a conversion is over, whatever input is set by then.

    One under way ends as it began; what is written meanwhile is stored and starts nothing (data sheet, 8.6.3).
    """

    def __init__(self, now_s: Callable[[], float], volts: Callable[[int, float], float]) -> None:
        self.now_s, self.volts = now_s, volts
        self.present = True
        self.slowness = 1.0  # of its clock; 1.1 is the worst that the data sheet allows
        self.conversions = 0
        self.power_on()

    def power_on(self) -> None:
        self.config, self.result, self.pointer = 0x8583, 0, 0
        self.running = 0
        self.done_s: float | None = None

    def write(self, data: bytes) -> None:
        self.pointer = data[0] if data else self.pointer
        if len(data) == 3 and self.pointer == 1:
            self._settle()
            self.config = data[1] << 8 | data[2]
            if self.config & 0x8000 and self.done_s is None:
                self.running = self.config
                rate = (8, 16, 32, 64, 128, 250, 475, 860)[self.config >> 5 & 7]
                self.done_s = self.now_s() + self.slowness / rate

    def read(self) -> bytes:
        self._settle()
        busy = self.done_s is not None
        value = self.result if self.pointer == 0 else (self.config & 0x7FFF) | (0 if busy else 0x8000)
        return (value & 0xFFFF).to_bytes(2, "big")

    def _settle(self) -> None:
        if self.done_s is not None and self.now_s() >= self.done_s:
            assert self.running >> 14 & 1, "a difference between inputs was asked for"
            full_scale = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)[self.running >> 9 & 7]
            counts = round(self.volts(self.running >> 12 & 3, self.done_s) / full_scale * 32768)
            self.result = max(-32768, min(32767, counts))
            self.done_s = None
            self.conversions += 1


class I2C:
    """machine.I2C with chips on it; a transaction takes its time at 400 kHz."""

    def __init__(self, world: "World", chips: dict[int, Ads1115]) -> None:
        self.world, self.chips = world, chips
        self.transactions = 0

    def _chip(self, address: int, count: int) -> Ads1115:
        self.transactions += 1
        self.world.spend_s((count + 1) * 9 / 400_000)
        chip = self.chips.get(address)
        if chip is None or not chip.present:
            raise OSError(ENODEV)
        return chip

    def writeto(self, address: int, buffer: Any) -> None:
        self._chip(address, len(buffer)).write(bytes(buffer))

    def readfrom_into(self, address: int, buffer: Any) -> None:
        data = self._chip(address, len(buffer)).read()
        buffer[:] = (data + b"\xff" * len(buffer))[: len(buffer)]

    def readfrom_mem_into(self, address: int, register: int, buffer: Any) -> None:
        self._chip(address, 3 + len(buffer)).write(bytes([register]))
        buffer[:] = self.chips[address].read()[: len(buffer)]


class Radio:
    """MicroPython's `bluetooth.BLE`, and the peer at its other end."""

    def __init__(self) -> None:
        self.handler: Callable[[int, tuple[Any, ...]], int | None] = lambda _event, _data: None
        self.values: dict[int, bytes] = {}
        self.advertised: list[tuple[bytes, bytes]] = []
        self.notified: list[tuple[int, bytes]] = []
        self.indicated: list[bytes] = []
        self.told: list[tuple[int, bytes]] = []  # updates for subscribers
        self.refused: list[int] = []  # connections that the sock ended
        self.peer: int | None = None
        self.room = 1000  # notifications until ENOMEM
        self.confirms = True

    # what the sock calls
    def active(self, _on: bool) -> None: ...

    def config(self, **_values: object) -> None: ...

    def irq(self, handler: Callable[[int, tuple[Any, ...]], int | None]) -> None:
        self.handler = handler

    def gatts_register_services(self, services: Any) -> tuple[tuple[int, ...], ...]:
        handle = 10
        handles = []
        self.uuids: dict[str, int] = {}
        for _, characteristics in services:
            row = []
            for uuid, _, *descriptors in characteristics:
                for name in (uuid, *(each[0] for each in (descriptors[0] if descriptors else ()))):
                    handle += 2
                    row.append(handle)
                    self.uuids.setdefault(str(name), handle)
            handles.append(tuple(row))
        return tuple(handles)

    def gatts_set_buffer(self, _handle: int, _size: int) -> None: ...

    def gatts_read(self, handle: int) -> bytes:
        return self.values[handle]

    def gatts_write(self, handle: int, value: bytes, update: bool = False) -> None:
        self.values[handle] = bytes(value)
        if update:
            self.told.append((handle, bytes(value)))

    def gatts_notify(self, connection: int, handle: int, value: Any) -> None:
        if connection != self.peer:
            raise OSError(ENOTCONN, "not connected")
        if self.room == 0:
            raise OSError(ENOMEM, "no memory")
        self.room -= 1
        self.notified.append((handle, bytes(value)))

    def gatts_indicate(self, connection: int, handle: int, value: Any) -> None:
        if connection != self.peer:
            raise OSError(ENOTCONN, "not connected")
        self.indicated.append(bytes(value))
        if self.confirms:
            asyncio.get_running_loop().call_later(0.03, self.handler, 20, (connection, handle, 0))

    def gap_advertise(self, _interval_us: int, data: bytes, *, resp_data: bytes) -> None:
        self.advertised.append((data, resp_data))

    def gap_disconnect(self, connection: int) -> None:
        self.refused.append(connection)
        if connection == self.peer:
            self.leave()

    # what the peer does
    def come(self, connection: int = 64, mtu: int | None = 247) -> None:
        self.peer = self.peer or connection
        self.handler(1, (connection, 0, memoryview(b"\x01\x02\x03\x04\x05\x06")))
        if mtu:
            self.handler(21, (connection, mtu))

    def leave(self) -> None:
        connection, self.peer = self.peer, None
        self.handler(2, (connection, 0, memoryview(b"\x01\x02\x03\x04\x05\x06")))

    def read(self, handle: int) -> bytes | None:
        """What the peer gets to read; None when it is refused."""
        assert self.peer is not None
        return None if self.handler(4, (self.peer, handle)) else self.values[handle]

    def write(self, handle: int, value: bytes) -> None:
        self.values[handle] = value
        self.handler(3, (self.peer, handle))


class Pin:
    """machine.Pin: what was put on it, and what is read from it."""

    def __init__(self, level: int) -> None:
        self.level = level
        self.changes: list[tuple[float, int]] = []
        self.now_s: Callable[[], float] = lambda: 0.0

    def value(self, level: int | None = None) -> int:
        if level is not None:
            if level != self.level:
                self.changes.append((self.now_s(), level))
            self.level = level
        return self.level


class World:
    """Time and hardware of one test. `run` runs a coroutine in it, as fast as it can."""

    def __init__(self) -> None:
        self._loop = JumpLoop()
        self.radio = Radio()
        self.led, self.motor, self.button = Pin(0), Pin(0), Pin(1)
        for pin in (self.led, self.motor, self.button):
            pin.now_s = self.now_s

    def now_s(self) -> float:
        return self._loop.selector.now_s

    def spend_s(self, seconds: float) -> None:
        """Time passes while nothing else runs."""
        self._loop.selector.now_s += seconds

    def ticks_ms(self) -> int:
        return (TICKS - 5000 + int(self.now_s() * 1000 + 1e-6)) % TICKS  # wraps after 5 s

    def i2c(self, volts: dict[int, Callable[[int, float], float]]) -> I2C:
        """A bus with an ADS1115 at each address: volts(input, second) is what the input carries."""
        return I2C(self, {address: Ads1115(self.now_s, source) for address, source in volts.items()})

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(coroutine)

    def close(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


def module(name: str, **contents: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(contents)
    return made


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """MicroPython's ways of time and tasks, and its `bluetooth`, for as long as a test runs."""
    made = World()
    monkeypatch.chdir(tmp_path)  # its flash
    for name in [name for name in sys.modules if name.split(".")[0] in RELOADED]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "micropython", module("micropython", const=lambda value: value))
    monkeypatch.setitem(sys.modules, "busio", module("busio", I2C=object))  # the driver's annotations name it
    monkeypatch.setitem(sys.modules, "bluetooth", module("bluetooth", BLE=lambda: made.radio, UUID=str))
    parts = {"led": made.led, "LED_LIT": 1, "motor": made.motor, "button": made.button, "BUTTON_PRESSED": 0}
    monkeypatch.setitem(sys.modules, "board", module("board", **parts))
    monkeypatch.setattr(time, "ticks_ms", made.ticks_ms, raising=False)
    monkeypatch.setattr(time, "ticks_add", lambda ticks, delta: (ticks + delta) % TICKS, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda a, b: (a - b + TICKS // 2) % TICKS - TICKS // 2, raising=False)
    monkeypatch.setattr(asyncio, "sleep_ms", lambda ms: asyncio.sleep(ms / 1000), raising=False)
    monkeypatch.setattr(asyncio, "ThreadSafeFlag", ThreadSafeFlag, raising=False)
    yield made
    made.close()
    for name in [name for name in sys.modules if name.split(".")[0] in RELOADED]:
        monkeypatch.delitem(sys.modules, name)
