"""100 scans a second of four inputs on one chip, in virtual time with what bus, chip and driver cost."""

from __future__ import annotations

import pytest

from tests.bench.scanning import jitter_ms, run, slowness

FAST, SLOW = 363, 350


@pytest.mark.parametrize(("seed", "clock"), [(FAST, 0.90), (SLOW, 1.10)])
def test_a_hundred_scans_a_second_of_four_inputs(seed: int, clock: float) -> None:
    assert slowness(seed) == pytest.approx(clock, abs=0.003)
    missed, (slots, gaps), ours, theirs, conversions = run(seed, 4)
    assert (missed, gaps) == (0, 0)
    assert slots >= 399
    assert ours < theirs
    assert jitter_ms(conversions, 100, slots)[1] <= 2
