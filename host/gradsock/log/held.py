"""Which samples of a sock the recordings on this machine hold, so that only the others are asked for."""

import os
from pathlib import Path

from gradsock.errors import LogError
from gradsock.log import contents, layout
from gradsock.log.ranges import Ranges


def held(serial: str, logs: Path | None = None, *, but: Path | None = None) -> Ranges:
    """What all recordings of a sock hold together, on the disk for good; ``but`` is left out.

    What damage took from a block file is not held. A sealed file says what it holds; a file that cannot be read at all
    holds nothing.
    """
    found = Ranges()
    for path in layout.files_of(serial, logs):
        if but is not None and path == but:
            continue
        try:
            found.update(_held_by(path))
        except LogError:
            continue  # `gradsock logs verify` tells why
    return found


def _held_by(path: Path) -> Ranges:
    if path.suffix == layout.SEALED:
        from gradsock.log.sealed import read_summary

        return Ranges((boot, first, last + 1) for boot, first, last in read_summary(path)["held"])
    _make_durable(path)
    return contents.read(path).samples.held()


def _make_durable(path: Path) -> None:
    """A file that is being written, or whose writer was killed, may be in the system's memory alone."""
    try:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise LogError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
