"""The virtual leg: published pressures come out of it, and it stays the same however it is asked."""

import numpy as np
import pytest
from gradsock.flash.nominal import calibration_from_curves
from gradsock.sim.leg import ADDRESS, WornSock
from gradsock.sim.pressure import GAIT_AMPLITUDE_MMHG, Leg, Track
from gradsock.sim.published import profiles
from gradsock.sim.scenario import parse
from gradsock.sim.sensor import BENCH_DEGC, KINDS, Memory, Sensor
from hypothesis import given, settings
from hypothesis import strategies as st
from sock.calibration import OPEN_X, Q14, from_json

IDEAL = Sensor(hysteresis=0.0, creep_per_decade=0.0, per_degC=0.0)
COUNTS_PER_V = 32768 / 2.048
T0_S = 1_700_000_000.0


def leg(text: str, seed: int = 0) -> Leg:
    return Leg(parse(text + "\n1:00:00 end"), seed)


def ideal_sock(text: str, seed: int = 0) -> WornSock:
    sock = WornSock(parse(text + "\n1:00:00 end"), seed, (IDEAL, IDEAL, IDEAL))
    sock.wear(T0_S)
    return sock


def mean_mmHg(worn: Leg, from_s: float, to_s: float) -> np.ndarray:
    return worn.pressure_mmHg(np.arange(from_s, to_s, 0.01)).mean(axis=0)


@pytest.mark.parametrize("name", profiles())
def test_a_settled_leg_shows_the_published_pressures(name: str) -> None:
    published = profiles()[name]
    posture = "lie" if published.posture == "lying" else "stand"
    shown = mean_mmHg(leg(f"sock {name}\n0 don over=5\n5 {posture}"), 120, 300)
    for value, expected in zip(shown, published.pressure_mmHg, strict=True):
        assert value == pytest.approx(expected or 0.0, abs=0.1)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("seed", range(5))
def test_walking_swings_within_the_published_ranges_and_keeps_the_mean(side: str, seed: int) -> None:
    walker = leg(f"sock ch2015-graduated knee=15\nside {side}\n0 don over=5\n60 walk cadence=1", seed)
    steps = walker.pressure_mmHg(np.arange(100, 160, 0.005)).reshape(60, 200, 3)
    amplitude = (steps.max(axis=1) - steps.min(axis=1)).mean(axis=0)
    for value, (low, high) in zip(amplitude, GAIT_AMPLITUDE_MMHG, strict=True):
        assert low - 0.4 <= value <= high + 0.4
    assert steps.mean(axis=(0, 1)) == pytest.approx([27.3, 19.6, 15.0], abs=0.2)


def test_a_fold_multiplies_its_site_and_no_other_and_goes_when_smoothed() -> None:
    worn = leg("sock sigel\n0 don over=5\n5 stand\n100 fold knee x2 over=1\n200 smooth knee over=1")
    before, folded, after = mean_mmHg(worn, 60, 100), mean_mmHg(worn, 110, 200), mean_mmHg(worn, 210, 300)
    assert folded / before == pytest.approx([1.0, 1.0, 2.0], rel=0.02)
    assert after == pytest.approx(before, rel=0.02)


def test_slipping_tightens_the_ankle_and_loosens_the_top() -> None:
    worn = leg("sock sigel\n0 don over=5\n5 stand\n100 slip over=60")
    ankle, _, knee = mean_mmHg(worn, 200, 260) / mean_mmHg(worn, 60, 100)
    assert 1.15 < ankle < 1.5
    assert 0.4 < knee < 0.8


def test_swelling_raises_all_sites_alike() -> None:
    worn = leg("sock sigel\n0 don over=5\n5 stand\n100 swell x1.2 over=1000")
    assert mean_mmHg(worn, 1200, 1300) / mean_mmHg(worn, 60, 100) == pytest.approx([1.2] * 3, rel=0.02)


def test_lying_and_sitting_shift_the_calf_most() -> None:
    for posture in ("lie", "sit"):
        worn = leg(f"sock sigel\n0 don over=5\n5 stand\n100 {posture}")
        shift = np.abs(np.log(mean_mmHg(worn, 120, 240) / mean_mmHg(worn, 60, 100)))
        assert shift[1] >= 0.02
        assert shift[2] < 0.1


def test_a_sock_comes_on_from_the_ankle_and_goes_to_nothing() -> None:
    worn = leg("0 table\n10 don over=10\n20 stand\n60 doff over=4")
    onset_s = [np.argmax(worn.pressure_mmHg(np.arange(0, 30, 0.1))[:, site] > 5) / 10 for site in range(3)]
    assert onset_s == sorted(onset_s)
    assert worn.pressure_mmHg(np.array([5.0])).max() == 0.0
    assert worn.pressure_mmHg(np.array([70.0])).max() == 0.0


def test_both_legs_of_a_person_walk_half_a_stride_apart() -> None:
    t_s = np.arange(100, 200, 0.01)
    text = "sock sigel\nside {}\n0 don over=5\n60 walk cadence=1"
    left, right = (leg(text.format(side), seed=3) for side in ("left", "right"))
    wave = [np.exp(-2j * np.pi * t_s) @ (worn.pressure_mmHg(t_s)[:, 0] - 18) for worn in (left, right)]
    assert all(abs(swing) / len(t_s) > 0.5 for swing in wave)


def test_one_seed_one_leg() -> None:
    first, again, other = (WornSock("walk", seed) for seed in (7, 7, 8))
    for sock in (first, again, other):
        sock.wear(T0_S)
    seen = [sock.window(ADDRESS, T0_S + 60, 0.005, 400)[0] for sock in (first, again, other)]
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(-200, 9000), st.integers(1, 900)), min_size=1, max_size=6))
def test_any_stretch_in_any_order_shows_the_same_voltages(stretches: list[tuple[int, int]]) -> None:
    reference = _WALK.window(ADDRESS, T0_S - 1.0, 0.005, 10_200)[0]
    asked = WornSock("walk", 1)
    asked.wear(T0_S)
    for start, n in stretches:
        seen = asked.window(ADDRESS, T0_S + start * 0.005, 0.005, n)[0]
        assert seen == pytest.approx(reference[:, start + 200 : start + 200 + n], abs=2e-6)


_WALK = WornSock("walk", 1)
_WALK.wear(T0_S)


def test_the_calibration_of_its_sensors_finds_the_pressures_again() -> None:
    sock = ideal_sock("sock sigel\n0 don over=5\n5 stand\n60 fold knee x2")
    calibration = from_json(calibration_from_curves(sock.curves))
    t_s = T0_S + np.array([2.0, 30.0, 90.0])
    for t, truth_mmHg in zip(t_s, sock.pressure_mmHg(t_s), strict=True):
        *inputs, excitation = (round(float(v[0]) * COUNTS_PER_V) for v in sock.window(ADDRESS, t, 0.005, 1)[0])
        for site, counts in enumerate(inputs):
            read_mmHg = calibration.pressure_cmmHg(site, counts, excitation) / 100
            assert read_mmHg == pytest.approx(truth_mmHg[site], abs=0.03)


def test_a_cuff_presses_on_all_sites_when_it_is_told_to() -> None:
    sock = WornSock("cuff")
    sock.wear(T0_S)

    def ratios(t_s: float) -> list[float]:
        volts = sock.window(ADDRESS, t_s, 0.005, 20)[0].mean(axis=1)
        return [float(v / (volts[3] - v)) for v in volts[:3]]

    rest = ratios(T0_S + 20)
    sock.press(T0_S + 10, 30.0)  # what was computed ahead is forgotten
    assert ratios(T0_S + 9) == pytest.approx(rest, rel=1e-3)
    nominal = float(sock.sensors[0].ratio(np.array(30.0), BENCH_DEGC))
    assert ratios(T0_S + 20) == pytest.approx([nominal] * 3, rel=0.1)
    sock.press(T0_S + 21, 0.0)
    assert max(ratios(T0_S + 30)) < 2 * rest[0]
    pressed = leg("0 table\n5 press mmHg=30 over=1\n20 press mmHg=0")
    assert pressed.pressure_mmHg(np.array([4.0, 10.0, 30.0])).tolist() == [[0] * 3, [30] * 3, [0] * 3]


def test_after_the_bottle_comes_the_leg_and_the_sensors_remember_the_cuff() -> None:
    pressed, fresh = (WornSock("stand", 3, (Sensor(creep_per_decade=0.05),) * 3) for _ in range(2))
    for second in range(0, 600, 20):
        pressed.press(T0_S + second, 60.0)
    pressed.window(ADDRESS, T0_S + 600, 0.005, 20)
    assert pressed.pressure_mmHg(np.array([T0_S + 600])).tolist() == [[60.0] * 3]
    for sock in (pressed, fresh):
        sock.wear(T0_S + 610)
    at_s = np.array([T0_S + 620.0, T0_S + 700.0])
    assert pressed.pressure_mmHg(at_s).tolist() == fresh.pressure_mmHg(at_s).tolist()
    volts = [sock.window(ADDRESS, T0_S + 620, 0.005, 20)[0][0].mean() for sock in (pressed, fresh)]
    assert volts[0] > volts[1]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 10_000), st.floats(5, 55), st.floats(0.5, 5))
def test_a_sensor_never_reads_less_when_it_is_pressed_more(kind: str, seed: int, mmHg: float, more_mmHg: float) -> None:
    sensor = KINDS[kind].draw(np.random.default_rng(seed))
    memory = Memory((sensor,), 0.1)
    held = np.full((200, 1), mmHg)
    for pressure in (held + 30, held):  # come down to it, so that the backlash is all the other way
        before, _ = memory.feel(pressure, np.zeros_like(held))
    after, _ = memory.feel(held[:1] + more_mmHg, np.zeros((1, 1)))
    assert sensor.ratio(after[-1]) > sensor.ratio(before[-1])


def test_creep_hysteresis_and_temperature_stay_within_what_such_sensors_do() -> None:
    """Read through the nominal curve, a worn FlexiForce strays by a few percent, and more as time goes by."""
    sock = WornSock(parse("sock ch2015-graduated knee=16\n0 don over=5\n5 stand\n1:00:00 end"))
    sock.wear(T0_S)
    ratio, mmHg = zip(*sock.curves[0], strict=True)
    strays = []
    for at_s in (60, 300, 1500):
        volts = sock.window(ADDRESS, T0_S + at_s, 0.005, 2000)[0].mean(axis=1)
        read_mmHg = np.interp(volts[0] / (volts[3] - volts[0]), ratio, mmHg)
        strays.append(read_mmHg / sock.pressure_mmHg(T0_S + at_s + np.arange(2000) * 0.005)[:, 0].mean() - 1)
    assert strays == sorted(strays)
    assert all(abs(stray) < 0.10 for stray in strays)


def test_noise_is_half_a_mmhg_at_every_pressure() -> None:
    sock = ideal_sock("sock ch2015-graduated knee=16\n0 don over=5\n5 stand")
    volts, noise_V = sock.window(ADDRESS, T0_S + 60, 0.005, 200)
    share = (volts / volts[3]).mean(axis=1)[:3]
    noise_mmHg = noise_V[:3] / 1.5 / (1 - share) ** 2 / (IDEAL.ratio_per_mmHg(np.array([20.0])))
    assert noise_mmHg == pytest.approx([0.5] * 3, rel=0.06)
    assert noise_V[3] < 50e-6


def test_broken_sensors_show_a_rail_or_a_constant() -> None:
    sock = ideal_sock("sock sigel\n0 don over=5\n5 walk\n30 open knee\n30 short calf\n30 stuck ankle\n60 mend ankle")
    volts, noise_V = sock.window(ADDRESS, T0_S + 40, 0.005, 2000)
    assert volts[2].max() == 0.0
    assert volts[1] == pytest.approx(volts[3])
    assert np.ptp(volts[0] / volts[3]) < 1e-6
    assert noise_V.max() < 50e-6
    mended, _ = sock.window(ADDRESS, T0_S + 61, 0.005, 2000)
    assert np.ptp(mended[0]) > 0.05


def test_a_site_without_a_sensor_is_an_open_wire() -> None:
    volts, _ = ideal_sock("sock ch2015-graduated\n0 don over=5\n5 stand").window(ADDRESS, T0_S + 60, 0.005, 10)
    assert volts[2].max() == 0.0
    assert volts[0].min() > 0.3


def test_before_it_is_worn_a_sock_lies_on_the_table() -> None:
    sock = WornSock("walk")
    before, noise_V = sock.window(ADDRESS, T0_S, 0.005, 10)
    sock.wear(T0_S + 100)
    assert sock.window(ADDRESS, T0_S, 0.005, 10)[0] == pytest.approx(before)
    assert 0.01 < before[0, 0] < 0.05
    assert noise_V[0] > 0


def test_excitation_wanders_and_the_ratio_does_not() -> None:
    sock = ideal_sock("0 table")
    volts, _ = sock.window(ADDRESS, T0_S, 0.1, 2000)
    assert np.ptp(volts[3]) > 1e-3
    assert np.ptp(volts[0] / volts[3]) < 1e-7


def test_after_its_end_a_scenario_goes_on_as_it_was() -> None:
    sock = WornSock("demo")
    sock.wear(T0_S)
    later = sock.pressure_mmHg(T0_S + sock.scenario.duration_s + np.arange(100.0, 160.0))
    assert later.mean(axis=0) == pytest.approx([18, 14, 8], abs=0.2)


def test_a_track_reaches_its_targets_even_when_they_overlap() -> None:
    track = Track(1.0, ((10.0, 60.0, 3.0), (20.0, 1.0, 2.0)))
    assert track.at(np.array([0.0, 21.5, 500.0])) == pytest.approx([1.0, 2.0, 2.0])


def test_noise_of_a_sound_unloaded_sensor_never_reads_as_an_open_wire():
    volts, noise_V = WornSock("stand").window(ADDRESS, 0.0, 0.005, 50)
    for site in range(3):
        lowest_V = volts[site].min() - 6 * noise_V[site]
        assert lowest_V / (volts[3].max() - lowest_V) * Q14 > OPEN_X
