"""The radio of a virtual board: MicroPython's `bluetooth` on one side, real ATT, GATT and SMP on the other.

It serves the blocking calls of `boards/sim/bluetooth.py` (names `ble....`) and sends it the events. It behaves as
NimBLE on an ESP32 does, traps included: see `radio_gatt`, `radio_updates`, `radio_security`. Errors are an ESP32's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from bumble.core import BaseBumbleError
from gradsock.sim.radio_events import BoardPort, Events
from gradsock.sim.radio_gatt import EINVAL
from gradsock.sim.radio_security import Peer, SecuritySettings
from gradsock.sim.radio_stack import Stack

EIO = 5
EBUSY = 16
ENODEV = 19
ENOTCONN = -128  # newlib's 128 in the int8_t of MicroPython's table
_MTU = range(23, 528)
RESOLVABLE = 2  # address mode

# Bumble logs whatever a peer does wrong; here that is a peer's right, and answered on the air.
logging.getLogger("bumble").setLevel(logging.CRITICAL)

_Result = tuple[object, bytes]


class Radio:
    """The radio of one board. `address` is the board's random static address.

    air: host and port of the air's HCI, or its name as `gradsock.hci` knows it.
    """

    def __init__(self, board: BoardPort, air: tuple[str, int] | str, address: str) -> None:
        self._board = board
        self._air = air if isinstance(air, str) else f"tcp-client:{air[0]}:{air[1]}"
        self._address = address
        self._events = Events(board)
        self._stack: Stack | None = None
        self._forget()
        self._calls: dict[str, Callable[..., Awaitable[object] | object]] = {
            "active": self._active,
            "get": self._get,
            "register": self._register,
            "read": self._read,
            "buffer": self._set_buffer,
            "disconnect": self._disconnect,
            "pair": self._pair,
            "passkey": self._passkey,
        }
        self._calls_with_data: dict[str, Callable[..., Awaitable[object] | object]] = {
            "set": self._set,
            "advertise": self._advertise,
            "write": self._write,
            "notify": self._notify,
            "indicate": self._indicate,
            "secret": self._secret,
            "key": self._key,
            "bond": self._bond,
        }

    async def start(self) -> None:
        """Plug into the board. The radio stays silent until a program makes it active."""
        self._loop = asyncio.get_running_loop()
        self._events.start()
        self._board.register("ble.", self._begin if getattr(self._board, "conducted", False) else self._call)
        self._board.on_boot(self.power_off)

    async def stop(self) -> None:
        """Leave the air, for good."""
        stack = self._stack
        self.power_off()
        await self._events.stop()
        if stack is not None:
            await stack.gone()

    def power_off(self) -> None:
        """A reset or a lost supply: the radio is silent at once, its settings and what it had to tell are forgotten."""
        stack, self._stack = self._stack, None
        if stack is not None:
            stack.vanish()
        self._events.drop()
        self._forget()

    def _forget(self) -> None:
        self._security = SecuritySettings()

    # Calls come on a thread of the board and are carried out in the event loop, where Bumble lives.

    def _call(self, name: str, args: list[Any], data: bytes) -> _Result:
        if self._loop.is_closed():
            raise OSError(ENODEV, "the radio is gone")
        return asyncio.run_coroutine_threadsafe(self._serve(name, args, data), self._loop).result()

    async def _serve(self, name: str, args: list[Any], data: bytes) -> _Result:
        answer = self._begin(name, args, data)
        return await answer if isinstance(answer, Awaitable) else answer

    def _begin(self, name: str, args: list[Any], data: bytes) -> _Result | Awaitable[_Result]:
        """Carry a call out: what it comes to, at once or later. Called in the event loop."""
        verb = name.partition(".")[2]
        if verb not in self._calls and verb not in self._calls_with_data:
            raise OSError(EINVAL, f"the radio has no {name}")
        try:
            result = self._calls[verb](*args) if verb in self._calls else self._calls_with_data[verb](data, *args)
        except (BaseBumbleError, TimeoutError) as error:
            raise OSError(EIO, str(error)) from error
        return _finish(result) if isinstance(result, Awaitable) else _answer(result)

    def _on(self) -> Stack:
        if self._stack is None or not self._stack.alive:
            raise OSError(ENODEV, "the radio is not active")
        return self._stack

    def _peer(self, handle: int) -> Peer:
        peer = self._on().peers.at(handle)
        if peer is None:
            raise OSError(ENOTCONN, "not connected")
        return peer

    async def _active(self, wanted: bool | None = None) -> bool:
        if wanted is not None and self._stack is not None:
            # MicroPython starts the stack anew even when it is running
            stack, self._stack = self._stack, None
            await stack.close()
            self._events.drop()
        if wanted:
            self._stack = await Stack.open(self._air, self._address, self._security, self._events)
        return self._stack is not None

    def _get(self, name: str) -> object:
        stack = self._on()
        if name == "gap_name":
            return stack.database.name
        if name == "mac" and stack.resolvable:
            raise OSError(EINVAL, "an address that changes is not told")
        if name == "mac":
            return bytes(stack.device.random_address)[::-1]
        return stack.device.gatt_server.max_mtu

    def _set(self, data: bytes, name: str, value: int = 0) -> Awaitable[None] | None:
        if name in ("bond", "mitm", "le_secure"):
            setattr(self._security, name, bool(value))
        elif name == "io":
            self._security.io = value
        elif name == "gap_name":
            self._on().database.name = data
        elif name == "addr_mode":
            if value == RESOLVABLE:
                return self._on().be_resolvable()
            if value != 1:
                raise OSError(EINVAL, "this board has a random static address")
        elif value not in _MTU:
            raise OSError(EINVAL, "no such MTU")
        else:
            self._on().device.gatt_server.max_mtu = value
        return None

    async def _advertise(
        self, data: bytes, interval_us: int | None, connectable: bool, length: int | None, response_length: int | None
    ) -> None:
        stack = self._on()
        if interval_us is None:
            await stack.device.stop_advertising()
            return
        start = length or 0
        advertised = None if length is None else data[:start]
        response = None if response_length is None else data[start : start + response_length]
        await stack.advertise(interval_us, connectable, advertised, response)

    def _register(self, services: list[Any]) -> list[list[int]]:
        stack = self._on()
        if stack.advertising or any(stack.peers):
            raise OSError(EBUSY, "stop advertising and disconnect before services are registered")
        return stack.database.register(services)

    def _read(self, handle: int) -> bytes:
        return self._on().database.value(handle).take()

    def _write(self, data: bytes, handle: int, send_update: bool) -> None:
        stack = self._on()
        stack.database.value(handle).set(data)
        if send_update:
            stack.updates.publish(handle)

    def _notify(self, data: bytes, connection: int, handle: int, own_data: bool) -> None:
        self._on().updates.notify(self._peer(connection), handle, data if own_data else None)

    def _indicate(self, data: bytes, connection: int, handle: int, own_data: bool) -> None:
        self._on().updates.indicate(self._peer(connection), handle, data if own_data else None)

    def _set_buffer(self, handle: int, length: int, append: bool) -> None:
        value = self._on().database.value(handle)
        value.limit, value.append = length, append
        value.data = value.data[:length]

    def _disconnect(self, connection: int) -> None:
        self._on().disconnect(self._peer(connection))

    def _pair(self, connection: int) -> None:
        self._on().security.pair(self._peer(connection))

    def _passkey(self, connection: int, action: int, passkey: int) -> None:
        if not self._peer(connection).answer(action, passkey):
            raise OSError(EINVAL, "nobody asked for that")

    def _key(self, data: bytes) -> None:
        self._on().device.irk = data

    def _bond(self, data: bytes) -> None:
        self._on().security.secrets.restore(data)
        self._on().recognise()

    def _secret(self, data: bytes) -> None:
        self._on().security.secrets.fetched = data


async def _finish(result: Awaitable[object]) -> _Result:
    try:
        return _answer(await result)
    except (BaseBumbleError, TimeoutError) as error:
        raise OSError(EIO, str(error)) from error


def _answer(result: object) -> _Result:
    return (None, result) if isinstance(result, bytes) else (result, b"")
