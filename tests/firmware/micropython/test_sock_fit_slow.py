"""The fit check on what takes minutes: what comes slowly, what has to last, and when it is over."""

from synthetic import CLASS_TWO, Wear, finding, told


def test_what_comes_over_many_minutes_is_told_though_the_baseline_went_along():
    for sites, kind in (([2730, 1960, 500], ("slipped", "knee")), ([2730, 1960, 2700], ("fold", "knee"))):
        wear = Wear("ral:II", period_ms=200).don(CLASS_TWO).go(60).go(420, sites, over_s=420).go(300)
        assert [found[:2] for found in told(wear)] == [kind]
        since_ms = finding(wear, kind[0]).start_ms
        wear.go(200, CLASS_TWO, over_s=2)
        assert wear.check.verdict == "good"
        assert finding(wear, kind[0]).start_ms == since_ms


def test_all_sites_together_drift_as_far_and_nothing_is_folded_or_slipped():
    for factor in (0.4, 1.9):
        sites = [int(site * factor) for site in CLASS_TWO]
        wear = Wear("custom:ankle=5-60", period_ms=200).don(CLASS_TWO).go(60).go(420, sites, over_s=420).go(300)
        assert [found for found in told(wear) if found[0] in ("fold", "bunching", "slipped")] == []


def test_what_lies_far_beyond_its_band_waits_for_no_posture():
    for ankle, kind in ((5000, "over-range"), (1300, "under-range")):
        wear = Wear("custom:ankle=20-30,calf=0.3-1.6,profile=custom", period_ms=200).don(CLASS_TWO).go(120)
        wear.go(100, [site * ankle // 2730 for site in CLASS_TWO], over_s=90).go(130)
        assert told(wear) == []
        wear.go(130)
        assert [found[0] for found in told(wear)] == [kind]


def test_a_finding_is_dated_by_when_it_was_told_not_by_when_it_informed():
    wear = Wear("ral:II", period_ms=200).don(CLASS_TWO).go(60).go(300, [3400, 1960, 1500], over_s=240)
    (informed,) = wear.check.open_findings()
    assert informed.level == "info"
    wear.go(1200, [4300, 1960, 1500], over_s=240)
    assert informed.level == "notice" and informed.notified_ms > informed.start_ms + 200000


def test_above_the_ceiling_a_minute_is_a_minute_whatever_came_before():
    wear = Wear("ral:II", period_ms=200).don(CLASS_TWO).go(120).go(75, [6800, 4900, 3700], over_s=2)
    assert told(wear) == []
    wear.go(30)
    assert [found for found in told(wear) if found[2] == "warning"] == [("over-range", "ankle", "warning")]


def test_what_left_a_narrow_band_and_came_back_is_over():
    wear = Wear("ral:I", period_ms=200).don([1950, 1400, 1000]).go(120)
    wear.go(200, [2170, 1400, 1000], over_s=10)
    assert wear.findings() == [("over-range", "ankle", "info")]
    wear.go(900, [1950, 1400, 1000], over_s=10)
    assert wear.check.open_findings(True) == []


def test_a_knee_clearly_above_the_rest_is_told_within_a_quarter_of_an_hour():
    for sites in ([2200, 1600, 2350], [2300, 2800, 3350]):
        wear = Wear("us:20-30", period_ms=200).don(sites).go(1000)
        assert wear.check.verdict == "reversed"
        assert ("gradient-reversed", "knee") in [found[:2] for found in told(wear)]


def test_the_top_of_a_light_sock_that_sinks_is_told():
    wear = Wear("us:8-15", period_ms=200).don([1150, 850, 750]).go(60).go(400, [1200, 850, 300], over_s=5)
    assert [found[:2] for found in told(wear)] == [("slipped", "knee")]


def test_what_lies_at_a_limit_is_told_once():
    wear = Wear("ral:II", period_ms=200).don([4100, 2900, 2200]).go(200)
    for _ in range(4):  # to and fro with posture, each time for minutes
        wear.go(240, [3700, 2700, 2100], over_s=3).go(240, [4150, 2900, 2200], over_s=3)
    assert [found for found in told(wear) if found[0] == "over-range"] == [("over-range", "ankle", "notice")]


def test_far_above_the_calf_it_is_told_within_minutes():
    wear = Wear("ral:II", period_ms=200).don([2730, 1960, 3400]).go(60)
    assert wear.check.verdict == "inconclusive"
    assert ("gradient-reversed", "knee", "warning") in wear.go(270).findings()
