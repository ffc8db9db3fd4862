"""Listening from a program: readings as they come, and recording for a while."""

import asyncio
import contextlib

import gradsock
import pytest
from gradsock import listening
from gradsock.errors import MonikerError, SockNotFound, UsageError
from gradsock.link import BlockReceived
from gradsock.link.reconnecting import Reconnecting
from sock.curves import PRESSURE_MAX_CMMHG


@pytest.fixture
def reached(monkeypatch):
    """Makes every moniker lead to the links that are put in here, one after the other."""
    links = []

    @contextlib.asynccontextmanager
    async def reach(_moniker, **_):
        yield Reconnecting(lambda: links.pop(0), probing=False)

    monkeypatch.setattr(listening, "reach", reach)
    return links


def endless(made_link, made):
    """A link whose sock goes on until it is told to stop."""

    class Endless(made_link):
        async def events(self):
            for happened in list(made.events(samples=50))[1:]:
                yield happened
            while not self.stopped:
                await asyncio.sleep(0.01)
            yield BlockReceived(made.block(50), 0)  # what was on its way

    return Endless(made, [])


async def listened(moniker="ble:made"):
    async with contextlib.aclosing(gradsock.readings(moniker)) as readings:
        return [reading async for reading in readings]


async def test_readings_are_those_that_a_recording_of_them_has(made, made_link, reached) -> None:
    def link():
        return made_link(made, list(made.events(samples=500))[1:], ends=True)

    reached.extend([link(), link()])
    readings = await listened()
    wear = await gradsock.record("ble:made")
    assert wear is not None
    assert [(reading.serial, reading.boot, reading.index) for reading in readings] == [
        ("TESTSOCK", made.boot, index) for index in range(500)
    ]
    for site in ("ankle", "calf"):
        told = [reading.pressure_mmHg[site] for reading in readings]
        assert told == pytest.approx(wear.pressure_mmHg[site].tolist())
    assert readings[99].pressure_mmHg["knee"] is None  # this one could not be read
    assert abs(readings[-1].utc_us - wear.utc_us[-1]) < 20_000
    assert readings[-1].verdict == "good"
    assert readings[0].verdict == ""


async def test_what_did_not_come_is_left_out(made, made_link, reached) -> None:
    reached.append(made_link(made, list(made.events(samples=100, drop={25}))[1:], ends=True))
    assert [reading.index for reading in await listened()] == [*range(25), *range(30, 100)]


async def test_a_wire_that_is_open_is_no_pressure(made) -> None:
    reader = listening._Reader()
    reader.take(next(iter(made.events())))
    assert reader._mmHg([-PRESSURE_MAX_CMMHG, PRESSURE_MAX_CMMHG, 1234]) == {"ankle": None, "calf": None, "knee": 12.34}


async def test_a_sock_that_is_not_there_is_an_error(made, made_link, reached) -> None:
    reached.extend(made_link(made, [], fails=SockNotFound("no sock called 'made' answers")) for _ in range(2))
    with pytest.raises(gradsock.GradsockError, match="no sock called"):
        await listened()
    with pytest.raises(gradsock.GradsockError, match="no sock called"):
        await gradsock.record("ble:made", for_s=1)


async def test_recording_ends_after_its_time_with_what_was_on_its_way(made, made_link, reached) -> None:
    link = endless(made_link, made)
    reached.append(link)
    wear = await gradsock.record("ble:made", for_s=0.05)
    assert link.stopped
    assert link.left
    assert len(wear) == 55
    assert wear.path.suffix == ".parquet"  # sealed


async def test_a_recording_that_is_cancelled_is_kept(made, made_link, reached) -> None:
    reached.append(endless(made_link, made))
    recording = asyncio.create_task(gradsock.record("ble:made"))
    while not list(gradsock.logs_folder().rglob("*.gslog")):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    assert len(gradsock.open("last")) == 50


async def test_nothing_came(made, made_link, reached) -> None:
    reached.append(made_link(made, [], ends=True))
    assert await gradsock.record("ble:made") is None


async def test_a_lost_link_is_made_again(made, made_link, reached) -> None:
    blocks = list(made.events(samples=100))[1:]
    reached.extend([made_link(made, blocks[:10]), made_link(made, blocks, ends=True)])
    assert [reading.index for reading in await listened()] == [*range(100)]  # what comes again is told once


@pytest.mark.parametrize("moniker", [None, 5])
async def test_what_is_no_name_of_a_sock_is_said_so(moniker) -> None:
    with pytest.raises(MonikerError, match=f"{moniker} names no sock: write ble:NAME"):
        await listened(moniker)


@pytest.mark.parametrize("for_s", [-1, 0, float("nan"), "1m"])
async def test_a_time_that_makes_no_sense_is_said_before_anything_is_recorded(for_s) -> None:
    with pytest.raises(UsageError, match="for_s: seconds, more than 0, or None; not "):
        await gradsock.record("ble:made", for_s=for_s)
