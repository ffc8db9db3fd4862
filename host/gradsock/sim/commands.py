"""The board process's conversation with whoever started it: JSON lines on standard input and output."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from gradsock.errors import GradsockError, SimError
from gradsock.sim.board import Board, unique_id

_EOF = b""
_READ_BYTES = 4096


class Commands:
    """What may be asked of a running board; each command answers with one JSON object."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.stop = asyncio.Event()
        """Set when the board is to end."""
        self._do: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "wear": self._wear,
            "press": self._press,
            "sensor": self._sensor,
            "power-cut": self._power_cut,
            "power-on": self._power_on,
            "unplug": self._unplug,
            "plug": self._plug,
            "battery": self._battery,
            "heap": self._heap,
            "pins": self._pins,
            "flash": self._flash,
        }

    async def run(self, line: str) -> dict[str, Any]:
        """The answer to one line: {"done": ...} or {"error": one line that says what to do}."""
        try:
            command = json.loads(line)
            if command["do"] == "quit":
                self.stop.set()
                return {"done": "quit"}
            do = self._do.get(command["do"])
        except (ValueError, KeyError, TypeError):
            return {"error": 'not a command: write a line such as {"do":"pins"}'}
        if do is None:
            return {"error": f"no command {command['do']!r}: there are {', '.join(sorted([*self._do, 'quit']))}"}
        try:
            return {"done": command["do"], **await do(command)}
        except GradsockError as error:
            return {"error": str(error)}
        except KeyError as error:
            return {"error": f"{command['do']}: {error.args[0]} is missing; boards/sim/README.md lists what each takes"}
        except (TypeError, ValueError) as error:
            return {"error": f"{command['do']}: {error}"}

    async def _wear(self, command: dict[str, Any]) -> dict[str, Any]:
        """Put the sock on: its scenario begins now."""
        if "scenario" in command:
            self._board.analog = worn_sock(command["scenario"], self._board.seed)
        wear = getattr(self._board.analog, "wear", None)
        if wear is None:
            raise SimError('this sock has no leg: say which, as in {"do":"wear","scenario":"demo"}')
        now_s = self._board.clock.now_s()
        wear(now_s)
        self._board.world_changed()
        return {"t_us": int(now_s * 1e6)}

    async def _press(self, command: dict[str, Any]) -> dict[str, Any]:
        """Press on all sensors from now on, as a cuff does that is pumped to so many mmHg."""
        press = getattr(self._board.analog, "press", None)
        if press is None:
            raise SimError('this sock has no sensors: say which, as in {"do":"wear","scenario":"cuff"}')
        press(self._board.clock.now_s(), float(command["mmHg"]), float(command.get("over", 2.0)))
        self._board.world_changed()
        return {}

    async def _sensor(self, command: dict[str, Any]) -> dict[str, Any]:
        """From now on the wire of a site's sensor is "open", "short", "stuck" or "saturated", or "well" again."""
        wire = getattr(self._board.analog, "wire", None)
        if wire is None:
            raise SimError('this sock has no sensors: say which, as in {"do":"wear","scenario":"demo"}')
        wire(self._board.clock.now_s(), command["site"], command["is"])
        self._board.world_changed()
        return {}

    async def _power_cut(self, command: dict[str, Any]) -> dict[str, Any]:
        """Cut the power now, or with "after": n in the middle of the flash operation that follows n more."""
        if "after" in command:
            self._board.image.cut_after = int(command["after"])
        else:
            await self._board.power_cut()
        return {}

    async def _power_on(self, _command: dict[str, Any]) -> dict[str, Any]:
        await self._board.power_on()
        return {"boot": self._board.boots}

    async def _unplug(self, command: dict[str, Any]) -> dict[str, Any]:
        self._board.plug(int(command["address"]), False)
        return {}

    async def _plug(self, command: dict[str, Any]) -> dict[str, Any]:
        self._board.plug(int(command["address"]), True)
        return {}

    async def _battery(self, command: dict[str, Any]) -> dict[str, Any]:
        """The cell has so many volts from now on."""
        self._board.battery_V = float(command["V"])
        return {}

    async def _heap(self, _command: dict[str, Any]) -> dict[str, Any]:
        return dict(await self._board.heap())

    async def _pins(self, command: dict[str, Any]) -> dict[str, Any]:
        """The levels of the pins that the firmware drives; with "set": {pin: level} drive some from outside."""
        for pin, level in command.get("set", {}).items():
            self._board.drive_pin(pin, int(level))
        return {"pins": dict(self._board.pins)}

    async def _flash(self, _command: dict[str, Any]) -> dict[str, Any]:
        """How often the flash was read, programmed and erased since the process began."""
        return asdict(self._board.image.counts)


def worn_sock(scenario: str, seed: int) -> Any:
    """The sock on its virtual leg, on the table until it is worn."""
    return import_module("gradsock.sim.leg").WornSock(scenario, seed)


def say(message: dict[str, Any]) -> None:
    """One JSON line on standard output; when nobody reads it any longer, the board ends."""
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.raise_signal(signal.SIGTERM)


def _lines() -> asyncio.Queue[bytes]:
    """Lines of standard input, b"" at its end; a thread reads them, since it may be a file or a terminal."""
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def tell(line: bytes) -> bool:
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are leaving already
            loop.call_soon_threadsafe(lines.put_nowait, line)
            return True
        return False

    def read() -> None:
        # Not sys.stdin: Python cannot end while a thread that it does not wait for holds the lock of its buffer.
        kept = b""
        while more := os.read(0, _READ_BYTES):
            *whole, kept = (kept + more).split(b"\n")
            if not all(tell(line + b"\n") for line in whole):
                return
        if not kept or tell(kept):
            tell(_EOF)

    threading.Thread(target=read, name="commands", daemon=True).start()
    return lines


async def _serve(options: argparse.Namespace) -> None:
    analog = worn_sock(options.leg, options.seed) if options.leg else None
    board = Board(options.folder, analog=analog, seed=options.seed, told=say)
    commands = Commands(board)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, commands.stop.set)
    async with contextlib.AsyncExitStack() as opened:
        air = await _air(options.air, opened)
        radio = import_module("gradsock.sim.radio").Radio(board, air, options.address)
        await radio.start()
        opened.push_async_callback(radio.stop)
        opened.push_async_callback(board.stop)
        await board.start(options.serial_port)
        await board.up()
        plugs = board.repl.port
        meets = {"address": options.address, "hci": f"tcp-client:{air[0]}:{air[1]}"}
        say({"ready": True, "serial": plugs.url, "tty": plugs.terminal, **meets, "pid": os.getpid()})
        await _obey(commands, options.stay)


async def _air(given: str | None, opened: contextlib.AsyncExitStack) -> tuple[str, int]:
    """Host and port of the air that was named, or of one that this board has for itself."""
    if given:
        host, _, port = given.rpartition(":")
        return host, int(port)
    air = import_module("gradsock.sim.air").Air()
    await air.start()
    opened.push_async_callback(air.stop)
    host, number = air.address
    return host, number


async def _obey(commands: Commands, stay: bool) -> None:
    """Answers commands until "quit", a signal, or the end of input (unless the board is to stay)."""
    stopping = asyncio.create_task(commands.stop.wait())
    lines = _lines()
    while not commands.stop.is_set():
        reading = asyncio.create_task(lines.get())
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            reading.cancel()
            return
        line = reading.result()
        if line == _EOF:
            if not stay:
                return
            await stopping
        elif line.strip():
            say(await commands.run(line.decode(errors="replace")))


def random_static_address(folder: Path) -> str:
    """The board's own Bluetooth address, made from its unique id: random static, as NimBLE makes one."""
    octets = bytearray(unique_id(folder))
    octets[0] |= 0xC0  # the two top bits say "static"
    return ":".join(f"{octet:02X}" for octet in octets)


def main(arguments: list[str] | None = None) -> int:
    """`python -m gradsock.sim.board`."""
    parser = argparse.ArgumentParser(prog="python -m gradsock.sim.board", description="A virtual board.")
    parser.add_argument("--folder", type=Path, required=True, help="where the board keeps its flash and its truth")
    parser.add_argument(
        "--air", metavar="HOST:PORT", help="the air that its radio attaches to; without it, one of its own"
    )
    parser.add_argument("--leg", metavar="SCENARIO", help="what the sock goes through once it is worn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--serial-port", type=int, default=0, help="TCP port of the serial REPL; 0 takes a free one")
    parser.add_argument("--stay", action="store_true", help="go on after the end of standard input")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    options.address = random_static_address(options.folder)
    try:
        asyncio.run(_serve(options))
    except GradsockError as error:
        say({"error": str(error)})
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
