"""A boot that no host probed lies between its neighbours, and a recording says how good its time is."""

import numpy as np
from gradsock.link import Probe
from gradsock.log.dating import BootSpan, judge, spans_of
from gradsock.log.timeline import fit

S = 1_000_000
DAY_1, DAY_3 = 100_000 * S, 300_000 * S


def probe(boot, at_us, ticks_ms):
    return Probe(boot, at_us, at_us + 20_000, ticks_ms, ticks_ms)


LINES = fit([probe(1, DAY_1, 0), probe(4, DAY_3, 0)])


def test_an_undated_boot_starts_after_the_one_before_and_ends_before_the_next():
    spans = [BootSpan(1, 0, 60_000), BootSpan(2, 0, 5_000), BootSpan(3, 0, 7_000), BootSpan(4, 0, 1_000)]
    _, second, third, _ = judge(spans, LINES)
    assert second.line is None and third.line is None
    middle = 10_000  # of the probes
    assert second.after_utc_us == DAY_1 + middle + 60 * S
    assert second.before_utc_us == DAY_3 + middle - 12 * S
    assert third.after_utc_us == DAY_1 + middle + 65 * S
    assert third.before_utc_us == DAY_3 + middle - 7 * S


def test_what_arrived_was_measured_before():
    (told,) = judge([BootSpan(9, 40_000, 90_000, arrived_utc_us=DAY_3 + 200 * S)], LINES)
    assert told.after_utc_us == DAY_3 + 10_000  # the last that is known of boot 4 is its probe
    assert told.before_utc_us == DAY_3 + 160 * S
    assert judge([BootSpan(9, 0, 5, None)], {})[0].in_words() == "boot 9: undated, nobody knows when"


def test_a_dated_boot_tells_how_well():
    (told,) = judge([BootSpan(1, 0, 60_000)], LINES)
    assert told.off_by_at_most_us is not None and told.off_by_at_most_us >= 11_000
    assert told.in_words().startswith("boot 1: within 13 ms by 1 probe")
    assert told.as_dict()["off_by_at_most_ms"] == told.off_by_at_most_us / 1000


def test_words_say_between_which_times():
    told = judge([BootSpan(2, 0, 5_000)], LINES)[0]
    assert told.in_words("UTC") == "boot 2: undated, started between 1970-01-02 03:46:40 and 1970-01-04 11:19:55"


def test_spans_come_from_the_columns_of_a_recording():
    boot, ticks_ms = np.array([1, 1, 2, 2]), np.array([40, 80, 0, 40])
    assert spans_of(boot, ticks_ms, {2: 7}) == [BootSpan(1, 40, 80), BootSpan(2, 0, 40, 7)]
