"""While a sock is recorded its journal is walked beside the stream; a sync walks it alone."""

import asyncio
import contextlib

import pytest
from gradsock.errors import LinkLost, SockRefused
from gradsock.link import BlockReceived, InfoRead
from gradsock.link.reconnecting import Reconnecting
from gradsock.log import keeping as module
from gradsock.log import syncing as syncing_module
from gradsock.log.keeping import recorded
from gradsock.log.keeping import watched as fill_gaps_of
from gradsock.log.recorder import Recorder
from gradsock.log.syncing import Syncing
from gradsock.view.watched import Watched
from sock import records

from tests.host.journal_peer import JournalPeer


@pytest.fixture
def keeps(made, made_link):
    """Links to one sock with a journal: `keeps(peer, events)`."""

    class KeepingLink(made_link):
        def __init__(self, peer, events, *, until=None, **options):
            super().__init__(made, events, **options)
            self.info = made.info(journal=[1, len(peer.entries), 0, 0, 5])
            self.records = peer.access
            self._until = until

        async def events(self):
            async for happened in super().events():
                yield happened
            if self._until is not None:
                await self._until()

    return KeepingLink


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def test_what_came_before_and_between_is_fetched_beside_the_stream(made, keeps):
    journal = JournalPeer([made.block(index, 20) for index in range(0, 400, 20)])
    recorder, watched = Recorder(moniker="ble:made"), Watched("ble:made")
    live = [InfoRead(made.info(journal=[1, 20, 0, 0, 5]), made.t0_us)]
    live += [BlockReceived(made.block(index), made.t0_us + index) for index in range(200, 400, 5) if index != 300]

    async def all_is_here():
        await until(lambda: recorder.account.received == 400)

    sock = Reconnecting(lambda: keeps(journal, live[1:], ends=True, until=all_is_here), probing=False)
    told = []
    keeping = recorded(sock, recorder, [watched.take], told.append)
    async with keeping.beside():
        async for happened in sock.events():
            for take in (recorder.take, watched.take, keeping.take):
                take(happened)
    recorder.close()

    assert recorder.account.lost == 0
    assert recorder.account.recovered == 205
    assert (watched.account.received, watched.account.recovered, watched.account.lost) == (200, 5, 0)
    assert len(journal.sent) < 16  # half of it came live
    assert told[-1] is None  # how far it was, and then that it is over
    assert {progress[1] for progress in told if progress} == {20}


async def test_what_the_flash_did_not_have_yet_is_fetched_seconds_later(made, keeps, monkeypatch):
    monkeypatch.setattr(module, "SECOND_WALK_S", 0.01)
    journal = JournalPeer([made.block(index, 20) for index in range(0, 180, 20)])
    recorder = Recorder(moniker="ble:made")

    async def all_is_here():
        await until(lambda: recorder.account.received == 380)
        assert recorder.account.lost == 20
        journal.entries[len(journal.entries) + 1] = made.block(180, 20)
        await until(lambda: recorder.account.received == 400)

    live = [BlockReceived(made.block(index), made.t0_us + index) for index in range(200, 400, 5)]
    sock = Reconnecting(lambda: keeps(journal, live, ends=True, until=all_is_here), probing=False)
    keeping = recorded(sock, recorder)
    async with keeping.beside():
        async for happened in sock.events():
            recorder.take(happened)
            keeping.take(happened)
    recorder.close()
    assert recorder.account.lost == recorder.account.doubled == 0
    assert journal.sent == list(range(1, 11))  # none of them twice


async def test_what_is_only_watched_has_its_gaps_filled_and_the_sock_forgets_nothing(made, keeps, monkeypatch):
    monkeypatch.setattr(module, "WALK_EVERY_S", 0.01)
    journal = JournalPeer([made.block(index, 20) for index in range(0, 400, 20)])
    seen = Watched("ble:made")
    live = [BlockReceived(made.block(index), made.t0_us) for index in range(200, 400, 5) if not 280 <= index < 330]

    async def all_is_here():
        await until(lambda: seen.account.lost == 0)

    sock = Reconnecting(lambda: keeps(journal, live, ends=True, until=all_is_here), probing=False)
    told = []
    keeping = fill_gaps_of(sock, seen.account, seen.take, told.append)
    async with keeping.beside():
        async for happened in sock.events():
            seen.take(happened)
            keeping.take(happened)
    assert (seen.account.received, seen.account.recovered) == (200, 50)
    assert len(journal.entries) == 20
    assert len(journal.sent) == 3  # blocks of twenty
    assert [progress for progress in told if progress is not None][-1] == (50, 50)
    assert told[-1] is None


async def test_a_walk_that_fails_is_tried_again(made, keeps, monkeypatch):
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    journal = JournalPeer([made.block(index, 20) for index in range(0, 400, 20)])
    journal.cut_after = 3
    recorder = Recorder(moniker="ble:made")

    async def all_is_here():
        await until(lambda: keeping.failure is not None)
        journal.cut_after = None
        await until(lambda: recorder.account.received == 400)

    live = [BlockReceived(made.block(395), made.t0_us)]
    sock = Reconnecting(lambda: keeps(journal, live, ends=True, until=all_is_here), probing=False)
    keeping = recorded(sock, recorder)
    async with keeping.beside():
        async for happened in sock.events():
            recorder.take(happened)
            keeping.take(happened)
    assert recorder.account.lost == 0
    recorder.close()


async def test_a_sock_without_a_journal_is_asked_for_nothing(made, made_link):
    link = made_link(made, list(made.events(samples=50))[1:], ends=True)
    sock = Reconnecting(lambda: link, probing=False)
    keeping = recorded(sock, Recorder())
    async with keeping.beside():
        async for happened in sock.events():
            keeping.take(happened)
    assert keeping.failure is None


@pytest.fixture
def reached(monkeypatch):
    """What `sync` reaches instead of a radio: `reached(links)`; nobody waits for long."""

    def set_links(links):
        remaining = iter(links)
        sock = Reconnecting(lambda: next(remaining), probing=False, live=False)

        @contextlib.asynccontextmanager
        async def reach(moniker, **_):
            yield sock

        monkeypatch.setattr(syncing_module, "reach", reach)
        monkeypatch.setattr(syncing_module, "PROBING_S", 0.0)
        monkeypatch.setattr(syncing_module, "REFUSED_S", 0.0)
        return sock

    return set_links


async def for_ever():
    await asyncio.Event().wait()


async def test_a_sync_empties_a_sock_and_makes_sessions(made, keeps, reached):
    journal = JournalPeer([*made.context(), *(made.block(index, 20) for index in range(0, 4000, 20))])
    link = keeps(journal, [], until=for_ever, ends=True)
    reached([link])
    syncing = Syncing("ble:made")
    await syncing.run()
    assert journal.entries == {} and not link.started
    assert syncing.recorder.account.recovered == 4000
    assert len(syncing.sessions) == 1 and syncing.sessions[0].suffix == ".parquet"
    assert syncing.progress is not None and syncing.progress.done == syncing.progress.entries

    again = Syncing("ble:made")
    reached([keeps(JournalPeer([]), [], until=for_ever, ends=True)])
    await again.run()
    assert again.sessions == [] and again.recorder.path is None


async def test_a_sync_goes_on_where_the_link_ended(made, keeps, reached):
    journal = JournalPeer([made.block(index, 20) for index in range(0, 4000, 20)])
    journal.cut_after = 130

    async def cut():
        await until(lambda: journal.cut_after is not None and journal.cut_after < 0)
        journal.cut_after = None
        raise LinkLost("gone")

    reached([keeps(journal, [], until=cut, ends=True), keeps(journal, [], until=for_ever, ends=True)])
    syncing = Syncing("ble:made")
    await syncing.run()
    assert syncing.recorder.account.lost == 0 and syncing.recorder.account.received == 4000
    assert journal.entries == {}
    assert len(journal.sent) < 230


async def test_a_sock_that_refuses_for_good_is_no_endless_wait(made, keeps, reached):
    journal = JournalPeer([made.block(0, 20)])

    def refuse(_):
        raise records.RecordsError(records.NOT_COMPLETED)

    journal._find = refuse
    reached([keeps(journal, [], until=for_ever, ends=True)])
    with pytest.raises(SockRefused, match="not completed"):
        await Syncing("ble:made").run()


async def test_a_sock_that_keeps_nothing_says_so(made, made_link, reached):
    link = made_link(made, [], ends=True)

    async def events():
        await for_ever()
        yield

    link.events = events
    reached([link])
    with pytest.raises(SockRefused, match="keeps nothing"):
        await Syncing("ble:made").run()
