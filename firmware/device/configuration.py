"""Settings and Info as they are read over the air, and changes of the settings: checked whole, stored whole, and in
force from a boot that follows at once.

So there is never a sock that runs on half of a change, and every boot has one set of settings. Loaded by the boot, and
again only for a change: a running sock does without it.
"""

import json

import board
from sock import VERSION, const, protocol, settings

from . import store

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

SETTINGS_MAX_BYTES = const(512)
"""What a characteristic may hold."""


def settings_json(values: "dict[str, Any]") -> bytes:
    """The readable value of Settings; where that is longer than it may be, channels are left to Info."""
    text = json.dumps(values, separators=(",", ":")).encode()
    if len(text) > SETTINGS_MAX_BYTES:
        values = dict(values)
        del values["channels"]
        text = json.dumps(values, separators=(",", ":")).encode()
    return text


def info(values: "dict[str, Any]", serial: str, boot: int, protection: str) -> "dict[str, Any]":
    """The fields of Info that are the same in safe mode; values: the settings."""
    return {
        "protocol": protocol.PROTOCOL_VERSION,
        "serial": serial,
        "name": values["name"] or store.name_for(serial),
        "firmware": VERSION,
        "board": board.NAME,
        "boot": boot,
        "side": values["side"],
        "rate_Hz": values["rate_Hz"],
        "calibration": None,
        "journal": None,
        "protection": protection,
        "reset": board.reset_cause(),
        "crash": store.read(store.CRASH) is not None,
    }


def change(patch: bytes, room: int) -> "tuple[int, str]":
    """Check and store one JSON patch: (OK, the name that the sock will have) or another result and the reason.

    OK without a name: nothing differs, and no restart is due. room: bytes that one write may carry.
    """
    if len(patch) > room:
        return protocol.BAD_VALUE, f"a patch has at most {room} bytes here"
    try:
        wanted = json.loads(bytes(patch).decode())
    except ValueError:
        return protocol.BAD_VALUE, "settings: not JSON"
    before = store.load_settings()
    try:
        after = settings.validate_patch(before, wanted)
    except settings.SettingsError as error:
        return protocol.BAD_VALUE, str(error)
    if after == before:
        return protocol.OK, ""
    try:
        store.write_settings(after)
    except OSError as error:
        return protocol.BUSY, f"the flash refuses: {error}"
    return protocol.OK, after["name"] or store.name_for(store.serial())
