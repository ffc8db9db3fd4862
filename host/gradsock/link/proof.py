"""Who answers: a name and a serial anybody can say, but only who holds the bond's key can keep the link encrypted.

This machine notes the serials of socks that it has paired with. Such a sock is believed again only over a link that its
bond protects, or after its owner said over the cable that it lets everybody in.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from gradsock import jsontext
from gradsock.errors import WrongSock
from gradsock.link import known
from gradsock.places import make_private, state_folder

WRONG_PASSKEY, NOT_NOW = "AuthenticationFailed", "the peer shows no passkey now"
"""What a failed pairing says of its cause: the first is BlueZ's word, too."""


def protected(client: Any, device: Any) -> bool | None:
    """Whether the bond protects this connection, as far as the system's Bluetooth tells; None where it keeps silent.

    client, device: bleak's. Our own stack tells of the link; BlueZ of the device, the link to which it then encrypts.
    """
    told = getattr(getattr(client, "_backend", None), "is_protected", None)
    if isinstance(told, bool):
        return told
    details = getattr(device, "details", None)
    properties = details.get("props") if isinstance(details, dict) else None
    return bool(properties["Paired"]) if isinstance(properties, dict) and "Paired" in properties else None


def stranger(client: Any) -> str:
    """Why no sock can know this program, to be said to a person; empty where nothing is in the way.

    The bonds of the system's Bluetooth are the system's; our own stack has them in a folder, and one program at a time.
    """
    return str(getattr(getattr(client, "_backend", None), "stranger", ""))


def check(name: str, serial: str, protection: str, proven: bool | None) -> None:
    """WrongSock when what answers cannot be the sock that it says it is; a sock that proves itself is noted.

    protection: as it says itself. proven: see `protected`.
    """
    if proven or (proven is None and protection == "bonded"):
        if protection == "bonded":
            _note(serial, True)
    elif serial in _paired():
        raise WrongSock(
            f"{name} says that it is {serial}, which this machine has paired with, but cannot prove it: nothing is"
            f" taken from it. If it is yours, pair anew (gradsock pair ble:{name}), or say over its cable that it lets"
            " everybody in (gradsock flash --allow-unprotected)"
        )
    elif protection == "bonded":
        raise WrongSock(f"{name} says that it is guarded, but tells everybody everything: nothing is taken from it")


def has_paired(name: str) -> bool:
    """Whether this machine has paired with a sock of that name before."""
    return any(known_name == name for serial, known_name in known.names().items() if serial in _paired())


def lets_everybody_in(serial: str) -> None:
    """Said over the cable: from now on it proves nothing any more."""
    _note(serial, False)


def _note(serial: str, paired: bool) -> None:
    known = _paired()
    if (serial in known) == paired:
        return
    file = _file()
    with contextlib.suppress(OSError):
        make_private(file.parent)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(sorted(known | {serial} if paired else known - {serial})))
        fresh.replace(file)


def _paired() -> set[str]:
    try:
        told = jsontext.loads(_file().read_text())
    except (OSError, ValueError):
        return set()
    return {str(serial) for serial in told} if isinstance(told, list) else set()


def _file() -> Path:
    return state_folder() / "paired.json"
