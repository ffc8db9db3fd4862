"""Which file holds which session: ``LOGS/sock=SERIAL/date=YYYY-MM-DD/ID.gslog`` while recorded, then ``ID.parquet``.

The folders are what DuckDB, pandas and Spark read as columns; the date is the local one of the session's start. All of
it is private to its owner. An id is the local start and the beginning of the sock's serial, ``251122-1614-k7qm``: short
enough to type, and any beginning of it that fits one session alone will do.
"""

import contextlib
import itertools
import os
import shlex
import stat
import tempfile
from pathlib import Path

from gradsock import clock
from gradsock.errors import LogError
from gradsock.lock import is_locked
from gradsock.places import logs_folder, make_private

SUFFIX = ".gslog"
SEALED = ".parquet"
LAST = "last"
MINUTE = len("251122-1614")  # of an id: of those that began in one the last is the one that was written last
NOTES = ".notes"  # beside a session, see `gradsock.log.notes`
DAMAGED = "-damaged"  # behind the ending of a file that could be read only in part, kept beside what was read


def new_file(serial: str, started_utc_us: int, logs: Path | None = None, *, zone: str | None = None) -> Path:
    """Where a session that starts then goes; a number at the end tells apart what began in the same minute.

    zone: that of its recorder (default: this machine's).
    """
    start = clock.local(started_utc_us, zone)
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
        make_private(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LogError(f"cannot record into {folder}: {reason}; choose another folder with --logs") from error


def files(logs: Path | None = None) -> list[Path]:
    """All recordings, the oldest first; LogError when there is no such folder, or it cannot be read.

    The folder that nobody chose comes into being with the first recording: until then there are none.
    """
    return [path for path, _ in stats(logs)]


def stats(logs: Path | None = None) -> list[tuple[Path, os.stat_result]]:
    """All recordings with their size and time of change, as `files`; one that goes away meanwhile is left out."""
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
    return _stats(folder)


def files_of(serial: str, logs: Path | None = None) -> list[Path]:
    """The recordings of one sock, the oldest first."""
    return [path for path, _ in _stats(logs_folder(logs), serial) if path.parts[-3] == f"sock={serial}"]


def unsealed(serial: str, logs: Path | None = None) -> list[Path]:
    """The block files of one sock, or of all (``*``), the oldest first."""
    found = logs_folder(logs).glob(f"sock={serial}/date=*/*{SUFFIX}")
    return sorted(found, key=lambda path: (path.stem, path))


def _stats(folder: Path, serial: str = "") -> list[tuple[Path, os.stat_result]]:
    """Sealed sessions, and block files that are not sealed yet; one that was sealed just now does not count twice.

    By hand, since ten thousand are to be listed at once and a glob takes three times as long.
    """
    found: dict[str, os.DirEntry[str]] = {}
    for sock in _entries(str(folder), f"sock={serial}"):
        for date in _entries(sock.path, "date="):
            for entry in _entries(date.path):
                stem, dot, ending = entry.path.rpartition(".")
                if dot + ending == SEALED or (dot + ending == SUFFIX and stem not in found):
                    found[stem] = entry
    stats = []
    for entry in found.values():
        with contextlib.suppress(OSError):  # gone meanwhile
            stats.append((entry.name[:MINUTE], entry.stat().st_mtime_ns, entry.path, entry.stat()))
    stats.sort(key=lambda each: each[:3])
    return [(Path(path), stat) for _, _, path, stat in stats]


def _entries(folder: str, beginning: str = "") -> list[os.DirEntry[str]]:
    """What is in a folder and begins so, but hidden files; nothing when it is none, or cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name.startswith(beginning) and not entry.name.startswith(".")]
    except OSError:
        return []


def folder_of(path: Path) -> Path | None:
    """The folder of recordings in which a file lies where `new_file` puts it; None: it lies somewhere else."""
    inside = path.parent.name.startswith("date=") and path.parent.parent.name.startswith("sock=")
    return path.parents[2] if inside else None


def in_a_command(path: Path) -> str:
    """How a recording is named to a command, for a shell: by its id, with its folder where none would look by itself;
    one that lies somewhere else by its path.
    """
    folder = folder_of(path)
    if folder is None:
        return shlex.quote(str(path))
    if folder.resolve() == logs_folder().resolve():
        return path.stem
    return f"{path.stem} --logs {shlex.quote(str(folder))}"


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
    if stat.S_ISREG(mode):
        return path
    if mode and not stat.S_ISDIR(mode):
        raise LogError(f"{path} is a device or a pipe, not the file of a recording: copy what it gives into one")
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
    """Remove a recording with all that was kept of it, and the folders that are empty then.

    LogError when the system refuses, or it is being recorded.
    """
    try:
        if path.suffix == SUFFIX and is_locked(path):
            raise LogError(f"{path.stem} is being recorded: end that first")
        path.unlink()
        if path.suffix == SEALED:
            path.with_suffix(SUFFIX).unlink(missing_ok=True)  # left by a seal that was cut off at its very end
        for kept in path.parent.glob(f"{path.stem}.*{DAMAGED}"):
            kept.unlink()
        path.with_suffix(NOTES).unlink(missing_ok=True)
    except OSError as error:
        raise LogError(f"cannot delete {path}: {(error.strerror or str(error)).lower()}") from error
    for folder in (path.parent, path.parent.parent):
        if not folder.name.startswith(("date=", "sock=")):
            return
        try:
            folder.rmdir()
        except OSError:
            return  # not empty
