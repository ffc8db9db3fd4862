"""The gate, the handler that cannot die, and one host at a time, against a radio with MicroPython's manners."""

import asyncio
from typing import Any

import pytest
from sock import advertising, asking, protocol

SITES = ["ankle", "calf", "knee"]


def nothing() -> None:
    """A task's report to a supervisor that is not there."""


class Rig:
    def __init__(self, world: Any, allow_unprotected: bool) -> None:
        from device.gate import Gate
        from device.gatt import Gatt

        self.radio = world.radio
        self.gatt = Gatt(None)
        self.gatt.serve("sock-0001", "gradsock test", SITES, Gate(allow_unprotected))
        self.gatt.publish(self.gatt.info, b"info")
        self.gatt.publish(self.gatt.fit, b"fit")
        self.control = self.radio.uuids[protocol.CONTROL_UUID]
        self.hello = self.radio.uuids[protocol.HELLO_UUID]


@pytest.fixture
def rig(world: Any) -> Rig:
    return Rig(world, allow_unprotected=True)


@pytest.fixture
def shut(world: Any) -> Rig:
    return Rig(world, allow_unprotected=False)


def test_hello_is_open_to_all(shut: Rig) -> None:
    shut.radio.come()
    assert shut.radio.read(shut.hello) == b'{"protocol": 2, "protection": "none"}'


def test_a_shut_gate_lets_nothing_out_and_nothing_in(world: Any, shut: Rig) -> None:
    shut.radio.come()
    everything = [shut.gatt.info, shut.gatt.fit, shut.gatt.battery, *shut.gatt.pressures, *shut.radio.uuids.values()]
    for handle in set(everything) - {shut.hello}:
        assert shut.radio.read(handle) is None
        assert not shut.radio.values.get(handle)  # nor does the stack have anything it could give away
        assert shut.gatt.notify(handle, b"secret", shut.gatt.session) != 0
        shut.gatt.publish(handle, b"secret")
    shut.radio.write(shut.control, asking.pack_request(protocol.START, 1, b"\x01"))
    assert shut.gatt.take_request() is None
    assert not world.run(asyncio.wait_for(shut.gatt.answer(shut.gatt.session, lambda: b"secret", nothing), 60))
    assert (shut.radio.notified, shut.radio.indicated, shut.radio.told) == ([], [], [])


def test_it_opens_for_a_protected_link_and_shuts_again_with_it(shut: Rig) -> None:
    shut.radio.come()
    shut.radio.handler(28, (64, 1, 1, 1, 16))
    assert shut.radio.read(shut.gatt.info) == b"info"
    shut.radio.handler(28, (64, 0, 0, 1, 0))
    assert shut.radio.read(shut.gatt.info) is None
    assert shut.radio.values[shut.gatt.info] == b""


def test_the_values_are_taken_back_at_the_end_of_a_connection(rig: Rig) -> None:
    rig.radio.come()
    assert rig.radio.read(rig.gatt.info) == b"info"
    rig.radio.leave()
    assert rig.radio.values[rig.gatt.info] == b""
    rig.gatt.publish(rig.gatt.info, b"newer")
    assert rig.radio.values[rig.gatt.info] == b""
    rig.radio.come(65)
    assert rig.radio.read(rig.gatt.info) == b"newer"


def test_each_pressure_says_whose_it_is(rig: Rig) -> None:
    rig.radio.come()
    assert len(rig.gatt.pressures) == 3
    for handle, site in zip(rig.gatt.pressures, SITES, strict=True):
        assert rig.radio.read(handle + 2) == site.encode()


def test_no_event_and_no_content_kills_the_handler(rig: Rig) -> None:
    rig.radio.come()
    for event in range(40):
        rig.radio.handler(event, ())
        rig.radio.handler(event, ("x",) * 7)
        rig.radio.handler(event, (64, 64, 64, 64, 64))
    assert rig.gatt.handler_errors > 0
    if not rig.gatt.connected:
        rig.radio.peer = None
        rig.radio.come()
    rig.radio.write(rig.control, b"\x02\x01")
    requests = iter(rig.gatt.take_request, None)
    assert [request.data for request in requests][-1] == b"\x02\x01"


def test_a_read_that_fails_inside_is_refused(rig: Rig) -> None:
    assert rig.radio.handler(4, ()) not in (0, None)


def test_more_requests_than_the_queue_holds_are_counted(rig: Rig) -> None:
    rig.radio.come()
    for number in range(12):
        rig.radio.write(rig.control, bytes([2, number]))
    taken = list(iter(rig.gatt.take_request, None))
    assert [request.data[1] for request in taken] == list(range(8))
    assert rig.gatt.requests_lost == 4


def test_a_second_host_is_sent_away(rig: Rig) -> None:
    rig.radio.come(64)
    rig.radio.handler(1, (65, 0, memoryview(b"123456")))
    assert rig.radio.refused == [65]
    rig.radio.handler(2, (65, 0, memoryview(b"123456")))
    assert rig.gatt.connected
    assert rig.gatt.notify(rig.gatt.live, b"x", rig.gatt.session) == 0


def test_what_was_meant_for_one_host_never_reaches_the_next(world: Any, rig: Rig) -> None:
    rig.radio.come()
    session = rig.gatt.session
    rig.radio.leave()
    rig.radio.come()
    assert rig.gatt.notify(rig.gatt.live, b"x", session) != 0
    assert not world.run(rig.gatt.answer(session, lambda: b"answer", nothing))
    assert (rig.radio.notified, rig.radio.indicated) == ([], [])


def test_a_notification_that_would_be_cut_off_is_not_sent(rig: Rig) -> None:
    rig.radio.come(mtu=None)
    assert rig.gatt.notify(rig.gatt.live, b"x" * 21, rig.gatt.session) != 0
    assert rig.gatt.notify(rig.gatt.live, b"x" * 20, rig.gatt.session) == 0


def test_a_subscriber_is_told_only_what_is_not_cut_off(rig: Rig) -> None:
    rig.radio.come(mtu=None)
    rig.gatt.publish(rig.gatt.fit, b"x" * 20)
    rig.gatt.publish(rig.gatt.fit, b"y" * 21)
    assert rig.radio.told == [(rig.gatt.fit, b"x" * 20)]
    assert rig.radio.read(rig.gatt.fit) == b"y" * 21


def test_one_indication_at_a_time(world: Any, rig: Rig) -> None:
    rig.radio.come()

    async def two() -> list[bool]:
        first = asyncio.create_task(rig.gatt.answer(rig.gatt.session, lambda: b"1", nothing))
        second = asyncio.create_task(rig.gatt.answer(rig.gatt.session, lambda: b"2", nothing))
        await asyncio.sleep(0.01)
        assert rig.radio.indicated == [b"1"]
        return list(await asyncio.gather(first, second))

    assert world.run(two()) == [True, True]
    assert rig.radio.indicated == [b"1", b"2"]


def test_a_host_that_never_confirms_is_disconnected(world: Any, rig: Rig) -> None:
    rig.radio.come()
    rig.radio.confirms = False
    assert world.run(rig.gatt.answer(rig.gatt.session, lambda: b"1", nothing))
    assert not world.run(asyncio.wait_for(rig.gatt.answer(rig.gatt.session, lambda: b"2", nothing), 60))
    assert rig.radio.refused == [64]


def test_who_stays_and_shows_to_be_no_owner_makes_room_within_a_minute(world: Any, shut: Rig) -> None:
    async def strangers() -> None:
        task = asyncio.create_task(shut.gatt.advertise(nothing))
        await asyncio.sleep(300)
        for number in range(2):
            shut.radio.come(64)
            await asyncio.sleep(55)
            assert len(shut.radio.refused) == number
            await asyncio.sleep(10)
            assert len(shut.radio.refused) > number
            shut.radio.leave()
            del shut.radio.refused[number + 1 :]
        shut.radio.come(64)
        await asyncio.sleep(50)
        shut.radio.handler(28, (64, 1, 1, 1, 16))
        await asyncio.sleep(600)
        assert len(shut.radio.refused) == 2
        task.cancel()

    world.run(strangers())


def test_advertising_comes_back_after_each_connection_and_after_a_refusal(world: Any, rig: Rig) -> None:
    whole = rig.radio.gap_advertise
    refusals = [OSError(12), OSError(5)]

    def moody(*args: Any, **options: Any) -> None:
        if refusals:
            raise refusals.pop()
        whole(*args, **options)

    rig.radio.gap_advertise = moody

    async def three_hosts() -> None:
        task = asyncio.create_task(rig.gatt.advertise(nothing))
        for number in range(1, 4):
            await asyncio.sleep(2)
            assert len(rig.radio.advertised) == number
            rig.radio.come(64)
            await asyncio.sleep(2)
            assert len(rig.radio.advertised) == number
            rig.radio.leave()
        task.cancel()

    world.run(three_hosts())
    data, response = rig.radio.advertised[0]
    assert advertising.uuid_bytes(protocol.SERVICE_UUID) in data
    assert b"sock-0001" in response
    assert max(len(data), len(response)) <= 31
