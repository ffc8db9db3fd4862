"""Windows of recordings as few points: nothing high or low is lost, and gaps stay gaps."""

import numpy as np
import pytest
from gradsock.view import trace
from hypothesis import given
from hypothesis import strategies as st

SECOND = 1_000_000


def grain(seconds: float, rate_Hz: int = 25, seed: int = 1) -> trace.Grain:
    random = np.random.default_rng(seed)
    count = int(seconds * rate_Hz)
    utc_us = 1_700_000_000 * SECOND + np.arange(count) * SECOND // rate_Hz
    return trace.of_samples(utc_us, {"ankle": random.uniform(0, 60, count), "knee": random.uniform(0, 30, count)})


def values(told, site, side):
    return [v for v in told["sites"][site][side] if v is not None]


@pytest.mark.parametrize("width", [16, 100, 1000])
def test_the_highest_and_the_least_survive_every_width(width) -> None:
    whole = grain(600)
    told = trace.window(whole, int(whole.utc_us[0]), int(whole.utc_us[-1]), width)
    assert len(told["t"]) <= width + 1
    assert max(values(told, "ankle", "high")) == pytest.approx(whole.high_cmmHg["ankle"].max() / 100)
    assert min(values(told, "ankle", "low")) == pytest.approx(whole.low_cmmHg["ankle"].min() / 100)


def test_close_up_every_sample_is_there_once() -> None:
    whole = grain(60)
    told = trace.window(whole, int(whole.utc_us[0]), int(whole.utc_us[-1]), 4000)
    assert told["t"] == (whole.utc_us / 1000).tolist()
    assert told["sites"]["knee"]["low"] == told["sites"]["knee"]["high"] == (whole.low_cmmHg["knee"] / 100).tolist()


@given(st.integers(3, 600), st.integers(16, 300), st.integers(10, 500))
def test_a_gap_is_never_drawn_over(gap_s, width, before) -> None:
    whole = grain(60)
    utc_us = whole.utc_us.copy()
    utc_us[before:] += gap_s * SECOND
    broken = trace.Grain(utc_us, whole.low_cmmHg, whole.high_cmmHg, 0)
    told = trace.window(broken, int(utc_us[0]), int(utc_us[-1]), width)
    assert told["t"] == sorted(told["t"])
    at = np.searchsorted(told["t"], utc_us[before] / 1000)
    step_ms = (utc_us[-1] - utc_us[0]) / width / 1000
    if gap_s * 1000 > 3 * step_ms:
        assert told["sites"]["ankle"]["high"][at - 1] is None
        (gap,) = told["gaps"]
        assert gap == pytest.approx([utc_us[before - 1] / 1000, utc_us[before] / 1000])


@given(st.lists(st.integers(1, 9000), max_size=300, unique=True), st.integers(16, 120))
def test_however_broken_it_is_never_all_points_are_given(breaks, width) -> None:
    """Two weeks of three sites are 90 million readings; a screen has some thousand points."""
    whole = grain(9000, 1)
    utc_us = whole.utc_us.copy()
    for at in breaks:
        utc_us[at:] += 7 * SECOND
    broken = trace.Grain(utc_us, whole.low_cmmHg, whole.high_cmmHg, 0)
    told = trace.window(broken, int(utc_us[0]), int(utc_us[-1]), width)
    assert len(told["t"]) <= 3 * width + 2
    assert len(told["gaps"]) <= width
    assert max(values(told, "ankle", "high")) == pytest.approx(whole.high_cmmHg["ankle"].max() / 100)


def test_close_up_half_a_second_without_samples_is_a_gap() -> None:
    whole = grain(60)
    utc_us = whole.utc_us.copy()
    utc_us[700:] += SECOND // 2
    told = trace.window(
        trace.Grain(utc_us, whole.low_cmmHg, whole.high_cmmHg, 0), int(utc_us[0]), int(utc_us[-1]), 3000
    )
    assert told["gaps"] == [[utc_us[699] / 1000, utc_us[700] / 1000]]


def test_a_site_without_readings_has_none() -> None:
    whole = trace.of_samples(np.arange(100) * 40_000, {"calf": np.full(100, np.nan)})
    assert trace.window(whole, 0, 4 * SECOND, 20)["sites"]["calf"]["high"] == [None] * 20


def test_the_overview_keeps_the_extremes_and_is_fifty_times_as_short() -> None:
    whole = grain(3600)
    far = trace.overview(whole)
    assert len(far) == pytest.approx(1800, abs=1)
    assert far.high_cmmHg["knee"].max() == whole.high_cmmHg["knee"].max()
    assert far.low_cmmHg["ankle"].dtype == np.int16


def test_recordings_are_joined_in_order_of_time_and_by_site() -> None:
    early, late = grain(10), grain(10, seed=2)
    late = trace.Grain(
        late.utc_us + 100 * SECOND, {"calf": late.low_cmmHg["knee"]}, {"calf": late.high_cmmHg["knee"]}, 0
    )
    both = trace.joined([late, early])
    assert (np.diff(both.utc_us) > 0).all()
    assert set(both.low_cmmHg) == {"ankle", "knee", "calf"}
    assert (both.low_cmmHg["calf"][: len(early)] == trace.NO_PRESSURE).all()


def test_what_was_recorded_twice_is_drawn_once_and_a_gap_in_one_is_filled_from_the_other() -> None:
    whole = grain(60)
    holed = np.ones(len(whole), np.bool_)
    holed[500:1000] = False
    one = trace.Grain(
        whole.utc_us[holed],
        {site: values[holed] for site, values in whole.low_cmmHg.items()},
        {site: values[holed] for site, values in whole.high_cmmHg.items()},
        0,
    )
    other = trace.Grain(whole.utc_us + 7000, whole.low_cmmHg, whole.high_cmmHg, 0)  # by another host's clock
    both = trace.joined([other, one])
    assert len(both) == pytest.approx(len(whole), abs=4)
    assert (np.diff(both.utc_us) > 30_000).all()
    assert len(trace.joined([one, one])) == len(one)


def test_of_nothing_there_is_nothing() -> None:
    empty = trace.joined([])
    assert len(trace.overview(empty)) == 0
    assert trace.window(empty, 0, 1, 16) == {"t": [], "sites": {}, "gaps": []}
