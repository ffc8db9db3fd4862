"""A virtual board: its interpreter, flash, serial port, and the world at its inputs.

One process each (`python -m`); in virtual time all boards live in the process of the conductor, without serial ports.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import os
import random
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from gradsock.errors import SimError
from gradsock.sim.analog import AnalogSource, Steady
from gradsock.sim.asking import Asking
from gradsock.sim.bridge import Answer, Bridge, Call
from gradsock.sim.clock import Clock, LoopClock, WallClock
from gradsock.sim.conducted import ConductedBridge
from gradsock.sim.conductor import conductor
from gradsock.sim.flash_image import STOCK_BYTES, FlashImage
from gradsock.sim.interpreter import node_command
from gradsock.sim.repl import Repl
from gradsock.sim.volume import Volume

_log = logging.getLogger(__name__)

PWRON, HARD, WATCHDOG, DEEPSLEEP, SOFT = 1, 2, 3, 4, 5  # machine.*_RESET as ESP32 numbers them
_EINVAL = 22
_SHORT_LIFE_S = 2.0  # an interpreter that dies so young would only die again
_UP_S = 20.0  # Node takes a third of a second, on a busy machine some
_ADC_ADDRESSES = (0x48, 0x49, 0x4A, 0x4B)
"""Where an ADS1115 can be plugged in; the first one is from the start."""
_BATTERY_V = 3.9

_T = TypeVar("_T")


def unique_id(folder: Path) -> bytes:
    """The six bytes burnt into the board that lives in this folder; a new board gets random ones."""
    path = folder / "unique_id"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(secrets.token_bytes(6))
    return path.read_bytes()


class Board:
    """One virtual board with its folder: `flash.img`, `unique_id`, `conversions.bin`, `interpreter.log`.

    In virtual time also `console.log`: what its programs print.

    `told(event)` gets what an onlooker may want to know, as a dictionary with the key "event".
    """

    def __init__(
        self,
        folder: Path,
        *,
        analog: AnalogSource | None = None,
        seed: int = 0,
        clock: Clock | None = None,
        told: Callable[[dict[str, Any]], None] | None = None,
        flash_bytes: int = STOCK_BYTES,
        drift_ppm: float = 0.0,
    ) -> None:
        """drift_ppm: how much its clock is fast; in virtual time only."""
        self.folder = folder
        self._given_clock = clock
        self.clock: Clock = clock or WallClock()
        self.analog: AnalogSource = analog or Steady()
        self.seed = seed
        self.repl = Repl(self)
        self.boots = 0
        self.pins: dict[str, int] = {}
        self.plugged = {_ADC_ADDRESSES[0]}
        self.baseline_bytes: int | None = None
        self.battery_V = _BATTERY_V
        self._told = told or (lambda _event: None)
        self._flash_bytes = flash_bytes
        self._drift_ppm = drift_ppm
        self._bridge: Bridge | ConductedBridge | None = None
        self._volume: Volume | None = None
        self._calls: dict[str, Call] = {"adc": self._adc, "random": self._random}
        self._boot_hooks: list[Callable[[], Awaitable[None] | None]] = []
        self._asking = Asking()
        self._powered_us = 0
        self._resetting = asyncio.Lock()
        self._opened = contextlib.ExitStack()
        self._stopped = False
        self._asleep: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self, serial_port: int = 0) -> None:
        """Opens the folder and the serial port, and powers the board on. Raises SimError with what to do."""
        self._loop = asyncio.get_running_loop()
        self._conductor = conductor()
        if self._conductor is not None and self._given_clock is None:
            self.clock = LoopClock(self._conductor.start_utc_us)
        self._command = node_command()
        self.unique_id = unique_id(self.folder)
        self.image = FlashImage(self.folder / "flash.img", self._flash_bytes, self._flash_cut)
        self._opened.callback(self.image.close)
        self._errors = self._opened.enter_context((self.folder / "interpreter.log").open("ab"))
        if self._conductor is None:
            await self._open_port(serial_port)
        else:  # nobody is there to listen
            self._console = self._opened.enter_context((self.folder / "console.log").open("wb", buffering=0))
        self._came_up: asyncio.Future[bool] = self._loop.create_future()
        await self.power_on()

    async def _open_port(self, number: int) -> None:
        try:
            await self.repl.port.open(number)
        except OSError as error:
            raise SimError(f"serial port {number} cannot be opened ({error.strerror}): take another one") from None

    async def up(self) -> None:
        """Waits until the first interpreter is up. Raises SimError with what to do when it ends before that."""
        log = self.folder / "interpreter.log"
        try:
            is_up = await asyncio.wait_for(asyncio.shield(self._came_up), _UP_S)
        except TimeoutError:
            raise SimError(
                f"MicroPython was not up within {_UP_S:.0f} s: is this machine very busy? See {log}"
            ) from None
        if not is_up:
            raise SimError(f"MicroPython does not start here: run `make clean setup` (why it ended: {log})")

    async def stop(self) -> None:
        """Power off, for good."""
        self._stopped = True
        await self.power_cut()
        await self.repl.port.close()
        self._opened.close()

    async def power_on(self) -> None:
        """Boots a board that is off; what the firmware sees is a power-on."""
        asleep, self._asleep = self._asleep, None
        if asleep is not None:
            asleep.set()
        if self._bridge is None:
            self._powered_us = int(self.clock.now_s() * 1e6)
            await self._boot(PWRON)

    async def power_cut(self) -> None:
        """Ends the interpreter wherever it is; what was not in the flash is gone."""
        async with self._resetting:
            await self._end()
            self.repl.stopped()

    def soft_reset(self) -> None:
        """Ctrl-D: a fresh interpreter, files closed."""
        self.reset(SOFT)

    def reset(self, cause: int, run_main: bool = True) -> None:
        """Ends the interpreter and boots anew; any cause but SOFT is a hard reset."""
        bridge = self._bridge
        if bridge is not None:
            self._spawn(self._boot(cause, bridge, run_main))

    async def _boot(
        self, cause: int, instead_of: Bridge | ConductedBridge | None = None, run_main: bool = True
    ) -> None:
        async with self._resetting:
            if self._bridge is not instead_of or self._stopped or (self.image.dead and cause != PWRON):
                return  # another reset or a power cut was faster
            if cause != SOFT:
                self.repl.powered()
            await self._end()
            if cause == SOFT and self._volume:
                await self._blocking(self._volume.close_files)
            self.boots += 1
            if cause == PWRON:  # a cut that was asked for waits through any reset
                self.image.dead = False
                self.image.cut_after = None
            self._volume = await self._blocking(lambda: Volume(self.image))
            self._calls["fs"] = self._files
            self._run_main = run_main
            config = {
                "boot": self.boots,
                "seed": self.seed,
                "reset_cause": cause,
                "unique_id": self.unique_id.hex(),
                "powered_us": self._powered_us,
                "drift_ppm": self._drift_ppm,
                "conversions": str(self.folder / "conversions.bin"),
                "adc": list(_ADC_ADDRESSES),
                "plugged": sorted(self.plugged),
            }
            self._bridge = self._start_interpreter(config)
            self._booted_s = self.clock.now_s()
            self._told({"event": "boot", "cause": cause, "boot": self.boots, "pid": self._bridge.pid})

    def _start_interpreter(self, config: dict[str, Any]) -> Bridge | ConductedBridge:
        if self._conductor is None:
            return Bridge(self._command, config, self._errors, self._serve, self._hear)
        self._dice = random.Random(f"{self.seed} {self.unique_id.hex()} {self._conductor.utc_us()}")
        bridge = ConductedBridge(self._conductor, self._command, config, self._errors, self._serve, self._hear)
        self.image.take_busy_us()  # what was done before is no business of this boot
        bridge.cost_us = self.image.take_busy_us
        return bridge

    async def _blocking(self, work: Callable[[], _T]) -> _T:
        """Work on the flash, which takes a moment: at speed 1 on a thread."""
        return await asyncio.to_thread(work) if self._conductor is None else work()

    async def _end(self) -> None:
        bridge, self._bridge = self._bridge, None
        if bridge:
            await bridge.end()
        for hook in self._boot_hooks:
            waiting = hook()
            if inspect.isawaitable(waiting):
                await waiting
        self.pins.clear()
        self._asking.forget()

    def _spawn(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _flash_cut(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._spawn(self._cut_off()))

    async def _cut_off(self) -> None:
        await self.power_cut()
        self._told({"event": "power-cut"})

    @property
    def pid(self) -> int:
        """The process of the interpreter; SimError when the board is off."""
        if self._bridge is None:
            raise SimError("the board is off: power it on first")
        return self._bridge.pid

    @property
    def conducted(self) -> bool:
        """In virtual time: blocking calls come in the event loop, and may be answered by an awaitable."""
        return conductor() is not None

    # -- what other parts plug into -----------------------------------------------------------------------------------

    def register(self, prefix: str, call: Call) -> None:
        """Blocking calls named `prefix...` go to `call(name, args, data)`, on the interpreter's own thread.

        In virtual time (`conducted`) there is no such thread: they come in the event loop.
        """
        self._calls[prefix.rstrip(".")] = call

    def on_boot(self, hook: Callable[[], Awaitable[None] | None]) -> None:
        """Has `hook` called (and awaited) whenever the interpreter has ended, and so before every boot."""
        self._boot_hooks.append(hook)

    def post(self, kind: str, args: list[Any], data: bytes = b"") -> None:
        """Sends the interpreter an event and forgets it; any thread may."""
        bridge = self._bridge
        if bridge:
            bridge.post(kind, args, data)

    async def ask(self, kind: str, args: list[Any], data: bytes = b"", timeout_s: float = 5.0) -> int | None:
        """Sends an event and waits for what its handler returns; None when there is none, or none in time."""
        bridge = self._bridge
        return None if bridge is None else await self._asking.ask(bridge, kind, args, data, timeout_s)

    async def heap(self, timeout_s: float = 10.0) -> dict[str, int | None]:
        """Bytes in use after a collection while the firmware waits, and what an empty board used before boot.py."""
        if self._bridge is None:
            raise SimError("the board is off: power it on first")
        return {"used": await self._asking.heap(self._bridge, timeout_s), "baseline": self.baseline_bytes}

    def plug(self, address: int, present: bool) -> None:
        """Puts the chip at `address` onto the bus, or pulls it off."""
        if address not in _ADC_ADDRESSES:
            raise SimError(f"no chip at address {address}: there are {list(_ADC_ADDRESSES)}")
        (self.plugged.add if present else self.plugged.discard)(address)
        self.post("plug", [address, present])

    def drive_pin(self, pin: str, level: int) -> None:
        """Drives a pin from outside: a button."""
        self.pins[pin] = level
        self.post("pin", [pin, level])
        if self._asleep is not None and not level:
            self._asleep.set()

    def world_changed(self) -> None:
        """The analog world is another from now on: voltages fetched ahead are forgotten."""
        self.post("world", [])

    # -- jobs of the REPL ---------------------------------------------------------------------------------------------

    def job(self, kind: str, name: str, data: bytes) -> None:
        """Has the interpreter run something for the REPL, which hears of its end."""
        if self._bridge:
            self._asking.job(self._bridge, kind, name, data)

    def interrupt(self) -> None:
        """Ctrl-C."""
        if self._bridge:
            self._bridge.interrupt()

    # -- what the interpreter says ------------------------------------------------------------------------------------

    def _serve(self, name: str, args: list[Any], data: bytes) -> Answer | Awaitable[Answer] | None:
        call = self._calls.get(name.partition(".")[0])
        if call is None:
            raise OSError(_EINVAL, f"nobody serves {name}")
        return call(name, args, data)

    def _hear(self, name: str, args: list[Any], data: bytes) -> None:
        hear = getattr(self, "_hear_" + name, None)
        if hear is None:
            _log.warning("the interpreter said %s%s", name, args)
        else:
            hear(*args, *([data] if data else []))

    def _hear_up(self, used_bytes: int) -> None:
        self.baseline_bytes = used_bytes
        self._came(True)
        self.repl.booted(self._run_main)

    def _came(self, up: bool) -> None:
        if not self._came_up.done():
            self._came_up.set_result(up)

    def _hear_out(self, data: bytes) -> None:
        if self._conductor is None:
            self.repl.port.write(data)
        else:
            self._console.write(data)

    def _hear_done(self, number: int, status: int, error: str) -> None:
        if self._asking.ended(number, status):
            self.repl.done(status, error.encode())

    def _hear_answer(self, number: int, value: int | None) -> None:
        self._asking.answered(number, value)

    def _hear_pin(self, pin: str, level: int) -> None:
        self.pins[pin] = level

    def _hear_reset(self, cause: int) -> None:
        self.reset(cause)

    def _hear_deepsleep(self, ms: int) -> None:
        self._spawn(self._sleep(ms))

    async def _sleep(self, ms: int) -> None:
        """Until the time is over, or a pin is driven low (its firmware's button); power-on ends it too."""
        await self.power_cut()
        self._told({"event": "deepsleep", "ms": ms})
        self._asleep = asyncio.Event()
        waits: list[asyncio.Task[Any]] = [self._loop.create_task(self._asleep.wait())]
        if ms:
            waits.append(self._loop.create_task(self.clock.sleep(ms / 1000)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._asleep is not None:
            self._asleep = None
            await self._boot(DEEPSLEEP)

    def _hear_watchdog(self) -> None:
        self._told({"event": "watchdog"})
        self.reset(WATCHDOG)

    def _hear_stuck(self) -> None:
        # Ctrl-C cannot reach a loop that never calls out of the interpreter: it is ended, the REPL comes up without it.
        self.repl.interrupted()
        self.reset(SOFT, run_main=False)

    def _hear_ended(self) -> None:
        self._came(False)
        self._told({"event": "died", "log": str(self.folder / "interpreter.log")})
        if self.clock.now_s() - self._booted_s < _SHORT_LIFE_S:
            self._spawn(self.power_cut())
        else:
            self.reset(HARD)

    # -- blocking calls -----------------------------------------------------------------------------------------------

    def _files(self, name: str, args: list[Any], data: bytes) -> tuple[object, bytes] | None:
        assert self._volume is not None
        try:
            answer = self._volume.call(name, args, data)
        except OSError:
            if not self.image.dead:
                raise
        return None if self.image.dead else answer  # without power nothing goes on, not even an error

    def _adc(self, name: str, args: list[Any], _data: bytes) -> tuple[object, bytes]:
        if name == "adc.pin":
            return self.battery_V / 2, b""
        volts, noise = self.analog.window(*args)
        return None, volts.astype("<f4").tobytes() + noise.astype("<f4").tobytes()

    def _random(self, _name: str, args: list[Any], _data: bytes) -> tuple[object, bytes]:
        return None, os.urandom(args[0]) if self._conductor is None else self._dice.randbytes(args[0])


if __name__ == "__main__":
    from gradsock.sim.commands import main

    raise SystemExit(main())
