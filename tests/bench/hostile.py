"""A hostile central: what a stranger may try over the air against a sock that has an owner, and what comes of it.

    python -m tests.bench.hostile [--operations 100000] [--seed 1]

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
import sys
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass, field
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

    def few(self) -> list[str]:
        """Classes that were tried less often than they are to be."""
        least = {name: part * self.counts.total() for name, part in MINIMA.items()}
        return [f"{name}: only {self.counts[name]}" for name in MINIMA if self.counts[name] < least[name]]


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
            device = await found(air.hci)
            address = Address(device.address.partition("/")[0], Address.RANDOM_DEVICE_ADDRESS)
            scout = await Stranger.enter(air.hci)
            target = await look_around(scout, address)
            scout.close()
            tries = Tries(air.hci, target, passkey, owner, dice)
            await tries.until(operations)
            outcome.counts = tries.counts
            outcome.wrong += tries.wrong
            await _still_owned(air.hci, boot + 1, outcome)
        if (kept(folder, SETTINGS), secrets(folder)) != before:
            outcome.wrong.append("settings or owners have changed")


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


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="hostile", description="A hostile central against a sock that has an owner.")
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        image = asyncio.run(flash_into(Path(scratch) / "board", False))
        outcome = campaign(image, options.operations, options.seed)
    print(told(outcome.counts))
    print(f"{'all':22}{outcome.counts.total():>9}")
    print(f"{outcome.unparsed} packets were none to the radio's stack")
    wrong = outcome.wrong + outcome.few()
    for what in wrong[:20]:
        print(f"WRONG: {what}")
    if not wrong:
        print("0 bytes about a leg, 0 changes, 0 errors; the owner streams")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
