"""Virtual boards kept between runs, so that the second run of a virtual sock need not flash it again.

Each slot is the folder of one board under the cache folder. Whoever uses it holds a lock on it, which the system lets
go of when the process ends, however it ends; so two demos at once take two boards. A board is one sock for good: what
it was set up with (side, prescription, sensors) stays, so scenarios of the same set-up are the same sock, worn again,
and others are other socks. A board that was told something stays the one of its scenario, with all that it was told.
"""

import binascii
import contextlib
import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from gradsock import jsontext
from gradsock.errors import SimError
from gradsock.lock import lock
from gradsock.places import cache_folder
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.volume import Volume

MAX_SLOTS = 16
LOCK, STAMP, KEPT, SETUP = "lock", "flashed.json", "kept.json", "setup.json"
BOARD, TRUTH = "board", "conversions.bin"
FLASH, JOURNAL, SETTINGS, IDENTITY = "flash.img", "/journal", "/settings.json", "/identity.json"


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
        return _word(self.folder / STAMP, "flashed")

    @property
    def setup(self) -> str | None:
        """What makes it the sock that it is; None for a fresh board."""
        return _word(self.folder / SETUP, "setup")

    @property
    def scenario(self) -> str | None:
        """The scenario whose sock it stays, with what that was told; None: anybody's."""
        return _word(self.folder / KEPT, "scenario")

    def keep_for(self, scenario: str) -> None:
        """From now on it is the sock of that scenario alone."""
        self._put(KEPT, {"scenario": scenario})

    def set_stamp(self, stamp: str) -> None:
        """Note what the board is now flashed with; only after the flashing is done and checked."""
        self._put(STAMP, {"flashed": stamp})

    def set_up(self, setup: str) -> None:
        """Note what it is going to be: as long as it is not wiped it is that sock."""
        self._put(SETUP, {"setup": setup})

    def _put(self, name: str, content: dict[str, str]) -> None:
        fresh = self.folder / f"{name}.new"
        fresh.write_text(json.dumps(content))
        fresh.replace(self.folder / name)

    def clear_stamp(self) -> None:
        """Forget what it was flashed with: it is about to change."""
        (self.folder / STAMP).unlink(missing_ok=True)

    def wipe(self) -> None:
        """Make it a fresh board, and anybody's."""
        self.clear_stamp()
        for file in (KEPT, SETUP):
            (self.folder / file).unlink(missing_ok=True)
        shutil.rmtree(self.board_folder, ignore_errors=True)

    def forget_truth(self) -> None:
        """Drop what earlier runs of the board wrote down of their conversions, which would grow without end."""
        (self.board_folder / TRUTH).unlink(missing_ok=True)

    def forget_journal(self) -> None:
        """Empty the journal of the board, which is off: no virtual sock has anything to tell of earlier ones."""
        with contextlib.suppress(OSError), self._files() as volume:  # there is none, or the board will be made anew
            kept, _ = volume.call("fs.list", [JOURNAL], b"")
            for name, *_ in cast("list[tuple[str, int, int]]", kept):
                volume.call("fs.remove", [f"{JOURNAL}/{name}"], b"")

    def name(self) -> str:
        """Under which its sock, whose board is off, will show; empty when that cannot be told."""
        try:
            with self._files() as volume:
                given = jsontext.loads(_content(volume, SETTINGS)).get("name")
                return str(given or _first_name(str(jsontext.loads(_content(volume, IDENTITY))["serial"])))
        except (OSError, ValueError, LookupError, AttributeError):
            return ""

    @contextlib.contextmanager
    def _files(self) -> Iterator[Volume]:
        """The board's files; OSError when there is no flash yet."""
        flash = self.board_folder / FLASH
        image = FlashImage(flash, flash.stat().st_size)
        try:
            yield Volume(image)
        finally:
            image.close()

    def release(self) -> None:
        """Let another process have it."""
        self._lock.close()


def take_slot(stamp: str, scenario: str, setup: str = "") -> Slot:
    """A board nobody uses: the one that is kept for the scenario, else one of that set-up (first such as are flashed
    with ``stamp``), else a new one; where there is no room for that, one of another set-up, or kept for another
    scenario, is wiped. Held from now on.

    Raises SimError when the cache folder cannot be written or too many virtual socks run already.
    """
    home = cache_folder() / "boards"
    try:
        home.mkdir(parents=True, exist_ok=True)
        numbers = [number for number in range(1, MAX_SLOTS + 1) if (home / str(number)).is_dir()]
        kept_for = {number: _word(home / str(number) / KEPT, "scenario") for number in numbers}
        own = [number for number in numbers if kept_for[number] == scenario]
        free = [number for number in numbers if kept_for[number] is None]
        same = [number for number in free if _word(home / str(number) / SETUP, "setup") == setup]
        flashed = [number for number in same if _word(home / str(number) / STAMP, "flashed") == stamp]
        fresh = [number for number in free if not (home / str(number) / BOARD).is_dir()]
        new = [number for number in range(1, MAX_SLOTS + 1) if number not in numbers]
        for number in dict.fromkeys(itertools.chain(own, flashed, same, fresh, new, free, numbers)):
            slot = _try(number, home / str(number))
            if slot is not None:
                if slot.scenario != scenario and (slot.scenario is not None or slot.setup != setup):
                    slot.wipe()
                    slot.set_up(setup)
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
    file = (folder / LOCK).open("ab")
    if not lock(file.fileno()):
        file.close()
        return None
    return Slot(number, folder, file)


def _word(file: Path, key: str) -> str | None:
    try:
        return str(jsontext.loads(file.read_text())[key])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _content(volume: Volume, path: str) -> bytes:
    number, _ = volume.call("fs.open", [path, "rb"], b"")
    return volume.call("fs.read", [number, 1 << 16], b"")[1]


def _first_name(serial: str) -> str:
    """The name of a sock that was given none, as its firmware makes it."""
    return f"sock-{binascii.crc32(serial.encode()) & 0xFFFF:04x}"
