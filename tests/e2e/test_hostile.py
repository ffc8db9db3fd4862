"""A hostile central gets nothing and changes nothing; and would be noticed if any one gate were missing."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.hostile import Outcome, campaign, note, read_account
from tests.bench.hostile_tries import told
from tests.e2e.sock_bench import flashed

OPERATIONS = 10_000
DEVICE = Path(__file__).parents[2] / "firmware/device"

GATES = {
    "notify": ("gatt", "if self._gate is None or not self._gate.open or session", "if session"),
    "read": ("gatt", "allowed = data[1] in self._open_handles or", "allowed = True or"),
    "request": ("gatt", "if not is_open or connection", "if connection"),
    "indicate": ("gatt", "if self._gate is None or not self._gate.open:", "if self._gate is None:"),
    "publish": ("gatt", "if self._gate is not None and self._gate.open:", "if self._gate is not None:"),
    "authenticated": ("gate", "encrypted and authenticated and bonded", "encrypted and bonded"),
    "bonded": ("gate", "encrypted and authenticated and bonded", "encrypted and authenticated"),
    "key size": ("gate", " and key_size >= _KEY_SIZE_MIN", ""),
    "passkey": ("pairing", "if self._proved is not None or kind == _OUR_KEY:", "if True:"),
}
"""Per gate the module it is in, its check, and what stands there without it."""


def without(gate: str) -> dict[str, str]:
    """The source of a module in which that check is missing; a board prefers it to the compiled one."""
    module, check, instead = GATES[gate]
    source = (DEVICE / f"{module}.py").read_text(encoding="utf-8")
    assert source.count(check) == 1
    return {f"/device/{module}.py": source.replace(check, instead)}


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    return Path(shutil.copytree(flashed(tmp_path_factory, allow_unprotected=False), tmp_path / "board"))


def test_a_stranger_gets_nothing_whatever_is_tried(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = campaign(folder, OPERATIONS, seed=1)
    with capsys.disabled():
        print(f"\n{told(outcome.counts)}")
    assert outcome.wrong == []
    assert outcome.few() == []
    assert outcome.counts.total() >= OPERATIONS


@pytest.mark.parametrize("gate", GATES)
def test_a_missing_gate_is_noticed(folder: Path, gate: str) -> None:
    assert campaign(folder, 1000, 1, without(gate)).wrong


def test_a_campaign_goes_on_from_its_account(tmp_path: Path) -> None:
    done = {seed: Outcome(Counter({"write": seed, "read": 1}), ["leak"], 1, 2, 3, 4) for seed in (3, 4)}
    for seed, outcome in done.items():
        note(tmp_path / "account", seed, outcome)
    assert read_account(tmp_path / "account") == done
