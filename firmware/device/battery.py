"""The battery's charge, for the standard Battery service."""

import asyncio

from sock import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from .gatt import Gatt

_LOOK_MS = const(2000)

CURVE = ((3300, 0), (3600, 10), (3700, 25), (3800, 50), (4000, 85), (4150, 100))
"""Open-circuit voltage (mV) of a lithium polymer cell to percent: plausible, not measured."""


def percent(battery_mV: int) -> int:
    """Charge in whole percent, 0 to 100."""
    low_mV, low = CURVE[0]
    if battery_mV <= low_mV:
        return low
    for high_mV, high in CURVE:
        if battery_mV < high_mV:
            return low + (battery_mV - low_mV) * (high - low) // (high_mV - low_mV)
        low_mV, low = high_mV, high
    return low


class Battery:
    """read_mV: the board's own; None on a board that cannot tell, which then publishes nothing."""

    def __init__(self, gatt: "Gatt", read_mV: "Callable[[], int | None]") -> None:
        self._gatt = gatt
        self._read_mV = read_mV
        self._percent = -1

    async def run(self, here: "Callable[[], None]") -> None:
        """Look now and then, publish what changed."""
        while True:
            here()
            battery_mV = self._read_mV()
            now = -1 if battery_mV is None else percent(battery_mV)
            if now != self._percent:
                self._percent = now
                self._gatt.publish(self._gatt.battery, bytes([now]) if now >= 0 else b"")
            await asyncio.sleep_ms(_LOOK_MS)
