"""The settings of a sock: one schema with default and check per key, and patches, all or nothing.

What each key is for stands in `explained`, which no board needs.
"""

from . import SITES, const
from .prescription import PrescriptionError, parse

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Settings = dict[str, Any]
    Setting = tuple[str, Any, tuple[int, ...] | tuple[str, ...] | int | Callable[[object], None] | None]

RATES_HZ = (1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100)
"""Rates whose period is a whole number of milliseconds."""

SIDES = ("left", "right", "unset")
VIBRATE = ("off", "warning", "notice")
ROLES = SITES + ("reference", "temperature")
GAINS = (1, 2, 4, 8, 16)
DATA_RATES = (8, 16, 32, 64, 128, 250, 475, 860)
ADDRESSES = (0x48, 0x49, 0x4A, 0x4B)
_WEEK_MIN = const(10080)
_CELL_MAX_MAH = const(20000)
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


def _prescription(value: object) -> None:
    if not isinstance(value, str):
        raise SettingsError("prescription: text such as ral:II or custom:ankle=14-22")
    try:
        parse(value)
    except PrescriptionError as error:
        raise SettingsError(f"prescription: {error}") from None


def _is_one_of(value: object, allowed: "tuple[int, ...] | tuple[str, ...]") -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool) and value in allowed


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
    ("name", "", _name),
    ("side", "unset", SIDES),
    ("prescription", "us:15-20", _prescription),
    ("rate_Hz", 25, RATES_HZ),
    ("channels", [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]], _channels),
    ("gain", 2, GAINS),
    ("data_rate", 860, DATA_RATES),
    ("wear_max_min", 960, _WEEK_MIN),
    ("sleep_min", 30, _WEEK_MIN),
    ("hydrate_min", 120, _WEEK_MIN),
    ("overnight", True, None),
    ("vibrate", "off", VIBRATE),
    ("battery_mAh", 0, _CELL_MAX_MAH),
    ("allow_unprotected", False, None),
)
"""(key, default, what it may be: one of a tuple, a whole number up to this, true or false (None), or a check's own)."""

CABLE_ONLY = ("allow_unprotected",)


def check(key: str, value: object) -> None:
    """SettingsError when a key is unknown, or its value is not one that it may have."""
    if key not in keys():
        raise SettingsError(f"unknown setting {key}: one of {', '.join(keys())}")
    allowed = SCHEMA[keys().index(key)][2]
    if allowed is None:
        if not isinstance(value, bool):
            raise SettingsError(f"{key}: true or false")
    elif isinstance(allowed, int):
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= allowed:
            raise SettingsError(f"{key}: a whole number from 0 to {allowed}")
    elif not isinstance(allowed, tuple):
        allowed(value)
    elif not _is_one_of(value, allowed):
        raise SettingsError(f"{key}: one of {', '.join([str(item) for item in allowed])}")


def keys() -> list[str]:
    """All keys, in the order of the schema."""
    return [entry[0] for entry in SCHEMA]


def defaults() -> "Settings":
    """A fresh dict of all settings at their defaults."""
    fresh: Settings = {}
    for key, default, _ in SCHEMA:
        fresh[key] = [list(channel) for channel in default] if key == "channels" else default
    return fresh


def validate_patch(current: "Settings", patch: object, over_cable: bool = False) -> "Settings":
    """The settings after patch, a new dict; current stays as it is. SettingsError at the first fault: all or nothing.

    over_cable: a patch that came over the serial cable may also change the keys of CABLE_ONLY.
    """
    if not isinstance(patch, dict):
        raise SettingsError("settings: a JSON object of key and value")
    result = dict(current)
    for key in patch:
        check(key, patch[key])
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
