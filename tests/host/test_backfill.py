"""The host asks for what it misses and for no more, whatever the radio does, and the sock forgets what is durable."""

import asyncio
import contextlib

import pytest
from gradsock.errors import LinkLost, LogError, SockRefused
from gradsock.log.backfill import Backfill
from hypothesis import given, settings
from hypothesis import strategies as st
from sock import event, records

from tests.host.journal_peer import JournalPeer, MemoryStore, samples

BLOCK = 20


def journal(*boots, events_every=7):
    """Entries of boots with so many blocks each, an event before the first and every few blocks."""
    entries = []
    for boot, blocks in boots:
        sequence = 0
        for n in range(blocks):
            if n % events_every == 0:
                entries.append(event.encode_event(event.MARK, boot, sequence, n, b"here"))
                sequence += 1
            entries.append(samples(boot, n * BLOCK, BLOCK))
    return entries


async def fetched(peer, store, **options):
    await Backfill(peer.access, store, **options).walk()
    return store


def whole(store, *boots):
    return all(store.ranges.of(boot) == [(0, blocks * BLOCK - 1)] for boot, blocks in boots)


async def test_an_empty_log_fetches_everything_once_and_the_sock_is_empty_then():
    peer = JournalPeer(journal((1, 100), (2, 150)))
    all_of_it = list(peer.entries.values())
    store = await fetched(peer, MemoryStore())
    assert store.taken == all_of_it
    assert whole(store, (1, 100), (2, 150))
    assert peer.entries == {}


async def test_an_empty_journal_is_no_trouble():
    peer = JournalPeer([])
    assert (await fetched(peer, MemoryStore())).taken == []


async def test_what_is_here_is_passed_over_but_for_its_events():
    boots = (1, 100), (2, 150), (3, 50)
    peer, store = JournalPeer(journal(*boots)), MemoryStore()
    store.ranges.add(1, 0, 100 * BLOCK)
    store.ranges.add(2, 0, 90 * BLOCK)
    store.ranges.add(2, 100 * BLOCK, 50 * BLOCK)  # ten blocks are missing
    blocks = [n for n, data in peer.entries.items() if data[0] != event.TAG]
    events = len(peer.entries) - len(blocks)
    await fetched(peer, store)
    assert whole(store, *boots)
    assert len(store.events) == events
    assert len(peer.sent) < events + 10 + 50 + 25  # what is looked at, at the ends of what is held
    assert peer.entries == {}


async def test_what_comes_live_is_not_asked_for_and_no_entry_twice():
    peer, store = JournalPeer([samples(1, n * BLOCK, BLOCK) for n in range(10)]), MemoryStore()
    store.ranges.add(1, 45, 140)  # live, and goes on: the last entry ends with what is on its way
    backfill = Backfill(peer.access, store, live_boot=1, forget_from=1000)
    await backfill.walk()
    assert peer.sent == [1, 2, 3]
    await backfill.walk()
    assert peer.sent == [1, 2, 3]
    peer.entries |= {11 + n: samples(1, (10 + n) * BLOCK, BLOCK) for n in range(5)}
    store.ranges.add(1, 185, 25)
    store.ranges.add(1, 215, 50)  # five were lost
    await backfill.walk()
    assert peer.sent == [1, 2, 3, 11]
    assert store.ranges.of(1) == [(0, 264)]


async def test_what_a_walk_left_unasked_when_it_failed_is_asked_for_by_the_next():
    peer, store = JournalPeer(journal((1, 40)), loss=0.5, seed=3), MemoryStore()
    backfill = Backfill(peer.access, store, live_boot=1, forget_from=1000)
    report, refused = peer._report, []

    def refuse_once(numbers):
        if len(peer.sent) < 10 or refused:
            return report(numbers)
        refused.append(numbers)
        raise records.RecordsError(records.NOT_COMPLETED)

    peer._report = refuse_once
    serve = peer._serve

    def served(data):
        try:
            serve(data)
        except records.RecordsError as error:
            peer.access.on_answer(records.pack_response(data[0], error.code))

    peer._serve = served
    with pytest.raises(SockRefused):
        await backfill.walk()
    store.ranges.add(1, 39 * BLOCK, BLOCK)
    await backfill.walk()
    assert refused and whole(store, (1, 40))


async def test_a_sock_that_cannot_tell_events_apart_sends_all():
    peer, store = JournalPeer(journal((1, 100))), MemoryStore()
    peer.events_filter = False
    store.ranges.add(1, 0, 100 * BLOCK)
    events = sum(data[0] == event.TAG for data in peer.entries.values())
    await fetched(peer, store)
    assert len(store.events) == events and peer.entries == {}


@pytest.mark.parametrize("mtu", [100, 185, 247])
@pytest.mark.parametrize("loss", [0.02, 0.4])
async def test_a_radio_that_loses_notifications_takes_longer_and_loses_nothing(loss, mtu):
    peer = JournalPeer(journal((1, 60)), loss=loss, mtu=mtu)
    entries = set(peer.entries.values())
    store = await fetched(peer, MemoryStore())
    assert set(store.taken) == entries
    assert whole(store, (1, 60)) and peer.entries == {}


async def test_a_radio_that_brings_nothing_is_given_up():
    peer = JournalPeer(journal((1, 3)), loss=1.0)
    with pytest.raises(LinkLost, match="come closer"):
        await fetched(peer, MemoryStore())
    assert len(peer.entries) == 4


async def test_doubled_callbacks_double_nothing():
    peer = JournalPeer(journal((1, 100)))
    peer.doubled = True
    entries = list(peer.entries.values())
    assert (await fetched(peer, MemoryStore())).taken == entries


@settings(max_examples=30)
@given(st.lists(st.integers(0, 80), min_size=1, max_size=6), st.integers(0, 3))
async def test_a_link_that_ends_anywhere_costs_at_most_the_entry_under_way(cuts, seed):
    peer, store = JournalPeer(journal((1, 90), (2, 40)), seed=seed), MemoryStore()
    entries = set(peer.entries.values())
    for cut in cuts:
        peer.cut_after = cut
        with contextlib.suppress(LinkLost):  # it may be done before the cut
            await fetched(peer, store)
    peer.cut_after = None
    await fetched(peer, store)
    assert set(store.taken) == entries
    assert whole(store, (1, 90), (2, 40)) and peer.entries == {}
    assert len(peer.sent) <= len(entries) + 40 * len(cuts)  # what is looked at anew, and the events between


async def test_nothing_is_forgotten_before_it_is_durable():
    peer, store = JournalPeer(journal((1, 700))), MemoryStore()
    data_of = dict(peer.entries)
    forgotten = []

    def on_sync():
        forgotten.append(set(data_of) - set(peer.entries))
        safe = set(store.taken[: store.durable])
        assert {data_of[number] for number in forgotten[-1]} <= safe

    store.on_sync = on_sync
    await fetched(peer, store)
    assert len(forgotten) > 2 and peer.entries == {}


async def test_a_log_that_takes_no_more_leaves_the_sock_its_data():
    class Full(MemoryStore):
        def sync(self):
            raise LogError("cannot write: the disk is full")

    peer = JournalPeer(journal((1, 30)))
    held = dict(peer.entries)
    with pytest.raises(LogError, match="disk is full"):
        await fetched(peer, Full())
    assert peer.entries == held


async def test_a_log_that_fails_while_it_takes_is_no_silence():
    class Full(MemoryStore):
        def take(self, happened):
            if len(self.taken) == 10:
                raise LogError("cannot write: the disk is full")
            super().take(happened)

    peer = JournalPeer(journal((1, 30)))
    held = dict(peer.entries)
    with pytest.raises(LogError, match="disk is full"):
        await fetched(peer, Full())
    assert peer.entries == held


async def test_damaged_entries_are_passed_over():
    peer = JournalPeer(journal((1, 200)))
    for number in (1, 2, 50, 51, 52, 130, len(peer.entries)):
        del peer.entries[number]
    left = len(peer.entries)
    store = await fetched(peer, MemoryStore())
    assert len(store.taken) == left and peer.entries == {}


async def test_few_entries_are_left_with_the_sock_for_its_flash_sake():
    peer, store = JournalPeer(journal((1, 30))), MemoryStore()
    await fetched(peer, store, forget_from=64)
    assert store.durable == 0 and len(peer.entries) == 35


async def test_progress_is_told_and_ends_at_the_whole():
    told = []
    peer = JournalPeer(journal((1, 300)))
    await fetched(peer, MemoryStore(), tell=told.append)
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert told[-1].done == told[-1].entries == 343
    assert told[-1].left_s == 0
    assert told[-1].fetched_bytes > 10_000


async def test_a_refusal_is_told_in_words():
    peer = JournalPeer(journal((1, 3)))
    peer._find = lambda data: (_ for _ in ()).throw(records.RecordsError(records.NOT_COMPLETED))
    with pytest.raises(SockRefused, match="does not give what it kept: not completed"):
        await fetched(peer, MemoryStore())


async def test_a_silent_sock_is_noticed(monkeypatch):
    monkeypatch.setattr("gradsock.link.record_access.SILENCE_S", 0.02)
    peer = JournalPeer(journal((1, 3)))
    peer._serve = lambda data: None
    with pytest.raises(LinkLost, match="does not answer"):
        await fetched(peer, MemoryStore())


async def test_leaving_has_the_sock_stop():
    peer = JournalPeer(journal((1, 30)))
    serve = peer._serve
    peer._serve = lambda data: serve(data) if data[0] != records.REPORT else None
    walking = asyncio.create_task(fetched(peer, MemoryStore()))
    while not peer.asked:
        await asyncio.sleep(0)
    walking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walking
    assert peer.asked[-1][0] == records.ABORT
