"""The LED: a short blink now and then says that the sock lives, quick blinking which one it is."""

import asyncio
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .gatt import Gatt

STEP_MS = 125
BLINK_MS = 15
ALONE_STEPS = 16
"""A blink every 2 s while nobody is connected."""
CONNECTED_STEPS = 40
"""Every 5 s while somebody is."""


class Indicator:
    """led: a machine.Pin, None on a board without one; lit: the pin's value that lights it."""

    def __init__(self, led: "Any", lit: int, gatt: "Gatt") -> None:
        self._led = led
        self._lit = lit
        self._gatt = gatt
        self._identifying = False
        self._identify_from = time.ticks_ms()
        self._identify_ms = 0

    def identify(self, seconds: int) -> None:
        """Blink quickly for so long; 0 ends it."""
        self._identify_from = time.ticks_ms()
        self._identify_ms = seconds * 1000
        self._identifying = True

    async def run(self, here: "Callable[[], None]") -> None:
        """Blink for ever."""
        step = 0
        while True:
            here()
            step += 1
            if self._identifying:
                self._identifying = time.ticks_diff(time.ticks_ms(), self._identify_from) < self._identify_ms
                self._show(self._identifying and step & 1 == 0)
            elif step >= (CONNECTED_STEPS if self._gatt.connected else ALONE_STEPS):
                step = 0
                self._show(True)
                await asyncio.sleep_ms(BLINK_MS)
                self._show(False)
            await asyncio.sleep_ms(STEP_MS)

    def _show(self, on: bool) -> None:
        if self._led is not None:
            self._led.value(self._lit if on else 1 - self._lit)
