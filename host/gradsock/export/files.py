"""Writing an export: whole or not at all, private to the user, never over another file unless told."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from gradsock.errors import GradsockError


def check_free(file: Path, *, overwrite: bool = False) -> None:
    """GradsockError when something is there already that is not to be written over."""
    if file.exists() and not file.is_file():
        raise GradsockError(f"{file} is a device, a pipe or a folder: say a file with --out")
    if file.exists() and not overwrite:
        raise GradsockError(f"{file} is there already: say another with --out, or --overwrite")


def write(file: Path, fill: Callable[[Path], None], *, overwrite: bool = False) -> None:
    """Have ``fill`` write a file beside it, and put that in its place; GradsockError when it cannot be."""
    check_free(file, overwrite=overwrite)
    scratch = None
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=file.suffix, delete=False) as made:
            scratch = Path(made.name)
        fill(scratch)
        with scratch.open("rb+") as written:
            os.fsync(written.fileno())
        scratch.replace(file)
    except OSError as error:
        raise GradsockError(f"cannot write {file}: {(error.strerror or str(error)).lower()}") from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)
