"""Changes of the settings over the air: checked whole, stored whole, and in force from a boot that follows at once.

So there is never a sock that runs on half of a change, and every boot has one set of settings.
"""

import asyncio
import json
import sys

from sock import protocol

from .modules import unload_since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .gatt import Gatt

SETTINGS_MAX_BYTES = 512
"""What a characteristic may hold."""
GOODBYE_MS = 400
"""For the answer to be confirmed and the connection to end before the restart."""


def settings_json(settings: "dict[str, Any]") -> bytes:
    """The readable value of Settings; where that is longer than it may be, channels are left to Info."""
    text = json.dumps(settings, separators=(",", ":")).encode()
    if len(text) > SETTINGS_MAX_BYTES:
        settings = dict(settings)
        del settings["channels"]
        text = json.dumps(settings, separators=(",", ":")).encode()
    return text


class Configuration:
    """reset: starts the board anew. What has to be brought to rest before that is added to `before_restart`."""

    def __init__(self, gatt: "Gatt", reset: "Callable[[], None]") -> None:
        self._gatt = gatt
        self._reset = reset
        self.before_restart: list[Callable[[], None]] = []

    def change(self, patch: bytes) -> "tuple[int, str]":
        """Check and store one JSON patch: (OK, the name that the sock will have) or another result and the reason.

        OK without a name: nothing differs, and no restart is due.
        """
        room = self._gatt.mtu - 3
        if len(patch) > room:
            return protocol.BAD_VALUE, f"a patch has at most {room} bytes here"
        known = set(sys.modules)
        try:
            return self._change(patch)
        except MemoryError:
            return protocol.BUSY, "no memory"
        finally:
            unload_since(known)

    def _change(self, patch: bytes) -> "tuple[int, str]":
        from sock import settings  # here, since a running sock does without them

        from . import store

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
            store.write(store.SETTINGS, json.dumps(after))
        except OSError as error:
            return protocol.BUSY, f"the flash refuses: {error}"
        return protocol.OK, after["name"] or store.name_for(store.serial())

    async def restart(self) -> None:
        """Come to rest and start anew; what is in force then is what is stored."""
        for rest in self.before_restart:
            rest()
        await asyncio.sleep_ms(GOODBYE_MS // 2)
        self._gatt.disconnect()
        await asyncio.sleep_ms(GOODBYE_MS // 2)
        self._reset()
