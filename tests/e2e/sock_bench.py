"""Socks for tests: the firmware on virtual boards, met by bleak over a virtual air, and the truth beside it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import struct
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from gradsock.flash import calibration_from_curves, flash
from gradsock.link.bumble import backend
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.launch import VirtualAir, VirtualBoard
from gradsock.sim.leg import WornSock
from gradsock.sim.volume import Volume
from sock import MISSING, asking, event_reader, fetching, protocol, records
from sock.block import Block, decode, kind_of, quantise

HANG_S = 60.0  # no test waits for a time; this only ends one that hangs
SCENARIO = "demo"
BOARD = Path(__file__).parents[2] / "boards/sim/board.py"

_made: dict[bool, Path] = {}


def flashed(folders: pytest.TempPathFactory, allow_unprotected: bool = True) -> Path:
    """The folder of a board that carries the firmware and a calibration, as it was powered off; made once."""
    if allow_unprotected not in _made:
        folder = folders.mktemp("flashed") / "board"

        _made[allow_unprotected] = asyncio.run(flash_into(folder, allow_unprotected))
    return _made[allow_unprotected]


async def flash_into(folder: Path, allow_unprotected: bool) -> Path:
    """Make such a folder; the same."""
    curves = WornSock(SCENARIO, 0).curves
    async with VirtualAir() as air, VirtualBoard(folder, air=air) as board:
        await asyncio.to_thread(
            flash,
            board.serial_url,
            calibration=calibration_from_curves(curves),
            allow_unprotected=allow_unprotected,
        )
    (folder / "conversions.bin").unlink(missing_ok=True)
    return folder


@contextlib.contextmanager
def flash_of(folder: Path) -> Iterator[Volume]:
    """The file system of a board that is off."""
    image = FlashImage(folder / "flash.img")
    try:
        yield Volume(image)
    finally:
        image.close()


def put_file(folder: Path, path: str, content: str) -> None:
    """Put a file onto a board that is off."""
    with flash_of(folder) as volume:
        number, _ = volume.call("fs.open", [path, "w"], b"")
        volume.call("fs.write", [number], content.encode())
        volume.call("fs.close", [number], b"")


def file_of(folder: Path, path: str) -> str:
    """A file of a board that is off."""
    with flash_of(folder) as volume:
        number, _ = volume.call("fs.open", [path, "r"], b"")
        return volume.call("fs.read", [number, 1 << 16], b"")[1].decode()


@contextlib.asynccontextmanager
async def sock(image: Path, folder: Path, air: Any, files: dict[str, str] | None = None) -> AsyncIterator[VirtualBoard]:
    """A running sock with the flash of `image`, and on it these files besides."""
    shutil.copytree(image, folder)
    for path, content in (files or {}).items():
        put_file(folder, path, content)
    async with VirtualBoard(folder, air=air, leg=SCENARIO) as board:
        yield board


async def found(hci: str) -> BLEDevice:
    """The sock, as soon as it advertises."""
    device = await BleakScanner.find_device_by_filter(
        lambda _device, heard: bool(heard.local_name and protocol.SERVICE_UUID in heard.service_uuids),
        HANG_S,
        backend=backend(hci)[0],
    )
    assert device is not None, "no sock advertises"
    return device


def host(device: BLEDevice, hci: str) -> BleakClient:
    """A host for that sock, not yet connected."""
    return BleakClient(device, backend=backend(hci)[1], timeout=HANG_S)


@dataclass
class Listener:
    """What a sock sends to one connected host."""

    client: BleakClient
    live: list[bytes] = field(default_factory=list)
    fit: list[bytes] = field(default_factory=list)
    answers: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    token: int = 0

    async def subscribe(self) -> None:
        await self.client.start_notify(protocol.CONTROL_UUID, lambda _, data: self.answers.put_nowait(bytes(data)))
        await self.client.start_notify(protocol.LIVE_UUID, lambda _, data: self.live.append(bytes(data)))
        await self.client.start_notify(protocol.FIT_UUID, lambda _, data: self.fit.append(bytes(data)))

    async def ask(self, opcode: int, payload: bytes = b"") -> tuple[int, bytes]:
        """Result and payload of the answer."""
        self.token = (self.token + 1) % 256
        await self.client.write_gatt_char(
            protocol.CONTROL_UUID, asking.pack_request(opcode, self.token, payload), response=True
        )
        data = await asyncio.wait_for(self.answers.get(), HANG_S)
        answered, token, result, said = asking.parse_answer(data)
        assert (answered, token) == (opcode & 0x7F, self.token)
        return result, said

    async def start(self) -> None:
        assert await self.ask(protocol.START, b"\x01") == (protocol.OK, b"")

    async def stop(self) -> None:
        assert await self.ask(protocol.STOP) == (protocol.OK, b"")

    async def until_blocks(self, count: int) -> None:
        """Wait until so many more sample blocks are here."""
        wanted = len(self.blocks()) + count
        async with asyncio.timeout(HANG_S):
            while len(self.blocks()) < wanted:
                await asyncio.sleep(0.02)

    async def until_fit(self, count: int) -> None:
        """Wait until so many more verdicts are here; one comes every second."""
        wanted = len(self.fit) + count
        async with asyncio.timeout(HANG_S):
            while len(self.fit) < wanted:
                await asyncio.sleep(0.05)

    def blocks(self) -> list[Any]:
        return [decode(data) for data in self.live if kind_of(data) == "samples"]

    def events(self) -> list[event_reader.Event]:
        return [event_reader.decode_event(data) for data in self.live if kind_of(data) == "event"]

    def rows(self) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
        """(index, counts, steps) of every sample that came."""
        blocks = self.blocks()
        return [(b.index + at, b.samples[at], b.step_counts) for b in blocks for at in range(b.count)]


class Fetcher:
    """A host that asks Record access and puts together what comes on Journal."""

    def __init__(self, client: BleakClient) -> None:
        self.client = client
        self.report = fetching.Report()
        self.entries: dict[int, bytes] = {}
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def subscribe(self) -> None:
        await self.client.start_notify(protocol.JOURNAL_UUID, lambda _, data: self._take(bytes(data)))
        await self.client.start_notify(
            protocol.RECORD_ACCESS_UUID, lambda _, data: self._answers.put_nowait(bytes(data))
        )

    def _take(self, data: bytes) -> None:
        whole = self.report.add(data)
        if whole:
            self.entries[whole[0]] = whole[1]

    async def ask(self, request: bytes) -> tuple[int, ...]:
        self.report = fetching.Report()
        await self.client.write_gatt_char(protocol.RECORD_ACCESS_UUID, request, response=True)
        return fetching.parse_answer(await asyncio.wait_for(self._answers.get(), HANG_S))

    async def fetch(self, first: int = 0) -> None:
        """All entries from that one on, portion by portion."""
        while True:
            answer = await self.ask(fetching.request(records.REPORT, records.FROM, first))
            if answer == (records.REPORT, records.NO_RECORDS):
                return
            assert answer == (records.REPORT, records.SUCCESS)
            assert self.report.complete
            assert self.report.trailer is not None
            first = self.report.trailer.last + 1

    def blocks(self) -> list[Block]:
        return [decode(data) for _, data in sorted(self.entries.items()) if kind_of(data) == "samples"]

    def events(self) -> list[event_reader.Event]:
        return [event_reader.decode_event(data) for _, data in sorted(self.entries.items()) if kind_of(data) == "event"]

    def rows(self) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
        return [(b.index + at, b.samples[at], b.step_counts) for b in self.blocks() for at in range(b.count)]


def conversions(folder: Path) -> list[tuple[int, int, int, int, int]]:
    """What the board's converters did, in order: time in us, address, what was read (4 to 7: inputs 0 to 3 against
    ground), counts, configuration."""
    data = (folder / "conversions.bin").read_bytes()
    size = struct.calcsize("<QBBhH")
    return [struct.unpack_from("<QBBhH", data, at) for at in range(0, len(data) - size + 1, size)]


def true_scans(folder: Path) -> list[tuple[int, ...]]:
    """Counts of every whole scan that the board's converter made, inputs 0 to 3 against ground, in order."""
    records = conversions(folder)
    scans = []
    for at in range(len(records) - 3):
        four = records[at : at + 4]
        if [record[2] for record in four] == [4, 5, 6, 7]:
            scans.append(tuple(record[3] for record in four))
    return scans


def assert_whole(rows: list[tuple[int, tuple[int, ...], tuple[int, ...]]], scans: list[tuple[int, ...]]) -> int:
    """Every index once and in order, and every reading the converter's own, none skipped: the scan of the first one."""
    assert [index for index, _, _ in rows] == list(range(rows[0][0], rows[0][0] + len(rows)))
    read = [(counts, steps) for _, counts, steps in rows if counts != (MISSING,) * 3]
    starts = range(len(scans) - len(read) + 1)
    whole = [at for at in starts if all(_same(scans[at + i], *row) for i, row in enumerate(read))]
    assert whole
    return whole[0]


def _same(scan: tuple[int, ...], counts: tuple[int, ...], steps: tuple[int, ...]) -> bool:
    return all(quantise(scan[i], steps[i]) * steps[i] == counts[i] for i in range(3))
