"""The list of recordings: what each file tells of itself, remembered in SQLite so that thousands are listed at once.

The catalogue, ``LOGS/.catalogue.sqlite``, is never the only place of a fact. A file that is new, or whose size or time
of change is not the remembered one, is looked into again, whole; `rebuild` forgets all and looks into every file. Where
it cannot be written (a read-only folder) the files alone are asked; one that is no catalogue any longer is made anew.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

from gradsock.errors import LogError
from gradsock.log import entry, layout
from gradsock.log.entry import Entry
from gradsock.places import logs_folder

FILE = ".catalogue.sqlite"
VERSION = 3
SPOILT = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
BUSY_S = 5.0  # another process is writing: it takes milliseconds

_MAKE = """
create table if not exists files (
    path text primary key,
    size integer not null,
    changed_ns integer not null,
    entry text not null
) without rowid
"""


def entries(logs: Path | None = None) -> list[Entry]:
    """All recordings, the oldest first; those that cannot be read are listed with the reason."""
    return sorted(_entries(logs), key=_order)


def _order(told: Entry) -> tuple[str, int, str]:
    """By when it began, then by its id: the same however often one looks. An id begins with the minute."""
    return told.id[: layout.MINUTE], told.start_utc_us or 0, told.id


def _entries(logs: Path | None) -> list[Entry]:
    found = layout.stats(logs)
    root = logs_folder(logs)
    if not found:
        return []
    try:
        with _opened(root) as catalogue:
            return _listed(catalogue, found, root)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) in SPOILT:  # which an error of our own has not
            with contextlib.suppress(LogError):
                return rebuild(logs)
        return [entry.of(path) for path, _ in found]


def rebuild(logs: Path | None = None) -> list[Entry]:
    """Make the catalogue anew from the files; LogError when it cannot be written."""
    found = layout.stats(logs)
    root = logs_folder(logs)
    if not found and not root.is_dir():
        return []
    try:
        for file in (FILE, f"{FILE}-journal"):
            (root / file).unlink(missing_ok=True)
        with _opened(root) as catalogue:
            return sorted(_listed(catalogue, found, root), key=_order)
    except (sqlite3.Error, OSError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise LogError(
            f"cannot write into {root}: {reason}; recordings are listed without that, only slower"
        ) from error


def note_damage(path: Path, logs: Path | None = None) -> None:
    """Remember that a file was found to be damaged: what a disk does to it changes neither size nor time."""
    root = logs_folder(logs)
    with contextlib.suppress(sqlite3.Error, ValueError), _opened(root) as catalogue:
        name = str(path.relative_to(root))
        for (said,) in catalogue.execute("select entry from files where path = ?", [name]).fetchall():
            told = replace(_remembered(path, said), state=entry.DAMAGED)
            catalogue.execute("update files set entry = ? where path = ?", [_told(told), name])


@contextlib.contextmanager
def _opened(root: Path) -> Iterator[sqlite3.Connection]:
    """The catalogue, ready for one transaction. One of another version, or damaged, begins anew."""
    path = root / FILE
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # private from its first byte on
    except OSError as error:
        raise sqlite3.OperationalError(error.strerror or str(error)) from error
    catalogue = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        if catalogue.execute("pragma user_version").fetchone()[0] != VERSION:
            catalogue.execute("drop table if exists files")
            catalogue.execute(f"pragma user_version = {VERSION}")
        catalogue.execute(_MAKE)
        yield catalogue
    finally:
        catalogue.close()


def _listed(catalogue: sqlite3.Connection, found: Sequence[tuple[Path, os.stat_result]], root: Path) -> list[Entry]:
    """What is known of each file; what is new or changed is looked into, what is gone is forgotten."""
    known = {row[0]: row[1:] for row in catalogue.execute("select path, size, changed_ns, entry from files")}
    listed, fresh = [], []
    above = f"{root}{os.sep}"
    for path, stat in found:
        name = str(path).removeprefix(above)
        size, changed_ns, said = known.pop(name, (None, None, ""))
        if (size, changed_ns) == (stat.st_size, stat.st_mtime_ns):
            listed.append(_remembered(path, said))
            continue
        listed.append(entry.of(path))
        fresh.append((name, stat.st_size, stat.st_mtime_ns, _told(listed[-1])))
    if fresh or known:
        catalogue.execute("begin immediate")
        catalogue.executemany("insert or replace into files values (?, ?, ?, ?)", fresh)
        catalogue.executemany("delete from files where path = ?", [(name,) for name in known])
        catalogue.execute("commit")
    return listed


def _told(of: Entry) -> str:
    return json.dumps([getattr(of, name) for name in _NAMES])


def _remembered(path: Path, said: str) -> Entry:
    return entry.now(Entry(path.stem, path, *json.loads(said)))


_NAMES = [field.name for field in fields(Entry)][2:]
