"""What only an owner does: let somebody else pair, list and remove owners, wipe the sock. Loaded for that only."""

import os

from sock import const, protocol

from . import store
from .journal import FOLDER

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .pairing import Pairing

_AT_ONCE = const(32)
WIPING = "wiping"
"""Stands on the flash while a wipe goes on, so that a power cut in it is followed by the rest of it."""


def ask(pairing: "Pairing | None", opcode: int, payload: bytes) -> "tuple[int, str]":
    """What a host asked: result and, where it needs one, a text."""
    if opcode == protocol.REMOVE_OWNER:
        if pairing is None or len(payload) != 1 or payload[0] >= len(pairing.owners()):
            return protocol.BAD_VALUE, "number of an owner, from 0: one byte"
        pairing.remove(pairing.owners()[payload[0]])
        return protocol.OK, ""
    if payload:
        return protocol.BAD_VALUE, "no payload"
    if opcode == protocol.WIPE:
        return protocol.OK, ""  # once this is answered
    if pairing is None:
        return protocol.NOT_SUPPORTED, "this board cannot pair"
    if opcode == protocol.OWNERS:
        return protocol.OK, ",".join([owner.hex() for owner in pairing.owners()])
    if pairing.passkey < 0:
        return protocol.NOT_SUPPORTED, "the sock has no passkey: flash it anew"
    pairing.open()
    return protocol.OK, ""


def wipe() -> None:
    """Forget journal, baseline, zero, owners, name, side and prescription.

    OSError when the flash refuses: the next boot goes on.
    """
    store.write(WIPING, "")
    kept = _some_of_the_journal()
    while kept:
        for file in kept:
            os.remove(FOLDER + file)
        kept = _some_of_the_journal()
    settings = store.load_settings()
    for name in ("name", "side", "prescription"):
        del settings[name]
    store.write_settings(settings)
    for name in (store.WEARER, store.BONDS, store.ZERO, store.CRASH, WIPING):  # the last one ends it
        for there in (name + ".new", name):  # what a power cut left beside it, too
            try:
                os.remove(there)
            except OSError:
                pass  # it was not there


def _some_of_the_journal() -> list[str]:
    """Names of a few segments: all two thousand of a large flash would be more than fits the heap."""
    found: list[str] = []
    try:
        for entry in os.ilistdir(FOLDER[:-1]):
            found.append(entry[0])
            if len(found) == _AT_ONCE:
                break
    except OSError:
        pass  # there is no journal
    return found


def flashed() -> bool:
    """True once after the sock was flashed: whoever holds the cable is at the sock."""
    try:
        os.remove("pairing")
    except OSError:
        return False
    return True


def finish_wiping() -> None:
    """At a boot: what a power cut interrupted."""
    if store.read(WIPING) is not None:
        wipe()
