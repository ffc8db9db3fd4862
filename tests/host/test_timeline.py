"""Ticks become UTC by the probes with the shortest round trips; drift is found once it can be."""

import random

import numpy as np
from gradsock.link import Probe
from gradsock.log.timeline import fit
from hypothesis import given
from hypothesis import strategies as st

INTERVAL_US = 30_000


def probes(seconds, *, drift_ppm=0.0, every_s=30.0, seed=1, stragglers=0.03):
    """Exchanges with a sock whose clock runs wrong: both ways wait for a connection event, the sock for 0 to 29 ms."""
    rng = random.Random(seed)
    made = []
    for n in range(int(seconds / every_s) + 1):
        sent = round(n * every_s * 1e6)
        there = sent + rng.uniform(1000, INTERVAL_US)
        answered = there + rng.randrange(30) * 1000
        back = (answered // INTERVAL_US + 1) * INTERVAL_US + 1500
        if rng.random() < stragglers:
            back += rng.uniform(50_000, 400_000)
        ticks = [int(t / 1000 * (1 + drift_ppm * 1e-6)) + 5_000 for t in (there, answered)]
        made.append(Probe(1, sent, round(back), *ticks))
    return made


def error_ms(line, seconds, drift_ppm=0.0):
    """How far the line is off the truth, over the whole time."""
    true_us = np.arange(0, seconds * 1e6, 1e6)
    ticks = (true_us / 1000 * (1 + drift_ppm * 1e-6)).astype(np.int64) + 5_000
    return np.abs(line.utc_us(ticks) - true_us).max() / 1000


@given(st.integers(0, 1000))
def test_a_few_minutes_are_placed_within_the_connection_interval(seed):
    line = fit(probes(300, every_s=5, seed=seed))[1]
    assert error_ms(line, 300) < INTERVAL_US / 1000 / 2 + 1.5


@given(st.integers(0, 1000), st.sampled_from([-50.0, -20.0, 20.0, 50.0]))
def test_drift_over_hours_is_followed(seed, drift_ppm):
    line = fit(probes(6 * 3600, drift_ppm=drift_ppm, seed=seed))[1]
    assert error_ms(line, 6 * 3600, drift_ppm) < 20


def test_each_boot_has_a_line_of_its_own():
    lines = fit([Probe(1, 0, 20_000, 5, 5), Probe(2, 10**9, 10**9 + 20_000, 7, 7)])
    assert int(lines[1].utc_us(np.array([5]))[0]) == 10_000
    assert int(lines[2].utc_us(np.array([8]))[0]) == 10**9 + 10_000 + 1000


def test_a_probe_that_came_back_before_it_left_is_not_believed():
    assert fit([Probe(1, 1000, 0, 5, 5)]) == {}
