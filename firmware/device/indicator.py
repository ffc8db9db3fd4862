"""How the sock speaks to its wearer by itself: blinks of the LED, and a motor for those who switched it on.

One short blink now and then: the sock lives. What else it blinks, `wearer` says, when something changes or is due.
"""

import asyncio
import sys
import time

import board
from sock import const

from .modules import unload_since

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sock.finding import Finding

    from .gatt import Gatt
    from .readings import Readings
    from .stream import Stream

_STEP_MS = const(125)
_BLINK_MS = const(15)
_ALONE_STEPS = const(16)
"""A blink every 2 s while nobody is connected, or when there is something to tell."""
_CONNECTED_STEPS = const(40)
"""Every 5 s while somebody is."""
_HELD_STEPS = const(80)
"""Holding the button for 10 s wipes the sock."""
_DUE = const(0)  # places in a book of reminders
_MIDNIGHT = const(2)
_MIDNIGHT_MOVED_MS = const(120000)


class Indicator:
    """vibrate: the lowest level that moves the motor, 0 for none.

    blinks    how many come together
    buzzes    how often the motor is still to move
    reminder  the kind of the one that stands, None
    book, told  what `wearer` knows of reminders and of findings: numbers
    """

    def __init__(
        self, gatt: "Gatt", readings: "Readings", stream: "Stream", now: "Callable[[], int]", vibrate: int
    ) -> None:
        self._gatt = gatt
        self.vibrate = vibrate
        self.readings = readings
        self.stream = stream
        self.now = now
        self.blinks = 1
        self.buzzes = 0
        self.reminder: str | None = None
        self.book: list[int] = []
        self.told: list[int] = []
        self._identify_from = time.ticks_ms()
        self._identify_ms = 0
        self._count = 0  # of open findings
        self._pressed = 0  # steps
        self.held: Callable[[], None] | None = None
        self._worn = False

    def identify(self, seconds: int) -> None:
        """Blink quickly for so long; 0 ends it."""
        self._identify_from = time.ticks_ms()
        self._identify_ms = seconds * 1000

    def tell_midnight(self, midnight_ms: int) -> None:
        """A host told the time of the day, as the ticks_ms of some local midnight."""
        if not -_MIDNIGHT_MOVED_MS < midnight_ms - self.book[_MIDNIGHT] < _MIDNIGHT_MOVED_MS:
            self.book[_MIDNIGHT] = midnight_ms
            self.book[_DUE] = 0

    def heed(self, findings: "list[Finding]") -> None:
        """Once a second: the open findings. When they changed, or something is due, `wearer` looks at it."""
        fit = self.readings.fit
        worn = fit.wear.state > 0
        count = 2 * len(findings)  # and one for each that holds now
        for finding in findings:
            count += finding.over_ms is None
            if finding.told != finding.level:
                self._count = -1
        if count != self._count or worn != self._worn or fit.confirmed or self.now() >= self.book[_DUE]:
            self._count = -1  # until it was looked at
            self.wearer("heed", findings)
            self._count = count
            self._worn = worn

    def wearer(self, name: str, *values: "Any") -> "Any":
        """Call a function of `wearer`, which is loaded for that only."""
        known = set(sys.modules)
        try:
            from . import wearer

            return getattr(wearer, name)(self, *values)
        finally:
            unload_since(known)

    async def run(self, here: "Callable[[], None]") -> None:
        """Blink for ever."""
        step = 0
        while True:
            here()
            self._look_at_button()
            step += 1
            if step >= (_CONNECTED_STEPS if self.blinks < 2 and self._gatt.connected else _ALONE_STEPS):
                step = 0
            if board.motor is not None:
                board.motor.value(1 if self.buzzes and step & 1 == 0 else 0)
            if step & 1:
                self.buzzes -= self.buzzes > 0
            if self._identify_ms:
                left = time.ticks_diff(time.ticks_ms(), self._identify_from) < self._identify_ms
                self._show(left and step & 1 == 0)
                if not left:
                    self._identify_ms = 0
            elif step & 1 == 0 and step < 2 * self.blinks:
                self._show(True)
                await asyncio.sleep_ms(_BLINK_MS)
                self._show(False)
            await asyncio.sleep_ms(_STEP_MS)

    def _look_at_button(self) -> None:
        if board.button is None or board.button.value() != board.BUTTON_PRESSED:
            self._pressed = 0
            return
        self._pressed += 1
        if self._pressed == 1:
            self.wearer("acknowledge")
            if self._gatt.pairing is not None:
                self._gatt.pairing.open()
        if self._pressed == _HELD_STEPS and self.held is not None:
            self.held()

    def _show(self, on: bool) -> None:
        if board.led is not None:
            board.led.value(board.LED_LIT if on else 1 - board.LED_LIT)
