"""The sock as a program, on whatever board it stands on."""

import gc
import sys

from .gatt import Gatt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .supervisor import Supervisor

GARBAGE_BYTES = 16384
"""Collected after so many bytes at the latest, so that the heap stays small and in one piece."""

BOOT_ONLY = (
    "device.assembly",
    "device.update",
    "sock.settings",
    "adafruit_ads1x15.ads1015",  # the driver of our chip stays
    "adafruit_ads1x15.analog_in",
    "adafruit_ads1x15",
)
"""Modules that a running sock does without, parts before their package: code lies in the heap as well."""


async def main() -> None:
    """Be a sock, for ever."""
    gatt = Gatt()  # before anything else is loaded: the radio needs its memory in one piece
    gc.threshold(GARBAGE_BYTES)
    await _boot(gatt).watch()


def _boot(gatt: Gatt) -> "Supervisor":
    from .assembly import assemble

    supervisor = assemble(gatt)
    for name in BOOT_ONLY:
        _unload(name)
    return supervisor


def _unload(name: str) -> None:
    """Have a module's memory given back, as far as nothing alive was made in it."""
    if name in sys.modules:
        package, _, own = name.partition(".")
        if own:
            delattr(sys.modules[package], own)
        del sys.modules[name]
