"""Nothing is lost that was scanned and kept, nothing is there twice, and what is lost is said: against the truth."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from gradsock.sim.conductor import run_virtual

from tests.bench import loss_soak
from tests.bench.lossy import World, true_scans
from tests.bench.reconnect import GOAL_S, measure
from tests.e2e.sock_bench import flashed


@pytest.mark.parametrize("seed", [2])
def test_outages_losses_kills_and_power_cuts(
    seed: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    account, said = loss_soak.run(flashed(tmp_path_factory), tmp_path, 7, seed)
    assert account.faults == [], said
    assert len(said) > 2
    assert account.scanned > 5 * 60 * 25
    assert account.held >= account.scanned - account.lost - sum(account.tails)


def test_a_gap_that_is_not_reported_is_found_out(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The judge itself: a log that lost samples without a word, or has others than were scanned, is caught."""
    loss_soak.run(flashed(tmp_path_factory), tmp_path, 1, 5, power=False)
    board, logs = tmp_path / "board", tmp_path / "logs"
    scans_us, _ = true_scans(board)
    data = np.fromfile(board / "conversions.bin", np.dtype([("t_us", "<u8"), ("rest", "V6")]))
    moved = data.copy()
    moved["t_us"][len(moved) // 2 :] += 400_000  # as if ten scans had been made that the log does not have
    moved.tofile(board / "conversions.bin")
    faults = loss_soak.account_of(board, logs, int(scans_us[-1]) + 1).faults
    assert any("not what was scanned" in fault for fault in faults)


def test_live_samples_come_soon_after_the_radio_returns(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    board, logs = tmp_path / "board", tmp_path / "logs"
    shutil.copytree(flashed(tmp_path_factory), board)
    logs.mkdir()
    measured = run_virtual(measure(World(board, logs), 4))
    assert max(measured.back_s) <= GOAL_S
    assert measured.samples > 0
