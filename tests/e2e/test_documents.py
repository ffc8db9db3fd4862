"""What the pages tell to type runs on a sock: a virtual one, the only one near, minded by a thread beside."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradsock import cli
from gradsock.sim.launch import VirtualAir

from tests.documents import ON_A_SOCK, Line, run_lines
from tests.e2e.sock_bench import flashed, sock

VERBS = ("get", "set", "ble:")
HANG_S = 180.0  # no test waits for a time; this only ends one that hangs


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flashed(tmp_path_factory)


@pytest.fixture
def board(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A sock on the air, minded by a thread of its own: commands want the main one, for their signals."""
    loop = asyncio.new_event_loop()
    minding = threading.Thread(target=loop.run_forever)
    minding.start()
    stack = contextlib.AsyncExitStack()

    async def begin() -> str:
        air = await stack.enter_async_context(VirtualAir())
        await stack.enter_async_context(sock(image, tmp_path / "board", air))
        return air.hci

    try:
        monkeypatch.setenv("GRADSOCK_HCI", asyncio.run_coroutine_threadsafe(begin(), loop).result(HANG_S))
        monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))
        yield
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(HANG_S)
        loop.call_soon_threadsafe(loop.stop)
        minding.join()
        loop.close()


def one_of_each() -> list[Line]:
    """A line of each command and verb: of many marks one is enough."""
    found: dict[tuple[str, ...], Line] = {}
    for line in run_lines(ON_A_SOCK):
        verb = next((word.partition(":")[0] for word in line.words[2:3] if word.startswith(VERBS)), "")
        found.setdefault((line.words[1], verb), line)
    return list(found.values())


def test_each_line_runs(board: None, capsys: pytest.CaptureFixture[str]) -> None:
    name = ""
    wrong = []
    for line in one_of_each():
        words = [f"ble:{name}" if word == "ble:sock-a1b2" else word for word in line.words[1:]]
        code = cli.run(words)
        said = capsys.readouterr()
        if words[0] == "scan" and code == 0:
            name = said.out.split("ble:")[1].split()[0]
        if code != 0 or not said.out.strip():
            wrong.append(f"{line}: {code} {said.err}{said.out}")
    assert wrong == []
    assert name
