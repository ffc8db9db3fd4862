"""Reminders apart from findings; donnings that the wearer confirmed, and what is put on folded after them."""

from sock import MISSING
from sock.donnings import ENOUGH, KEPT, Donnings
from sock.fit import FitCheck
from sock.prescription import parse
from sock.reminders import HYDRATE, OVERNIGHT, WEAR_TIME, Reminders
from synthetic import Wear

HOUR_MS = 3600 * 1000
SIGEL = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"
SMOOTH = [1800, 1400, 800]
FOLDED = [1800, 1400, 1400]


def told(reminders, hours, donned_ms=0):
    """(minute, kind) over a wear."""
    said = []
    for minute in range(hours * 60):
        kind = reminders.update(donned_ms + minute * 60000, donned_ms)
        if kind:
            said.append((minute, kind))
    return said


def test_a_drink_comes_round():
    assert told(Reminders(wear_max_min=0), 5) == [(120, HYDRATE), (240, HYDRATE)]


def test_wear_time_is_told_again_each_hour_and_can_be_off():
    assert told(Reminders(wear_max_min=180, hydrate_min=0), 5) == [(180, WEAR_TIME), (240, WEAR_TIME)]
    assert told(Reminders(wear_max_min=0, hydrate_min=0), 30) == []


def test_overnight_is_not_judged_without_a_time_of_day():
    assert told(Reminders(0, 0), 30) == []
    reminders = Reminders(0, 0)
    reminders.tell_time(0, 0xFFFF)
    assert told(reminders, 30) == []
    reminders.tell_time(0, 22 * 60)
    assert told(reminders, 4) == [(90, OVERNIGHT), (150, OVERNIGHT), (210, OVERNIGHT)]


def test_snooze_is_silence_for_a_time():
    reminders = Reminders(wear_max_min=60, hydrate_min=0)
    reminders.snooze(0, 120)
    assert told(reminders, 3)[0] == (120, WEAR_TIME)


def test_taking_it_off_begins_anew():
    reminders = Reminders(wear_max_min=60, hydrate_min=0)
    assert reminders.update(HOUR_MS, 0) == WEAR_TIME
    assert reminders.update(HOUR_MS + 1000, None) is None
    assert reminders.update(HOUR_MS + 2000, HOUR_MS + 2000) is None


def confirmed(times):
    """What a sock knows after so many confirmed smooth donnings."""
    known = Donnings()
    for number in range(times):
        wear = Wear(SIGEL, seed=number + 1).don([site + 20 * number for site in SMOOTH])
        wear.check.donnings = known
        assert wear.check.mark(wear.t_ms, "smooth")
        assert known.known == min(number + 1, KEPT)
    return known


def test_put_on_folded_after_three_confirmed_donnings_is_a_fold():
    wear = Wear(SIGEL)
    assert wear.check.donnings.restore(confirmed(ENOUGH).export())
    wear.don(FOLDED).go(60)
    assert wear.check.verdict == "fold"
    assert ("fold", "knee", "notice") in wear.findings()
    wear.go(30, SMOOTH, over_s=2)
    assert wear.check.verdict == "good"


def test_put_on_smoothly_after_them_is_good():
    wear = Wear(SIGEL)
    wear.check.donnings.restore(confirmed(ENOUGH).export())
    assert wear.don([1900, 1420, 880]).go(60).check.verdict == "good"


def test_with_fewer_nobody_can_tell():
    wear = Wear(SIGEL)
    wear.check.donnings.restore(confirmed(ENOUGH - 1).export())
    assert wear.don([1800, 1400, 1500]).go(60).check.verdict == "inconclusive"


def test_a_mark_waits_until_it_has_settled_and_nothing_is_found():
    wear = Wear(SIGEL).go(5, [0, 0, 0]).go(20, SMOOTH, over_s=5)
    wear.check.mark(wear.t_ms, " Smooth ")
    assert wear.check.donnings.known == 0
    wear.go(70)
    assert wear.check.donnings.known == 1
    wear.go(40, FOLDED, over_s=1)
    wear.check.mark(wear.t_ms, "smooth")
    assert wear.check.donnings.known == 1
    wear.go(20, SMOOTH, over_s=1)
    assert wear.check.donnings.known == 2


def test_other_marks_confirm_nothing():
    check = FitCheck(parse(SIGEL))
    assert not check.mark(0, "cramp")
    assert check.donnings.known == 0


def test_donnings_are_kept_small_and_refused_when_damaged():
    known = confirmed(KEPT + 2)
    data = known.export()
    assert known.known == KEPT
    assert len(data) == 2 + 6 * KEPT
    other = Donnings()
    for damaged in (b"", b"\x02\x00", data[:-1], data + b"\x00", b"\x01\x01" + b"\x00" * 6, b"\x01\xff"):
        assert not other.restore(damaged)
        assert other.known == 0
    assert other.restore(data)
    assert other.export() == data
    other.forget()
    assert other.restore(other.export())
    assert not other.confirm([1800, MISSING, 800])
