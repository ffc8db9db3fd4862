"""A hostile central: what a stranger may try over the air against a sock that has an owner, and what comes of it.

    python -m tests.bench.hostile [--operations 100000] [--seed 1] [--processes 2] [--account FILE]

It goes in stretches, each on a sock of its own; with an account on the disk a campaign that was ended goes on there.

Virtual time, the real firmware, real ATT and SMP. The sock is made worse than any: in every connection that its gate
does not let in it tries by itself, four times a second, to notify and to indicate, and its pairing window never
closes. Exit 1 when a byte came through, anything changed, a handler failed, a class was tried less often than it says,
or the owner cannot get in and stream afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from gradsock.link import bumble_host
from gradsock.link.bumble_identity import Identity
from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import protocol

from tests.bench.hostile_tries import MINIMA, Tries, told
from tests.bench.stranger import Stranger, look_around
from tests.e2e.sock_bench import HANG_S, Listener, file_of, flash_into, found, host, put_file

ERRORS = "/handler_errors.txt"
ENOUGH = 10_000  # operations after which every length was tried on every handle of ours
STRETCH = 80_000  # enough that each handle is written with every length
SETTINGS, BONDS, CRASH = "/settings.json", "/bonds.json", "/crash.txt"

WORSE = """
import asyncio
from device import gatt

BABBLE = b"about a leg"

def watched(self, event, data):
    try:
        return handle(self, event, data)
    except Exception as error:
        with open("handler_errors.txt", "a") as file:
            file.write("%d %r\\n" % (event, error))
        raise

async def babbling(self, here):
    def babble():
        here()
        if self.pairing is not None and not self.pairing.is_open:
            self.pairing.open()
        if self._connection is not None and not self._gate.protected:
            for handle in (self.live, self.fit, self.journal, self.battery):
                self.notify(handle, BABBLE, self.session)
            self.publish(self.fit, BABBLE)
            for handle in (self._control, self.records):
                self._indicate(handle, BABBLE)
    await advertise(self, babble)

handle, advertise = gatt.Gatt._handle, gatt.Gatt.advertise
gatt.Gatt._handle, gatt.Gatt.advertise = watched, babbling

from device.app import main
asyncio.run(main())
"""


@dataclass
class Outcome:
    """What a campaign came to: operations by class, and everything that must not be."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unparsed: int = 0
    """Packets at which the parser of the virtual radio's stack gave up: the firmware hears nothing of them."""

    cells: int = 0
    """Pairs of a handle and a length from 0 to 512 bytes that were written, each counted once."""
    cells_of_ours: int = 0
    """Those of the handles that take a write, all of which are to be among them."""
    cells_in_all: int = 0

    def few(self) -> list[str]:
        """Classes that were tried less often than they are to be."""
        total = self.counts.total()
        few = [f"{name}: only {self.counts[name]}" for name in MINIMA if self.counts[name] < MINIMA[name] * total]
        # Each write but for one in ten takes the next cell, those of our own handles first.
        wanted = min(self.cells_in_all, int(0.8 * self.counts["write"]))
        if self.cells < wanted or (total >= ENOUGH and self.cells < self.cells_of_ours):
            few.append(f"handles and lengths: only {self.cells} of {self.cells_in_all}")
        return few

    def add(self, other: Outcome) -> None:
        """Take in what another stretch came to; of cells the stretch that tried most counts."""
        self.counts += other.counts
        self.wrong += other.wrong
        self.unparsed += other.unparsed
        self.cells = max(self.cells, other.cells)
        self.cells_of_ours, self.cells_in_all = other.cells_of_ours, other.cells_in_all


def kept(folder: Path, path: str) -> str:
    """A file of a board that is off; empty when there is none."""
    try:
        return file_of(folder, path)
    except OSError:
        return ""


def secrets(folder: Path) -> object:
    """Those of the owners."""
    return json.loads(kept(folder, BONDS) or '{"secrets": []}')["secrets"]


def campaign(folder: Path, operations: int, seed: int, changed: dict[str, str] | None = None) -> Outcome:
    """Try that many operations on a freshly flashed board; changed: sources of the firmware to be put onto it first."""
    outcome = Outcome()
    for path, text in {"/main.py": WORSE, **(changed or {})}.items():
        put_file(folder, path, text)
    passkey = int(json.loads(file_of(folder, "/identity.json"))["passkey"])
    run_virtual(_campaign(folder, passkey, operations, random.Random(seed), outcome), seed=seed)
    if errors := kept(folder, ERRORS):
        outcome.wrong.append(f"handler errors: {errors.strip()}")
    if crash := kept(folder, CRASH):
        outcome.wrong.append(f"crash: {crash.strip()}")
    return outcome


async def _campaign(folder: Path, passkey: int, operations: int, dice: random.Random, outcome: Outcome) -> None:
    def unparsed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        trace = traceback.extract_tb(error.__traceback__) if (error := context.get("exception")) else []
        if any("bumble" in frame.filename for frame in trace):
            outcome.unparsed += 1
        else:
            loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(unparsed)
    async with VirtualAir() as air:
        owner = Address.generate_static_address()
        bumble_host._identities[air.hci] = Identity(owner, dice.randbytes(16), MemoryKeyStore())
        async with VirtualBoard(folder, air=air, leg="demo", seed=1):
            boot = await _own(air.hci, passkey)
            await asyncio.sleep(2)  # bonds reach the flash within a quarter of a second
        before = kept(folder, SETTINGS), secrets(folder)
        assert before[1], "the owner has no bond"
        async with VirtualBoard(folder, air=air, leg="demo", seed=1) as board:
            await board.command("wear")
            scout = await Stranger.enter(air.hci)
            target = await look_around(scout, await _address_of_the_sock(air.hci))
            scout.close()
            tries = Tries(air.hci, target, lambda: _address_of_the_sock(air.hci), passkey, owner, dice)
            await tries.until(operations)
            outcome.counts = tries.counts
            outcome.wrong += tries.wrong
            outcome.cells, outcome.cells_of_ours = len(tries.cells), tries.cells_of_ours
            outcome.cells_in_all = tries.cells_in_all
            await _still_owned(air.hci, boot + 1, outcome)
        if (kept(folder, SETTINGS), secrets(folder)) != before:
            outcome.wrong.append("settings or owners have changed")


async def _address_of_the_sock(hci: str) -> Address:
    return Address((await found(hci)).address.partition("/")[0], Address.RANDOM_DEVICE_ADDRESS)


async def _still_owned(hci: str, boot: int, outcome: Outcome) -> None:
    try:
        again = await _own(hci, None)
    except Exception as error:  # whatever keeps the owner out
        outcome.wrong.append(f"the owner does not get in: {error!r}")
        return
    if again != boot:
        outcome.wrong.append(f"the sock has restarted: boot {again}, not {boot}")


async def _own(hci: str, passkey: int | None) -> int:
    """Get in as the owner and stream; the number of the sock's boot. passkey: to pair with."""

    async def entered() -> int:
        assert passkey is not None
        return passkey

    async with asyncio.timeout(HANG_S), host(await found(hci), hci) as client:
        if passkey is not None:
            await client.pair(passkey=entered)
        boot: int = json.loads(await client.read_gatt_char(protocol.INFO_UUID))["boot"]
        listener = Listener(client)
        await listener.subscribe()
        await listener.start()
        await listener.until_blocks(3)
        return boot


def stretch(image: Path, operations: int, seed: int) -> Outcome:
    """One stretch of a campaign, on a copy of a flashed board."""
    with tempfile.TemporaryDirectory() as scratch:
        return campaign(Path(shutil.copytree(image, Path(scratch) / "board")), operations, seed)


def read_account(file: Path | None) -> dict[int, Outcome]:
    """The stretches that an earlier run has done, by their seed."""
    done = {}
    for line in file.read_text().splitlines() if file is not None and file.is_file() else ():
        told = json.loads(line)
        seed = told.pop("seed")
        done[seed] = Outcome(**{**told, "counts": Counter(told["counts"])})
    return done


def note(file: Path | None, seed: int, outcome: Outcome) -> None:
    """Note a stretch that was done."""
    if file is not None:
        with file.open("a") as account:
            account.write(json.dumps({"seed": seed, **vars(outcome)}) + "\n")


def _run(image: Path, wanted: dict[int, int], processes: int, file: Path | None, whole: Outcome) -> None:
    """All stretches that are wanted (operations by seed), several at a time; each is told and noted when it is done."""
    begun_s, made, left = time.monotonic(), 0, sum(wanted.values())
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        running = {pool.submit(stretch, image, operations, seed): seed for seed, operations in wanted.items()}
        for done in as_completed(running):
            outcome = done.result()
            whole.add(outcome)
            note(file, running[done], outcome)
            made += outcome.counts.total()
            left -= outcome.counts.total()
            rate = made / (time.monotonic() - begun_s)
            print(
                f"{whole.counts.total():>9} operations, {rate:.0f}/s, {max(0, left) / rate / 60:.0f} min left",
                flush=True,
            )
            if outcome.wrong:
                pool.shutdown(wait=False, cancel_futures=True)
                return


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="hostile", description="A hostile central against a sock that has an owner.")
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--account", type=Path, help="a file of the stretches done: a run that was ended goes on")
    options = parser.parse_args(arguments)
    whole = Outcome()
    done = read_account(options.account)
    for outcome in done.values():
        whole.add(outcome)
    left, seed, wanted = options.operations - whole.counts.total(), options.seed, {}
    while left > 0:
        if seed not in done:
            wanted[seed] = min(STRETCH, left)
            left -= wanted[seed]
        seed += 1
    with tempfile.TemporaryDirectory() as scratch:
        image = asyncio.run(flash_into(Path(scratch) / "board", False))
        _run(image, wanted, options.processes, options.account, whole)
    print(told(whole.counts))
    print(f"{'all':22}{whole.counts.total():>9}")
    print(f"{whole.cells} of {whole.cells_in_all} handles and lengths (0 to 512 bytes) were written in one stretch")
    print(f"{whole.unparsed} packets were none to the radio's stack")
    wrong = whole.wrong + whole.few()
    for what in wrong[:20]:
        print(f"WRONG: {what}")
    if not wrong:
        print("0 bytes about a leg, 0 changes, 0 errors; the owner streams")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
