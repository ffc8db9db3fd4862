"""Hosts that are killed, run out of disk or meet another host: what was durable stays, and the sock keeps the rest."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gradsock import clock
from gradsock.sim.launch import VirtualAir

from tests.bench.loss_soak import account_of
from tests.e2e import sock_bench

HANG_S = 120.0
SMALL_DISK_BYTES = 12_000
STALL_SLOTS = 25  # a busy machine may hold a virtual board up for a second


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@contextlib.asynccontextmanager
async def worn(image: Path, tmp_path: Path) -> AsyncIterator[tuple[dict[str, str], Path]]:
    """A worn sock on the air, and the surroundings of a host that finds it there."""
    folder = tmp_path / "board"
    async with VirtualAir() as air, sock_bench.sock(image, folder, air) as board:
        await board.command("wear")
        home = {
            "GRADSOCK_HCI": air.hci,
            "GRADSOCK_HOME": str(tmp_path / "home"),
            "GRADSOCK_LOGS": str(tmp_path / "logs"),
        }
        yield os.environ | home, folder


async def gradsock(env: dict[str, str], *arguments: str, disk_bytes: int | None = None) -> asyncio.subprocess.Process:
    """A real host; disk_bytes: no file of it grows beyond."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (disk_bytes, disk_bytes))  # type: ignore[type-var]

    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from gradsock.cli import main; main()",
        *arguments,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=limit if disk_bytes else None,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    """Exit code, output, complaints."""
    out, err = await asyncio.wait_for(process.communicate(), HANG_S)
    return process.returncode, out.decode(), err.decode()


async def until_recording(logs: Path, files: int) -> None:
    """Wait until so many block files are there and have grown."""
    async with asyncio.timeout(HANG_S):
        while len([file for file in logs.rglob("*.gslog") if file.stat().st_size > 4000]) < files:
            await asyncio.sleep(0.1)


async def test_killed_at_random_moments(image: Path, tmp_path: Path, logs: Path) -> None:
    dice = random.Random(4)
    async with worn(image, tmp_path) as (env, board):
        for command in ("record", "sync", "record", "sync"):
            process = await gradsock(env, command)
            await asyncio.sleep(dice.uniform(2.5, 7.0))
            with contextlib.suppress(ProcessLookupError):  # a sync may be done
                process.send_signal(signal.SIGKILL)
            await ended(process)
        asked_last_us = clock.utc_us()
        code, _, err = await ended(await gradsock(env, "sync"))
        assert code == 0, err
        code, _, err = await ended(await gradsock(env, "logs", "seal"))
        assert code == 0, err
    account = account_of(board, logs, asked_last_us, late_slots=STALL_SLOTS)
    assert account.faults == []
    assert account.lost == 0
    assert account.held > 10 * 25


async def test_a_full_disk_is_one_line_and_the_sock_keeps_the_rest(image: Path, tmp_path: Path, logs: Path) -> None:
    async with worn(image, tmp_path) as (env, board):
        code, _, err = await ended(await gradsock(env, "record", disk_bytes=SMALL_DISK_BYTES))
        assert code == 1
        assert err.startswith("gradsock: cannot write ") and err.count("\n") == 1
        asked_last_us = clock.utc_us()
        code, _, err = await ended(await gradsock(env, "sync"))
        assert code == 0, err
        await ended(await gradsock(env, "logs", "seal"))
    account = account_of(board, logs, asked_last_us, late_slots=STALL_SLOTS)
    assert account.faults == [] and account.lost == 0


async def test_of_two_hosts_the_second_is_told(image: Path, tmp_path: Path, logs: Path) -> None:
    async with worn(image, tmp_path) as (env, _):
        first = await gradsock(env, "record")
        await until_recording(logs, 1)
        code, _, err = await ended(await gradsock(env, "sync"))
        assert code == 1
        assert err.startswith("gradsock: no sock is near") and "another program" in err and err.count("\n") == 1
        first.send_signal(signal.SIGINT)
        code, out, err = await ended(first)
        assert code == 130, err
        assert "0 lost" in out
