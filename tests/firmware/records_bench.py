"""A sock from the quantised counts on, and a host that asks it for what it kept."""

import asyncio
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sock import event, fetching, protocol, records

from tests.firmware.journal_bench import REFERENCE, STEPS, entries, powered, row, samples

FLASH_BYTES = 512 * 4096
BOOT = 7


def nothing() -> None:
    """A task's report to a supervisor that is not there."""


class Rig:
    """The sock from the quantised counts on, its journal on a littlefs; a host at the other end of the radio."""

    def __init__(self, world: Any) -> None:
        from device.control import Control
        from device.gate import Gate
        from device.gatt import Gatt
        from device.journal_start import start
        from device.stream import Stream
        from device.ticks import Ticks

        self.world, self.radio = world, world.radio
        self.gate = Gate(True)
        self.gatt = Gatt(None)
        self.gatt.serve("sock-0001", "gradsock test", ["ankle", "calf", "knee"], self.gate)
        self.ticks = Ticks()
        self.stream = Stream(self.gatt, self.ticks, BOOT, 3, 40)
        self.stream.context = [(event.CONTEXT_SETTINGS, b"{" + b" " * 400 + b"}")]
        self.stream.journal = self.journal = start(3, BOOT, 40)
        self.control = Control(self.gatt, self.stream, None, self.ticks, nothing)  # type: ignore[arg-type]
        self.journal_handle = self.radio.uuids[protocol.JOURNAL_UUID]
        self.records_handle = self.radio.uuids[protocol.RECORD_ACCESS_UUID]
        self.index = 0
        self.heard = 0
        self.report = fetching.Report()
        self.fetched: dict[int, bytes] = {}

    def run(self, coroutine: Any) -> Any:
        """Run with the sock's own tasks beside."""

        async def beside() -> Any:
            tasks = [asyncio.create_task(run(nothing)) for run in (self.stream.run, self.control.run)]
            await asyncio.sleep(0)
            try:
                return await asyncio.wait_for(coroutine, 5000)
            finally:
                for task in tasks:
                    task.cancel()

        return self.world.run(beside())

    def scan(self, count: int) -> None:
        """Scans with no time between."""
        for _ in range(count):
            counts = array("h", row(BOOT, self.index))
            self.stream.add(self.index, self.index * 40, counts, REFERENCE, list(STEPS))
            self.index += 1

    async def scans(self, count: int) -> None:
        for _ in range(count):
            self.scan(1)
            await asyncio.sleep(0.040)

    async def answer(self, before: int) -> tuple[int, ...]:
        while len(self.radio.indicated) == before:
            await asyncio.sleep(0.005)
        self.listen()
        return fetching.parse_answer(self.radio.indicated[-1])

    async def ask(self, request: bytes) -> tuple[int, ...]:
        before = len(self.radio.indicated)
        self.report = fetching.Report()
        self.radio.write(self.records_handle, request)
        return await self.answer(before)

    def listen(self) -> None:
        """Take in what was notified on Journal since."""
        for handle, data in self.radio.notified[self.heard :]:
            whole = self.report.add(data) if handle == self.journal_handle else None
            if whole:
                self.fetched[whole[0]] = whole[1]
        self.heard = len(self.radio.notified)

    async def fetch(self, first: int = 0) -> int:
        """Everything from an entry on; how many portions that took."""
        portions = 0
        request = fetching.request(records.REPORT, records.FROM, first)
        while await self.ask(request) == (records.REPORT, records.SUCCESS):
            assert self.report.complete
            assert self.report.trailer is not None
            request = fetching.request(records.REPORT, records.FROM, self.report.trailer.last + 1)
            portions += 1
        return portions

    def samples(self) -> list[int]:
        return [index for _, index in samples(sorted(self.fetched.items()))]

    def held(self) -> list[tuple[int, bytes]]:
        return entries(self.journal)


@contextmanager
def rigged(world: Any, folder: Path) -> Iterator[Rig]:
    """One with an empty journal, and a host connected."""
    with powered(folder / "flash.img", FLASH_BYTES):
        made = Rig(world)
        made.radio.come()
        yield made
