"""Radios for tests: a peripheral in MicroPython on a virtual board, one in Python without a board, and a plain host."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bumble.device import Device, DeviceConfiguration
from bumble.hci import Address
from bumble.host import Host
from bumble.transport import open_transport
from gradsock.link.bumble import backend
from gradsock.sim.air import Air
from gradsock.sim.radio import Radio

from tests.e2e.conftest import HANG_S, Bench

ADDRESS = "F0:11:22:33:44:55"
SERVICE = "10e5e61a-0001-44d6-b97a-3fcb82e81ccf"
VALUE = "10e5e61a-0003-44d6-b97a-3fcb82e81ccf"
CONTROL = "10e5e61a-0007-44d6-b97a-3fcb82e81ccf"
GUARDED = "10e5e61a-0009-44d6-b97a-3fcb82e81ccf"

PERIPHERAL = f"""
import bluetooth
from bluetooth import UUID

ble = bluetooth.BLE()
events = []
answers = {{}}

def irq(event, data):
    events.append((event,) + tuple([bytes(part) if isinstance(part, memoryview) else part for part in data]))
    return answers.get(event)

ble.irq(irq)
ble.active(True)
ble.config(mtu=247, gap_name="a sock")
((value, control, guarded),) = ble.gatts_register_services((
    (UUID("{SERVICE}"), (
        (UUID("{VALUE}"), bluetooth.FLAG_READ | bluetooth.FLAG_NOTIFY),
        (UUID("{CONTROL}"), bluetooth.FLAG_WRITE | bluetooth.FLAG_WRITE_NO_RESPONSE | bluetooth.FLAG_INDICATE),
        (UUID("{GUARDED}"), bluetooth.FLAG_READ | 0x0200 | bluetooth.FLAG_NOTIFY),
    )),
))

def advertise():
    ble.gap_advertise(30000, b"\\x02\\x01\\x06", resp_data=b"\\x05\\x09sock")

def seen(event):
    return [data[1:] for data in events if data[0] == event]

advertise()
"""


@contextlib.asynccontextmanager
async def on_air(air: Air, bench: Bench, address: str = ADDRESS) -> AsyncIterator[Radio]:
    """The radio of a virtual board, plugged in."""
    radio = Radio(bench.board, air.address, address)
    await radio.start()
    yield radio
    await radio.stop()


async def find(air: Air, name: str = "sock") -> BLEDevice:
    """The peripheral of that name, as bleak finds it."""
    device = await BleakScanner.find_device_by_name(name, HANG_S, backend=backend(air.hci)[0])
    assert device is not None, f"nobody called {name} advertises"
    return device


def advertising(air: Air) -> bool:
    """Whether any controller of this air advertises."""
    return any(controller.le_legacy_advertiser.enabled for controller in air.link.controllers)


async def until(fact: Callable[[], bool]) -> None:
    """Wait until something is so; the deadline only ends a test that hangs."""
    async with asyncio.timeout(HANG_S):
        while not fact():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def host(air: Air, address: str = "F0:00:00:00:00:02") -> AsyncIterator[Device]:
    """A Bumble host of its own on the air, where a test wants to see below bleak."""
    transport = await open_transport(air.hci)
    config = DeviceConfiguration(name="host", address=Address(address))
    device = Device(config=config, host=Host(transport.source, transport.sink))
    await device.power_on()
    yield device
    await transport.close()


class Program:
    """A peripheral whose program is Python, on a radio without a board: many of them fit into one test."""

    def __init__(self, air: Air, address: str) -> None:
        self.events: list[tuple[Any, ...]] = []
        self.answers: dict[int, int | asyncio.Future[int]] = {}
        self.heard = asyncio.Event()
        self._hooks: list[Callable[[], None]] = []
        self.radio = Radio(self, air.address, address)

    def register(self, prefix: str, call: Callable[[str, list[Any], bytes], tuple[Any, bytes]]) -> None:
        self._prefix, self._call = prefix, call

    def on_boot(self, hook: Callable[[], None]) -> None:
        self._hooks.append(hook)

    async def ask(self, kind: str, args: list[Any], data: bytes, timeout_s: float) -> int | None:
        self.events.append((*args, *([data] if data else [])))
        self.heard.set()
        answer = self.answers.get(args[0])
        return await answer if isinstance(answer, asyncio.Future) else answer

    async def do(self, verb: str, *args: Any, data: bytes = b"") -> Any:
        """A blocking call of the program, on a thread as the interpreter's are."""
        result, answer = await asyncio.to_thread(self._call, self._prefix + verb, list(args), data)
        return answer or result

    async def boot(self) -> None:
        for hook in self._hooks:
            hook()

    def seen(self, event: int) -> list[tuple[Any, ...]]:
        return [data[1:] for data in self.events if data[0] == event]

    async def advertise(self, name: str = "sock") -> None:
        response = bytes([len(name) + 1, 9]) + name.encode()
        await self.do("advertise", 30000, True, 3, len(response), data=b"\x02\x01\x06" + response)


def _hex(uuid: str) -> str:
    return bytes(reversed(bytes.fromhex(uuid.replace("-", "")))).hex()


@contextlib.asynccontextmanager
async def peripheral(air: Air, address: str = ADDRESS, name: str = "sock") -> AsyncIterator[Program]:
    """A `Program` with one value to read and be notified of, and one to write; it advertises."""
    program = Program(air, address)
    await program.radio.start()
    await program.do("active", True)
    await program.do("set", "mtu", 247)
    characteristics = [[_hex(VALUE), 0x12, []], [_hex(CONTROL), 0x2C, []]]
    [[program.value, program.control]] = await program.do("register", [[_hex(SERVICE), characteristics]])
    await program.advertise(name)
    yield program
    await program.radio.stop()
