"""Random power cuts while a sock is flashed: what starts afterwards has to be a whole firmware, the old or the new one.

    .venv/bin/python tests/bench/flash_soak.py --cuts 40

Prints a line for each cut and the account. Exit 1 when a cut left anything else, or a sock that does not start.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from gradsock.errors import FlashError
from gradsock.flash import Firmware, build, cable, flash, install
from gradsock.sim.launch import VirtualAir, VirtualBoard

HANG_S = 60.0


class Soak:
    """One virtual sock that is flashed to and fro between two firmwares."""

    def __init__(self, board: VirtualBoard, seed: int) -> None:
        self._board = board
        self._dice = random.Random(seed)
        base = build("sim")
        old = base.files | {"/sock/gone.mpy": base.files["/sock/__init__.mpy"]}
        new = {path: content + bytes(path.startswith("/device/")) for path, content in base.files.items()}
        new |= {"/sock/added.mpy": b"M\x06" + bytes(3000), "/main.py": base.files["/main.py"] + b"\n"}
        self._firmwares = {"old": Firmware("sim", old), "new": Firmware("sim", new)}
        self._now = "old"
        self._said = bytearray()

    async def prepare(self) -> None:
        """Puts the old firmware on, then the new one, and counts the flash operations of that."""
        begun: list[int] = []
        await self._put("old")
        await self._put("new", begun=begun)
        self._operations, self._now = await self._count() - begun[0], "new"

    async def cut(self) -> str:
        """One flashing with a power cut in it; what was there afterwards: "old", "new", or what is wrong."""
        other = "old" if self._now == "new" else "new"
        with suppress(FlashError):  # the cut, or it was done before
            await self._put(other, after=self._dice.randrange(self._operations))
        await self._board.command("power-cut")
        try:
            await self._start()
        except (TimeoutError, OSError, EOFError) as error:
            return f"does not start, {type(error).__name__}, and said {bytes(self._said)!r}"
        found = await asyncio.to_thread(self._look)
        for name, firmware in self._firmwares.items():
            if found == firmware.manifest:
                self._now = name
                return name
        return "mixed"

    async def _put(self, name: str, after: int | None = None, begun: list[int] | None = None) -> None:
        loop, armed = asyncio.get_running_loop(), False

        def progress(_done: int, _total: int, what: str) -> None:
            nonlocal armed
            if armed or not what.startswith("/"):
                return
            armed = True
            if begun is not None:
                begun.append(asyncio.run_coroutine_threadsafe(self._count(), loop).result(HANG_S))
            if after is not None:
                asyncio.run_coroutine_threadsafe(self._board.command("power-cut", after=after), loop).result(HANG_S)

        install.build = lambda _board: self._firmwares[name]
        await asyncio.to_thread(flash, self._board.serial_url, "sim", progress=progress)

    async def _count(self) -> int:
        counts = await self._board.command("flash")
        return int(counts["programs"] + counts["erases"])

    async def _start(self) -> None:
        host, port = self._board.serial_url.removeprefix("socket://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        self._said.clear()
        try:
            async with asyncio.timeout(HANG_S):
                await self._board.command("power-on")
                while b"running\r\n" not in self._said:
                    if not (more := await reader.read(4096)):
                        raise EOFError("the line was closed")
                    self._said += more
        finally:
            writer.close()
            await writer.wait_closed()

    def _look(self) -> dict[str, str]:
        with cable.Cable(self._board.serial_url) as line:
            found = [path for path in line.files("") if path.endswith(".mpy") or path == "/main.py"]
            return line.hashes(path for path in found if not path.startswith(("/new/", "/old/")))


async def soak(cuts: int, seed: int) -> int:
    """Makes the cuts; how many went wrong."""
    account: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        async with VirtualAir() as air, VirtualBoard(Path(folder) / "board", air=air) as board:
            sock = Soak(board, seed)
            await sock.prepare()
            for number in range(1, cuts + 1):
                found = await sock.cut()
                account[found] += 1
                print(f"cut {number}: {found}", flush=True)
                if found not in ("old", "new"):
                    break  # what follows would not be a fair trial
    wrong = sum(count for found, count in account.items() if found not in ("old", "new"))
    print(f"flash soak, seed {seed}: {account.total()} cuts, {dict(account)}: {wrong} wrong (goal: 0)")
    return wrong


def main() -> int:
    """Reads the command line and soaks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cable.PATIENCE_S, cable.RETURN_S = 2.0, 0.2  # a board without current is waited for in vain
    install.SWAP_S, install.START_S = 4.0, 2.0
    return 1 if asyncio.run(soak(options.cuts, options.seed)) else 0


if __name__ == "__main__":
    sys.exit(main())
