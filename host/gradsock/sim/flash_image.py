"""The flash chip of a virtual board: a file that is written through, so that it survives a `kill -9`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gradsock.errors import SimError
from littlefs import LFSConfig, UserContext

BLOCK_BYTES = 4096  # the erase unit of the flash chips on ESP32 boards
STOCK_BYTES = 2 << 20  # the file system of a stock 4 MB ESP32

# How long the chip of a 4 MB ESP32 board (W25Q32 and its like, 80 MHz, two wires) keeps the processor waiting.
_READ_US = 5  # command and address
_READ_BYTES_PER_US = 20
_PROGRAM_PAGE_US = 700  # of 256 bytes, typical
_PAGE_BYTES = 256
_ERASE_US = 45_000  # of 4 KiB, typical

_ERASED = 0xFF
_IO_ERROR = -5  # LFS_ERR_IO


@dataclass
class FlashCounts:
    """How often the chip was asked for what, and the erases of its most worn block."""

    reads: int = 0
    programs: int = 0
    erases: int = 0
    worst_block_erases: int = 0


class FlashImage(UserContext):
    """Block device of littlefs on an image file.

    Programs clear bits and never set them, as NOR flash does. Power may be cut at any operation: `cut_after = n` lets
    n more programs or erases through and tears the next one in the middle; then `on_cut` is called and all is dead.
    """

    def __init__(self, path: Path, size: int = STOCK_BYTES, on_cut: Callable[[], None] | None = None) -> None:
        if size % BLOCK_BYTES:
            raise ValueError(f"the size of a flash is a multiple of {BLOCK_BYTES} bytes")
        fresh = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise SimError(f"{path} belongs to a virtual board that runs: stop it, or take another folder") from None
        if fresh:
            os.pwrite(self._file, bytes([_ERASED]) * size, 0)
        super().__init__(buffer=bytearray(os.pread(self._file, os.fstat(self._file).st_size, 0)))
        self.counts = FlashCounts()
        self.block_count = len(self.buffer) // BLOCK_BYTES
        self._erases = [0] * self.block_count
        self.cut_after: int | None = None
        self.dead = False
        self._on_cut = on_cut
        self._busy_us = 0

    def take_busy_us(self) -> int:
        """How long a real chip would have been busy since this was last asked, in microseconds."""
        busy_us, self._busy_us = self._busy_us, 0
        return busy_us

    def close(self) -> None:
        """Lets go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def read(self, _cfg: LFSConfig, block: int, off: int, size: int) -> bytearray:
        """The bytes at an offset of a block."""
        self.counts.reads += 1
        self._busy_us += _READ_US + size // _READ_BYTES_PER_US
        start = block * BLOCK_BYTES + off
        return self.buffer[start : start + size]

    def prog(self, _cfg: LFSConfig, block: int, off: int, data: bytes) -> int:
        """Clears the bits that are clear in `data`; 0, or an error of littlefs."""
        if self.dead:
            return _IO_ERROR
        start = block * BLOCK_BYTES + off
        old = self.buffer[start : start + len(data)]
        new = bytes(a & b for a, b in zip(old, data, strict=True)) if old.count(_ERASED) < len(old) else bytes(data)
        if self._cut():
            self._store(start, new[: len(new) // 2])
            return self._die()
        self._store(start, new)
        self.counts.programs += 1
        self._busy_us += _PROGRAM_PAGE_US * -(-len(data) // _PAGE_BYTES)
        return 0

    def erase(self, _cfg: LFSConfig, block: int) -> int:
        """Sets all bits of a block; 0, or an error of littlefs."""
        if self.dead:
            return _IO_ERROR
        start = block * BLOCK_BYTES
        if self._cut():
            self._store(start, bytes([_ERASED]) * (BLOCK_BYTES // 2))
            return self._die()
        self._store(start, bytes([_ERASED]) * BLOCK_BYTES)
        self._busy_us += _ERASE_US
        self._erases[block] += 1
        self.counts.erases += 1
        self.counts.worst_block_erases = max(self.counts.worst_block_erases, self._erases[block])
        return 0

    def sync(self, _cfg: LFSConfig) -> int:
        """Nothing is held back; 0, or an error of littlefs."""
        return _IO_ERROR if self.dead else 0

    def _store(self, start: int, data: bytes) -> None:
        self.buffer[start : start + len(data)] = data
        os.pwrite(self._file, data, start)

    def _cut(self) -> bool:
        if self.cut_after is None:
            return False
        self.cut_after -= 1
        return self.cut_after < 0

    def _die(self) -> int:
        self.dead = True
        if self._on_cut:
            self._on_cut()
        return _IO_ERROR
