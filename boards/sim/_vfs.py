"""The board's flash: littlefs lives in the board process, this is its face inside the interpreter."""

import io

import _port
import _sim
from uctypes import addressof

_read, _write = _sim.fs_read, _sim.fs_write

_FLUSH = 1  # requests of MicroPython's stream protocol, py/stream.h
_SEEK = 2
_CLOSE = 4
_BUFFER_SIZE = 11
_EINVAL = 22
_EBADF = 9


class _File(io.IOBase):
    """A file opened in binary mode. json, imports and the like use its stream protocol (readinto, write, ioctl)."""

    def __init__(self, number: int):
        self._number = number

    def __repr__(self):
        return "<io.FileIO>"

    def _checked(self, n: int) -> int:
        if n < 0:
            raise OSError(-n)
        return n

    def readinto(self, buffer) -> int:
        if self._number < 0:
            raise OSError(_EBADF)
        return self._checked(_read(self._number, addressof(buffer), len(buffer))) if len(buffer) else 0

    def write(self, data) -> int:
        if self._number < 0:
            raise OSError(_EBADF)
        if isinstance(data, str):
            data = data.encode()
        return self._checked(_write(self._number, addressof(data), len(data))) if len(data) else 0

    def ioctl(self, request: int, argument: int) -> int:
        if request == _CLOSE:
            if self._number >= 0:
                number, self._number = self._number, -1
                _port.call("fs.close", [number])
            return 0
        if self._number < 0:
            return -_EBADF
        if request == _FLUSH:
            _port.call("fs.sync", [self._number])
            return 0
        if request == _BUFFER_SIZE:
            return 128
        return -_EINVAL

    def seek(self, offset: int, whence: int = 0) -> int:
        return _port.call("fs.seek", [self._number, offset, whence])[0]

    def tell(self) -> int:
        return self.seek(0, 1)

    def close(self) -> None:
        self.ioctl(_CLOSE, 0)

    def flush(self) -> None:
        self.ioctl(_FLUSH, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()

    def read(self, n: int = -1):
        return _port.call("fs.read", [self._number, -1 if n is None else n])[1]

    def readline(self, n: int = -1):
        return _port.call("fs.readline", [self._number, n])[1]

    def readlines(self):
        return list(self)

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line


class _TextFile(_File):
    """The same, giving str."""

    def __repr__(self):
        return "<io.TextIOWrapper>"

    def read(self, n: int = -1) -> str:
        if n is None or n < 0:
            return _File.read(self).decode()
        data = _File.read(self, n)
        while True:  # n counts characters
            missing = n - len(data.decode()) if _whole(data) else 1
            more = _File.read(self, missing) if missing else b""
            if not more:
                return data.decode()
            data += more

    def readline(self, n: int = -1) -> str:
        return _File.readline(self, n).decode()


def _whole(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeError:
        return False
    return True


class VfsLfs2:
    """What is mounted at `/`."""

    def __init__(self):
        self._folder = "/"

    def __repr__(self):
        return "<VfsLfs2>"

    def _path(self, path: str) -> str:
        return path if path.startswith("/") else self._folder + path

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def open(self, path: str, mode: str):
        number = _port.call("fs.open", [self._path(path), mode])[0]
        return _File(number) if "b" in mode else _TextFile(number)

    def ilistdir(self, path: str = ""):
        as_bytes = isinstance(path, bytes)
        if as_bytes:
            path = path.decode()
        for name, kind, size in _port.call("fs.list", [self._path(path)])[0]:
            yield name.encode() if as_bytes else name, kind, 0, size

    def stat(self, path: str):
        kind, size = _port.call("fs.stat", [self._path(path)])[0]
        return kind, 0, 0, 0, 0, 0, size, 0, 0, 0

    def statvfs(self, path: str):
        return tuple(_port.call("fs.statvfs", [])[0])

    def remove(self, path: str):
        _port.call("fs.remove", [self._path(path)])

    def rmdir(self, path: str):
        _port.call("fs.rmdir", [self._path(path)])

    def mkdir(self, path: str):
        _port.call("fs.mkdir", [self._path(path)])

    def rename(self, old: str, new: str):
        _port.call("fs.rename", [self._path(old), self._path(new)])

    def chdir(self, path: str):
        folder = _port.call("fs.folder", [self._path(path)])[0]
        self._folder = folder if folder.endswith("/") else folder + "/"

    def getcwd(self) -> str:
        return self._folder[:-1] or "/"
