"""Ticks become UTC by what the probes leave open; drift, bends and clocks that are set are followed."""

import numpy as np
import pytest
from gradsock.link import Probe
from gradsock.log.timeline import fit
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.time import BOOTED_US, GOAL_MS, Case, World, errors_ms, p95_ms

MINUTES = st.integers(1, 40)


@pytest.mark.parametrize("seconds", [120, 600, 3600])
def test_time_is_as_good_as_promised(seconds):
    figures = p95_ms(Case(seconds), seeds=6)
    assert figures["line"] <= GOAL_MS
    assert figures["line"] < figures["round trip"] and figures["line"] < figures["middles"]
    assert figures["line"] < figures["arrival"] / 5 and figures["line"] < figures["regression"] / 5


@settings(max_examples=25)
@given(st.integers(0, 1000), MINUTES, st.sampled_from([-40.0, -20.0, 0.0, 35.0]), st.sampled_from([15, 30, 60]))
def test_the_time_is_never_worse_than_it_says(seed, minutes, drift_ppm, interval_ms):
    case = Case(60.0 * minutes, drift_ppm=drift_ppm, interval_us=interval_ms * 1000)
    world = World(case, seed)
    line = fit(world.probes())[1]
    true_us = np.linspace(0, case.seconds * 1e6, 200)
    ticks_ms = np.asarray(world.ticks_ms(true_us))
    off_us = np.abs(line.utc_us(ticks_ms) - BOOTED_US - true_us)
    promised_us = np.array([line.off_by_at_most_us(int(at)) for at in ticks_ms])
    assert (off_us <= promised_us + 1500).all()  # and half of what the radio and the stack take each way


def test_drift_that_changes_bends_the_line():
    straight, bent = Case(12 * 3600), Case(12 * 3600, bend_ppm=5.0)
    assert np.percentile(errors_ms(bent, 1)["line"], 95) <= GOAL_MS
    assert fit(World(straight, 1).probes())[1].bends == ()
    assert fit(World(bent, 1).probes())[1].bends != ()


@pytest.mark.parametrize("jump_us", [-86_400_000_000, -200_000, 200_000, 3_600_000_000])
def test_a_clock_that_is_set_right_dates_all_of_the_boot(jump_us):
    case = Case(3600, jump_us=jump_us)
    line = fit(World(case, 3).probes())[1]
    assert [round(jump.by_us / 1e5) for jump in line.jumps] == [round(jump_us / 1e5)]
    assert np.percentile(errors_ms(case, 3)["line"], 95) <= GOAL_MS


def test_a_sock_that_has_run_for_weeks_is_dated_as_well():
    wrapped = 5 * (1 << 30)
    probes = [
        Probe(1, t * 10**6, t * 10**6 + 20_000, wrapped + t * 1000, wrapped + t * 1000) for t in range(0, 600, 10)
    ]
    line = fit(probes)[1]
    assert abs(int(line.utc_us(np.array([wrapped + 300_000]))[0]) - 300_010_000) < 1000


def test_each_boot_has_a_line_of_its_own():
    lines = fit([Probe(1, 0, 20_000, 5, 5), Probe(2, 10**9, 10**9 + 20_000, 7, 7)])
    assert int(lines[1].utc_us(np.array([5]))[0]) == 10_000
    assert int(lines[2].utc_us(np.array([8]))[0]) == 10**9 + 10_000 + 1000
    assert lines[1].uncertainty_us == 10_000 + 1000


def test_beyond_the_probes_the_time_gets_worse():
    line = fit(World(Case(600), 1).probes())[1]
    assert line.off_by_at_most_us(12 * 3_600_000) > 10 * line.off_by_at_most_us(300_000)


def test_a_probe_that_came_back_before_it_left_is_not_believed():
    assert fit([Probe(1, 1000, 0, 5, 5)]) == {}
