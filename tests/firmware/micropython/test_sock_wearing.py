"""Reminders apart from findings; donnings that the wearer confirmed, and what is put on folded after them."""

from sock import MISSING
from sock.donnings import ENOUGH, KEPT, Donnings
from sock.fit import FitCheck
from sock.prescription import parse
from sock.reminders import DUE, FOREVER_MIN, HYDRATE, MIDNIGHT, OVERNIGHT, WEAR_TIME, look, open_book, snooze
from synthetic import Wear

HOUR_MS = 3600 * 1000
SIGEL = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"
SMOOTH = [1800, 1400, 800]
FOLDED = [1800, 1400, 1400]


def told(book, hours, donned_ms=0):
    """(minute, kind) over a wear, looked for whenever the book says that something is due."""
    said = []
    for minute in range(hours * 60):
        now_ms = donned_ms + minute * 60000
        if now_ms >= book[DUE]:
            kind = look(book, now_ms, donned_ms)
            if kind:
                said.append((minute, kind))
    return said


def test_a_drink_comes_round():
    assert told(open_book(wear_max_min=0), 5) == [(120, HYDRATE), (240, HYDRATE)]


def test_wear_time_is_told_again_each_hour_and_can_be_off():
    assert told(open_book(wear_max_min=180, hydrate_min=0), 5) == [(180, WEAR_TIME), (240, WEAR_TIME)]
    assert told(open_book(wear_max_min=0, hydrate_min=0), 30) == []


def test_overnight_is_not_judged_without_a_time_of_day():
    assert told(open_book(0, 0), 30) == []
    book = open_book(0, 0)
    book[MIDNIGHT] = -22 * 60 * 60000  # it is 22:00
    assert told(book, 4) == [(90, OVERNIGHT), (150, OVERNIGHT), (210, OVERNIGHT)]
    book = open_book(0, 0, False)
    book[MIDNIGHT] = 0
    assert told(book, 30) == []


def test_overnight_is_judged_from_half_past_eleven_to_six():
    book = open_book(0, 0)
    book[MIDNIGHT] = 0
    minutes = [minute % 1440 for minute, _ in told(book, 48)]
    assert min(minute for minute in minutes if minute > 720) == 23 * 60 + 30
    assert [minute for minute in minutes if 6 * 60 <= minute < 23 * 60 + 30] == []
    assert (
        len(minutes) == 6 + 7 + 1
    )  # half past midnight to half past five, then from half past eleven to half past five


def test_looking_only_when_something_is_due_misses_nothing():
    for settings in ((960, 120, True), (60, 45, True), (0, 7, False)):
        lazy, eager = open_book(*settings), open_book(*settings)
        lazy[MIDNIGHT] = eager[MIDNIGHT] = -20 * 60 * 60000
        every = []
        for minute in range(30 * 60):
            kind = look(eager, minute * 60000, 0)
            while kind:
                every.append((minute, kind))
                kind = look(eager, minute * 60000, 0)
        some = []
        for minute in range(30 * 60):
            while minute * 60000 >= lazy[DUE]:
                kind = look(lazy, minute * 60000, 0)
                if kind:
                    some.append((minute, kind))
        assert some == every


def test_snooze_is_silence_for_a_time():
    book = open_book(wear_max_min=60, hydrate_min=0)
    snooze(book, 0, 120)
    assert told(book, 3)[0] == (120, WEAR_TIME)


def test_off_is_a_snooze_that_only_zero_ends():
    book = open_book(wear_max_min=60, hydrate_min=0)
    snooze(book, 0, FOREVER_MIN)
    assert told(book, 400) == []
    snooze(book, 400 * HOUR_MS, 0)
    assert look(book, 400 * HOUR_MS, 0) == WEAR_TIME


def test_taking_it_off_begins_anew():
    book = open_book(wear_max_min=60, hydrate_min=0)
    assert look(book, HOUR_MS, 0) == WEAR_TIME
    assert look(book, HOUR_MS + 1000, None) is None
    assert look(book, HOUR_MS + 2000, HOUR_MS + 2000) is None


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
    assert wear.check.donnings.known == 1  # it is still the same donning, confirmed again
    assert wear.check.confirmed
    wear.go(20, [0, 0, 0], over_s=4).go(100, SMOOTH, over_s=5)
    wear.check.mark(wear.t_ms, "smooth")
    assert wear.check.donnings.known == 2


def test_nothing_is_confirmed_while_something_is_found():
    wear = Wear("ral:I").don([1900, 2900, 1200]).go(120)
    assert wear.check.verdict == "reversed"
    wear.check.mark(wear.t_ms, "smooth")
    wear.go(30)
    assert wear.check.donnings.known == 0
    assert not wear.check.confirmed


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
