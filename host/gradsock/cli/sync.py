"""`gradsock sync`."""

from gradsock.cli.options import Logs, Sock


def sync(*sock: Sock, logs: Logs = None) -> None:
    """Fetch what a sock kept while no computer was near, and make room on it.

    Only what is not here yet is fetched, and the sock forgets only what is safe on this disk. It may be ended at any
    time (ctrl-C) and goes on from there the next time; each wear becomes a recording of its own.
    """
    from gradsock.cli.running import run
    from gradsock.cli.say import say
    from gradsock.cli.words import only_sock
    from gradsock.errors import UsageError
    from gradsock.link import moniker as monikers
    from gradsock.log.syncing import Syncing
    from gradsock.view.syncing import SyncView, summary

    moniker = only_sock(sock)
    if isinstance(monikers.parse(moniker), monikers.Replay):
        raise UsageError(f"{moniker} is a recording and keeps nothing back: say ble:NAME")
    with SyncView() as view:
        syncing = Syncing(moniker, logs, tell=view.show)
        run(syncing.run())
    say(summary(syncing, logs))
