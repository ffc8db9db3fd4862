"""What `live` and `record` have in common."""

from collections.abc import Sequence
from pathlib import Path

from gradsock.cli.running import run
from gradsock.cli.say import say
from gradsock.errors import UsageError
from gradsock.link import moniker as monikers
from gradsock.period import seconds
from gradsock.view.watching import Watching


def watch(socks: Sequence[str], *, recording: bool, for_: str | None, logs: Path | None) -> None:
    """Check what was asked for before anything starts, watch, and sum up however it ends."""
    names = list(socks) or ["ble:"]
    for name in names:
        if not isinstance(monikers.parse(name), monikers.Sim) and names.count(name) > 1:
            raise UsageError(f"{name} is named twice")
    watching = Watching(names, recording=recording, logs=logs, for_s=None if for_ is None else seconds(for_))
    try:
        run(watching.run())
    finally:
        if any(watched.info for watched in watching.socks):
            say(watching.summary())
