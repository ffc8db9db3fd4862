"""Where artefacts lie on this computer, and which of them a sock has or was left unfinished."""

import itertools
from pathlib import Path

from gradsock import clock
from gradsock.calibrate.artefact import Artefact, read
from gradsock.errors import CalibrateError
from gradsock.places import data_folder


def folder() -> Path:
    """Where a calibration goes that nobody chose a file for."""
    return data_folder() / "calibrations"


def file_of(id: str) -> Path:
    """The file of the calibration with an id."""
    return folder() / f"{id}.json"


def new_id(serial: str) -> str:
    """``K7QM2ABC-261122-1614``: the sock and the local minute, numbered where that is taken; at most 32 bytes."""
    base = f"{serial[:16] or 'bench'}-{clock.local(clock.utc_us()):%y%m%d-%H%M}"
    names = itertools.chain([base], (f"{base}-{nth}" for nth in itertools.count(2)))
    return next(name for name in names if not file_of(name).exists())


def unfinished(serial: str, sensors: int) -> tuple[Path, Artefact] | None:
    """The newest artefact of a sock when it has fewer sensors than the sock; files that cannot be read are none."""
    found = sorted(folder().glob(f"{serial[:16] or 'bench'}-*.json"))
    for path in reversed(found):
        try:
            artefact = read(path)
        except CalibrateError:
            continue
        return (path, artefact) if len(artefact.sensors) < sensors else None
    return None
