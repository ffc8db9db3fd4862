"""Scanning: every channel once per slot of a grid in time, through Adafruit's driver, awaited and not busy-polled."""

import asyncio
import time
from array import array

from adafruit_ads1x15 import ADS1115
from sock import MISSING, const

from .bus import Bus

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SINGLE_ENDED = const(4)
"""Multiplexer setting of input 0 against ground; 0 to 3 would be differences between inputs."""
_PATIENCE = const(4)
"""Failures in a row before a chip counts as absent: one disturbed transaction costs one reading."""
_ABSENT_PAUSE_MS = const(1000)
"""How long an absent chip is left alone: where a bus hangs, each attempt blocks everything."""
_LOOKS = const(4)
"""How often a conversion is looked after, 1 ms apart, once its nominal time is over."""


class Chip:
    """One ADS1115, there or not. Reads MISSING while it does not answer and is tried again every second."""

    def __init__(self, i2c: "Any", address: int, gain: int, data_rate: int) -> None:
        self._bus = Bus(i2c)
        self._address = address
        self._gain = gain
        self._data_rate = data_rate
        self._driver: Any = None
        self._streak = 0
        self._failed_at = time.ticks_ms()
        self.converting = False
        self.failures = 0

    def begin(self, pin: int) -> None:
        """Start a conversion of one input; `converting` says whether the chip took it."""
        self.converting = False
        if self._streak >= _PATIENCE and time.ticks_diff(time.ticks_ms(), self._failed_at) < _ABSENT_PAUSE_MS:
            return
        try:
            if self._driver is None:
                self._driver = ADS1115(self._bus, gain=self._gain, data_rate=self._data_rate, address=self._address)
            self._driver._write_config(_SINGLE_ENDED + pin)
            self.converting = True
        except (OSError, ValueError):  # the driver says ValueError when no chip is there to begin with
            self._fail()

    def take(self) -> int:
        """The result of the conversion, or MISSING when it is not finished (`converting` stays) or failed."""
        try:
            if not self._driver._conversion_complete():
                return MISSING
            self.converting = False
            counts: int = self._driver.get_last_result()
        except OSError:
            self._fail()
            return MISSING
        self._streak = 0
        if counts & 0x8000:
            counts -= 0x10000
        return counts if counts != MISSING else MISSING + 1  # the negative rail is a reading

    def _fail(self) -> None:
        self.converting = False
        if self._streak < _PATIENCE:
            self._streak += 1
        self._failed_at = time.ticks_ms()
        self.failures += 1


class Scanner:
    """Scans all channels `rate_Hz` times a second, on a grid that never shifts.

    Chips convert at the same time, the inputs of one chip one after the other.
    """

    def __init__(
        self,
        i2c: "Any",
        channels: "list[list[Any]]",
        gain: int,
        data_rate: int,
        rate_Hz: int,
    ) -> None:
        self.period_ms = 1000 // rate_Hz
        self.missed = 0
        """Slots that could not be scanned since something kept the sock busy."""
        self.chips: dict[int, Chip] = {}
        self._counts = array("h", [MISSING] * len(channels))
        self._conversion_ms = -(-1100 // data_rate)  # the chip's clock may be 10 % slow
        self._take: Callable[[int, array[int]], None] | None = None
        self._index = 0
        self._due = time.ticks_ms()
        rounds: list[list[tuple[Chip, int, int]]] = []
        for at, (_, address, pin) in enumerate(channels):
            if address not in self.chips:
                self.chips[address] = Chip(i2c, address, gain, data_rate)
            chip = self.chips[address]
            number = len([1 for each in rounds for one in each if one[0] is chip])
            if number == len(rounds):
                rounds.append([])
            rounds[number].append((chip, pin, at))
        self._rounds = rounds

    @property
    def delay_ms(self) -> int:
        """From a slot's beginning to the middle of its conversions, every second of which is looked after twice."""
        return len(self._rounds) * (2 * self._conversion_ms + 1) // 4

    def start(self, take: "Callable[[int, array[int]], None]") -> None:
        """The grid begins now.

        take(index, counts): called for every slot from index 0, in order and without a gap; counts are those of the
        channels in their order, MISSING where nothing could be read, all MISSING where the slot could not be scanned in
        time. The array is reused.
        """
        self._take = take
        self._index = 0
        self._due = time.ticks_ms()

    async def run(self, here: "Callable[[], None]") -> None:
        """Scan for ever; after a failure it goes on where the grid stands. here() is called for every slot."""
        take = self._take
        assert take is not None
        late_ms = self.period_ms // 2
        while True:
            here()
            wait_ms = time.ticks_diff(self._due, time.ticks_ms())
            await asyncio.sleep_ms(wait_ms if wait_ms > 0 else 0)
            if time.ticks_diff(time.ticks_ms(), self._due) <= late_ms:
                await self._scan()
            else:
                self.missed += 1
                self._clear()
            index = self._index
            self._index = index + 1
            self._due = time.ticks_add(self._due, self.period_ms)
            take(index, self._counts)

    async def _scan(self) -> None:
        self._clear()
        counts = self._counts
        for together in self._rounds:
            waiting = False
            for chip, pin, _ in together:
                chip.begin(pin)
                waiting = waiting or chip.converting
            if not waiting:
                continue
            await asyncio.sleep_ms(self._conversion_ms)
            for _ in range(_LOOKS):
                waiting = False
                for chip, _, at in together:
                    if chip.converting:
                        counts[at] = chip.take()
                        waiting = waiting or chip.converting
                if not waiting:
                    break
                await asyncio.sleep_ms(1)

    def _clear(self) -> None:
        for at in range(len(self._counts)):
            self._counts[at] = MISSING
