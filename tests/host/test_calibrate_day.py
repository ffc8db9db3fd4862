"""A short version of tests/bench/calibration.py: calibrated sensors on legs, and the bench's own twin of the sock."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sock.calibration import Calibration

from tests.bench import calibration as bench

SENSORS, HOURS = 4, 0.25


@pytest.mark.parametrize("kind", ["flexiforce", "textile"])
def test_calibrated_sensors_tell_pressure_and_better_than_the_curve_alone(kind, monkeypatch):
    monkeypatch.setattr(bench, "CARES", (bench.CARES[0], bench.GUIDE))
    plain, guide = bench.one_type(kind, SENSORS, HOURS, seed=3)
    assert guide.max() < bench.GOAL_MMHG
    assert np.sqrt((guide**2).mean()) < 0.6 * np.sqrt((plain**2).mean())
    table = "\n".join(bench.report({kind: np.array([plain, guide])}))
    assert "<= 2" in table


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(0, 1200), st.tuples(*[st.integers(0, 4000)] * 3))
def test_the_bench_reads_counts_as_a_sock_does(seed, creep, shares):
    made = Calibration("twin", (((320, 0), (4000, 1200), (8000, 3000), (16000, 6000)),), (creep,), (shares,))
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.integers(-300, 301, 60 * bench.RATE_HZ))
    counts = np.clip(4000 + walk, 500, 11000)
    history, expected = made.history(), []
    for number, value in enumerate(counts.tolist()):
        raw = made.pressure_cmmHg(0, value, bench.REFERENCE_COUNTS)
        if history is not None:
            history.advance(number // bench.RATE_HZ)
            raw = history.corrected(0, raw)
        expected.append(raw)
    told = bench.Sock([made]).pressures_cmmHg(counts[:, None])
    assert told[:, 0].tolist() == expected
