"""Staying with a sock: after each way of failing the right thing is done."""

import asyncio

import pytest
from gradsock.errors import GradsockError, LinkError, LinkLost, NoRadio, SockNotFound, SockRefused, WrongSock
from gradsock.link import BlockReceived, InfoRead, State, StateChanged
from gradsock.link import reconnecting as module
from gradsock.link.reconnecting import REMEDIES, Reconnecting, remedy_for


@pytest.fixture
def waits(monkeypatch):
    """How long was waited between tries; nobody waits."""
    waited, real = [], asyncio.sleep

    async def no_sleep(seconds, *_):
        if seconds:
            waited.append(seconds)
        await real(0)

    monkeypatch.setattr(module.asyncio, "sleep", no_sleep)
    return waited


def stays_with(links):
    remaining = iter(links)
    return Reconnecting(lambda: next(remaining), probing=False)


async def told(sock):
    events = []
    try:
        async for event in sock.events():
            events.append(event)
    except GradsockError as error:
        return events, error
    return events, None


async def test_a_lost_link_is_made_anew_and_nothing_of_it_is_missing(made, made_link, waits):
    links = [
        made_link(made, list(made.events(samples=50))[1:]),
        made_link(made, list(made.events(samples=50, first=50))[1:], ends=True),
    ]
    sock = stays_with(links)

    events, error = await told(sock)

    assert error is None
    blocks = [e.data for e in events if isinstance(e, BlockReceived) and e.data[0] & 0xF0 == 0xB0]
    assert blocks == [made.block(i) for i in range(0, 100, 5)]
    assert sock.reconnects == 1
    assert [e.state for e in events if isinstance(e, StateChanged)] == [
        State.CONNECTING,
        State.CONNECTED,
        State.LOST,
        State.CONNECTING,
        State.CONNECTED,
    ]
    assert all(link.started and link.left for link in links)
    assert len([e for e in events if isinstance(e, InfoRead)]) == 2


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (LinkLost("gone"), (0.1, 0.3, 1.0, 2.0, 2.0)),
        (SockNotFound("nobody"), (0.2, 0.5, 1.0, 2.0, 2.0)),
        (NoRadio("off"), (2.0, 5.0, 10.0, 10.0, 10.0)),
        (LinkError("odd"), (0.5, 1.0, 2.0, 5.0, 5.0)),
    ],
)
async def test_waits_grow_while_it_keeps_failing_and_the_advice_is_said(made, made_link, waits, failure, expected):
    good = list(made.events(samples=5))[1:]
    failing = [made_link(made, [], fails=failure) for _ in expected]
    events, error = await told(stays_with([made_link(made, good), *failing, made_link(made, good, ends=True)]))

    assert error is None
    assert tuple(waits[1:]) == expected[1:] + expected[-1:]  # the first wait was for the link that had worked
    lost = [e.text for e in events if isinstance(e, StateChanged) and e.state is State.LOST]
    assert remedy_for(failure).advice in lost[-1]
    assert str(failure) in lost[-1]


async def test_a_sock_that_works_again_starts_from_the_shortest_wait(made, made_link, waits):
    good = list(made.events(samples=5))[1:]
    links = [made_link(made, good) for _ in range(4)] + [made_link(made, good, ends=True)]
    await told(stays_with(links))
    assert waits == [0.1] * 4


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (SockNotFound("nobody"), 1),
        (NoRadio("off"), 1),
        (LinkLost("gone"), 3),
        (SockRefused("no"), 1),
        (WrongSock("x"), 1),
    ],
)
async def test_a_first_connection_is_given_up_soon(made, made_link, waits, failure, tries):
    used = []

    def open_link():
        used.append(made_link(made, [], fails=failure))
        return used[-1]

    _, error = await told(Reconnecting(open_link, probing=False))
    assert error is failure
    assert len(used) == tries


@pytest.mark.parametrize("failure", [SockRefused("no"), WrongSock("another")])
async def test_what_does_not_pass_by_itself_is_not_tried_again(made, made_link, waits, failure):
    good = list(made.events(samples=5))[1:]
    _, error = await told(stays_with([made_link(made, good), made_link(made, [], fails=failure)]))
    assert error is failure


async def test_another_sock_that_answers_is_not_mistaken_for_it(made, made_right, made_link, waits):
    links = [made_link(made, list(made.events(samples=5))[1:]), made_link(made_right, [])]
    _, error = await told(stays_with(links))
    assert isinstance(error, WrongSock)
    assert "RIGHTSOC answers where TESTSOCK did before" in str(error)


async def test_leaving_in_the_middle_leaves_the_link(made, made_link):
    link = made_link(made, list(made.events(samples=1000))[1:])
    events = stays_with([link]).events()
    async for event in events:
        if isinstance(event, BlockReceived):
            break
    await events.aclose()
    assert link.left


async def test_telling_it_something_needs_a_connection(made, made_link):
    sock = stays_with([made_link(made, [], ends=True)])
    with pytest.raises(LinkLost, match="not connected at the moment"):
        await sock.control(2)


def test_every_failure_has_its_row():
    for kind in (NoRadio, SockNotFound, LinkLost, SockRefused, WrongSock, LinkError):
        assert any(row is kind for row, _ in REMEDIES)
        assert remedy_for(kind("x")) == dict(REMEDIES)[kind]
    for _, remedy in REMEDIES:
        assert list(remedy.waits_s) == sorted(remedy.waits_s)
        assert not remedy.waits_s or remedy.advice
