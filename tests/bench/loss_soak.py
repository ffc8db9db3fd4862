"""The loss account over everything that may go wrong, against the truth that the virtual board writes down.

    python tests/bench/loss_soak.py [--minutes 60] [--seed 1]

Virtual time. At random: the radio is away for 10 to 90 s; above its link layer it loses up to a third of the
notifications, or delivers them twice, late or in another order, and ends links without a word; the host is killed, or
ended and started again; its clock is set, by a moment or by a month; the power of the sock is cut, at once or in the
middle of a flash operation. At the end the sock is emptied and all is sealed. Then

    every sample in the log is one that was scanned, with the counts of the converter, and is there once;
    every sample that was scanned is in the log, but for the last of its boot, at most one flush interval of them (lost
    with the power, or still in the memory of the running sock);
    of these, those before others that came live lie in a gap that the log reports;
    every sample in a reported gap was scanned, or could have been, and is not in the log.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from gradsock import clock
from gradsock.link.reconnecting import Reconnecting
from gradsock.log import recording
from gradsock.log.sealing import seal_all
from gradsock.log.syncing import Syncing
from gradsock.sim.air_faults import Faults
from gradsock.sim.conductor import conductor, run_virtual
from numpy.typing import NDArray

from tests.bench.lossy import Host, World, true_scans

PERIOD_US = 40_000
FLUSH_S = 5.0
"""What a power cut may cost on volumes of 2 MiB and more (design, Journal)."""
TAIL_SAMPLES = round(FLUSH_S * 25) + 30  # and a block that was being written; live copies may have saved them
BOOT_GAP_US = 700_000  # no scan for so long: the sock was off
EARLY_US = 5_000
LATE_SLOTS = 2
BOOT_S = 15.0  # a sock whose power was cut a moment ago is there again by then
ANCHOR = 12  # samples in a row that say for certain where in the truth they are


@dataclass
class Account:
    """What the log holds against what was scanned, over all boots."""

    scanned: int = 0
    held: int = 0
    unread: int = 0  # held, but the sock had no time to scan them
    reported: int = 0  # samples in gaps that the log reports
    unscanned: int = 0  # of these, slots in which nothing was scanned
    late: int = 0  # of these, scans that the log has in the slot beside
    lost: int = 0  # scanned, not held, between the first and the last held of their boot
    tails: list[int] = field(default_factory=list)  # scanned and not held after the last held, per boot that ended
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"scanned {self.scanned:,}, in the log {self.held:,} ({self.unread:,} of them slots without a reading), "
            f"lost {self.lost:,}, in reported gaps {self.reported:,} (with {self.unscanned:,} slots that were not "
            f"scanned and {self.late:,} scans of the slot beside), ends cut off {sum(self.tails):,} "
            f"in {len(self.tails)} (the longest {max(self.tails, default=0)})"
        )


@dataclass(frozen=True)
class _Held:
    """Samples of one boot in all recordings."""

    index: NDArray[np.int64]
    counts: NDArray[np.int16]


def account_of(board: Path, logs: Path, until_us: int, *, late_slots: int = LATE_SLOTS) -> Account:
    """Read everything back and compare, up to when the sock was asked for the last time.

    late_slots: by how many slots a scan may come late that waited for an erase; at speed 1 also for a busy machine.
    """
    account = Account()
    scans_us, scans = true_scans(board)
    before = int(np.searchsorted(scans_us, until_us))
    scans_us, scans = scans_us[:before], scans[:before]
    ends = np.flatnonzero(np.diff(scans_us) > BOOT_GAP_US) + 1
    stretches = list(zip([0, *ends.tolist()], [*ends.tolist(), len(scans_us)], strict=True))
    boots, gaps, steps = _held(logs, account)
    account.scanned = len(scans_us)
    near = steps.astype(np.int64) // 2  # a sock stores nothing far below the noise, and at its start a little more
    taken: set[int] = set()
    for boot, held in sorted(boots.items()):
        where = _find(held, scans, near, stretches)
        if where is None:
            account.faults.append(f"boot {boot}: its samples are none that were scanned")
            continue
        stretch, anchor_index, anchor_row = where
        if stretch in taken:
            account.faults.append(f"boot {boot}: the samples of another boot")
        taken.add(stretch)
        first, last = stretches[stretch]
        slots = _slots(scans_us[first:last])
        true_index = slots - slots[anchor_row - first] + anchor_index
        _compare(boot, held, _Held(true_index, scans[first:last]), near, gaps.get(boot, set()), account, late_slots)
    for number, (first, last) in enumerate(stretches):
        if number not in taken:
            account.tails.append(last - first)  # a boot of which nothing was flushed before its power was cut
    account.faults += [f"{tail} samples were lost before a power cut" for tail in account.tails if tail > TAIL_SAMPLES]
    return account


def _held(logs: Path, account: Account) -> tuple[dict[int, _Held], dict[int, set[int]], NDArray[np.int16]]:
    """Per boot the samples and the reported gaps of all sessions; and how far the counts were cut."""
    rows: dict[int, list[tuple[NDArray[np.int64], NDArray[np.int16]]]] = {}
    gaps: dict[int, set[int]] = {}
    steps = np.ones(3, np.int16)  # the coarsest
    for session in recording.open_all(logs):
        for of_run in session.contents.samples.runs.step_counts[:, :3]:
            steps = np.maximum(steps, of_run.astype(np.int16))
        counts = np.stack([session.counts[site] for site in ("ankle", "calf", "knee")], axis=1)
        for boot in np.unique(session.boot).tolist():
            of_boot = session.boot == boot
            rows.setdefault(boot, []).append((session.index[of_boot], counts[of_boot]))
        for gap in session.account.gaps():
            gaps.setdefault(gap.boot, set()).update(range(gap.first_index, gap.first_index + gap.count))
        if session.damage:
            account.faults.append(f"{session.id}: {session.damage[0]}")
    boots = {}
    for boot, parts in rows.items():
        index = np.concatenate([part[0] for part in parts])
        counts = np.concatenate([part[1] for part in parts])
        order = np.argsort(index, kind="stable")
        if len(np.unique(index)) != len(index):
            account.faults.append(f"boot {boot}: {len(index) - len(np.unique(index))} samples are there twice")
        boots[boot] = _Held(index[order], counts[order])
    return boots, gaps, steps


def _find(
    held: _Held, scans: NDArray[np.int16], near: NDArray[np.int64], stretches: list[tuple[int, int]]
) -> tuple[int, int, int] | None:
    """(stretch, index of a sample, row of the same scan in the truth): where in the truth a boot's samples lie."""
    read = (held.counts != np.iinfo(np.int16).min).all(axis=1)
    for at in range(len(held.index) - ANCHOR):
        window = slice(at, at + ANCHOR)
        if not read[window].all() or held.index[at + ANCHOR - 1] - held.index[at] != ANCHOR - 1:
            continue
        wanted = held.counts[window]
        if len(np.unique(wanted, axis=0)) < ANCHOR // 2:
            continue  # too much alike
        rows = np.flatnonzero(_same(scans[: len(scans) - ANCHOR], wanted[0], near))
        rows = rows[[bool(_same(scans[row : row + ANCHOR], wanted, near).all()) for row in rows]]
        if len(rows) == 1:
            row = int(rows[0])
            return next(n for n, (first, last) in enumerate(stretches) if first <= row < last), int(held.index[at]), row
    return None


def _slots(scans_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of each scan's slot in the grid of time that most of them keep to; late ones belong to the slot before."""
    since_us = scans_us - scans_us[0]
    phase = np.exp(2j * np.pi * since_us / PERIOD_US).mean()
    began_us = np.angle(phase) / (2 * np.pi) * PERIOD_US
    return np.asarray(np.floor((since_us - began_us + EARLY_US) / PERIOD_US), np.int64)


def _same(counts: NDArray[np.int16], stored: NDArray[np.int16], near: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Per row whether what was stored is what the converter gave, but for the bits that are not stored."""
    return np.asarray((np.abs(counts.astype(np.int64) - stored) <= near).all(axis=1))


def _compare(
    boot: int,
    held: _Held,
    true: _Held,
    near: NDArray[np.int64],
    reported: set[int],
    account: Account,
    late_slots: int,
) -> None:
    """One boot: what is held is true, what is not held is reported."""
    true_index = true.index
    known = held.index <= true_index[-1]  # later ones were scanned after the sock had been asked for the last time
    held = _Held(held.index[known], held.counts[known])
    read = (held.counts != np.iinfo(np.int16).min).all(axis=1)
    account.held += len(held.index)
    account.unread += int((~read).sum())
    matched, found = _match(held, true, near, late_slots)
    wrong = held.index[read & ~found]
    if len(wrong):
        account.faults.append(f"boot {boot}: {len(wrong)} samples are not what was scanned, the first is {wrong[0]}")
    missing = np.setdiff1d(true_index[~matched], held.index)
    inside = missing[(missing > held.index[0]) & (missing < held.index[-1])]
    account.lost += len(inside)
    account.reported += len(reported)
    account.unscanned += len(reported - set(true_index.tolist()))
    account.late += len(reported & set(true_index[matched].tolist()))
    if early := int((inside < true_index[-1] - TAIL_SAMPLES).sum()):
        account.faults.append(f"boot {boot}: {early} samples were lost that its flash had had time to keep")
    if head := int((missing < held.index[0]).sum()):
        account.faults.append(f"boot {boot}: {head} samples at its start are neither in the log nor reported")
    if tail := int((missing > held.index[-1]).sum()):
        account.tails.append(tail)
    unreported = set(inside.tolist()) - reported
    if unreported:
        account.faults.append(f"boot {boot}: {len(unreported)} lost samples are in no reported gap")
    if both := reported & set(held.index.tolist()):
        account.faults.append(f"boot {boot}: {len(both)} samples are in the log and reported as lost")


def _match(
    held: _Held, true: _Held, near: NDArray[np.int64], late_slots: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(per scan whether it is held, per sample whether it was scanned), each at most once."""
    matched, found = np.zeros(len(true.index), bool), np.zeros(len(held.index), bool)
    for beside in (0, 1, -1, *range(2, late_slots + 1)):
        first = np.searchsorted(true.index, held.index + beside)
        for twin in (0, 1):  # a late scan and the next one in the same slot
            at = np.minimum(first + twin, len(true.index) - 1)
            fits = ~found & ~matched[at] & (true.index[at] == held.index + beside)
            fits &= _same(true.counts[at], held.counts, near)
            found |= fits
            matched[at[fits]] = True
    return matched, found


class Campaign:
    """So many virtual minutes of misfortune."""

    def __init__(self, world: World, minutes: float, seed: int, *, power: bool = True) -> None:
        self.world = world
        self.said: dict[str, int] = {}
        self.asked_last_us = 0
        self._minutes = minutes
        self._ahead_us = 0  # the host's clock
        self._power = power
        self._random = random.Random(seed)

    async def run(self) -> None:
        """Until the time is up; then empty the sock and seal."""
        loop, virtual = asyncio.get_running_loop(), conductor()
        assert virtual is not None
        clock.follow(lambda: virtual.utc_us() + self._ahead_us)
        async with self.world.running() as world:
            until = loop.time() + self._minutes * 60
            host = world.host()
            host.start()
            await world.board.command("wear")
            while loop.time() < until:
                await asyncio.sleep(self._random.uniform(5, 60))
                host = await self._misfortune(host)
            self.world.air.faults = Faults()
            self._ahead_us = 0
            await host.stop()
            await self._empty(world)
        for outcome in seal_all(logs=world.logs):
            if outcome.failure is not None:
                raise outcome.failure

    async def _misfortune(self, host: Host) -> Host:
        kinds = ["outage", "bad radio", "kill", "restart", "clock set"] + (
            ["cut", "cut in flash"] if self._power else []
        )
        kind = self._random.choice(kinds)
        self.said[kind] = self.said.get(kind, 0) + 1
        world = self.world
        if kind == "clock set":
            self._ahead_us = round(1e6 * self._random.choice([-1, 1]) * self._random.choice([0.2, 3600, 86_400 * 30]))
        elif kind == "outage":
            await world.outage(self._random.uniform(10, 90))
        elif kind == "bad radio":
            draw = self._random.choice
            world.air.faults = Faults(
                lose=draw([0.0, 0.02, 0.3]),
                double=draw([0.0, 0.1]),
                delay=draw([0.0, 0.03]),
                swap=draw([0.0, 0.02]),
                cut=draw([0.0, 0.001]),
            )
        elif kind in ("kill", "restart"):
            await (host.kill() if kind == "kill" else host.stop())
            await asyncio.sleep(self._random.uniform(0, 40))
            host = world.host()
            host.start()
        else:
            arguments = {"after": self._random.randrange(1, 40)} if kind == "cut in flash" else {}
            await world.board.command("power-cut", **arguments)
            await asyncio.sleep(self._random.uniform(6, 30))
            if kind == "cut in flash":
                await world.board.command("power-cut")  # it may not have come to that operation
                await asyncio.sleep(2)
            await world.board.command("power-on")
        return host

    async def _empty(self, world: World) -> None:
        """`gradsock sync`, without its screen."""
        await asyncio.sleep(BOOT_S)
        last = Syncing("ble:", world.logs)
        self.asked_last_us = clock.utc_us()
        await last.empty(Reconnecting(world.link, live=False))
        last.recorder.seal()


def run(image: Path, folder: Path, minutes: float, seed: int, *, power: bool = True) -> tuple[Account, dict[str, int]]:
    """A campaign on a copy of a flashed board; its account, and what happened how often."""
    board, logs = folder / "board", folder / "logs"
    shutil.copytree(image, board)
    logs.mkdir()
    campaign = Campaign(World(board, logs, seed=seed), minutes, seed, power=power)
    run_virtual(campaign.run())
    return account_of(board, logs, campaign.asked_last_us), campaign.said


def main() -> int:
    parser = argparse.ArgumentParser(description="The loss account over everything that may go wrong (model).")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    from tests.e2e.sock_bench import flashed

    class Folders:
        """Where pytest would put them."""

        def mktemp(self, _name: str) -> Path:
            return Path(tempfile.mkdtemp(dir=folder))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        account, said = run(flashed(Folders()), folder / "campaign", options.minutes, options.seed)  # type: ignore[arg-type]
    print(f"{options.minutes:.0f} min (model), seed {options.seed}: " + ", ".join(f"{n} {k}" for k, n in said.items()))
    print(f"  {account}")
    for fault in account.faults:
        print(f"  FAULT {fault}")
    return 1 if account.faults else 0


if __name__ == "__main__":
    sys.exit(main())
