"""What `check` measures beside the verdicts: a share with its uncertainty, walking, standing minus lying."""

import numpy as np
import pytest
from gradsock.analysis.check import check
from gradsock.analysis.gait import Gait
from gradsock.analysis.posture import LYING, STANDING, spans_of_marks, standing_minus_lying
from gradsock.analysis.share import correlation_s, share_of
from gradsock.view.checked import describe
from sock import MISSING, SITES
from sock.fit import SETTLED_S


def bouts(rng, share, length_s, dwell_s):
    """Seconds of a state that lasts `dwell_s` on average and holds for `share` of the time (a Markov chain)."""
    leave = (1 / dwell_s, share / (1 - share) / dwell_s)
    flags = np.empty(length_s, bool)
    now = rng.random() < share
    draws = rng.random(length_s)
    for second in range(length_s):
        flags[second] = now
        now ^= draws[second] < leave[not now]
    return flags


def test_independent_seconds_are_counted_as_such():
    flags = np.random.default_rng(1).random(200_000) < 0.5
    assert correlation_s([flags]) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("dwell_s", [30, 120])
def test_the_correlation_of_bouts_is_that_of_theory(dwell_s):
    """A two-state chain, left with a and b a second, has rho(k) = (1 - a - b)^k, so tau = (2 - a - b) / (a + b)."""
    rng = np.random.default_rng(dwell_s)
    a, b = 1 / dwell_s, 1 / dwell_s
    found = [correlation_s([bouts(rng, 0.5, 40_000, dwell_s)]) for _ in range(5)]
    assert np.mean(found) == pytest.approx((2 - a - b) / (a + b), rel=0.2)


@pytest.mark.parametrize(("share", "dwell_s"), [(0.5, 60), (0.8, 300), (0.9, 120)])
def test_nine_of_ten_intervals_hold_the_true_share(share, dwell_s):
    rng = np.random.default_rng(7)
    found = [share_of([bouts(rng, share, 4 * 3600, dwell_s)]) for _ in range(60)]
    assert sum(one.low <= share <= one.high for one in found) >= 0.9 * len(found)
    assert np.mean([one.high - one.low for one in found]) < 0.35


def test_a_share_of_all_is_not_certain():
    found = share_of([np.ones(3600, bool)])
    assert (found.fraction, found.high, found.judged_s) == (1.0, 1.0, 3600)
    assert found.independent == pytest.approx(3600 / SETTLED_S)
    assert 0.95 < found.low < 0.98


def test_of_nothing_there_is_no_share():
    assert share_of([]) is None


def test_stretches_apart_are_counted_together():
    rng = np.random.default_rng(3)
    parts = [bouts(rng, 0.5, 2000, 20) for _ in range(10)]
    assert correlation_s(parts) == pytest.approx(correlation_s([np.concatenate(parts)]), rel=0.3)


def walk(seconds, hz, strides_Hz, swings, noise=20, seed=1):
    rng = np.random.default_rng(seed)
    t_s = np.arange(round(seconds * hz)) / hz
    wave = 0.42 * np.sin(2 * np.pi * strides_Hz * t_s) + 0.12 * np.sin(4 * np.pi * strides_Hz * t_s + 1)
    wave = wave / (wave.max() - wave.min())
    pressures = np.array([1800, 1400, 800]) + wave[:, None] * np.array(swings) + rng.normal(0, noise, (len(t_s), 3))
    return np.round(1000 * t_s).astype(np.int64), np.round(pressures).astype(np.int64)


def gait_of(t_ms, pressures, hz):
    gait = Gait()
    gait.add(t_ms, pressures, 1 / hz)
    return gait


@pytest.mark.parametrize("hz", [10, 25, 100])
@pytest.mark.parametrize("strides_Hz", [0.75, 0.93, 1.1, 1.4])
def test_cadence_and_amplitude_of_a_walk(hz, strides_Hz):
    found = gait_of(*walk(120, hz, strides_Hz, (640, 400, 520), noise=10), hz).walking
    assert found.cadence_per_min == pytest.approx(120 * strides_Hz, rel=0.03)
    assert found.seconds == 120
    for site, mmHg in (("ankle", 6.4), ("calf", 4.0), ("knee", 5.2)):
        assert found.amplitude_mmHg[site] == pytest.approx(mmHg, rel=0.1)


def test_rows_in_which_nothing_was_read_end_no_walk():
    t_ms, pressures = walk(120, 25, 0.9, (640, 400, 520), noise=10)
    whole = gait_of(t_ms, pressures, 25).walking
    holed = pressures.copy()
    holed[50::97] = MISSING
    found = gait_of(t_ms, holed, 25).walking
    assert found.seconds == pytest.approx(whole.seconds, abs=6)
    assert gait_of(t_ms, np.full_like(pressures, MISSING), 25).walking is None


def test_standing_shifting_and_handling_are_no_walk():
    rng = np.random.default_rng(5)
    t_ms = np.arange(25 * 600) * 40
    still = np.array([1800, 1400, 800]) + rng.normal(0, 40, (len(t_ms), 3))
    shifting = still + 300 * np.sign(np.sin(2 * np.pi * t_ms / 30_000))[:, None]
    handling = still + np.convolve(rng.normal(0, 400, len(t_ms)), np.ones(12) / 12, "same")[:, None]
    for pressures in (still, shifting, handling):
        found = gait_of(t_ms, np.round(pressures).astype(np.int64), 25).walking
        assert found is None or found.seconds < 60


def test_a_sock_that_is_shaken_on_a_table_does_not_walk():
    t_ms, pressures = walk(60, 25, 1.0, (600, 400, 500))
    assert gait_of(t_ms, pressures - np.array([1700, 1300, 700]), 25).walking is None


def test_a_site_that_cannot_be_read_is_left_out_of_a_walk():
    t_ms, pressures = walk(60, 25, 1.0, (600, 400, 500))
    pressures[:, 1] = MISSING
    found = gait_of(t_ms, pressures, 25).walking
    assert found.amplitude_mmHg["calf"] is None
    assert found.without_s == {"calf": found.seconds}
    assert found.amplitude_mmHg["ankle"] == pytest.approx(6.0, rel=0.15)


def test_slower_than_ten_readings_a_second_tells_nothing_of_walking():
    gait = gait_of(*walk(120, 8, 1.0, (600, 400, 500)), 8)
    assert gait.walking is None
    assert "fewer than 10 readings" in gait.why_not


def test_standing_minus_lying_is_the_ssi_at_b1_only():
    t_s = np.arange(0, 400, 0.1)
    ankle = np.where(t_s < 200, 2000, 1600) + np.arange(len(t_s)) % 3
    spans = spans_of_marks([(10.0, "Standing at the sink"), (210.0, "lying"), (390.0, "walked")])
    assert spans == {STANDING: [(25.0, 145.0)], LYING: [(225.0, 345.0)]}
    found = standing_minus_lying(t_s, ankle, spans)
    assert (found.name, found.mmHg) == ("standing minus lying", pytest.approx(4.0))
    assert standing_minus_lying(t_s, ankle, spans, "b1").name == "SSI"


@pytest.mark.parametrize(
    ("text", "posture"),
    [
        *(("Standing", STANDING), ("stood up", STANDING)),
        *(("Lying, pillow", LYING), ("lay down", LYING)),
        *(("understanding", None), ("", None)),
    ],
)
def test_marks_that_say_a_posture(text, posture):
    assert [p for p, spans in spans_of_marks([(0.0, text)]).items() if spans] == ([posture] if posture else [])


def test_without_both_postures_it_says_what_is_wanting():
    t_s = np.arange(0, 100, 0.1)
    found = standing_minus_lying(t_s, np.full(len(t_s), 1800), spans_of_marks([(1.0, "standing")]))
    assert found.mmHg is None
    assert "lying" in found.why_not


def test_the_share_says_over_what_time_and_without_which_site_it_was_judged(tmp_path):
    rows = np.array([18.0, 14.0, 8.0]) + np.random.default_rng(3).normal(0, 0.2, (6000, 3))
    lines = [f"{i / 10:.1f},{a:.2f},{'' if i >= 3000 else f'{c:.2f}'},{k:.2f}" for i, (a, c, k) in enumerate(rows)]
    path = tmp_path / "half.csv"
    path.write_text("t_s,ankle,calf,knee\n" + "\n".join(lines) + "\n")
    checked = check(path)
    share = checked.as_dict()["descending"]
    assert share["judged_s"] == share["settled_s"] > 500
    assert share["without_s"] == {"calf": pytest.approx(300, abs=60)}
    assert "of it without the calf" in describe(checked)


def test_all_of_it_in_one_check(tmp_path):
    _, pressures = walk(300, 25, 0.95, (600, 400, 450))
    still = np.array([1800, 1400, 800]) + np.random.default_rng(2).normal(0, 20, (25 * 300, 3))
    lying = still - np.array([300, 100, 50])
    rows = np.round(np.concatenate([pressures, still, lying])).astype(int)
    path = tmp_path / "day.csv"
    lines = [f"{i / 25:.2f},{a / 100:.2f},{c / 100:.2f},{k / 100:.2f}" for i, (a, c, k) in enumerate(rows)]
    path.write_text("t_s,ankle,calf,knee\n" + "\n".join(lines) + "\n")
    checked = check(path, postures={STANDING: [(320, 580)], LYING: [(620, 880)]}, leg_point="B1")
    assert checked.as_dict()["standing_minus_lying"] == {"name": "SSI", "mmHg": pytest.approx(3.0, abs=0.1)}
    assert checked.walking.seconds == pytest.approx(300, abs=16)
    assert checked.descending.fraction == pytest.approx(1.0)
    assert checked.descending.low > 0.8
    walking, *postures = checked.moved
    assert (walking.what, walking.start_s, walking.end_s) == ("walking", 0, pytest.approx(300, abs=16))
    assert walking.cadence_per_min == pytest.approx(114, rel=0.03)
    assert [(one.what, one.start_s, one.end_s) for one in postures] == [(STANDING, 320, 580), (LYING, 620, 880)]


@pytest.mark.parametrize("site", [0, 2])
def test_a_sensor_that_is_stuck_tells_nothing_of_walking_nor_of_standing(tmp_path, site):
    still = np.array([1800, 1400, 800]) + np.random.default_rng(2).normal(0, 20, (25 * 120, 3)).round().astype(np.int64)
    _, pressures = walk(180, 25, 0.95, (600, 400, 450))
    rows = np.concatenate([still, pressures, still, pressures, still, still])
    rows[25 * 380 :, site] = rows[25 * 380, site]
    path = tmp_path / "stuck.csv"
    lines = [f"{i / 25:.2f},{a / 100:.2f},{c / 100:.2f},{k / 100:.2f}" for i, (a, c, k) in enumerate(rows)]
    path.write_text("t_s,ankle,calf,knee\n" + "\n".join(lines) + "\n")
    checked = check(path, postures={STANDING: [(310, 370)], LYING: [(640, 700)]})
    assert [(f.kind, f.site) for f in checked.findings if f.level != "info"] == [("sensor-fault", SITES[site])]
    swings = {name: pytest.approx(mmHg, rel=0.15) for name, mmHg in zip(SITES, (6.0, 4.0, 4.5), strict=True)}
    assert checked.walking.amplitude_mmHg == swings
    assert checked.walking.without_s == {SITES[site]: pytest.approx(180, abs=50)}
    assert f"of it without the {SITES[site]}" in next(
        line for line in describe(checked).splitlines() if "swing" in line
    )
    assert (checked.stiffness.mmHg is None) == (site == 0)
    assert "could not be read while lying" in checked.stiffness.why_not or site


def test_walks_apart_are_told_apart():
    _, pressures = walk(120, 25, 0.95, (600, 400, 450))
    still = np.array([1800, 1400, 800]) + np.random.default_rng(2).normal(0, 20, (25 * 120, 3)).round().astype(np.int64)
    found = gait_of(np.arange(25 * 360) * 40, np.concatenate([pressures, still, pressures]), 25).walks
    assert [(one.start_ms, one.end_ms) for one in found] == [(0, 120_000), (240_000, 360_000)]


def test_a_slot_without_a_scan_now_and_then_ends_no_walk():
    t_ms, pressures = walk(120, 25, 0.95, (600, 400, 450))
    kept = np.ones(len(t_ms), bool)
    kept[70::75] = kept[71::75] = False  # two slots of every three seconds
    found = gait_of(t_ms[kept], pressures[kept], 25)
    assert [(one.start_ms, one.end_ms) for one in found.walks] == [(0, 120_000)]
    assert found.walking.cadence_per_min == pytest.approx(114, rel=0.03)
    assert found.walking.amplitude_mmHg["ankle"] == pytest.approx(6.0, rel=0.1)


def test_half_a_second_without_a_scan_is_a_gap_in_a_walk():
    t_ms, pressures = walk(40, 25, 0.95, (600, 400, 450))
    t_ms = np.where(np.arange(len(t_ms)) >= 500, t_ms + 520, t_ms)
    assert [one.end_ms - one.start_ms for one in gait_of(t_ms, pressures, 25).walks] == [16_000, 16_000]
