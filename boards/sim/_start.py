"""What runs first: puts the board's own modules in place of the interpreter's, mounts the flash, answers JavaScript."""

import gc
import os
import sys

import _loop
import _port
import _sim
import _vfs
import micropython
import vfs
from _trace import trace

import __main__

for _name in ("time", "asyncio", "machine", "bluetooth"):
    try:
        __import__(_name)  # now, while the built-in modules can be reached
    except ImportError:
        pass

_CTRL_C = 3
ENDED, HANDED_OVER, EXIT, FAILED = 0, 1, 2, 3  # the same numbers stand in worker.mjs


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
        print(trace(error), end="")
        return FAILED
    finally:
        _loop.hand_over = False
    return HANDED_OVER if _loop.handed_over() else ENDED


def job(kind: str, name: str, source: str) -> int:
    """Runs a file, or source from the raw REPL; says how that ended."""
    micropython.kbd_intr(_CTRL_C)
    if kind == "file":
        return _file(name)
    try:
        exec(compile(source, "<stdin>", "exec"), __main__.__dict__)
    except SystemExit:
        return EXIT
    except BaseException as error:
        _sim.error(trace(error))
        return FAILED
    return ENDED


def stop() -> int:
    """Ctrl-C while no Python code was there to catch it."""
    _loop.end()
    print("Traceback (most recent call last):\nKeyboardInterrupt: ")
    return FAILED


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
