"""Which file holds which session: ``LOGS/sock=SERIAL/date=YYYY-MM-DD/ID.gslog``.

The folders are what DuckDB, pandas and Spark read as columns, and a sealed session keeps its place and name with
another ending. An id is the local start and the beginning of the sock's serial, ``251122-1614-k7qm``: short enough to
type, and any beginning of it that fits one session alone will do.
"""

import itertools
import os
import stat
import tempfile
from pathlib import Path

from gradsock import clock
from gradsock.errors import LogError
from gradsock.places import logs_folder

SUFFIX = ".gslog"
LAST = "last"


def new_file(serial: str, started_utc_us: int, logs: Path | None = None) -> Path:
    """Where a session that starts now goes; a number at the end tells apart what began in the same minute."""
    start = clock.local(started_utc_us)
    base, date = f"{start:%y%m%d-%H%M}-{serial[:4].lower()}", f"date={start:%Y-%m-%d}"
    folder = logs_folder(logs)
    taken = {file.stem for file in folder.glob(f"sock=*/{date}/{base}*")}
    name = base
    for nth in itertools.count(2):
        if name not in taken:
            break
        name = f"{base}-{nth}"
    return folder / f"sock={serial}" / date / (name + SUFFIX)


def make_folder(logs: Path | None = None) -> None:
    """Make the folder of the recordings; LogError when nothing can be written there, before anything is to be."""
    folder = logs_folder(logs)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LogError(f"cannot record into {folder}: {reason}; choose another folder with --logs") from error


def files(logs: Path | None = None) -> list[Path]:
    """All recordings, the oldest first; LogError when there is no such folder, or it cannot be read.

    The folder that nobody chose comes into being with the first recording: until then there are none.
    """
    folder = logs_folder(logs)
    try:
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise LogError(f"{folder} is a file, not a folder of recordings: say another with --logs")
        os.listdir(folder)  # noqa: PTH208 - glob would pass over a folder that it may not read
    except FileNotFoundError:
        if logs is None:
            return []
        raise LogError(f"there is no folder {folder}: say another with --logs") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LogError(f"cannot read {folder}: {reason}; say another with --logs") from error
    return sorted(folder.glob(f"sock=*/date=*/*{SUFFIX}"), key=lambda file: (file.stem, file))


def find(id_or_file: str | Path, logs: Path | None = None) -> Path:
    """The file of a recording: its path, its id, the beginning of its id, or ``last``; LogError when there is none."""
    text = str(id_or_file)
    path = Path(text).expanduser()
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = 0
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LogError(f"cannot read {path}: {reason.lower()}") from error
    if mode and not stat.S_ISDIR(mode):
        return path
    if mode and len(path.parts) > 1:
        raise LogError(f"{path} is a folder, not a recording: say a file in it, or an id with --logs {path}")
    if path.suffix or len(path.parts) > 1:
        raise LogError(f"there is no file '{text}'")
    known = files(logs)
    if text == LAST and known:
        return known[-1]
    exact = [file for file in known if file.stem == text]
    fitting = exact or [file for file in known if text and file.stem.startswith(text)]
    if len(fitting) == 1:
        return fitting[0]
    if not known:
        raise LogError(f"no recording '{text}': there are no logs yet in {logs_folder(logs)}; make one: gradsock demo")
    if fitting:
        raise LogError(f"'{text}' may be {_some(fitting)}: type more of it")
    raise LogError(f"no recording '{text}' in {logs_folder(logs)}; `gradsock logs` lists them")


def _some(candidates: list[Path]) -> str:
    names = [file.stem for file in candidates[:4]]
    return " or ".join(names) + (" or others" if len(candidates) > 4 else "")


def delete(path: Path) -> None:
    """Remove a recording, and the folders that are empty then; LogError when the system refuses."""
    try:
        path.unlink()
    except OSError as error:
        raise LogError(f"cannot delete {path}: {(error.strerror or str(error)).lower()}") from error
    for folder in (path.parent, path.parent.parent):
        if not folder.name.startswith(("date=", "sock=")):
            return
        try:
            folder.rmdir()
        except OSError:
            return  # not empty
