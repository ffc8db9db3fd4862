"""One to four chips, whole, unplugged and plugged in again, as sensors are, while a host listens. Virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from gradsock.flash import calibration_from_curves
from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from gradsock.sim.leg import THERMISTOR, WornSock
from sock import MISSING, SITES, event
from sock.block import quantise

from tests.e2e import sock_bench
from tests.e2e.sock_bench import Listener

SCENARIO = "stand"
SOON_S = 2.0
ONE_CHIP = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]]
FOUR_CHIPS: list[list[Any]] = [
    *ONE_CHIP,
    *[[site, address, pin] for address in (73, 74, 75) for pin, site in enumerate(SITES)],
]
"""Twelve sensors and the reference; the fourth input of the other chips has no sensor on the virtual leg."""


SIXTEEN: list[list[Any]] = [*FOUR_CHIPS, ["temperature", *THERMISTOR], ["knee", 74, 3], ["knee", 75, 3]]
"""Every input there is; the last two carry the excitation."""


class Told:
    """What the sock said in Fit, with the time at which it came."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def now(self) -> dict[str, Any]:
        return dict(json.loads(self._listener.fit[-1]))

    def faulty(self) -> set[str]:
        return {site for kind, site, _ in self.now()["findings"] if kind == "sensor-fault"}

    async def until_faulty(self, wanted: set[str], within_s: float = 60.0) -> float:
        """How long it took until just these sites have a faulty sensor."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(within_s):
            while self.faulty() != wanted:
                await asyncio.sleep(0.02)
        return loop.time() - began


@contextlib.asynccontextmanager
async def worn(folder: Path, chips: int = 1) -> AsyncIterator[tuple[VirtualBoard, Listener, Told]]:
    """A sock with so many chips, on for a while, and a host that listens."""
    async with VirtualAir() as air, VirtualBoard(folder, air=air, leg=SCENARIO) as board:
        for address in range(73, 72 + chips):
            await board.command("plug", address=address)
        device = await sock_bench.found(air.hci)
        async with sock_bench.host(device, air.hci) as client:
            listener = Listener(client)
            await listener.subscribe()
            await listener.start()
            await board.command("wear")
            await asyncio.sleep(45)
            yield board, listener, Told(listener)


def wired(image: Path, folder: Path, channels: list[list[Any]]) -> Path:
    """A flashed board whose settings say that these channels are wired."""
    shutil.copytree(image, folder)
    curves = WornSock(SCENARIO, 0).curves
    settings = json.loads(sock_bench.file_of(folder, "settings.json"))
    sock_bench.put_file(folder, "settings.json", json.dumps({**settings, "channels": channels}))
    of_sites = [curves[SITES.index(channel[0])] for channel in channels if channel[0] in SITES]
    sock_bench.put_file(folder, "calibration.json", calibration_from_curves(of_sites))
    return folder


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sock_bench.flashed(tmp_path_factory)


def test_sixteen_channels_are_each_read_from_their_own_input_in_every_scan(image: Path, tmp_path: Path) -> None:
    folder = wired(image, tmp_path / "board", SIXTEEN)

    async def main() -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
        async with worn(folder, 4) as (_board, listener, _told):
            await listener.stop()
            return listener.rows()

    rows = run_virtual(main())
    assert [index for index, _, _ in rows] == list(range(rows[0][0], rows[0][0] + len(rows)))
    assert len(rows) > 1000
    read: dict[tuple[object, object], list[int]] = {}
    for _, address, input, converted, _ in sock_bench.conversions(folder):
        read.setdefault((address, input - 4), []).append(converted)
    assert len(read) == 16
    scans = iter(zip(*[read[chip, pin] for role, chip, pin in SIXTEEN if role in SITES], strict=True))
    told = [(counts, steps) for _, counts, steps in rows if counts != (MISSING,) * 14]  # the others: in an erase
    assert len(told) > 0.98 * len(rows)
    for counts, steps in told:
        whole = (tuple(quantise(at, step) * step for at, step in zip(scan, steps, strict=True)) for scan in scans)
        assert counts in whole  # the next scan of all, or one that follows


REASONS = {"open": 2, "short": 3, "saturated": 6}
"""As `sock.faults.REASONS` numbers them."""


def reasons_told(listener: Listener) -> list[tuple[str, int]]:
    """(site, reason) of every notice about a sensor, in their order, each once."""
    told = []
    for noticed in listener.events():
        if noticed.kind == event.NOTICE:
            finding = json.loads(noticed.payload[2:])
            if finding["kind"] == "sensor-fault" and finding["end_ms"] is None:
                told.append((finding["site"], finding["evidence"]["reason"]))
    return told


def test_each_sensor_is_unplugged_shorted_and_saturated_and_mended(image: Path, tmp_path: Path) -> None:
    async def main() -> tuple[list[float], list[float], list[tuple[str, int]]]:
        told_s, back_s = [], []
        async with worn(wired(image, tmp_path / "board", ONE_CHIP)) as (board, listener, told):
            for state in REASONS:
                for site in SITES:
                    await board.command("sensor", site=site, **{"is": state})
                    told_s.append(await told.until_faulty({site}))
                    await board.command("sensor", site=site, **{"is": "well"})
                    back_s.append(await told.until_faulty(set()))
                    await asyncio.sleep(1)
            await asyncio.sleep(2)
            return told_s, back_s, reasons_told(listener)

    told_s, back_s, reasons = run_virtual(main())
    assert max(told_s) < SOON_S
    assert max(back_s) < SOON_S
    assert reasons == [(site, reason) for reason in REASONS.values() for site in SITES]


@pytest.mark.parametrize(("channels", "chips"), [(ONE_CHIP, 1), (FOUR_CHIPS, 4)], ids=["one chip", "four chips"])
def test_each_chip_is_unplugged_and_plugged_in_again(
    image: Path, tmp_path: Path, channels: list[list[Any]], chips: int
) -> None:
    async def main() -> list[tuple[float, float, float, list[Any]]]:
        found = []
        async with worn(wired(image, tmp_path / "board", channels), chips) as (board, listener, told):
            loop = asyncio.get_running_loop()
            for address in range(72, 72 + chips):
                await board.command("unplug", address=address)
                cut_s = await told.until_faulty(set(SITES)) if chips == 1 else 0.0
                await asyncio.sleep(3)
                out = listener.rows()[-1][1]
                await board.command("plug", address=address)
                began, seen = loop.time(), len(listener.rows())
                while all(MISSING in counts for _, counts, _ in listener.rows()[seen:]):
                    await asyncio.sleep(0.02)
                read_s = loop.time() - began
                end_s = await told.until_faulty(set())
                found.append((cut_s, read_s, end_s, [counts == MISSING for counts in out]))
                await asyncio.sleep(2)
            indices = [index for index, _, _ in listener.rows()]
            assert indices == list(range(indices[0], indices[0] + len(indices)))  # nothing stalled
        return found

    sites = [channel[1] for channel in channels if channel[0] in SITES]
    for address, (cut_s, read_s, end_s, missing) in zip(range(72, 76), run_virtual(main()), strict=False):
        assert cut_s < SOON_S
        assert read_s < SOON_S
        assert end_s < SOON_S
        assert missing == [its == address for its in sites]
