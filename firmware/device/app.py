"""The sock as a program, on whatever board it stands on."""

import gc

import board
from sock import const

from .gatt import Gatt
from .modules import unload

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from .supervisor import Supervisor

_WATCHDOG_MS = const(8000)
"""The longest that every board can do (RP2040: 8388 ms)."""
_GARBAGE_BYTES = const(16384)
"""Collected after so many bytes at the latest, so that the heap stays small and in one piece."""

BOOT_ONLY = (
    "device.assembly",
    "device.configuration",
    "device.journal_start",
    "device.services",
    "device.starting",
    "device.owning",
    "device.store",
    "device.tare",
    "device.update",
    "device.wiring",
    "sock.segment_reader",
    "sock.zero",
    "sock.settings",
    "sock.prescription",
    "sock.advertising",
    "sock.calibration",
    "sock.history",  # stays where the calibration has creep or hysteresis to take off
    "adafruit_ads1x15.ads1015",  # the driver of our chip stays
    "adafruit_ads1x15.analog_in",
    "adafruit_ads1x15",
)
"""Modules that a running sock does without, parts before their package: code lies in the heap as well."""


async def main() -> None:
    """Be a sock, for ever. A boot that fails is tried again, one that hangs by the watchdog."""
    watchdog = board.wdt(_WATCHDOG_MS)
    try:
        supervisor = _boot(watchdog.feed)
    except Exception as error:
        from . import starting

        starting.failed(error)
        return
    await supervisor.watch()


def _boot(feed: "Callable[[], None]") -> "Supervisor":
    pairing = None
    if board.PAIRS:
        from .store import load_pairing

        pairing = load_pairing()  # the radio asks for its key when it starts
    gatt = Gatt(pairing)  # before anything else is loaded: the radio needs its memory in one piece
    gc.threshold(_GARBAGE_BYTES)
    from .assembly import assemble

    supervisor = assemble(gatt, feed)
    for name in BOOT_ONLY:
        unload(name)
    return supervisor
