"""A warning for whoever uses a damaged recording: what is lost and what to do, on stderr."""

from collections.abc import Iterable
from pathlib import Path


def warn_of_harm(paths: Iterable[Path]) -> None:
    """A line per recording that is damaged; what is none of ours says nothing."""
    from gradsock.cli.say import warn
    from gradsock.log import entry
    from gradsock.log.recording import open as open_recording

    for path in paths:
        if entry.of(path).state == entry.DAMAGED and (harm := open_recording(path).harm) is not None:
            warn(harm.in_words())
