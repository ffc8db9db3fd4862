"""The sock's clock goes on where `time.ticks_ms` wraps."""

import time

import pytest
from device.ticks import Ticks
from hypothesis import given
from hypothesis import strategies as st

WRAP = 1 << 30


class Raw:
    ms = 0

    def __call__(self) -> int:
        return self.ms % WRAP


@pytest.fixture
def raw(monkeypatch: pytest.MonkeyPatch) -> Raw:
    made = Raw()
    monkeypatch.setattr(time, "ticks_ms", made, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda a, b: (a - b + WRAP // 2) % WRAP - WRAP // 2, raising=False)
    return made


def test_it_counts_on_over_many_wraps(raw: Raw) -> None:
    raw.ms = 1_000_000_000
    ticks = Ticks()
    for days in range(0, 60, 5):
        raw.ms = 1_000_000_000 + days * 86_400_000
        assert ticks.now() == days * 86_400_000


@given(steps=st.lists(st.integers(0, WRAP // 2 - 1), max_size=30), start=st.integers(0, WRAP - 1))
def test_every_step_below_six_days_is_kept(steps: list[int], start: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        raw = Raw()
        patch.setattr(time, "ticks_ms", raw, raising=False)
        patch.setattr(time, "ticks_diff", lambda a, b: (a - b + WRAP // 2) % WRAP - WRAP // 2, raising=False)
        raw.ms = start
        ticks = Ticks()
        for step in steps:
            raw.ms += step
            assert ticks.now() == raw.ms - start


def test_a_moment_noted_by_an_interrupt_is_told_in_the_same_time(raw: Raw) -> None:
    raw.ms = WRAP - 10
    ticks = Ticks()
    raw.ms = WRAP + 90
    noted = raw()
    raw.ms = WRAP + 200
    assert ticks.now() == 210
    assert ticks.at(noted) == 100
