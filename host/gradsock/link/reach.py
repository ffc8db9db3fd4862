"""From a moniker to a sock that one stays with: starts what has to run for it, and reconnects."""

import contextlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from gradsock.link import Link, LinkEvent
from gradsock.link import moniker as monikers
from gradsock.link.reconnecting import Reconnecting

Tell = Callable[[str], None]
"""Told, in a few words, what is being done while a sock is made ready."""


def silent(_what: str) -> None:
    """Tell nobody."""


@contextlib.asynccontextmanager
async def reach(
    moniker: str, *, logs: Path | None = None, tell: Tell = silent, live: bool = True
) -> AsyncGenerator[Reconnecting, None]:
    """The sock that a moniker names, to stay with: ``async with reach("sim:demo") as sock: ...``.

    live: ask it for live blocks after each connection.

    What a virtual sock needs (air, board, firmware) runs until the block is left. Raises UsageError, LogError or
    SimError.
    """
    from gradsock.link.ble import BleLink

    named = monikers.parse(moniker)
    if isinstance(named, monikers.Ble):
        name = named.name
        sock: Reconnecting | None = None

        def link() -> BleLink:
            known = sock.renamed or name or sock.take_name() if sock else name
            return BleLink(known, moniker=moniker)

        sock = Reconnecting(link, live=live)
        yield sock
    elif isinstance(named, monikers.Sim):
        from gradsock.link.sim import VirtualSock

        async with VirtualSock(named.scenario, tell=tell) as virtual:
            worn: Reconnecting | None = None

            def link_to_virtual() -> BleLink:
                return virtual.link_to(worn.renamed if worn else "")

            worn = Reconnecting(link_to_virtual, live=live, changing=virtual.keep)
            yield worn
    else:
        from gradsock.link.replay import open_replay

        replay = open_replay(named.what, speed=named.speed, logs=logs)
        yield Reconnecting(lambda: replay, probing=False)


async def follow(sock: Link, *takers: Callable[[LinkEvent], None]) -> None:
    """Hand every event of a sock to each taker, in order, until there is nothing more to come."""
    async with contextlib.aclosing(sock.events()) as events:
        async for event in events:
            for take in takers:
                take(event)
