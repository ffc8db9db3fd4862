"""Shares with their uncertainty, walking, and standing minus lying."""

import numpy as np
import pytest
from gradsock.analysis.postures import posture_of, standing_minus_lying
from gradsock.analysis.share import autocorrelation_s, share_of, wilson
from gradsock.analysis.walking import together, walking
from hypothesis import given
from hypothesis import strategies as st
from sock import MISSING


def test_wilson_gives_the_interval_of_the_books() -> None:
    assert wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(1.0, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_independent_seconds_have_no_memory() -> None:
    assert autocorrelation_s(np.random.default_rng(1).random(100_000) < 0.7) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("hold", [10, 50, 200])
def test_seconds_that_hold_on_count_for_less(hold) -> None:
    """Blocks of equal seconds: their autocorrelation is a triangle, its time as long as a block."""
    blocks = np.random.default_rng(2).random(4000) < 0.5
    assert autocorrelation_s(np.repeat(blocks, hold)) == pytest.approx(hold, rel=0.15)


def test_the_interval_holds_what_it_says() -> None:
    """95 in 100 recordings of a process with memory have its true share in their interval, within chance."""
    random, held = np.random.default_rng(3), 0
    for _ in range(300):
        seconds = np.repeat(random.random(60) < 0.8, 60)
        share = share_of(seconds)
        held += share.low <= 0.8 <= share.high
    assert held >= 270


@given(st.lists(st.booleans(), max_size=400))
def test_a_share_lies_in_its_interval(seconds) -> None:
    share = share_of(np.array(seconds, bool))
    assert (share is None) == (not seconds)
    if share:
        assert 0 <= share.low <= share.fraction <= share.high <= 1
        assert 1 <= share.independent <= max(1, len(seconds))


def walk(stride_s: float, swing_mmHg: float, rate_Hz: int = 25, seconds: float = 120, seed: int = 1):
    t_s = np.arange(int(seconds * rate_Hz)) / rate_Hz
    noise = np.random.default_rng(seed).normal(0, 0.3, (len(t_s), 3))
    phase = 2 * np.pi * t_s / stride_s
    course = np.sin(phase) + 0.3 * np.sin(2 * phase + 1)
    course *= swing_mmHg / (course.max() - course.min())
    pressures = np.array([20.0, 14.0, 9.0]) + course[:, None] * np.array([1.0, 0.6, 0.8]) + noise
    return (t_s * 1000).astype(np.int64), np.rint(pressures * 100).astype(np.int64), 1000 // rate_Hz


@pytest.mark.parametrize("rate_Hz", [10, 25, 100])
@pytest.mark.parametrize("stride_s", [0.7, 1.0, 1.1, 1.6])
def test_cadence_and_swing_are_found(stride_s, rate_Hz) -> None:
    found = walking(*walk(stride_s, 6.0, rate_Hz))
    assert found.walking_s == pytest.approx(120, abs=8)
    assert found.cadence_per_min == pytest.approx(120 / stride_s, rel=0.03)
    assert found.swing_mmHg["ankle"] == pytest.approx(6.0, abs=1.3)  # noise widens it, few samples narrow it
    assert found.swing_mmHg["ankle"] > found.swing_mmHg["knee"] > found.swing_mmHg["calf"]


def test_standing_is_no_walking() -> None:
    assert walking(*walk(1.0, 0.0)).walking_s == 0


def test_a_posture_change_is_no_walking() -> None:
    t_ms, pressures, period_ms = walk(1.0, 0.0)
    pressures[1500:] += 600
    assert walking(t_ms, pressures, period_ms).walking_s == 0


def test_a_sock_on_the_table_does_not_walk() -> None:
    t_ms, pressures, period_ms = walk(1.0, 4.0)
    assert walking(t_ms, pressures - np.array([2000, 1400, 900]), period_ms).walking_s == 0


def test_one_sample_a_second_cannot_tell() -> None:
    assert walking(*walk(1.0, 6.0, rate_Hz=1)) is None


def test_gaps_and_missing_sites_cost_what_they_cover() -> None:
    t_ms, pressures, period_ms = walk(1.0, 6.0)
    t_ms[1500:] += 60_000
    pressures[:, 1] = MISSING
    found = walking(t_ms, pressures, period_ms)
    assert 104 <= found.walking_s <= 120
    assert set(found.swing_mmHg) == {"ankle", "knee"}


def test_stretches_are_weighed_by_how_long_they_walked() -> None:
    both = together([walking(*walk(1.0, 6.0, seconds=80)), walking(*walk(1.5, 6.0, seconds=160))])
    assert both.walking_s == 240
    assert both.cadence_per_min == pytest.approx((120 * 80 + 80 * 160) / 240, rel=0.03)
    assert together([]) is None


@pytest.mark.parametrize(
    ("text", "posture"),
    [("standing", "standing"), ("Lying, pillow", "lying"), ("lay down", "lying"), ("understanding", None), ("", None)],
)
def test_marks_that_say_a_posture(text, posture) -> None:
    assert posture_of(text) == posture


def test_standing_minus_lying_by_marks() -> None:
    t_s = np.arange(0, 400, 0.04)
    ankle = np.where(t_s < 200, 1800, 2240)
    marks = [(5.0, "lying"), (195.0, "standing")]
    found = standing_minus_lying(t_s, ankle, marks)
    assert found.as_dict() == {
        "name": "standing minus lying",
        "difference_mmHg": 4.4,
        "standing_mmHg": 22.4,
        "lying_mmHg": 18.0,
    }
    assert standing_minus_lying(t_s, ankle, marks, "B1").name == "SSI"
    assert standing_minus_lying(t_s, ankle, marks[:1]) is None
    assert standing_minus_lying(t_s, np.full_like(ankle, MISSING), marks) is None
