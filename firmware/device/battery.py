"""The battery's charge, for the standard Battery service; and rest, off the leg or with an empty cell."""

import asyncio

from sock import const, event
from sock.wear import NOT_WORN

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from .gatt import Gatt
    from .readings import Readings
    from .stream import Stream

LOW_BATTERY = b"low-battery"
_LOOK_MS = const(2000)
_EMPTY_LOOKS = const(5)
"""A motor or the radio pulls a weak cell down for a moment: only ten seconds on end say that it is empty."""
_QUICK_S = const(60)
"""After coming off, and after the boot, it is found quickly for so long; then it advertises slowly."""
_NAPPED_S = const(8)
"""So long a boot that woke from sleep looks for pressure: a donning is told after 3 s."""
_NAP_MS = const(120000)
"""Between two looks for pressure: 8 s in 2 min cost a fifteenth of what being awake costs."""
_EMPTY_MV = const(3300)
"""A lithium polymer cell is empty; below 3.0 V it is harmed."""
_CELL_MV = const(2500)
"""Below this there is no cell: the board lives from its cable."""

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
    """Tells the charge, and sleeps where there is nothing to measure or nothing to measure with.

    read_mV: the board's own; None on a board that cannot tell, which then publishes nothing. sleep(ms): the board's
    own; whatever wakes it is a boot. rests: called before it. sleep_min: minutes off the leg until it sleeps, 0 for
    never (a sock without a calibration cannot tell that it is worn). napped: this boot woke from such a sleep, to look
    whether it is worn by now.
    """

    def __init__(
        self,
        gatt: "Gatt",
        read_mV: "Callable[[], int | None]",
        readings: "Readings",
        stream: "Stream",
        rests: "list[Callable[[], None]]",
        sleep: "Callable[[int], None]",
        sleep_min: int,
        napped: bool,
    ) -> None:
        self._gatt = gatt
        self._read_mV = read_mV
        self._readings = readings
        self._stream = stream
        self._rests = rests
        self._sleep = sleep
        self._sleep_s = sleep_min * 60
        self._left_s = _NAPPED_S if napped else self._sleep_s
        self._empty = 0
        self._percent = -1

    async def run(self, here: "Callable[[], None]") -> None:
        """Look now and then, publish what changed, and rest when it is time."""
        while True:
            here()
            battery_mV = self._read_mV()
            now = -1 if battery_mV is None else percent(battery_mV)
            if now != self._percent:
                self._percent = now
                self._gatt.publish(self._gatt.battery, bytes([now]) if now >= 0 else b"")
            self._empty = self._empty + 1 if battery_mV is not None and _CELL_MV < battery_mV < _EMPTY_MV else 0
            if self._empty >= _EMPTY_LOOKS:
                self._stream.tell(event.REMINDER, LOW_BATTERY)
                await asyncio.sleep_ms(_LOOK_MS)
                self._rest(0)
            self._mind_wear()
            if self._left_s <= 0:
                self._rest(_NAP_MS)
            await asyncio.sleep_ms(_LOOK_MS)

    def _mind_wear(self) -> None:
        worn = self._readings.fit.wear.state != NOT_WORN
        if worn or self._gatt.connected or not self._sleep_s:
            self._left_s = self._sleep_s or 1
        else:
            self._left_s -= _LOOK_MS // 1000
        self._gatt.slow = not worn and self._left_s < self._sleep_s - _QUICK_S

    def _rest(self, ms: int) -> None:
        for rest in self._rests:
            rest()
        self._sleep(ms)
