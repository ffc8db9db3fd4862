"""What earlier loads leave in a reading."""

from sock import MISSING
from sock.calibration import Calibration
from sock.history import GAP_MAX_S, LoadHistory
from sock.recall import RecallError, recall, second_of

CREEP = 592  # 3.6 % per step, 4 % per decade
SHARES = (1600, 1600, 1600)
NONE = (0, 0, 0)


def one(creep=CREEP, shares=NONE):
    return LoadHistory((creep,), (shares,))


def press(history, pressure, seconds, per_second=5):
    """Feed a curve's pressure for so long; the last corrected one."""
    first = history.second + 1
    corrected = None
    for second in range(first, first + seconds):
        history.advance(second)
        for _ in range(per_second):
            corrected = history.corrected(0, pressure)
    history.advance(first + seconds)
    return corrected


def test_without_memory_nothing_changes():
    history = one(0)
    assert press(history, 3000, 500) == 3000
    assert history.offsets == [0]


def test_what_is_taken_off_grows_with_the_logarithm_of_the_time_under_load():
    history = one()
    offsets = []
    for _ in range(5):
        press(history, 3000, 1)
    for second, next_one in ((5, 50), (50, 500), (500, 5000)):
        press(history, 3000, next_one - second, 1)
        offsets.append(history.offsets[0])
    grown = [offsets[1] - offsets[0], offsets[2] - offsets[1]]
    for step in grown:
        assert 80 < step < 120, offsets  # 4 % of 30 mmHg per decade, less what was taken off already


def test_what_was_taken_in_is_given_back():
    history = one()
    press(history, 3000, 3600)
    laden = history.offsets[0]
    press(history, history.offsets[0], 60)
    assert 0 < history.offsets[0] < laden
    for _ in range(600):
        press(history, history.offsets[0], 60, 1)  # a sensor at rest reads what it has left
    assert history.offsets[0] < laden // 10


def test_after_rising_it_read_too_little_and_after_falling_too_much():
    for direction in (1, -1):
        history = one(0, SHARES)
        press(history, 3000, 5)
        for step in range(26):
            press(history, 3000 + direction * 100 * step, 1)
        assert direction * history.offsets[0] < -150, direction


def test_broken_wires_pass_and_are_forgotten():
    history = one()
    press(history, 3000, 100)
    before = history.offsets[0]
    for rail in (30000, -30000, MISSING):
        assert history.corrected(0, rail) == rail
    press(history, 30000, 3)
    assert abs(history.offsets[0] - before) < 5


def test_a_large_offset_does_not_make_a_broken_wire():
    history = one(CREEP, SHARES)
    press(history, 19000, 2000)
    assert history.corrected(0, -1990) > -2000


def test_who_comes_later_reads_the_same():
    history = LoadHistory((CREEP, 0, 100), (SHARES, SHARES, NONE))
    late = LoadHistory((CREEP, 0, 100), (SHARES, SHARES, NONE))
    for second in range(400):
        history.advance(second)
        if second == 250:
            state = history.pack()
            assert second_of(state) == 250
            recall(late, state)
        for number in range(3):
            for channel in range(3):
                raw = 2000 + 300 * (second * 7 % 5) + 40 * number + 500 * channel
                now = history.corrected(channel, raw)
                if second >= 250:
                    late.advance(second)
                    assert late.corrected(channel, raw) == now
    assert late.pack() == history.pack()


def test_a_state_that_does_not_fit_is_refused():
    state = LoadHistory((CREEP,), (SHARES,)).pack()
    for wrong in (b"", state[:7], state[:-1], state + b"x"):
        try:
            recall(one(), wrong)
        except RecallError as error:
            assert "\n" not in str(error)
        else:
            raise AssertionError(len(wrong))


def test_a_gap_counts_but_costs_no_more_than_a_minute():
    stayed, gone = one(), one()
    for history in (stayed, gone):
        press(history, 3000, 10)
    press(stayed, 3000, 5)
    gone.advance(gone.second + 5)
    assert abs(stayed.offsets[0] - gone.offsets[0]) <= 3
    gone.advance(gone.second + 1000 * GAP_MAX_S)
    before = gone.offsets[0]
    gone.advance(0)  # a clock that goes back changes nothing
    assert 0 < gone.offsets[0] == before < 500


def test_only_a_calibration_that_knows_something_has_one():
    line = ((320, 0), (16000, 6000))
    assert Calibration("x", (line,)).history() is None
    for creep, shares in (((300,), None), (None, ((0, 0, 1),))):
        assert Calibration("x", (line,), creep, shares).history() is not None
