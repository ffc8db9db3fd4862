"""The small files on the sock's flash: who it is, its settings, its calibration, how often it started.

Every file is replaced whole: written beside the old one, then renamed over it, so that a power cut leaves one of both.
"""

import binascii
import json
import os

from sock import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from sock.calibration import Calibration

    from .pairing import Pairing

IDENTITY = "identity.json"
SETTINGS = "settings.json"
CALIBRATION = "calibration.json"
ZERO = "zero.json"
BOOT_COUNT = "boot_count"
CRASH = "crash.txt"
WEARER = "wearer.json"
BONDS = "bonds.json"

_SERIAL_CHARACTERS = const(8)
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_NEW = ".new"


def read(name: str) -> "str | None":
    """The text of a file; None when it is not there or cannot be read."""
    try:
        with open(name) as file:
            text: str = file.read()
            return text
    except (OSError, UnicodeError):
        return None


def write(name: str, text: str) -> None:
    """Replace a file. OSError when the flash refuses; the old file is then still there."""
    beside = name + _NEW
    with open(beside, "w") as file:
        file.write(text)
    try:
        os.rename(beside, name)
    except OSError:  # FAT does not rename over a file
        os.remove(name)
        os.rename(beside, name)


def next_boot() -> int:
    """The number of this boot: 1 for the first, and never twice the same."""
    text = read(BOOT_COUNT) or ""
    number = int(text) + 1 if text.strip().isdigit() else 1
    write(BOOT_COUNT, str(number))
    return number


def serial() -> str:
    """The sock's serial, eight letters and digits; made at random by its first boot."""
    try:
        known = json.loads(read(IDENTITY) or "")["serial"]
        if isinstance(known, str) and known:
            return known
    except (ValueError, KeyError, TypeError):
        pass
    bits = int.from_bytes(os.urandom(5), "big")
    made = "".join([_BASE32[bits >> 5 * at & 31] for at in range(_SERIAL_CHARACTERS)])
    write(IDENTITY, json.dumps({"serial": made}))
    return made


def name_for(number: str) -> str:
    """The name of a sock that was given none: its serial in four hex digits, so that it stays the same."""
    return f"sock-{binascii.crc32(number.encode()) & 0xFFFF:04x}"


def load_settings() -> "dict[str, Any]":
    """Settings in force. What cannot be read, or is not valid, counts as the defaults, which allow the least."""
    from sock import settings  # here, since a running sock does without it

    try:
        loaded: dict[str, Any] = settings.load(json.loads(read(SETTINGS) or "{}"))
        return loaded
    except ValueError:
        return settings.defaults()


def write_settings(values: "dict[str, Any]") -> None:
    """OSError when the flash refuses; the former ones then stay."""
    write(SETTINGS, json.dumps(values))


def load_calibration(site_channels: int) -> "Calibration | None":
    """The calibration, when there is a valid one with a curve for each site channel."""
    from sock import calibration

    try:
        found = calibration.from_json(read(CALIBRATION) or "")
    except ValueError:
        return None
    return found if len(found.knots) == site_channels else None


def load_pairing() -> "Pairing":
    """The sock's passkey, which `gradsock flash` made, and its owners; of what cannot be read there is nothing."""
    from .pairing import Pairing

    passkey, kept, failures = -1, [], 0
    try:
        number = json.loads(read(IDENTITY) or "")["passkey"]
        passkey = number if isinstance(number, int) and 0 < number <= 999999 else -1
    except (ValueError, KeyError, TypeError):
        pass
    try:
        told = json.loads(read(BONDS) or "{}")
        kept = [[kind, binascii.unhexlify(key), binascii.unhexlify(value)] for kind, key, value in told["secrets"]]
        failures = int(told["failures"])
    except (ValueError, KeyError, TypeError):
        pass
    return Pairing(passkey, kept, failures)


def keep_pairing(pairing: "Pairing") -> None:
    """OSError when the flash refuses."""
    kept = [[kind, key.hex(), value.hex()] for kind, key, value in pairing.secrets]
    write(BONDS, json.dumps({"failures": pairing.failures, "secrets": kept}))
