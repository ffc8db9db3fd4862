"""Starts that fail: three in a row bring the former firmware back, and where there is none, safe mode.

They are counted on the flash, since nothing else outlives a reset. A start is on trial until the sock has run for half
a minute; the next one, when the board was not switched off meanwhile, or meant to restart, knows that it failed.
"""

import sys

from . import update

TRIES = 3
_WATCHDOG_MS = 8000
CRASH = "/crash.txt"


def begin() -> bool:
    """A start begins. True: in safe mode. SystemExit: the former firmware is to be moved into place first."""
    import board

    cause = board.reset_cause()
    failed = _failed()
    if failed < 0:
        if cause == "deep sleep":  # many a day, each of them a look for pressure: the flash is spared
            board.wdt(_WATCHDOG_MS)
            return False
        failed = 0
    elif cause in ("watchdog", "reset"):
        failed += 1
    elif cause == "power-on" and failed >= TRIES:
        failed = TRIES - 1  # somebody wants it tried once more
    _note(failed)
    if failed:
        sys.stdout.write(f"{failed} of {TRIES} starts failed\n")
    if failed < TRIES:
        board.wdt(_WATCHDOG_MS)  # from now on: what follows may hang
        return False
    back = update.fall_back()
    what = "the former firmware comes back" if back else "safe mode"
    sys.stdout.write(what + "\n")
    if cause != "power-on":
        _tell(f"{TRIES} starts failed, the last by {cause}: {what}")
    if back:
        raise SystemExit
    return True


def failed(error: Exception) -> None:
    """A start came to nothing: keep why, and start anew. When safe mode fails too, only the prompt is left."""
    sys.print_exception(error)
    try:
        with open(CRASH, "w") as file:
            file.write("start: ")
            sys.print_exception(error, file)
    except OSError:
        pass
    if _failed() >= TRIES:
        return
    try:
        import board

        board.reset()
    except Exception:  # not even that: no reset cause will tell
        _note(_failed() + 1)
        raise SystemExit from None


def _tell(text: str) -> None:
    """Behind what is known of the last crash."""
    try:
        with open(CRASH, "a") as file:
            file.write(text + "\n")
    except OSError:
        pass


def _failed() -> int:
    """How many starts in a row have failed, as far as is known; -1 when none is on trial."""
    try:
        with open(update.TRYING) as file:
            return int(file.read() or 0)
    except (OSError, ValueError):
        return -1


def _note(count: int) -> None:
    try:
        with open(update.TRYING, "w") as file:
            file.write(str(count))
    except OSError:
        pass  # a flash that refuses must not keep the sock from starting
