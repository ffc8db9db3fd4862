"""The socks this machine has met: serial and the name under which each advertises itself.

A name can be changed and addresses are not stable (on macOS they are no addresses at all); the serial stays. What a
sock was called before is noted too, so that whoever looks for it under that is told.
"""

import contextlib
import json
import os

from gradsock import jsontext
from gradsock.places import make_private, state_folder

_SOCKS, _FORMER = "socks.json", "former-names.json"
"""Serial to name; former name to serial."""


def name_of(serial: str) -> str | None:
    """The name of a sock met before, by its serial; None for a serial never met."""
    return _load(_SOCKS).get(serial)


def names() -> dict[str, str]:
    """Serial to name of every sock met before."""
    return _load(_SOCKS)


def remember(serial: str, name: str) -> None:
    """Note a sock; forgotten silently where nothing can be written, since it is a convenience only."""
    socks = _load(_SOCKS)
    before = socks.get(serial)
    if before == name or not name:
        return
    if before:
        _save(_FORMER, _load(_FORMER) | {before.casefold(): serial})
    _save(_SOCKS, socks | {serial: name})


def renamed(name: str) -> str | None:
    """What a sock is called now that had this name when it was met; None when there is no such, or it has it again."""
    now = _load(_SOCKS).get(_load(_FORMER).get(name.casefold(), ""))
    return None if now is None or now.casefold() == name.casefold() else now


def _save(file: str, content: dict[str, str]) -> None:
    path = state_folder() / file
    with contextlib.suppress(OSError):
        make_private(path.parent)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(content, indent=1, sort_keys=True))
        fresh.replace(path)


def _load(file: str) -> dict[str, str]:
    try:
        content = jsontext.loads((state_folder() / file).read_text())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in content.items()} if isinstance(content, dict) else {}
