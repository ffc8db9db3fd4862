"""Which calibration and which sites a sample is read by: what its boot said by then, whatever came first."""

import json
import random

from gradsock.log.contexts import Contexts
from sock import event
from sock.calibration import Q14, Calibration
from sock.event_reader import decode_event

ONE, OTHER = (Calibration(name, (((0, 0), (Q14, top)),) * 3) for name, top in (("one", 6000), ("other", 7000)))


def told(boot, sequence, ticks_ms, calibration=None, settings=None):
    """The events of one START."""
    contexts = []
    if calibration is not None:
        contexts.append((event.CONTEXT_CALIBRATION, calibration.pack()))
    if settings is not None:
        contexts.append((event.CONTEXT_SETTINGS, json.dumps(settings).encode()))
    parts = [(kind, part) for kind, data in contexts for part in event.context_parts(data, 60)]
    return [
        decode_event(event.encode_event(kind, boot, sequence + n, ticks_ms, part))
        for n, (kind, part) in enumerate(parts)
    ]


def holds(contexts, boot):
    return [(since.ticks_ms, since.calibration.id) for since in contexts.calibrations(boot)]


def test_what_a_boot_says_first_reads_what_came_before_it():
    assert holds(Contexts(told(3, 0, 900_000, ONE)), 3) == [(0, "one")]


def test_what_changes_holds_from_its_tick_on():
    assert holds(Contexts([*told(3, 0, 900, ONE), *told(3, 50, 5000, OTHER)]), 3) == [(0, "one"), (5000, "other")]


def test_what_is_said_again_changes_nothing():
    assert holds(Contexts([*told(3, 0, 900, ONE), *told(3, 50, 5000, ONE)]), 3) == [(0, "one")]


def test_a_silent_boot_is_read_by_the_one_before_else_after():
    contexts = Contexts([*told(3, 0, 900, ONE), *told(3, 50, 5000, OTHER), *told(7, 0, 900, ONE)])
    assert holds(contexts, 5) == [(0, "other")]
    assert holds(contexts, 2) == [(0, "one")]
    assert holds(Contexts([]), 2) == []


def test_a_calibration_of_one_boot_is_not_that_of_another_which_says_its_own_later():
    mark = decode_event(event.encode_event(event.MARK, 4, 0, 100, b"early"))
    contexts = Contexts([*told(3, 0, 900, ONE), mark, *told(4, 1, 9000, OTHER)])
    assert holds(contexts, 4) == [(0, "other")]
    assert [each.payload for each in contexts.others] == [b"early"]


def test_the_order_of_arrival_means_nothing():
    events = [*told(3, 0, 900, ONE), *told(3, 50, 5000, OTHER), *told(4, 0, 700, OTHER), *told(4, 90, 8000, ONE)]
    expected = Contexts(events)
    for seed in range(10):
        shuffled = random.Random(seed).sample(events, len(events))
        contexts = Contexts(shuffled)
        assert [holds(contexts, boot) for boot in (3, 4)] == [holds(expected, boot) for boot in (3, 4)]


def test_sites_are_what_the_settings_of_the_boot_say():
    channels = [["knee", 72, 0], ["reference", 72, 3], ["ankle", 72, 1]]
    contexts = Contexts(
        [*told(3, 0, 900, settings={"channels": channels}), *told(4, 0, 900, settings={"side": "left"})]
    )
    assert contexts.sites(3) == contexts.sites(4) == ("knee", "ankle")
    assert contexts.settings == {"channels": channels}


def test_another_calibration_takes_the_place_of_all():
    contexts = Contexts([*told(3, 0, 900, ONE), *told(4, 50, 5000, ONE)], instead=OTHER)
    assert [holds(contexts, boot) for boot in (3, 4, 9)] == [[(0, "other")]] * 3
    assert contexts.calibration is OTHER


def test_what_makes_no_sense_is_told():
    broken = decode_event(event.encode_event(event.CONTEXT_SETTINGS, 3, 0, 1, b"\0\1not json"))
    assert len(Contexts([broken]).unreadable) == 1
