"""Locks between processes that end with their process, so that a killed one leaves none behind."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from gradsock.errors import LogError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LAST_BYTE = 0x7FFFFFFE


def lock(handle: int, *, wait: bool = False, shared: bool = False) -> bool:
    """Lock an open file until it is closed; False when another process has it (``wait``: wait for that one).

    ``shared``: with others who want no more, where the system knows such locks.
    """
    if fcntl is None:
        return _lock_byte(handle, wait)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True


def _lock_byte(handle: int, wait: bool) -> bool:
    """Windows locks bytes: the last one that a file may have, which nobody reads or writes."""
    import msvcrt

    os.lseek(handle, _LAST_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of a file at the moment; OSError when it cannot be opened.

    Two who ask at once do not take each other for the one who holds it.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        return not lock(handle, shared=True)
    finally:
        os.close(handle)


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Wait for a lock file, made where there is none, and hold it; LogError when it cannot be made."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LogError(f"cannot write into {path.parent}: {(error.strerror or str(error)).lower()}") from error
    try:
        lock(handle, wait=True)
        yield
    finally:
        os.close(handle)
