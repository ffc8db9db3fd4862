"""What `live` and `record` have in common."""

from collections.abc import Sequence
from pathlib import Path

from gradsock.cli.running import run
from gradsock.cli.say import say
from gradsock.cli.words import check_distinct
from gradsock.period import seconds
from gradsock.view import words
from gradsock.view.watched import Watched
from gradsock.view.watching import Watching


def watch(socks: Sequence[str], *, recording: bool, for_: str | None, logs: Path | None) -> None:
    """Check what was asked for before anything starts, watch, and sum up however it ends."""
    names = list(socks) or ["ble:"]
    check_distinct(names)
    for_s = None if for_ is None else seconds(for_)
    watching = Watching(names, recording=recording, logs=logs, for_s=for_s, narrate=lambda _s: lacking(watching.socks))
    try:
        run(watching.run())
    finally:
        watching.seal()  # once more, in case ctrl-C was pressed again while it was done
        if any(watched.info for watched in watching.socks):
            for told in filter(None, (watching.summary(), lacking(watching.socks))):
                say(told)


def lacking(socks: Sequence[Watched]) -> str:
    """Why some of them give no pressure however long one waits, and what to do; empty where nothing is in the way."""
    told = [(watched.label, why) for watched in socks if (why := words.lacking(watched))]
    return "; ".join(f"{label}: {why}" if len(socks) > 1 else why for label, why in told)
