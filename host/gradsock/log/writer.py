"""Appending to a log so that nothing written is lost.

Every record is handed to the operating system at once, so ``kill -9`` of the recorder costs nothing that it had
received. The disk is told (fsync) at the latest every five seconds of received data and on closing, so a power cut of
the whole machine costs at most those five seconds.
"""

import errno
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from gradsock.errors import LogError
from gradsock.lock import lock
from gradsock.log import frames
from gradsock.places import make_private

FSYNC_EVERY_US = 5_000_000
_APPEND_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Writer:
    """An append-only log file, open for writing. Single-threaded; reads no clock."""

    def __init__(self, path: Path, first: frames.Record) -> None:
        """Create ``path`` with its header and first record; LogError when it exists or cannot be written."""
        self.path = path
        try:
            make_private(path.parent)
            self._file = os.open(path, _APPEND_NEW, 0o600)
            lock(self._file, wait=True)  # as long as it is open: nobody seals what is still being recorded
        except OSError as error:
            raise LogError(f"cannot create {path}: {reason(error)}; choose another folder with --logs") from error
        self._size = 0
        self._closed = False
        self._synced_at_us = first.t_utc_us
        try:
            self._write(frames.file_header() + frames.pack(first))
            self.sync()
            sync_folder(path.parent)
        except LogError:
            os.close(self._file)
            path.unlink(missing_ok=True)
            raise

    def append(self, record: frames.Record) -> None:
        """Add one record; LogError when the disk does not take it (the file stays whole up to the record before)."""
        self._write(frames.pack(record))
        if not 0 <= record.t_utc_us - self._synced_at_us < FSYNC_EVERY_US:
            self.sync()
            self._synced_at_us = record.t_utc_us

    def sync(self) -> None:
        """Return when everything appended so far is on the disk."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise LogError(f"cannot write {self.path}: {reason(error)}") from error

    def close(self) -> None:
        """Bring everything to the disk and close; does nothing the second time."""
        if self._closed:
            return
        self._closed = True
        try:
            self.sync()
        finally:
            os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        """Write all or nothing."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError as error:
            if written:
                os.ftruncate(self._file, self._size)
            kept = "what came before is kept: " if self._size else ""
            what_to_do = f"{kept}make room, or choose another folder with --logs"
            raise LogError(f"cannot write {self.path}: {reason(error)}; {what_to_do}") from error
        self._size += len(data)


def sync_folder(folder: Path) -> None:
    """Make a new file's name durable too; not every system can open a folder."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def reason(error: OSError) -> str:
    """Why the system refused, in a few words."""
    if error.errno == errno.ENOSPC:
        return "the disk is full"
    return (error.strerror or str(error)).lower()
