"""The file system on a virtual board's flash, as blocking calls from its interpreter ("fs.").

Real littlefs with the settings that MicroPython uses on ESP32; errors are `OSError` with littlefs's numbers,
which are the ones a board raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradsock.sim.flash_image import BLOCK_BYTES, FlashImage
from littlefs import LFSConfig, LFSFile, LFSFileFlag, LFSFilesystem, LFSStat, LittleFSError, lfs

# MicroPython 1.29, extmod/vfs_lfsx.c: defaults of VfsLfs2
_READ_BYTES = 32
_PROGRAM_BYTES = 32
_CACHE_BYTES = 4 * _PROGRAM_BYTES
_LOOKAHEAD_BYTES = 32
_BLOCK_CYCLES = 100

_FOLDER_MODE = 0x4000
_FILE_MODE = 0x8000
_ENOENT, _EBADF, _EINVAL = 2, 9, 22
_SEEK_SET, _SEEK_CUR = 0, 1
_LINE_BYTES = 128

_READ, _WRITE, _CREATE, _EXCLUSIVE, _TRUNCATE, _APPEND = 1, 2, 0x100, 0x200, 0x400, 0x800  # lfs_open_flags
_MODES = {
    "r": _READ,
    "w": _CREATE | _TRUNCATE | _WRITE,
    "x": _CREATE | _EXCLUSIVE | _WRITE,
    "a": _CREATE | _APPEND | _WRITE,
}

BOOT_PY = b"# This file is executed on every boot (including wake-boot from deepsleep)\n"


def _flags(mode: str) -> LFSFileFlag:
    """How littlefs opens a file, from Python's mode; as MicroPython's extmod/vfs_lfsx_file.c."""
    flags = next((_MODES[letter] for letter in mode if letter in _MODES), _READ)
    return LFSFileFlag(flags | _READ | _WRITE if "+" in mode else flags)


class Volume:
    """One mounted littlefs; a new boot takes a new one, as a board does."""

    def __init__(self, image: FlashImage) -> None:
        self._image = image
        self._config = LFSConfig(
            context=image,
            block_size=BLOCK_BYTES,
            block_count=image.block_count,
            read_size=_READ_BYTES,
            prog_size=_PROGRAM_BYTES,
            cache_size=_CACHE_BYTES,
            lookahead_size=_LOOKAHEAD_BYTES,
            block_cycles=_BLOCK_CYCLES,
        )
        self._fs = LFSFilesystem()
        self._files: dict[int, LFSFile] = {}
        self._next = 1
        self.formatted = False
        try:
            lfs.mount(self._fs, self._config)
        except LittleFSError:
            self._format()

    def _format(self) -> None:
        lfs.format(self._fs, self._config)
        lfs.mount(self._fs, self._config)
        self.formatted = True
        boot = lfs.file_open(self._fs, "/boot.py", "wb")
        lfs.file_write(self._fs, boot, BOOT_PY)
        lfs.file_close(self._fs, boot)

    def close_files(self) -> None:
        """What a soft reset does: MicroPython's finalisers close what was left open."""
        for number in list(self._files):
            self._close(number)

    def call(self, name: str, args: list[Any], data: bytes) -> tuple[object, bytes]:
        """Serves one blocking call. Raises OSError with the errno that a board would raise."""
        serve: Callable[..., object] | None = getattr(self, "_" + name.removeprefix("fs."), None)
        if serve is None:
            raise OSError(_EINVAL, name)
        try:
            if name == "fs.read":
                return None, self._read(*args)
            if name == "fs.readline":
                return None, self._readline(*args)
            return (self._write(args[0], data) if name == "fs.write" else serve(*args)), b""
        except LittleFSError as error:
            raise OSError(-error.code, error.name) from None

    def _file(self, number: int) -> LFSFile:
        try:
            return self._files[number]
        except KeyError:
            raise OSError(_EBADF, "closed") from None

    def _open(self, path: str, mode: str) -> int:
        handle = lfs.file_open(self._fs, path, _flags(mode))
        number, self._next = self._next, self._next + 1
        self._files[number] = handle
        return number

    def _close(self, number: int) -> None:
        lfs.file_close(self._fs, self._file(number))
        del self._files[number]

    def _sync(self, number: int) -> None:
        lfs.file_sync(self._fs, self._file(number))

    def _read(self, number: int, size: int) -> bytes:
        handle = self._file(number)
        if size < 0:
            size = max(0, lfs.file_size(self._fs, handle) - lfs.file_tell(self._fs, handle))
        return lfs.file_read(self._fs, handle, size)

    def _readline(self, number: int, limit: int) -> bytes:
        start = self._seek(number, 0, _SEEK_CUR)
        line = b""
        while b"\n" not in line and (limit < 0 or len(line) < limit) and (more := self._read(number, _LINE_BYTES)):
            line += more
        line = line[: line.find(b"\n") + 1 or None]
        line = line if limit < 0 else line[:limit]
        self._seek(number, start + len(line), _SEEK_SET)
        return line

    def _write(self, number: int, data: bytes) -> int:
        return lfs.file_write(self._fs, self._file(number), data)

    def _seek(self, number: int, offset: int, whence: int) -> int:
        return lfs.file_seek(self._fs, self._file(number), offset, whence)

    def _stat_of(self, path: str) -> LFSStat:
        return lfs.stat(self._fs, path)

    def _stat(self, path: str) -> list[int]:
        if path.strip("/") == "":
            return [_FOLDER_MODE, 0]
        found = self._stat_of(path)
        return [_FOLDER_MODE, 0] if found.type == LFSStat.TYPE_DIR else [_FILE_MODE, found.size]

    def _list(self, path: str) -> list[tuple[str, int, int]]:
        folder = lfs.dir_open(self._fs, path or "/")
        try:
            entries = []
            while (entry := lfs.dir_read(self._fs, folder)) is not None:
                if entry.name in (".", ".."):
                    continue
                is_folder = entry.type == LFSStat.TYPE_DIR
                entries.append((entry.name, _FOLDER_MODE if is_folder else _FILE_MODE, 0 if is_folder else entry.size))
            return entries
        finally:
            lfs.dir_close(self._fs, folder)

    def _folder(self, path: str) -> str:
        """The path of an existing folder without `.` and `..`."""
        parts: list[str] = []
        for part in path.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        clean = "/" + "/".join(parts)
        if self._stat(clean)[0] != _FOLDER_MODE:
            raise OSError(_ENOENT, path)
        return clean

    def _remove(self, path: str) -> None:
        lfs.remove(self._fs, path)

    _rmdir = _remove

    def _mkdir(self, path: str) -> None:
        lfs.mkdir(self._fs, path.rstrip("/"))

    def _rename(self, old: str, new: str) -> None:
        lfs.rename(self._fs, old, new)

    def _statvfs(self) -> list[int]:
        free = self._image.block_count - lfs.fs_size(self._fs)
        name_max = lfs.fs_stat(self._fs).name_max
        return [BLOCK_BYTES, BLOCK_BYTES, self._image.block_count, free, free, 0, 0, 0, 0, name_max]
