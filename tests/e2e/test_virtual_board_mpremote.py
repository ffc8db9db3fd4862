"""The board as unmodified mpremote meets it."""

import asyncio
import hashlib
import os
import pty
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gradsock.sim.launch import VirtualBoard

HANG_S = 60


class Mpremote:
    """The mpremote command, connected to one board."""

    def __init__(self, url: str, terminal: str, folder: Path) -> None:
        self.url = url
        self.terminal = terminal
        self.folder = folder

    def argv(self, *arguments: str, port: str = "") -> list[str]:
        return [sys.executable, "-m", "mpremote", "connect", port or self.url, *arguments]

    async def __call__(self, *arguments: str, exit_code: int = 0) -> str:
        process = await asyncio.create_subprocess_exec(
            *self.argv(*arguments),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        out, _ = await asyncio.wait_for(process.communicate(), HANG_S)
        assert process.returncode == exit_code, out.decode()
        return out.decode().replace("\r\n", "\n")


@pytest.fixture
async def mpremote(tmp_path: Path) -> AsyncIterator[Mpremote]:
    async with VirtualBoard(tmp_path / "board") as board:
        yield Mpremote(board.serial_url, board.terminal, tmp_path)


async def test_lists_a_fresh_board(mpremote: Mpremote) -> None:
    assert [line.split()[-1] for line in (await mpremote("fs", "ls")).splitlines()[1:]] == ["boot.py"]


async def test_copies_both_ways_byte_for_byte(mpremote: Mpremote, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(9001)
    (tmp_path / "here.bin").write_bytes(data)
    await mpremote("fs", "cp", "here.bin", ":there.bin")
    assert hashlib.sha256(data).hexdigest() in await mpremote("fs", "sha256sum", ":there.bin")
    await mpremote("fs", "cp", ":there.bin", "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == data


async def test_makes_fills_and_removes_folders(mpremote: Mpremote, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "a.py").write_text("print('é')\n")
    await mpremote("fs", "cp", "-r", "package", ":/")
    assert "a.py" in await mpremote("fs", "ls", ":package")
    assert "print('é')" in await mpremote("fs", "cat", ":package/a.py")
    await mpremote("fs", "rm", ":package/a.py", "+", "fs", "rmdir", ":package")
    assert "package" not in await mpremote("fs", "ls")


async def test_says_in_a_word_what_is_not_there(mpremote: Mpremote) -> None:
    assert "No such file or directory" in await mpremote("fs", "rm", ":nothing", exit_code=1)


async def test_disk_free_counts_the_flash(mpremote: Mpremote) -> None:
    name, size, used, available, _percent, where = (await mpremote("df")).splitlines()[1].split()
    assert (name, int(size), int(used) + int(available), where) == ("<VfsLfs2>", 2 << 20, 2 << 20, "/")


async def test_exec_prints_and_a_traceback_fails(mpremote: Mpremote) -> None:
    assert await mpremote("exec", "print(6 * 7)") == "42\n"
    out = await mpremote("exec", "1 / 0", exit_code=1)
    assert 'File "<stdin>", line 1, in <module>' in out and "ZeroDivisionError" in out


async def test_run_waits_for_asyncio_and_what_follows_it(mpremote: Mpremote, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import asyncio\n"
        "async def main():\n"
        "    for i in range(3):\n"
        "        await asyncio.sleep_ms(10)\n"
        "        print(i)\n"
        "    return 'ended'\n"
        "print(asyncio.run(main()))\n"
        "print('after')\n"
    )
    assert await mpremote("run", "script.py") == "0\n1\n2\nended\nafter\n"


async def test_run_shows_what_a_task_raised(mpremote: Mpremote, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import asyncio\nasync def main():\n    raise ValueError('so')\nasyncio.run(main())\n"
    )
    assert "ValueError: so" in await mpremote("run", "script.py", exit_code=1)


async def test_soft_reset_forgets_variables_and_keeps_files(mpremote: Mpremote) -> None:
    await mpremote("exec", "x = 1", "soft-reset", "exec", "print('x' in globals())")
    await mpremote("exec", "open('kept', 'w').write('yes')", "soft-reset")
    assert await mpremote("resume", "exec", "print(open('kept').read())") == "yes\n"


async def test_resume_finds_what_the_last_command_left(mpremote: Mpremote) -> None:
    await mpremote("exec", "x = 17")
    assert await mpremote("resume", "exec", "print(x)") == "17\n"


async def test_repl_in_a_terminal(mpremote: Mpremote) -> None:
    here, there = pty.openpty()
    argv = mpremote.argv("repl", port=mpremote.terminal)  # mpremote's own repl takes devices only, no sockets
    process = await asyncio.create_subprocess_exec(*argv, stdin=there, stdout=there, stderr=there)
    os.close(there)
    loop = asyncio.get_running_loop()
    seen = b""

    async def until(text: bytes) -> None:
        nonlocal seen
        while text not in seen:
            seen += await asyncio.wait_for(loop.run_in_executor(None, os.read, here, 1024), HANG_S)

    await until(b"Ctrl-]")
    os.write(here, b"\r")
    await until(b">>> ")
    os.write(here, b"40 + 2\r")
    await until(b"\r\n42\r\n>>> ")
    os.write(here, b"\x1d")
    assert await asyncio.wait_for(process.wait(), HANG_S) == 0
    os.close(here)


async def test_a_second_program_is_refused_while_one_has_the_port(mpremote: Mpremote) -> None:
    _, port = mpremote.url.rsplit(":", 1)
    _reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(b"\r")
    await _reader.readuntil(b">>> ")
    assert "failed to access" in await mpremote("exec", "print(1)", exit_code=1)
    writer.close()
