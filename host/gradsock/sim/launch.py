"""Starts the parts of the simulation and talks to them: the air, and one virtual board after the other.

At speed 1 each is a process; their standard input is ours to close: whatever becomes of this process, they end with it.
In virtual time (`gradsock.sim.conductor.run_virtual`) the same classes are parts of this process, and a board has no
serial port: it is to be flashed before.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gradsock.errors import SimError
from gradsock.sim.conductor import conductor

if TYPE_CHECKING:
    from gradsock.sim.inside import InsideBoard
    from gradsock.sim.inside_air import InsideAir

_READY_S = 30.0
_QUIT_S = 5.0
_LINE_BYTES = 1 << 20


class Child:
    """A process that prints one JSON line when it is ready, then answers JSON commands; others of its lines are events.

    Raises `SimError` with the process's own reason when it does not become ready.
    """

    def __init__(self, module: str, *arguments: str, log: Path | None = None) -> None:
        self._module = module
        self._command = [sys.executable, "-m", module, *arguments]
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._asking = asyncio.Lock()
        self._ready: asyncio.Future[dict[str, Any]] | None = None
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        """What the process told by itself, as dictionaries with the key "event"."""
        self.ready: dict[str, Any] = {}
        """What it said when it was ready."""

    @property
    def pid(self) -> int:
        """The process's number."""
        if self._process is None:
            raise SimError(f"{self._module} is not running: start it first")
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process has come to its end, however it did."""
        return self._process is not None and self._process.returncode is not None

    async def __aenter__(self) -> Self:
        self._ready = asyncio.get_running_loop().create_future()
        errors = self._log.open("ab") if self._log else None
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=_LINE_BYTES,
                start_new_session=True,  # ctrl-C in a terminal is for the program that started us
            )
        finally:
            if errors:
                errors.close()
        self._reader = asyncio.create_task(self._read(self._process))
        try:
            self.ready = await asyncio.wait_for(self._ready, _READY_S)
        except TimeoutError:
            await self.stop()
            raise SimError(
                f"{self._module} was not ready within {_READY_S:.0f} s: is this machine very busy?"
            ) from None
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def command(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Has the process do something; its answer. Raises SimError with the process's reason when it does not."""
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise SimError(f"{self._module} has ended: start it again")
        async with self._asking:
            process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            with contextlib.suppress(ConnectionError):
                await process.stdin.drain()
            answer = await self._answers.get()
        if "error" in answer:
            raise SimError(answer["error"])
        return answer

    async def event(self, name: str) -> dict[str, Any]:
        """Waits for the next event of that name; earlier ones are dropped."""
        while True:
            event = await self.events.get()
            if event["event"] == name:
                return event
            if event["event"] == "ended":
                raise SimError(f"{self._module} has ended: start it again")

    def kill(self) -> None:
        """Ends the process as `kill -9` does."""
        if self._process:
            self._process.kill()

    async def stop(self) -> None:
        """Ends the process: asked first, then killed."""
        process = self._process
        if process is None:
            return
        if process.stdin and not process.stdin.is_closing():
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _QUIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader:
            await self._reader

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None and self._ready is not None
        while line := await process.stdout.readline():
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if not self._ready.done() and "error" in message:
                self._ready.set_exception(SimError(message["error"]))
            elif not self._ready.done() and message.get("ready"):
                self._ready.set_result(message)
            elif "event" in message:
                self.events.put_nowait(message)
            else:
                self._answers.put_nowait(message)
        ended = f"{self._module} has ended" + (f", see {self._log}" if self._log else "") + ": start it again"
        if not self._ready.done():
            self._ready.set_exception(SimError(ended))
        self._answers.put_nowait({"error": ended})
        self.events.put_nowait({"event": "ended"})


class VirtualAir(Child):
    """The air: where the radios of boards and hosts meet. Entered in virtual time, it is a part of this process."""

    def __init__(self, log: Path | None = None, *, faults: str = "", seed: int = 0) -> None:
        """faults: what goes wrong in it, as `gradsock.sim.air_faults.Faults.parse` reads it, drawn from the seed."""
        super().__init__("gradsock.sim.air", "--port", "0", "--faults", faults, "--seed", str(seed), log=log)
        self._faults, self._seed = faults, seed
        self._inside: InsideAir | None = None

    async def __aenter__(self) -> Self:
        if conductor() is None:
            return await super().__aenter__()
        from gradsock.sim.air_faults import Faults, FaultyLink
        from gradsock.sim.inside_air import InsideAir

        link = FaultyLink(Faults.parse(self._faults), self._seed) if self._faults else None
        self._inside = await InsideAir(link).__aenter__()
        self.ready = {"ready": True, "hci": self._inside.hci}
        return self

    async def stop(self) -> None:
        """End the air: every host loses its controller."""
        if self._inside is None:
            await super().stop()
        else:
            await self._inside.stop()

    @property
    def hci(self) -> str:
        """Where a host attaches its Bluetooth, as Bumble spells transports."""
        return str(self.ready["hci"])

    @property
    def address(self) -> str:
        """HOST:PORT, which a board takes."""
        return self.hci.split(":", 1)[1]


class VirtualBoard(Child):
    """One virtual board on its folder; what it keeps there it finds again. In virtual time a part of this process."""

    def __init__(
        self,
        folder: Path,
        *,
        air: VirtualAir | None = None,
        leg: str | None = None,
        seed: int = 0,
        serial_port: int = 0,
        log: Path | None = None,
        drift_ppm: float = 0.0,
    ) -> None:
        """drift_ppm: how much the board's clock is fast; in virtual time only."""
        arguments = ["--folder", str(folder), "--seed", str(seed), "--serial-port", str(serial_port)]
        if air:
            arguments += ["--air", air.address]
        if leg:
            arguments += ["--leg", leg]
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__("gradsock.sim.board", *arguments, log=log or folder / "board.log")
        self.folder = folder
        self._air, self._leg, self._seed, self._drift_ppm = air, leg, seed, drift_ppm
        self._inside: InsideBoard | None = None

    async def __aenter__(self) -> Self:
        if conductor() is None:
            return await super().__aenter__()
        from gradsock.sim.inside import InsideBoard

        hci = self._air.hci if self._air else None
        self._inside = InsideBoard(
            self.folder, hci=hci, leg=self._leg, seed=self._seed, events=self.events, drift_ppm=self._drift_ppm
        )
        await self._inside.__aenter__()
        self.ready = {"ready": True, "address": self._inside.bluetooth_address}
        return self

    @property
    def inside(self) -> InsideBoard:
        """The board itself, which virtual time has in this process. Raises SimError at speed 1."""
        if self._inside is None:
            raise SimError("a board that is a process of its own cannot be looked into: run it in virtual time")
        return self._inside

    @property
    def pid(self) -> int:
        """The process's number: the board's, or in virtual time its interpreter's."""
        return super().pid if self._inside is None else self._inside.pid

    @property
    def ended(self) -> bool:
        """Whether it has come to its end, however it did."""
        return super().ended if self._inside is None else self._inside.ended

    async def command(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Has the board do something (`gradsock.sim.commands`); SimError with its reason when it does not."""
        if self._inside is None:
            return await super().command(do, **arguments)
        return await self._inside.command(do, **arguments)

    async def stop(self) -> None:
        """Ends the board."""
        if self._inside is None:
            await super().stop()
        else:
            await self._inside.stop()

    @property
    def serial_url(self) -> str:
        """What `mpremote connect` and pyserial take."""
        if self._inside is not None:
            raise SimError("a board in virtual time has no serial port: flash it at speed 1 first")
        return str(self.ready["serial"])

    @property
    def terminal(self) -> str:
        """The same port as a device, for `mpremote repl` and terminal programs."""
        return str(self.ready["tty"])

    @property
    def bluetooth_address(self) -> str:
        """The address its radio answers to."""
        return str(self.ready["address"])
