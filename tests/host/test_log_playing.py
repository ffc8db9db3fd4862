"""A recording is played as it was measured, whichever form its file has and however its samples came."""

import gradsock
import pytest
from gradsock.log.frames import Kind
from gradsock.log.playing import Played
from gradsock.log.seal import seal
from sock import block
from sock.event_reader import decode_event

from tests.host.log_bench import fetched, live, record, said

LATER_US = 3_600_000_000


@pytest.fixture(params=["block file", "sealed"])
def day(request, made, tmp_path):
    """A sock that was met an hour after it had begun: 50 samples fetched, then 10 live."""
    met = made.t0_us + LATER_US
    events = [
        *said(made),
        *fetched([made.block(index, 25) for index in (0, 25)], met + 5_000_000),
        *live([made.block(90_000 + index) for index in (0, 5)], met),
    ]
    path = record(tmp_path, *events)
    return path if request.param == "block file" else seal(path)[0]


def test_what_was_fetched_comes_when_it_was_measured(day, made):
    played = [item for item in Played(day) if item.kind == Kind.BLOCK]
    samples = [block.decode(item.payload) for item in played]
    assert [each.index for each in samples] == [0, 25, 90_000, 90_005]
    assert played[0].t_utc_us == made.t0_us + 24 * 40_000
    assert played[2].t_utc_us >= made.t0_us + LATER_US
    opened = gradsock.open(day)
    assert [scan for each in samples for scan in map(tuple, each.samples)] == [
        tuple(opened.counts[site][row] for site in opened.sites) for row in range(len(opened))
    ]


def test_what_it_takes_to_read_them_comes_first(day):
    kinds = [item.kind for item in Played(day)]
    before = list(Played(day))[: kinds.index(Kind.BLOCK)]
    assert Kind.INFO in kinds[: len(before)]
    told = [decode_event(item.payload).name for item in before if item.kind == Kind.EVENT]
    assert told[0] == "context-calibration"


def test_it_may_be_played_again(day):
    played = Played(day)
    assert list(played) == list(played)
