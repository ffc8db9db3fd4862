"""The rules that keep the house a house: who may import whom, and what stands at the top level."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
LOGIC = {"array", "binascii", "json", "struct"}  # what `sock` may import: there on CPython and MicroPython alike
HARDWARE = {"machine", "bluetooth", "esp32", "rp2", "network"}
TOP_LEVEL = {
    *("README.md", "Makefile", "pyproject.toml", ".ci", "firmware", "boards", "host", "tests"),
    *("LICENSE", "SECURITY.md", "requirements.lock", ".gitignore"),
}


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)


def imports_of(file: Path) -> Iterator[str]:
    """Dotted names that a file imports when it runs; a package's relative imports of itself count as nothing."""
    for node in running(ast.parse(file.read_text(), file.name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def roots_of(file: Path) -> set[str]:
    return {name.split(".")[0] for name in imports_of(file)}


def files(folder: str, pattern: str = "**/*.py") -> list[Path]:
    found = sorted(p for p in (TOP / folder).glob(pattern) if "node_modules" not in p.parts)
    assert found, f"no files in {folder}: the rule would hold of nothing"
    return found


@pytest.mark.parametrize("file", files("firmware/sock"), ids=lambda p: p.name)
def test_sock_knows_no_hardware_and_nothing_of_ours(file: Path) -> None:
    assert roots_of(file) <= LOGIC | {"sock"}


@pytest.mark.parametrize("file", files("firmware"), ids=lambda p: p.name)
def test_firmware_leaves_the_hardware_to_the_board(file: Path) -> None:
    allowed = {"bluetooth"} if file.parts[-2:] == ("device", "gatt.py") else set()
    assert roots_of(file) & HARDWARE <= allowed
    assert not roots_of(file) & {"gradsock", "js", "_port"}


def test_nothing_is_sent_anywhere_by_itself() -> None:
    """What could: clients of the web, of mail and of files. The radio, cables and the pages' server are no such."""
    clients = {"urllib.request", "http.client", "smtplib", "ftplib", "requests", "httpx", "aiohttp", "websockets"}
    for file in files("host"):
        assert not clients & {*imports_of(file), *roots_of(file)}, file


@pytest.mark.parametrize("file", files("host"), ids=lambda p: str(p.relative_to(TOP)))
def test_the_host_never_imports_the_device(file: Path) -> None:
    assert not roots_of(file) & ({"device", "board"} | HARDWARE)


@pytest.mark.parametrize("file", files("host/gradsock/sim"), ids=lambda p: p.name)
def test_the_virtual_board_knows_registers_and_radio_but_no_blocks_or_findings(file: Path) -> None:
    assert "sock" not in roots_of(file)


@pytest.mark.parametrize("file", files("boards", "*/board.py"), ids=lambda p: p.parent.name)
def test_a_board_imports_only_its_machine(file: Path) -> None:
    assert not roots_of(file) & {"sock", "device", "gradsock", "_port", "js"}


def test_firmware_is_the_same_everywhere() -> None:
    """No file of the firmware asks what it runs on."""
    for file in files("firmware"):
        text = file.read_text()
        for question in ("sys.platform", "sys.implementation", "os.uname", "simul", "wasm", "webassembly"):
            assert question not in text.lower(), f"{file.name} asks: {question}"


def test_the_top_level_holds_what_the_map_shows() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=False)
    if tracked.returncode:  # a copy without its history
        names = {p.name for p in TOP.iterdir() if not p.name.startswith(".")} - {"build"}
    else:
        names = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    assert names <= TOP_LEVEL
