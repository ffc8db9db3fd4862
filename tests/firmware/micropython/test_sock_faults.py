"""What is a sensor and what is a leg: contacts that are lost, wires, sensors that stick, and those that sleep."""

from sock import MISSING
from sock.reducer import Reducer
from synthetic import CLASS_TWO, PERIOD_MS, Noise, Wear

STUCK, NOISY, LOOSE, OPEN, SHORT = 4, 5, 7, 2, 3


def worn(seed=1, swing=0, noise_cmmHg=50):
    return Wear("ral:II", seed, noise_cmmHg).don(CLASS_TWO).go(60, swing=swing)


def flickering(wear, site, seconds, lost_ms, back_ms, reads):
    """The contact of a site is lost for lost_ms, back for back_ms, again and again; lost, it reads that."""
    for _ in range(seconds * 1000 // (lost_ms + back_ms)):
        for length_ms, reading in ((lost_ms, reads), (back_ms, None)):
            for _ in range(length_ms // wear.period_ms):
                row = [level + wear.noise.of(50) for level in wear.sites]
                if reading is not None:
                    row[site] = reading
                wear.feed(row)


def found(wear):
    """(kind, site, level, reason or None) of all that a wearer was told."""
    return [
        (f.kind, f.site, f.level, f.evidence.get("reason"))
        for f in wear.closed + wear.check.open_findings()
        if f.level != "info"
    ]


def latency_s(wear, since_ms):
    faults = [f for f in wear.closed + wear.check.open_findings() if f.kind == "sensor-fault"]
    return (faults[0].notified_ms - since_ms + 999) // 1000


def test_a_loose_contact_is_the_sensor_and_not_the_leg():
    for lost_ms, back_ms in ((80, 400), (200, 200), (400, 1200), (1000, 2000), (600, 3000)):
        for reads in (0, -30000):
            wear = worn()
            since_ms = wear.t_ms
            flickering(wear, 2, 60, lost_ms, back_ms, reads)
            told = found(wear)
            assert {fault[:2] for fault in told} == {("sensor-fault", "knee")}, (lost_ms, back_ms, reads)
            assert told[-1][3] == LOOSE or lost_ms > 500 or lost_ms == back_ms
            assert len(told) <= 3  # until it is known to come again, a loss of the most of a second stands for itself
            assert latency_s(wear, since_ms) <= 14
            assert wear.check.verdict == "check sensor"
            wear.go(60)
            assert wear.check.verdict == "good"


def test_what_is_gone_is_back_within_a_second_and_a_half_of_being_plugged_in():
    for reads in (MISSING, -30000, 25000, 30000):
        for at_ms in range(0, 1000, 200):
            wear = worn()
            wear.go(2)
            flickering(wear, 2, 1, at_ms, 1000 - at_ms, None)  # when within a second it comes back
            flickering(wear, 2, 5, 5000, 0, reads)
            back_ms = wear.t_ms
            assert wear.check.verdict == "check sensor"
            wear.go(3)
            (fault,) = [f for f in wear.closed if f.kind == "sensor-fault"]
            assert fault.end_ms - back_ms <= 1500, (reads, at_ms)
            assert wear.check.verdict == "good"


def test_what_comes_and_goes_by_the_second_is_told_as_loose_and_not_each_time():
    for reads in (MISSING, 0, -30000, 25000, 30000):
        for lost_ms, back_ms in ((1000, 1000), (1400, 1000), (1000, 1600), (2000, 2000), (1000, 4000)):
            for period_ms in (40, 200):
                wear = Wear("ral:II", 1, 50, period_ms).don(CLASS_TWO).go(60)
                flickering(wear, 2, 60, lost_ms, back_ms, reads)
                if reads == 0 and period_ms == 200:
                    continue  # too slow to tell contact from a hand
                assert len([f for f in found(wear) if f[0] == "sensor-fault"]) <= 3, (reads, lost_ms, back_ms)
                wear.go(60)
                assert wear.check.verdict == "good"


def test_a_contact_that_is_lost_once_is_nothing():
    wear = worn()
    flickering(wear, 2, 1, 400, 600, 0)
    wear.go(120)
    assert found(wear) == []


def test_noise_and_gait_down_to_nothing_are_no_loose_contact():
    noise = Noise(5)
    wear = Wear("us:8-15").don([900, 700, 500]).go(60, swing=600)
    for _ in range(180 * 1000 // PERIOD_MS):
        wear.feed([max(level + noise.of(250), 0) for level in (900, 700, 500)])
    assert [f for f in found(wear) if f[0] == "sensor-fault"] == []


def test_a_wire_that_breaks_is_told_at_once_whatever_the_leg_does():
    for reads in (0, -30000):
        for swing in (0, 600):
            wear = worn(swing=swing)
            since_ms = wear.t_ms
            wear.stuck[1] = reads
            wear.go(20, [3600, 1960, 2200], over_s=3)  # and the leg moves at the same time
            assert ("sensor-fault", "calf", "notice", OPEN) in found(wear)
            assert latency_s(wear, since_ms) <= 6


def test_a_free_sensor_that_still_moves_is_no_broken_wire():
    wear = worn()
    wear.go(1, [2730, 1960, 80], over_s=1).go(20)  # a hand holds the top off the knee
    assert [f for f in found(wear) if f[0] == "sensor-fault"] == []


def test_a_stuck_sensor_is_told_in_time():
    for noise_cmmHg in (20, 50, 150):
        for seed in (1, 2, 3):
            wear = worn(seed, noise_cmmHg=noise_cmmHg)
            since_ms = wear.t_ms
            wear.stuck[0] = 2730
            wear.go(15)
            assert found(wear) == [("sensor-fault", "ankle", "notice", STUCK)]
            assert latency_s(wear, since_ms) <= 10


def test_a_sensor_at_a_rail_below_the_converters_is_short():
    wear = worn()
    since_ms = wear.t_ms
    wear.stuck[1] = 12000
    wear.go(10)
    assert found(wear) == [("sensor-fault", "calf", "notice", SHORT)]
    assert latency_s(wear, since_ms) <= 5


def tight(swing=0):
    return Wear("us:40-50").don([4500, 3300, 2500]).go(60, swing=swing)


def test_a_leg_pressed_by_more_than_its_sensor_reads_is_told_as_a_leg():
    for rise_ms in (320, 1000, 4000, 15000):
        for limit_cmmHg in (7000, 8000, 9200):
            wear = tight()
            for since_ms in range(0, 40000, PERIOD_MS):
                level = 4500 + min(since_ms, rise_ms) * 5000 // rise_ms
                row = [level + wear.noise.of(50) for level in (level, 3300, 2500)]
                wear.feed([min(row[0], limit_cmmHg), row[1], row[2]])
            told = found(wear)
            assert told[0][:2] == ("bunching", "ankle"), (rise_ms, limit_cmmHg, told)
            assert "sensor-fault" not in [fault[0] for fault in told]


def test_what_is_at_its_limit_from_one_reading_to_the_next_is_the_sensor():
    for limit_cmmHg, reason in ((8000, STUCK), (9200, SHORT)):
        for swing in (0, 1500):
            wear = tight(swing)
            wear.stuck[0] = limit_cmmHg
            assert found(wear.go(40)) == [("sensor-fault", "ankle", "notice", reason)], (limit_cmmHg, swing)


def test_a_leg_that_lies_asleep_has_no_stuck_sensor():
    """Noise of a few hundredths under stored steps of 0.2 mmHg: for minutes one site does not move at all."""
    step = 20
    for quiet, seed in ((1, 1), (2, 2), (3, 3)):
        wear = worn(seed)
        noise, still, longest = Noise(seed), [0, 0, 0], 0
        last = None
        for number in range(1500 * 1000 // PERIOD_MS):
            levels = (2720 + number // 3000, 1970, 1490)  # in the middle of a step or at its edge
            row = [(level + noise.of(quiet) + step // 2) // step * step for level in levels]
            still = [still[k] + 1 if last is not None and row[k] == last[k] else 0 for k in range(3)]
            longest = max(longest, *still)
            last = row
            wear.feed(row)
        assert longest * PERIOD_MS > 10000  # truly still
        assert found(wear) == []


def test_falls_are_those_to_two_readings_that_are_free_and_alike():
    def falls_of(rows, period_ms=40):
        reducer = Reducer()
        for number in range(1000 // period_ms + 1):
            reducer.add(number * period_ms, rows[number] if number < len(rows) else [0, 0, 0])
        return reducer.falls

    assert falls_of([[900, 900, 900]] * 3 + [[0, 0, 149], [0, 5, 149]]) == [900, 5, 900]
    assert falls_of([[900, 30000, MISSING]] * 3 + [[-30000, 0, 0], [-30000, 0, 0]]) == [900, 0, 0]
    assert falls_of([[900, 900, 900]] * 2, period_ms=200) == [0, 0, 0]  # too slow to tell a hand


def test_noise_that_takes_a_low_sensor_to_zero_is_no_loose_contact():
    for level, sd in ((200, 200), (400, 300), (500, 400)):
        wear = Wear("ral:I", 3, sd).don([1900, 1400, level]).go(60)
        noise = Noise(5)
        for _ in range(300 * 1000 // PERIOD_MS):  # read as a divider is: nothing below nothing
            wear.feed([1900 + noise.of(sd), 1400 + noise.of(sd), max(0, level + noise.of(sd))])
        assert [fault for fault in found(wear) if fault[0] == "sensor-fault"] == [], (level, sd)


def test_far_below_zero_is_the_sensor_within_10_s():
    for site in range(3):
        wear = worn()
        since_ms = wear.t_ms
        sites = list(CLASS_TWO)
        sites[site] = -1400
        wear.go(60, sites, swing=300)
        assert found(wear) == [("sensor-fault", ("ankle", "calf", "knee")[site], "notice", OPEN)]
        assert latency_s(wear, since_ms) <= 10
        assert wear.check.verdict == "check sensor"


def test_put_on_with_a_zero_far_too_high_is_the_sensor():
    wear = Wear("ral:II").don([2730, 1960, -1400]).go(60)
    assert found(wear) == [("sensor-fault", "knee", "notice", OPEN)]
    assert wear.check.verdict == "check sensor"


def test_noise_that_comes_and_goes_is_one_fault_until_it_stays_away():
    wear = worn()
    for second in range(200):
        loud = second % 9 > 2 or second < 8
        for step in range(25):
            row = [level + wear.noise.of(50) for level in wear.sites]
            row[1] += 2500 * (1 if step % 2 else -1) if loud else 0
            wear.feed(row)
    wear.go(15)
    assert found(wear) == [("sensor-fault", "calf", "notice", NOISY)]
    assert wear.check.verdict == "check sensor"
    wear.go(30)
    assert wear.check.open_findings() == []
    assert len(found(wear)) == 1
