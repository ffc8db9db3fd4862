"""The fit check and what it is fed: readings at a threshold, gaps, clocks, slow, fast and short recordings."""

from sock import MISSING
from sock.fit import FitCheck
from sock.prescription import parse
from synthetic import CLASS_TWO, PERIOD_MS, SIGEL, SIGEL_CMMHG, Wear, finding, told


def test_nothing_flaps_at_its_threshold():
    for sites, later in (
        (CLASS_TWO, [2730, 1960, 1950]),  # a fold of just x1.3
        ([2500, 2200, 1500], [2500, 2810, 1500]),  # just reversed
        ([3200, 2200, 1500], [4000, 2700, 1900]),  # just far above the band
        ([2300, 1700, 1200], [2295, 1700, 1200]),  # just below the band
    ):
        wear = Wear("ral:II", noise_cmmHg=100).don(sites).go(60).go(300, later, swing=400, over_s=2)
        assert len(wear.findings()) <= 3, wear.findings()
        assert len(wear.verdicts) <= 5, wear.verdicts


def test_a_short_gap_changes_nothing_a_long_one_begins_anew():
    wear = Wear(SIGEL).don(SIGEL_CMMHG).go(60)
    wear.t_ms += 5000
    wear.go(10)
    assert wear.verdicts[-1][1] == "good"
    wear.t_ms += 60000
    wear.go(60)
    assert wear.verdicts[-1][1] == "good"
    wear.t_ms += 3600 * 1000
    wear.go(30)
    assert wear.check.verdict == "settling"


def test_a_clock_that_goes_back_begins_anew():
    wear = Wear(SIGEL).don(SIGEL_CMMHG).go(60)
    wear.t_ms = 0
    wear.go(30)
    assert wear.check.verdict == "settling"


def test_findings_end_at_a_long_gap():
    wear = Wear(SIGEL).don(SIGEL_CMMHG).go(60).go(60, [1800, 1400, 1600], over_s=1)
    last_ms = wear.t_ms
    wear.t_ms += 3600 * 1000
    wear.go(5)
    assert abs(finding(wear, "fold").end_ms - last_ms) <= 1000


def test_one_sample_a_second_is_enough_for_verdicts():
    check = FitCheck(parse(SIGEL))
    for second in range(200):
        knee = 800 if second < 120 else 1600
        check.add(second * 1000, [1800 + second % 3, 1400 + second % 2, knee + second % 5])
    assert check.verdict == "fold"


def test_at_one_sample_a_second_no_sensor_is_called_stuck_or_noisy():
    wear = Wear(SIGEL, period_ms=1000).don(SIGEL_CMMHG).go(60)
    wear.stuck[1] = 1400
    wear.go(60)
    assert wear.findings() == []
    wear.stuck[1] = MISSING
    wear.go(10)
    assert wear.findings() == [("sensor-fault", "calf", "notice")]


def test_half_a_minute_is_too_short_to_say_anything():
    wear = Wear(SIGEL).go(30, SIGEL_CMMHG)
    assert [verdict for _, verdict in wear.verdicts] == ["not worn", "settling"]
    assert wear.findings() == []
    assert wear.check.descending_permille is None


def test_a_fold_over_a_gap_is_told_after_it():
    wear = Wear(SIGEL).don(SIGEL_CMMHG).go(120)
    wear.t_ms += 90 * 1000
    wear.go(40, [1800, 1400, 1500])
    assert told(wear) == [("fold", "knee", "notice")]


def test_a_hundred_samples_a_second():
    check = FitCheck(parse(SIGEL))
    for number in range(90 * 100):
        check.add(number * 10, [1800 + number % 37, 1400 + number % 31, 800 + number % 29])
    assert check.verdict == "good"


def test_one_verdict_a_second():
    wear = Wear(SIGEL)
    seconds = 0
    for number in range(10 * 1000 // PERIOD_MS + 1):
        seconds += wear.check.add(number * PERIOD_MS, [0, 0, 0])
    assert seconds == 10


def test_closed_findings_are_handed_out_once_and_bounded():
    wear = Wear(SIGEL).don(SIGEL_CMMHG)
    check = wear.check
    for _ in range(20):  # a knee that is short for seven seconds, twenty times, too seldom to be loose; nobody asks
        for knee in (30000, 800):
            for _ in range(7000 // PERIOD_MS):
                check.add(wear.t_ms, [1800 + wear.t_ms % 3, 1400 + wear.t_ms % 7, knee + wear.t_ms % 5])
                wear.t_ms += PERIOD_MS
    assert len(check.take_closed()) == 16
    assert check.take_closed() == []
