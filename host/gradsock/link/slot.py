"""Virtual boards kept between runs, so that the second run of a virtual sock need not flash it again.

Each slot is the folder of one board under the cache folder. Whoever uses it holds a lock on it, which the system lets
go of when the process ends, however it ends; so two demos at once take two boards.
"""

import itertools
import json
import os
import shutil
from pathlib import Path
from typing import IO, cast

from gradsock.errors import SimError
from gradsock.places import cache_folder
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.volume import Volume

MAX_SLOTS = 16
LOCK, STAMP, BOARD, TRUTH = "lock", "flashed.json", "board", "conversions.bin"
FLASH, JOURNAL = "flash.img", "/journal"


class Slot:
    """One board's folder, held by this process until :meth:`release`."""

    def __init__(self, number: int, folder: Path, lock: IO[bytes]) -> None:
        self.number = number
        self.folder = folder
        self._lock = lock

    @property
    def board_folder(self) -> Path:
        """What belongs to the board itself: its flash, its unique id, its truth."""
        return self.folder / BOARD

    @property
    def stamp(self) -> str | None:
        """What the board was flashed with; None for a board that was not, or not to the end."""
        return _stamp(self.folder)

    def set_stamp(self, stamp: str) -> None:
        """Note what the board is now flashed with; only after the flashing is done and checked."""
        fresh = self.folder / f"{STAMP}.new"
        fresh.write_text(json.dumps({"flashed": stamp}))
        fresh.replace(self.folder / STAMP)

    def clear_stamp(self) -> None:
        """Forget what it was flashed with: it is about to change."""
        (self.folder / STAMP).unlink(missing_ok=True)

    def wipe(self) -> None:
        """Make it a fresh board."""
        self.clear_stamp()
        shutil.rmtree(self.board_folder, ignore_errors=True)

    def forget_truth(self) -> None:
        """Drop what earlier runs of the board wrote down of their conversions, which would grow without end."""
        (self.board_folder / TRUTH).unlink(missing_ok=True)

    def forget_journal(self) -> None:
        """Empty the journal of the board, which is off: no virtual sock has anything to tell of earlier ones."""
        flash = self.board_folder / FLASH
        if not flash.is_file():
            return
        image = FlashImage(flash)
        try:
            volume = Volume(image)
            kept, _ = volume.call("fs.list", [JOURNAL], b"")
            for name, *_ in cast("list[tuple[str, int, int]]", kept):
                volume.call("fs.remove", [f"{JOURNAL}/{name}"], b"")
        except OSError:
            return  # there is none, or the board will be made anew
        finally:
            image.close()

    def release(self) -> None:
        """Let another process have it."""
        self._lock.close()


def take_slot(stamp: str) -> Slot:
    """A board nobody uses: one flashed with ``stamp`` where there is one, else any, else a new one; held from now on.

    Raises SimError when the cache folder cannot be written or too many virtual socks run already.
    """
    home = cache_folder() / "boards"
    try:
        home.mkdir(parents=True, exist_ok=True)
        numbers = [number for number in range(1, MAX_SLOTS + 1) if (home / str(number)).is_dir()]
        flashed = [number for number in numbers if _stamp(home / str(number)) == stamp]
        for number in dict.fromkeys(itertools.chain(flashed, numbers, range(1, MAX_SLOTS + 1))):
            slot = _try(number, home / str(number))
            if slot is not None:
                return slot
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SimError(
            f"cannot keep a virtual board in {home}: {reason}; set GRADSOCK_HOME to another folder"
        ) from error
    raise SimError(f"{MAX_SLOTS} virtual socks run already: end one")


def _try(number: int, folder: Path) -> Slot | None:
    """Lock one slot, or None while somebody else has it."""
    folder.mkdir(exist_ok=True)
    lock = (folder / LOCK).open("ab")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return Slot(number, folder, lock)


def _stamp(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / STAMP).read_text())["flashed"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
