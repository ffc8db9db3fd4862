"""Who this machine is on a radio of its own: an address and a key, and the bonds that socks know it by.

They lie in a folder that only the user can read. One process at a time has them; another one meanwhile is a stranger
with a random address, since two on one air must not have the same.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from bumble.hci import Address
from bumble.keys import JsonKeyStore, KeyStore, MemoryKeyStore

from gradsock import jsontext
from gradsock.lock import lock
from gradsock.places import state_folder

KEY_BYTES = 16


@dataclass(frozen=True)
class Identity:
    """An address of the random static kind, the key that resolves it, and the bonds."""

    address: Address
    irk: bytes
    bonds: KeyStore
    stranger: str = ""
    """Why no sock knows this program, when it is not who this machine was before; to be said to a person."""


_held: dict[Path, int] = {}  # by folder: the open lock file, for as long as this process lives


def identity() -> Identity:
    """The one that lasts, if nobody has it at the moment and it can be kept; else one for this process."""
    folder = state_folder() / "bluetooth"
    try:
        if folder not in _held and _lock(folder):
            address, irk = _kept(folder / "identity.json")
            return Identity(address, irk, JsonKeyStore("gradsock", str(folder / "bonds.json")))
        stranger = "another gradsock that runs here has this machine's bonds; end that one first"
    except OSError as error:
        why = f"the bonds in {folder} cannot be used ({error.strerror})"
        stranger = f"{why}; set GRADSOCK_HOME to a folder that can be written"
    return Identity(Address.generate_static_address(), secrets.token_bytes(KEY_BYTES), MemoryKeyStore(), stranger)


def _lock(folder: Path) -> bool:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    if lock(handle):
        _held[folder] = handle
        return True
    os.close(handle)
    return False


def _kept(file: Path) -> tuple[Address, bytes]:
    """As made at the first time; made anew when the file makes no sense."""
    try:
        told = jsontext.loads(file.read_text(encoding="utf-8"))
        address, irk = Address(told["address"], Address.RANDOM_DEVICE_ADDRESS), bytes.fromhex(told["irk"])
        if len(irk) == KEY_BYTES and address.is_static:
            return address, irk
    except (OSError, ValueError, TypeError, LookupError):
        pass
    made = Identity(Address.generate_static_address(), secrets.token_bytes(KEY_BYTES), MemoryKeyStore())
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        json.dump({"address": made.address.to_string(False), "irk": made.irk.hex()}, written)
    fresh.replace(file)
    return made.address, made.irk
