"""The socks this machine has met: serial and the name under which each advertises itself.

A name can be changed and addresses are not stable (on macOS they are no addresses at all); the serial stays.
"""

import contextlib
import json
import os
from pathlib import Path

from gradsock import jsontext
from gradsock.places import make_private, state_folder


def name_of(serial: str) -> str | None:
    """The name of a sock met before, by its serial; None for a serial never met."""
    return _load().get(serial)


def names() -> dict[str, str]:
    """Serial to name of every sock met before."""
    return _load()


def remember(serial: str, name: str) -> None:
    """Note a sock; forgotten silently where nothing can be written, since it is a convenience only."""
    socks = _load()
    if socks.get(serial) == name or not name:
        return
    socks[serial] = name
    file = _file()
    with contextlib.suppress(OSError):
        make_private(file.parent)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(socks, indent=1, sort_keys=True))
        fresh.replace(file)


def _load() -> dict[str, str]:
    try:
        socks = jsontext.loads(_file().read_text())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in socks.items()} if isinstance(socks, dict) else {}


def _file() -> Path:
    return state_folder() / "socks.json"
