"""`os` as boards have it."""

# ruff: noqa: F401  (what boards offer under this name)

from collections import namedtuple

import _port
from _vfs import VfsLfs2
from uos import chdir, getcwd, ilistdir, listdir, mkdir, mount, remove, rename, rmdir, stat, statvfs, umount, unlink

sep = "/"
_uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    import sys

    version = sys.version.split("MicroPython ")[-1]
    return _uname(
        "sim", "sim", ".".join([str(n) for n in sys.implementation[1][:3]]), version, "gradsock virtual board"
    )


def urandom(n: int) -> bytes:
    return _port.call("random", [n])[1]


def sync() -> None:
    pass
