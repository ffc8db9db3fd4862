"""The latched reference holds until the excitation has really moved."""

import random

from device.reference import ReferenceLatch
from sock import MISSING


def test_the_first_reading_is_latched_at_once() -> None:
    latch = ReferenceLatch()
    assert latch.counts == MISSING
    assert not latch.add(MISSING)
    assert latch.add(24000)
    assert latch.counts == 24000


def test_noise_moves_nothing_in_an_hour() -> None:
    latch = ReferenceLatch()
    draw = random.Random(1)
    changes = sum(latch.add(round(24000 + draw.gauss(0, 12))) for _ in range(25 * 3600))
    assert changes == 1


def test_a_reference_that_is_not_read_stays() -> None:
    latch = ReferenceLatch()
    latch.add(24000)
    assert not any(latch.add(MISSING) for _ in range(100))
    assert latch.counts == 24000


def test_a_real_change_is_followed_to_a_five_hundredth() -> None:
    latch = ReferenceLatch()
    latch.add(24000)
    changes = sum(latch.add(22000) for _ in range(25 * 10))
    assert 1 <= changes <= 60
    assert abs(latch.counts - 22000) <= 22000 >> 9


def test_a_slow_drift_is_followed_in_steps() -> None:
    latch = ReferenceLatch()
    worst = 0
    for scan in range(25 * 3600):
        true = 24000 - scan // 60
        latch.add(true)
        worst = max(worst, abs(latch.counts - true))
    assert worst <= (24000 >> 9) + 2


def test_a_reference_that_falls_to_nothing_is_latched_too() -> None:
    latch = ReferenceLatch()
    latch.add(24000)
    for _ in range(500):
        latch.add(0)
    assert abs(latch.counts) <= 8
