"""`os` as boards have it."""

from collections import namedtuple
from uos import chdir, getcwd, ilistdir, listdir, mkdir, mount, remove, rename, rmdir, stat, statvfs, umount, unlink
import _port
from _vfs import VfsLfs2

sep = "/"
_uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    import sys

    version = sys.version.split("MicroPython ")[-1]
    return _uname("sim", "sim", "%d.%d.%d" % sys.implementation[1][:3], version, "gradsock virtual board")


def urandom(n: int) -> bytes:
    return _port.call("random", [n])[1]


def sync() -> None:
    pass
