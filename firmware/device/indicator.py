"""How the sock speaks to its wearer by itself: blinks of the LED, and a motor for those who switched it on.

One short blink now and then: the sock lives. Two: a reminder, or a sensor to be looked after. Three: a notice. Blinking
on end: a warning. A finding about the leg is told when it opens, when it gets worse and when another joins it; as long
as it stands, again after half an hour, or two hours after the wearer acknowledged it.
"""

import asyncio
import sys
import time

import board
from sock import const
from sock.finding import LEVEL_NAMES, NOTICE

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
_BLINKS_TECHNICAL = const(2)
BLINKS = (0, 0, 3, 8)
"""Per level; at a quarter of a second each, eight fill the 2 s."""
BUZZES = (0, 0, 2, 4)
_AGAIN_MS = const(30 * 60 * 1000)
_ACKNOWLEDGED_AGAIN_MS = const(4 * _AGAIN_MS)
_REMINDER_MS = const(10 * 60 * 1000)
"""A reminder stands for so long, unless it is acknowledged."""
_DUE = const(0)  # places in a book of reminders
_MIDNIGHT = const(2)
_MIDNIGHT_MOVED_MS = const(2 * 60 * 1000)


class Indicator:
    """vibrate: the lowest level that moves the motor, 0 for none. book: of `sock.reminders`.

    reminder   the kind of the one that stands, None
    """

    def __init__(
        self, gatt: "Gatt", readings: "Readings", stream: "Stream", now: "Callable[[], int]", vibrate: int
    ) -> None:
        self._gatt = gatt
        self._vibrate = vibrate
        self.readings = readings
        self.stream = stream
        self.now = now
        self.book: list[int] = []
        self.reminder: str | None = None
        self._reminder_ms = 0
        self._identify_from = time.ticks_ms()
        self._identify_ms = 0
        self._level = 0  # the highest of the open findings about the leg
        self._count = 0  # how many of them are a notice or more
        self._told_at = time.ticks_ms()
        self._acknowledged = False
        self._technical = False
        self._buzzes = 0
        self._was_pressed = False
        self._worn = False

    def identify(self, seconds: int) -> None:
        """Blink quickly for so long; 0 ends it."""
        self._identify_from = time.ticks_ms()
        self._identify_ms = seconds * 1000

    def acknowledge(self) -> None:
        """The wearer has seen it."""
        self._acknowledged = True
        self._told_at = time.ticks_ms()
        self._buzzes = 0
        self.reminder = None

    def tell_midnight(self, midnight_ms: int) -> None:
        """A host told the time of the day, as the ticks_ms of some local midnight."""
        moved = midnight_ms - self.book[_MIDNIGHT]
        if not -_MIDNIGHT_MOVED_MS < moved < _MIDNIGHT_MOVED_MS:
            self.book[_MIDNIGHT] = midnight_ms
            self.book[_DUE] = 0

    def heed(self, findings: "list[Finding]") -> None:
        """Once a second: the open findings."""
        level = count = 0
        self._technical = False
        for finding in findings:
            if finding.told != finding.level:
                self.wearer("report", finding)
            rank = LEVEL_NAMES.index(finding.level)
            if rank < NOTICE:
                continue
            if finding.kind == "sensor-fault":
                self._technical = True
                continue
            count += 1
            if rank > level:
                level = rank
        for finding in self.readings.fit.take_closed():
            self.wearer("report", finding)
        again_ms = _ACKNOWLEDGED_AGAIN_MS if self._acknowledged else _AGAIN_MS
        since_ms = time.ticks_diff(time.ticks_ms(), self._told_at)
        if level > self._level or count > self._count or (level and since_ms >= again_ms):
            self._acknowledged = False
            self._told_at = time.ticks_ms()
            self._buzzes = BUZZES[level] if 0 < self._vibrate <= level else 0
        self._level = level
        self._count = count
        self._mind_reminders()

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
            blinks = self._blinks()
            step += 1
            if step >= (_CONNECTED_STEPS if blinks < 2 and self._gatt.connected else _ALONE_STEPS):
                step = 0
            if board.motor is not None:
                board.motor.value(1 if self._buzzes and step & 1 == 0 else 0)
            if step & 1:
                self._buzzes -= self._buzzes > 0
            if self._identify_ms:
                left = time.ticks_diff(time.ticks_ms(), self._identify_from) < self._identify_ms
                self._show(left and step & 1 == 0)
                if not left:
                    self._identify_ms = 0
            elif step & 1 == 0 and step < 2 * blinks:
                self._show(True)
                await asyncio.sleep_ms(_BLINK_MS)
                self._show(False)
            await asyncio.sleep_ms(_STEP_MS)

    def _blinks(self) -> int:
        if self._level and not self._acknowledged:
            return BLINKS[self._level]
        return _BLINKS_TECHNICAL if self.reminder or (self._technical and not self._acknowledged) else 1

    def _look_at_button(self) -> None:
        pressed = board.button is not None and board.button.value() == board.BUTTON_PRESSED
        if pressed and not self._was_pressed:
            self.wearer("acknowledge")
        self._was_pressed = pressed

    def _mind_reminders(self) -> None:
        fit = self.readings.fit
        if fit.confirmed:
            fit.confirmed = False
            self.wearer("keep")
        worn = fit.wear.state > 0
        now_ms = self.now()
        if self.reminder and (not worn or now_ms - self._reminder_ms > _REMINDER_MS):
            self.reminder = None
        if worn == self._worn and now_ms < self.book[_DUE]:
            return
        self._worn = worn
        kind = self.wearer("remind", now_ms)
        if kind:
            self.reminder = kind
            self._reminder_ms = now_ms

    def _show(self, on: bool) -> None:
        if board.led is not None:
            board.led.value(board.LED_LIT if on else 1 - board.LED_LIT)
