"""The conversation with a board process: JSON lines in, JSON lines out."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gradsock.sim.commands import Commands

if TYPE_CHECKING:
    from conftest import Bench

HANG_S = 30.0


async def test_quit_ends_the_board_cleanly_though_its_input_stays_open(tmp_path: Path) -> None:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "gradsock.sim.board", "--folder", str(tmp_path / "board")]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(b'{"do":"pins"}\n{"do":"quit"}\n')
    assert await asyncio.wait_for(process.wait(), HANG_S) == 0
    said = await process.stdout.read()
    assert b'{"done": "pins", "pins": {}}\n{"done": "quit"}\n' in said
    assert b"Fatal" not in await process.stderr.read()


async def test_the_board_ends_quietly_when_nobody_reads_it_any_longer(tmp_path: Path) -> None:
    board = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gradsock.sim.board", "--folder", str(tmp_path / "board"), "--stay"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert board.stdout and board.stderr
    assert b'"event": "boot"' in await asyncio.wait_for(board.stdout.readline(), HANG_S)
    board._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
    assert await asyncio.wait_for(board.wait(), HANG_S) == 0
    assert b"Traceback" not in await board.stderr.read()


async def test_each_command_and_what_it_takes_is_on_the_page(bench: Bench) -> None:
    commands = Commands(bench.board)
    page = (Path(__file__).parents[2] / "boards/sim/README.md").read_text(encoding="utf-8")
    assert [name for name in (*commands._do, "quit") if f'"{name}"' not in page and f"`{name}`" not in page] == []
    assert await commands.run('{"do":"plug"}') == {
        "error": "plug: address is missing; boards/sim/README.md lists what each takes"
    }
    assert (await commands.run('{"do":"plug","address":80}'))["error"].startswith("no chip at address 80")
