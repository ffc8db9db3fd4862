"""The settings of a sock: one schema with default, check and explanation per key, and patches, all or nothing."""

from . import SITES, const
from .prescription import PrescriptionError, parse

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Settings = dict[str, Any]
    Setting = tuple[str, Any, Callable[[object], None], str]

RATES_HZ = (1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100)
"""Rates whose period is a whole number of milliseconds."""

SIDES = ("left", "right", "unset")
VIBRATE = ("off", "warning", "notice")
ROLES = SITES + ("reference", "temperature")
GAINS = (1, 2, 4, 8, 16)
DATA_RATES = (8, 16, 32, 64, 128, 250, 475, 860)
ADDRESSES = (0x48, 0x49, 0x4A, 0x4B)
_CHANNELS_MAX = const(16)
_READINGS_MAX_PER_S = const(800)  # one takes 0.8 ms of bus and driver, whichever chip it is of
_SITE_CHANNELS_MAX = const(15)  # as many as the header of a sample block can tell
_NAME_MAX_BYTES = const(10)  # what is left of a scan response


class SettingsError(ValueError):
    """A setting that is refused; one line that names the key and what it may be."""


def _name(value: object) -> None:
    if not isinstance(value, str) or len(value.encode()) > _NAME_MAX_BYTES:
        raise SettingsError(f"name: text of at most {_NAME_MAX_BYTES} bytes")
    for character in value:
        if ord(character) < 32:
            raise SettingsError("name: one line of text")


def _side(value: object) -> None:
    if value not in SIDES:
        raise SettingsError(f"side: one of {', '.join(SIDES)}")


def _prescription(value: object) -> None:
    if not isinstance(value, str):
        raise SettingsError("prescription: text such as ral:II or custom:ankle=14-22")
    try:
        parse(value)
    except PrescriptionError as error:
        raise SettingsError(f"prescription: {error}") from None


def _is_one_of(value: object, allowed: tuple[int, ...]) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in allowed


def _one_of(key: str, value: object, allowed: tuple[int, ...]) -> None:
    if not _is_one_of(value, allowed):
        raise SettingsError(f"{key}: one of {', '.join([str(item) for item in allowed])}")


def _rate_Hz(value: object) -> None:
    _one_of("rate_Hz", value, RATES_HZ)


def _gain(value: object) -> None:
    _one_of("gain", value, GAINS)


def _data_rate(value: object) -> None:
    _one_of("data_rate", value, DATA_RATES)


def _allow_unprotected(value: object) -> None:
    if not isinstance(value, bool):
        raise SettingsError("allow_unprotected: true or false")


def _minutes(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10080:
        raise SettingsError("wear_max_min, hydrate_min, sleep_min: minutes, 0 to 10080 (a week)")


def _overnight(value: object) -> None:
    if not isinstance(value, bool):
        raise SettingsError("overnight: true or false")


def _vibrate(value: object) -> None:
    if value not in VIBRATE:
        raise SettingsError(f"vibrate: one of {', '.join(VIBRATE)}")


def _channels(value: object) -> None:
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= _CHANNELS_MAX:
        raise SettingsError(f"channels: a list of 1 to {_CHANNELS_MAX} of [role, address, input]")
    inputs = []
    sites = 0
    singles = []
    for channel in value:
        role, address, pin = _channel(channel)[:3]
        if (address, pin) in inputs:
            raise SettingsError(f"channels: input {pin} of chip {address} is used twice")
        inputs.append((address, pin))
        if role in SITES:
            sites += 1
        elif role in singles:
            raise SettingsError(f"channels: more than one {role}")
        else:
            singles.append(role)
    if not 1 <= sites <= _SITE_CHANNELS_MAX:
        raise SettingsError(f"channels: 1 to {_SITE_CHANNELS_MAX} of them at a site ({', '.join(SITES)})")
    if "reference" not in singles:
        raise SettingsError("channels: one of them must be the reference")


def _channel(channel: object) -> "list[Any]":
    if not isinstance(channel, (list, tuple)) or not 3 <= len(channel) <= 5:
        raise SettingsError("channels: each one is [role, address, input], or with gain and data_rate too")
    role, address, pin = channel[:3]
    if role not in ROLES:
        raise SettingsError(f"channels: a role is one of {', '.join(ROLES)}")
    if not _is_one_of(address, ADDRESSES):
        raise SettingsError("channels: an address is 72 to 75 (0x48 to 0x4B)")
    if not _is_one_of(pin, (0, 1, 2, 3)):
        raise SettingsError("channels: an input is 0 to 3")
    for own, allowed in zip(channel[3:], (GAINS, DATA_RATES)):  # noqa: B905
        if own is not None and not _is_one_of(own, allowed):
            raise SettingsError(f"channels: null, or one of {', '.join([str(item) for item in allowed])}")
    return list(channel)


SCHEMA: "tuple[Setting, ...]" = (
    (
        "name",
        "",
        _name,
        "how the sock advertises itself, at most 10 bytes; empty: sock- and four hex digits of its own",
    ),
    ("side", "unset", _side, "the leg it is worn on: left, right or unset"),
    (
        "prescription",
        "us:15-20",
        _prescription,
        "what the sock should do: STANDARD:CLASS[:PROFILE] or custom:ankle=LOW-HIGH,...",
    ),
    ("rate_Hz", 25, _rate_Hz, "scans over all channels per second: 1, 2, 4, 5, 8, 10, 20, 25, 40, 50 or 100"),
    (
        "channels",
        [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]],
        _channels,
        "what is wired where: a list of [role, I2C address of the ADS1115, its input], and where it has its own, a gain"
        " and a data_rate; roles: ankle, calf, knee, reference, temperature",
    ),
    (
        "gain",
        2,
        _gain,
        "gain of the ADS1115: 1, 2, 4, 8 or 16 for a full scale of 4.096, 2.048, 1.024, 0.512 or 0.256 V",
    ),
    ("data_rate", 860, _data_rate, "conversions per second of the ADS1115: 8, 16, 32, 64, 128, 250, 475 or 860"),
    ("wear_max_min", 960, _minutes, "minutes of wear after which the sock reminds to take it off; 0: never"),
    (
        "sleep_min",
        30,
        _minutes,
        "minutes off the leg after which the sock sleeps and looks for pressure every 2 minutes; 0: never",
    ),
    ("hydrate_min", 120, _minutes, "minutes between reminders to drink something; 0: never"),
    ("overnight", True, _overnight, "remind when it is worn into the night, from half past eleven to six"),
    (
        "vibrate",
        "off",
        _vibrate,
        "the motor moves when something is found at the leg: off, at a warning, or at a notice already",
    ),
    (
        "allow_unprotected",
        False,
        _allow_unprotected,
        "stream without an encrypted and bonded link; can be set over the cable only, never over the air",
    ),
)
"""(key, default, check, explanation) per setting."""

CABLE_ONLY = ("allow_unprotected",)


def keys() -> list[str]:
    """All keys, in the order of the schema."""
    return [entry[0] for entry in SCHEMA]


def defaults() -> "Settings":
    """A fresh dict of all settings at their defaults."""
    fresh: Settings = {}
    for key, default, _, _ in SCHEMA:
        fresh[key] = [list(channel) for channel in default] if key == "channels" else default
    return fresh


def validate_patch(current: "Settings", patch: object, over_cable: bool = False) -> "Settings":
    """The settings after patch, a new dict; current stays as it is. SettingsError at the first fault: all or nothing.

    over_cable: a patch that came over the serial cable may also change the keys of CABLE_ONLY.
    """
    if not isinstance(patch, dict):
        raise SettingsError("settings: a JSON object of key and value")
    checks: dict[str, Callable[[object], None]] = {}
    for key, _, check, _ in SCHEMA:
        checks[key] = check
    result = dict(current)
    for key in patch:
        if key not in checks:
            raise SettingsError(f"unknown setting {key}: one of {', '.join(keys())}")
        checks[key](patch[key])
        if key in CABLE_ONLY and not over_cable and patch[key] != current.get(key):
            raise SettingsError(f"{key}: can be set over the cable only")
        result[key] = patch[key]
    _check_scan_fits(result)
    return result


def load(stored: object) -> "Settings":
    """Settings as read from storage: unknown keys (of another version) dropped, absent ones at their default."""
    if not isinstance(stored, dict):
        raise SettingsError("settings: a JSON object of key and value")
    known: Settings = {}
    for key in keys():
        if key in stored:
            known[key] = stored[key]
    return validate_patch(defaults(), known, True)


def _check_scan_fits(settings: "Settings") -> None:
    """A chip's conversions of one scan, awaited on a 1 ms grid and 10 % slow, must end before the next scan begins."""
    per_chip: dict[int, int] = {}
    for channel in settings["channels"]:
        rate = channel[4] if len(channel) > 4 and channel[4] is not None else settings["data_rate"]
        per_chip[channel[1]] = per_chip.get(channel[1], 0) - (-1100 // rate)
    if len(settings["channels"]) * settings["rate_Hz"] > _READINGS_MAX_PER_S:
        raise SettingsError(
            f"rate_Hz: more than {_READINGS_MAX_PER_S} readings a second; fewer channels, or a lower rate"
        )
    busiest = max(per_chip.values())
    if busiest >= 1000 // settings["rate_Hz"]:
        raise SettingsError(
            f"rate_Hz: the channels of one chip take {busiest} ms and cannot be scanned {settings['rate_Hz']} times a"
            " second; try a higher data_rate"
        )
