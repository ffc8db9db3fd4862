"""Writing an export: whole or not at all, private to the user, never over another file unless told."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from gradsock.errors import GradsockError
from gradsock.log.writer import reason


def check_free(file: Path, *, overwrite: bool = False) -> None:
    """GradsockError when there is no such folder, or something in it already that is not to be written over."""
    if not file.parent.is_dir():
        raise GradsockError(f"there is no folder {file.parent}: make it, or say another with --out")
    if file.exists() and not file.is_file():
        raise GradsockError(f"{file} is a device, a pipe or a folder: say a file with --out")
    if file.exists() and not overwrite:
        raise GradsockError(f"{file} is there already: say another with --out, or --overwrite")


def write(file: Path, fill: Callable[[Path], None], *, overwrite: bool = False) -> None:
    """Have ``fill`` write a file beside it, and put that in its place; GradsockError when it cannot be."""
    write_all({file: fill}, overwrite=overwrite)


def write_all(fills: Mapping[Path, Callable[[Path], None]], *, overwrite: bool = False) -> None:
    """The same with several that belong together: all of them are written before one is put in its place."""
    for file in fills:
        check_free(file, overwrite=overwrite)
    scratches: dict[Path, Path] = {}
    file = next(iter(fills))
    try:
        for file, fill in fills.items():
            with tempfile.NamedTemporaryFile(dir=file.parent, suffix=file.suffix, delete=False) as made:
                scratches[file] = Path(made.name)
            fill(scratches[file])
            with scratches[file].open("rb+") as written:
                os.fsync(written.fileno())
        for file, scratch in scratches.items():
            scratch.replace(file)
    except OSError as error:
        raise GradsockError(f"cannot write {file}: {reason(error)}") from error
    finally:
        for scratch in scratches.values():
            scratch.unlink(missing_ok=True)
