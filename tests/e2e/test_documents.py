"""What the pages tell to type runs on a sock: a virtual one, the only one near, each line in a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gradsock.sim.launch import VirtualAir, VirtualBoard

from tests.documents import ON_A_SOCK, Line, run_lines
from tests.e2e.sock_bench import flashed, sock
from tests.e2e.test_owner import gradsock

VERBS = ("get", "set", "ble:")


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flashed(tmp_path_factory)


@pytest.fixture
async def board(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VirtualBoard]:
    async with VirtualAir() as air:
        monkeypatch.setenv("GRADSOCK_HCI", air.hci)
        monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))
        async with sock(image, tmp_path / "board", air) as made:
            yield made


def one_of_each() -> list[Line]:
    """A line of each command and verb: of many marks one is enough."""
    found: dict[tuple[str, ...], Line] = {}
    for line in run_lines(ON_A_SOCK):
        verb = next((word.partition(":")[0] for word in line.words[2:3] if word.startswith(VERBS)), "")
        found.setdefault((line.words[1], verb), line)
    return list(found.values())


async def test_each_line_runs(board: VirtualBoard) -> None:
    name = ""
    wrong = []
    for line in one_of_each():
        words = [f"ble:{name}" if word == "ble:sock-a1b2" else word for word in line.words[1:]]
        code, said, complaint = await gradsock(*words)
        if words[0] == "scan" and code == 0:
            name = said.split("ble:")[1].split()[0]
        if code != 0 or not said.strip():
            wrong.append(f"{line}: {code} {complaint}{said}")
    assert wrong == []
    assert name
