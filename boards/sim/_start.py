"""What runs first: puts the board's own modules in place of the interpreter's, mounts the flash, answers to JavaScript."""

import gc
import io
import sys
from uctypes import addressof  # noqa: F401  (kept loaded: buffers go to JavaScript by address)

import micropython
import vfs
import _sim
import time  # noqa: F401
import os  # noqa: F401
import _port
import _vfs
import asyncio  # noqa: F401
import _loop
import machine  # noqa: F401
import __main__

try:
    import bluetooth  # noqa: F401
except ImportError:
    pass

ENDED, HANDED, EXIT = 0, 1, 2
_OWN = ("_start.py", "_loop.py")  # frames that a board would not show


def _trace(error) -> str:
    """The traceback as a board prints it."""
    text = io.StringIO()
    sys.print_exception(error, text)
    lines = text.getvalue().split("\n")
    return "\n".join([line for line in lines if not any(name in line for name in _OWN)])


def _file(path: str) -> int:
    """boot.py or main.py, when there is one."""
    try:
        os.stat(path)
    except OSError:
        return ENDED
    _loop.hand_over = True
    try:
        execfile(path, __main__.__dict__)  # noqa: F821
    except _loop.HandedOver:
        pass
    except SystemExit:
        return EXIT
    except BaseException as error:
        print(_trace(error), end="")
    finally:
        _loop.hand_over = False
    return HANDED if _loop.handed_over() else ENDED


def job(kind: str, name: str, source: str) -> int:
    if kind == "file":
        return _file(name)
    try:
        exec(compile(source, "<stdin>", "exec"), __main__.__dict__)
    except SystemExit:
        return EXIT
    except BaseException as error:
        _sim.error(_trace(error))
    return ENDED


def stop() -> int:
    """Ctrl-C while a handed-over loop waits."""
    _loop.end()
    print("Traceback (most recent call last):\nKeyboardInterrupt: ")
    return ENDED


def heap(measure: int) -> int:
    """First call with 0: garbage goes when control is back in JavaScript. Then with 1: bytes in use."""
    if measure:
        return gc.mem_alloc()
    gc.collect()
    return 0


_loop.install()
vfs.umount("/")
vfs.mount(_vfs.VfsLfs2(), "/")
sys.path.pop(0)
_sim.hook(micropython.schedule, _port.dispatch, job, _loop.turn, stop, heap)
