"""Integers only: no float stands anywhere in `sock`, and none that a sample makes outgrows a board's small integers.

The WebAssembly build would not notice either: its floats are 64 bits and its memory is large.
"""

import ast
import operator
import random
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
import sock
from sock import MISSING
from sock.calibration import CREEP_MAX_Q14, Calibration
from sock.encoder import BlockEncoder, quantise
from sock.fit import FitCheck
from sock.history import LoadHistory
from sock.prescription import parse

FILES = sorted(Path(sock.__file__).parent.glob("*.py"))
SMALL = 1 << 30
FLOAT_NAMES = {"float", "round", "pow", "divmod", "math"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_float_is_written(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        where = f"{file.name}:{getattr(node, 'lineno', 0)}"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, (float, complex))), where
        assert not (isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, (ast.Div, ast.Pow))), where
        assert not (isinstance(node, ast.Name) and node.id in FLOAT_NAMES), where


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_float_is_compiled(file: Path) -> None:
    def constants(code: CodeType) -> list[object]:
        inner = [constants(const) for const in code.co_consts if isinstance(const, CodeType)]
        return [*code.co_consts, *(const for group in inner for const in group)]

    found = constants(compile(file.read_text(encoding="utf-8"), file.name, "exec"))
    assert not [const for const in found if isinstance(const, (float, complex))]


class Small(int):
    """An integer whose every result is one again, and may not leave a board's small integers."""

    def __new__(cls, value: int) -> "Small":
        assert -SMALL <= value < SMALL, f"{value} would be an object on the heap"
        return super().__new__(cls, value)


def _checked(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: int, *others: int) -> Any:
        result = function(int(self), *[int(other) for other in others])
        return Small(result)

    method.__name__ = name
    return method


for _name in ("add", "sub", "mul", "floordiv", "mod", "lshift", "rshift", "and_", "or_", "xor"):
    _function = getattr(operator, _name)
    _dunder = _name.rstrip("_")
    setattr(Small, f"__{_dunder}__", _checked(_dunder, _function))
    setattr(Small, f"__r{_dunder}__", _checked(_dunder, lambda a, b, f=_function: f(b, a)))
for _name in ("neg", "invert", "abs"):
    setattr(Small, f"__{_name}__", _checked(_name, getattr(operator, _name)))

WILD = (0, 1, -1, 32767, -32767, 24000, 23999, 12000, MISSING)


def wild(rng: random.Random) -> int:
    return rng.choice((rng.choice(WILD), rng.randrange(-32767, 32768), rng.randrange(3000, 3100)))


def test_checked_integers_catch_what_grows() -> None:
    with pytest.raises(AssertionError):
        Small(40000) * 40000
    assert isinstance(2 - Small(1), Small)


def test_a_block_is_made_of_small_integers() -> None:
    rng = random.Random(1)
    for step in (1, 24, 255):
        encoder = BlockEncoder(3, 240)
        for _ in range(15):
            encoder.begin(1, 0, 0, 40, 24000, (step,) * 3)
            wildness = rng.random() ** 3
            while True:
                row = [wild(rng) if rng.random() < wildness else 3000 + rng.randrange(20) for _ in range(3)]
                if not encoder.add([MISSING if v == MISSING else Small(quantise(Small(v), step)) for v in row]):
                    break
            encoder.finish()


def test_a_pressure_is_made_of_small_integers() -> None:
    curves = (((320, 0), (8000, 3000), (16000, 6000)), ((-16384, -30000), (262144, 30000)), ((7, -30000), (8, 30000)))
    calibration = Calibration("x", curves)
    for name in ("_x", "_y"):
        setattr(calibration, name, [[Small(value) for value in axis] for axis in getattr(calibration, name)])
    rng = random.Random(2)
    for _ in range(20000):
        counts, reference = Small(wild(rng)), Small(wild(rng))
        assert -30000 <= calibration.pressure_cmmHg(rng.randrange(3), counts, reference) <= 30001 or MISSING in (
            counts,
            calibration.pressure_cmmHg(0, counts, reference),
        )


def test_what_earlier_loads_left_is_made_of_small_integers() -> None:
    rng = random.Random(4)
    small = [Small(share) for share in (6000, 5000, 2107)]
    history = LoadHistory((Small(CREEP_MAX_Q14),) * 3, (small, small[::-1], [Small(0)] * 3))
    for name in ("state", "now"):
        setattr(history, name, [Small(0) for _ in getattr(history, name)])
    for second in range(500):
        history.advance(60 * second)  # each hour of the same load
        for channel, highest in enumerate((19999, 3000, -1999)):
            for _ in range(128 if second % 100 == 0 else 1):
                pressure = Small(rng.choice((highest, highest, rng.randrange(-32767, 32768))))
                history.corrected(Small(channel), pressure)


def test_rings_of_sixteen_at_a_hundred_scans_a_second_are_made_of_small_integers() -> None:
    """The highest that a sock may press, 120 mmHg, rails beside it, and readings that go everywhere at once."""
    layout = (0,) * 6 + (1,) * 5 + (2,) * 5
    rng = random.Random(6)
    for level, spread in ((12000, 400), (19999, 0), (300, 299)):
        check = FitCheck(parse("ral:IV"), layout)
        t_ms = 0
        for step_ms, scans in ((1000, 100), (10, 300), (1000, 60)):
            for _ in range(scans):
                row = [min(level + rng.randrange(-spread, spread + 1), 19999) for _ in layout]
                if rng.random() < 0.05:
                    row[rng.randrange(len(row))] = rng.choice((MISSING, 30000, 30001, -30000, 19999, -1999))
                check.add(Small(t_ms), [value if value == MISSING else Small(value) for value in row])
                t_ms += step_ms


def test_a_verdict_is_made_of_small_integers() -> None:
    rng = random.Random(3)
    for sites in ((1800, 1400, 800), (19999, 19999, 19999), (-1999, 30000, -30000)):
        check = FitCheck(parse("ral:II"))
        t_ms = 0
        for second in range(400):
            factor = 2 if 200 < second < 240 else 1
            for _ in range(5):
                row = [site if abs(site) > 5000 else site * factor + rng.randrange(-100, 100) for site in sites]
                if rng.random() < 0.02:
                    row[rng.randrange(3)] = rng.choice((MISSING, 30000, -30000, 19999))
                check.add(Small(t_ms), [value if value == MISSING else Small(value) for value in row])
                t_ms += 200
