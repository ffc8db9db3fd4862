"""The tests of `micropython/` again, on official MicroPython 1.29, with `sock` compiled as it is for boards."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sock
from gradsock.flash.firmware import mpy_cross
from gradsock.sim.interpreter import node_command

HERE = Path(__file__).parent / "micropython"
INTERPRETER = (
    Path(__file__).parents[2] / "boards/sim/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs"
)
MODULES = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("conftest", "synthetic"))
TESTS = [
    (module, name)
    for module in MODULES
    for name in re.findall(r"^def (test_\w+)\(", (HERE / f"{module}.py").read_text(encoding="utf-8"), re.MULTILINE)
]
HANG_S = 900


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str | None]:
    """Traceback or None by (module, test)."""
    root = tmp_path_factory.mktemp("board")
    (root / "sock").mkdir()
    for source in sorted(Path(sock.__file__).parent.glob("*.py")):
        compiled = root / "sock" / f"{source.stem}.mpy"
        subprocess.run([mpy_cross(), "-o", compiled, f"sock/{source.name}"], cwd=source.parents[1], check=True)
    for source in HERE.glob("*.py"):
        (root / source.name).write_bytes(source.read_bytes())
    (root / "known.py").write_text(f"DIGEST = {_digest_here()}\n")
    node = node_command()[0]
    done = subprocess.run(
        [node, str(HERE / "run.mjs"), str(INTERPRETER), str(root)],
        input="\n".join(MODULES),
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return {(module, name): error for module, name, error in told}


def _digest_here() -> str:
    """What the host finds in the samples of `test_sock_identity`."""
    command = [sys.executable, "-c", "import test_sock_identity; print(test_sock_identity.digest())"]
    path = os.pathsep.join((str(HERE), str(Path(sock.__file__).parents[1])))
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(("module", "name"), TESTS, ids=[f"{module}-{name}" for module, name in TESTS])
def test_on_micropython(module: str, name: str, results: dict[tuple[str, str], str | None]) -> None:
    assert (module, name) in results, "it did not run"
    error = results[module, name]
    assert error is None, error
