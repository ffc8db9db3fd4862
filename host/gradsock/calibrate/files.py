"""Where artefacts lie on this computer, and which of them a sock has or was left unfinished."""

import itertools
import shutil
from pathlib import Path

from gradsock import clock
from gradsock.calibrate.artefact import Artefact, read, read_object
from gradsock.errors import CalibrateError
from gradsock.log.artefact import folder
from gradsock.places import make_private


def file_of(id: str) -> Path:
    """The file of the calibration with an id."""
    return folder() / f"{id}.json"


def new_id(serial: str) -> str:
    """``K7QM2ABC-261122-1614``: the sock and the local minute, numbered where that is taken; at most 32 bytes."""
    base = f"{serial[:16] or 'bench'}-{clock.local(clock.utc_us()):%y%m%d-%H%M}"
    names = itertools.chain([base], (f"{base}-{nth}" for nth in itertools.count(2)))
    return next(name for name in names if not file_of(name).exists())


def keep(path: Path) -> None:
    """Have the artefact in a file kept where recordings find it; what is none, or its short form, is not kept."""
    try:
        whole = read_object(path)
    except CalibrateError:
        return
    if "artefact" in whole and path != (kept := file_of(str(whole.get("id")))):
        try:
            make_private(kept.parent)
            shutil.copyfile(path, kept)
        except OSError as error:
            raise CalibrateError(f"cannot write {kept}: {(error.strerror or str(error)).lower()}") from error


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
