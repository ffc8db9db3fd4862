"""From a closed block file to sealed sessions: split at donnings, united with what is there already, then removed.

A block file goes only after the sealed files that hold its content lie on the disk (fsync of each file and of its
folder) and were read back equal, record by record and sample by sample. Whatever stops a seal before that leaves the
block file, and the next one does it all again: a union by identity comes out the same however often it is made. A file
with damage in its middle is kept beside what could be read of it, its name ending in ``-damaged`` then.

Sealing is done by one process at a time (a lock on the folder), and never to a file that is still being recorded (a
lock on the file).
"""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gradsock import lock
from gradsock.errors import LogError
from gradsock.link.events import Probe
from gradsock.log import clocks, contents, layout, samples, sealed, told
from gradsock.log.contents import Contents
from gradsock.log.frames import Kind, Record
from gradsock.log.recording import Recording
from gradsock.log.sharing import Share, share
from gradsock.log.table import to_table
from gradsock.log.writer import reason, sync_folder
from gradsock.places import make_private

LOCK = ".lock"
TEMPORARY = ".tmp"


class BeingRecorded(LogError):
    """The file is still being written by somebody."""


class SealedElsewhere(LogError):
    """The file is gone: another process was quicker."""


def seal(path: Path) -> list[Path]:
    """Seal a block file; the sessions that hold its content now, the one with its first live sample first.

    LogError when it cannot be sealed, or is being recorded: the file is then as it was. A file without any sample stays
    as it is too, and there are no sessions.
    """
    root = _root(path)
    with lock.held(root / LOCK):
        _sweep(root)
        try:
            if lock.is_locked(path):
                raise BeingRecorded(f"{path.stem} is being recorded: it is sealed when that ends")
            return _seal(path, root)
        except FileNotFoundError as error:
            raise SealedElsewhere(f"{path.stem} is not there any longer: another process has sealed it") from error
        except OSError as error:
            what_to_do = f"mend that, then gradsock logs seal {layout.in_a_command(path)}"
            raise LogError(
                f"cannot seal {path}: {reason(error)}; its recording stays as it is: {what_to_do}"
            ) from error


def mend(path: Path) -> Path | None:
    """Write a damaged session anew from what can be read of it; where the damaged file is kept, None: it is whole.

    LogError when nothing of it can be read, or it cannot be written: it is as it was then.
    """
    root = _root(path)
    with lock.held(root / LOCK):
        _sweep(root)
        try:
            before = sealed.read_sealed(path)
            if not before.damage:
                return None
            kept = _aside(path)
            _write(path, Share(Contents(), path, live=False, of=None), "")
        except OSError as error:
            raise LogError(f"cannot write {path} anew: {reason(error)}; it stays as it is") from error
    return kept


def _seal(path: Path, root: Path) -> list[Path]:
    held = contents.read(path)
    recording = Recording(path, held)
    if not len(recording):
        return []
    there = _sessions(recording, root)
    boots = set(np.unique(recording.boot).tolist())
    others = [] if recording.repeats else clocks.sharing(boots, there)
    made = clocks.probes_of(held.records, boots)
    for other, _ in others:
        known = clocks.probes_of(sealed.read_records(other), boots)
        held.records += [record for record in known if record not in made]
    recording = Recording(path, held)
    sessions: list[Path] = []
    for piece in share(recording, there):
        target = piece.joins or _place(piece, recording, root, first=not sessions)
        _write(target, piece, path.name)
        sessions.append(target)
    for other, said in others:
        if other not in sessions:
            _date_anew(other, said, clocks.probes_of(held.records, boots), path.name)
    if any(not damage.torn for damage in recording.damage) or recording.contents.unreadable:
        path.rename(_aside(path))
    else:
        path.unlink()
    sync_folder(path.parent)
    return sessions


def _sessions(recording: Recording, root: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The sealed sessions of the same sock, and what they tell of themselves; what cannot be read is left alone."""
    found = []
    for path in layout.files_of(recording.serial, root):
        if path.suffix == layout.SEALED:
            try:
                found.append((path, sealed.read_summary(path)))
            except LogError:
                continue
    return found


def _place(piece: Share, recording: Recording, root: Path, *, first: bool) -> Path:
    """Where a new session goes: under the name that it was recorded by, or that of its start."""
    start, _ = told.bounds_utc_us(Recording(recording.path, piece.held))
    named = layout.new_file(recording.serial, start or 0, root, zone=recording.zone)
    if not recording.path.parent.name.startswith("date="):
        return (
            recording.path.with_suffix(layout.SEALED) if first else recording.path.with_name(named.stem + layout.SEALED)
        )
    stem = recording.path.stem if first and piece.live else named.stem
    return named.with_name(stem + layout.SEALED)


def _write(target: Path, piece: Share, source: str) -> None:
    """Write a session, look whether it is what it should be, and put it in its place."""
    held, sources, before = piece.held, [source], None
    if piece.joins is not None:
        before = Recording(target, sealed.read_sealed(target))
        sources = list(dict.fromkeys(filter(None, [*sealed.read_summary(target).get("sources", []), source])))
        held = _united(before, held)
        if len(held.samples) == len(before) and not before.damage and set(held.records) <= set(before.contents.records):
            return  # all of it is there: a seal was cut off after this
    held.records = [*held.records, piece.closing(Recording(target, held), before)]
    recording = Recording(target, held)
    data = sealed.pack(to_table(recording.columns), held.records, told.told(recording, sources))
    make_private(target.parent)
    temporary = target.with_name(f".{target.name}.{os.getpid()}{TEMPORARY}")
    try:
        _put(temporary, data)
        _compare(held, sealed.read_sealed(temporary), target)
        if before is not None and before.damage:
            _keep_aside(target)
        temporary.replace(target)
        sync_folder(target.parent)
        sync_folder(target.parent.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _date_anew(path: Path, summary: dict[str, Any], made: dict[Record, Probe], source: str) -> None:
    """Give a session the probes that were made of its boots since, where they change its time."""
    boots = clocks.boots_of(summary)
    known = clocks.probes_of(sealed.read_records(path), boots)
    more = {record: probe for record, probe in made.items() if probe.boot in boots and record not in known}
    if more and clocks.moves(summary, known.values(), more.values()):
        _write(path, Share(Contents(records=list(more)), path, live=False, of=None), source)


def _united(before: Recording, more: Contents) -> Contents:
    records = dict.fromkeys([*before.contents.records, *more.records])
    return Contents(
        samples=samples.union(before.contents.samples, more.samples),
        records=contents.once(record for record in records if record.kind != Kind.LOSS),
        blank=dict(before.columns.blank),
    )


def _aside(path: Path) -> Path:
    """Where a damaged file is kept; one that was kept before stays."""
    numbers = itertools.chain([""], (f"-{nth}" for nth in itertools.count(2)))
    names = (path.with_name(f"{path.name}{number}{layout.DAMAGED}") for number in numbers)
    return next(name for name in names if not name.exists())


def _keep_aside(path: Path) -> None:
    """Keep a damaged file that is replaced now, by a second name, so that at no time there is none."""
    kept = _aside(path)
    try:
        os.link(path, kept)
    except OSError:  # a file system without
        path.rename(kept)


def _put(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        written = 0
        while written < len(data):
            written += os.write(handle, data[written:])
        os.fsync(handle)
    finally:
        os.close(handle)


def _compare(meant: Contents, read: Contents, target: Path) -> None:
    """What was written has to be what was meant, or nothing is removed."""
    if read.damage or read.records != meant.records or not samples.equal(meant.samples, read.samples):
        raise LogError(f"cannot seal {target.stem}: what was written is not what was recorded, which stays as it is")


def _root(path: Path) -> Path:
    """The folder of recordings that a file lies in."""
    return layout.folder_of(path) or path.parent


def _sweep(root: Path) -> None:
    """Remove what a killed seal left half-written; under the lock nobody else is at it."""
    left: Sequence[Path] = [*root.glob(f"sock=*/date=*/.*{TEMPORARY}"), *root.glob(f".*{TEMPORARY}")]
    for path in left:
        path.unlink(missing_ok=True)
