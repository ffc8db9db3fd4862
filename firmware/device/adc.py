"""Scanning: every channel once per slot of a grid in time, through Adafruit's driver, awaited and not busy-polled.

A result is taken only from a chip that says it is idle and holds the very settings of the input that was asked for. A
conversion is started only on a chip that is known to be idle: while one is under way the chip ignores the start, and
the old input's result would come out as the new one's.
"""

import asyncio
import time
from array import array

from sock import MISSING, const
from sock.header import UNSCANNED

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SINGLE_ENDED = const(4)  # multiplexer setting of input 0 against ground; 0 to 3 would be differences between inputs
_CONFIG = const(1)  # register of the settings; its top bit, OS, says that the chip is idle
_IDLE = const(0x8000)
_RAIL = const(32767)
_PATIENCE = const(4)
"""Failures in a row before a chip counts as absent: one disturbed transaction costs one reading."""
_ABSENT_PAUSE_MS = const(500)
"""How long an absent chip is left alone: where a bus hangs, each attempt blocks everything."""
_LOOKS = const(6)
"""How often a conversion is looked after, 1 ms apart, once it should be over."""
_QUICK = const(475)
"""Conversions per second from which on 1 ms is long, and _QUICK_LOOKS follow each other as soon as the rest has had its
turn: by a processor that needs no time for one they are over after some 3 ms."""
_QUICK_LOOKS = const(40)
_SETTLE_MS = const(2)
"""From exciting the sensors to their first conversion: a divider of 10 kOhm with up to 18 nF at the input is within
one of 65536 by then (11 time constants)."""


class Chip:
    """One ADS1115, there or not: its inputs one after the other, once per slot.

    While it does not answer it leaves MISSING and is tried again twice a second. inputs: (index into the counts, input,
    gain, conversions per second, exponent: counts are doubled so often, so that they are in units of the reference's).
    """

    def __init__(self, driver: "Any") -> None:
        self.driver = driver
        self._gain = 0
        self._data_rate = 0
        self._idle = False
        self._config = 0
        self._at = 0
        self._looks = 0
        self._streak = 0
        self._failed_at = time.ticks_ms()
        self.inputs: list[tuple[int, int, int, int, int]] = []
        self.converting = False
        self.left_ms = 0
        """To wait before the conversion under way is looked after."""
        self.hurry = False
        """Look after a conversion as soon as a clock that is 10 % fast has it ready, and again at once."""

    @property
    def slot_ms(self) -> int:
        """What its conversions of one slot take, by a clock that is 10 % slow."""
        return sum([-(-1100 // data_rate) for _, _, _, data_rate, _ in self.inputs])

    def begin(self) -> None:
        """A slot begins; `converting` says whether there is something to wait for."""
        self._at = -1
        self._next()

    def look(self, counts: "array[int]") -> None:
        """Put the result into counts, if there is one by now, and start the next conversion."""
        try:
            config = self.driver._read_register(_CONFIG, True)  # the start left the chip pointing there
            if not config & _IDLE:
                self._looks -= 1
                if self._looks:
                    self.left_ms = 0 if self.hurry and self._data_rate >= _QUICK else 1
                    return
                self._fail()  # it hangs
            else:
                self._idle = True
                result = 0
                if not (config ^ self._config) & ~_IDLE:
                    result = self.driver.get_last_result()
                    if not result:  # nothing at the input, or the chip is fresh from a power failure
                        config = self.driver._read_register(_CONFIG)
                if (config ^ self._config) & ~_IDLE:
                    self._fail()  # it has forgotten what it was told
                else:
                    self._take(result, counts)
        except OSError:
            self._fail()
        self._next()

    def _take(self, result: int, counts: "array[int]") -> None:
        self._streak = 0
        if result & 0x8000:
            result -= 0x10000
        at, _, _, _, exponent = self.inputs[self._at]
        if exponent and result != _RAIL:  # a rail stays one
            result = result << exponent if exponent > 0 else (result + (1 << -exponent - 1)) >> -exponent
            result = min(result, _RAIL - 1)
        counts[at] = result if result > MISSING else MISSING + 1  # the negative rail is a reading

    def _next(self) -> None:
        self.converting = False
        while not self.converting and self._at + 1 < len(self.inputs):
            self._at += 1
            if self._streak >= _PATIENCE and time.ticks_diff(time.ticks_ms(), self._failed_at) < _ABSENT_PAUSE_MS:
                return
            try:
                self._start()
            except OSError:
                self._fail()

    def _start(self) -> None:
        _, pin, gain, data_rate, _ = self.inputs[self._at]
        driver = self.driver
        if not self._idle:
            if not driver._conversion_complete():
                self._fail()
                return
            self._idle = True
        if gain != self._gain:
            self._gain = driver.gain = gain
        if data_rate != self._data_rate:
            self._data_rate = driver.data_rate = data_rate
        self._idle = False  # whatever the chip has heard of the following
        driver._write_config(_SINGLE_ENDED + pin)
        self._config = driver.buf[1] << 8 | driver.buf[2]
        self._looks = _LOOKS
        if self.hurry:
            self._looks = _QUICK_LOOKS
        self.left_ms = 900 // data_rate if self.hurry else -(-1100 // data_rate)
        self.converting = True

    def _fail(self) -> None:
        if self._streak < _PATIENCE:
            self._streak += 1
        self._failed_at = time.ticks_ms()


class Scanner:
    """Scans all channels `rate_Hz` times a second, on a grid that never shifts.

    Chips convert at the same time, the inputs of one chip one after the other; `wiring` makes it from the settings.
    excitation: a machine.Pin that feeds the sensors while it is high, so that they are fed only while they are read;
    None where they always are.
    """

    def __init__(self, chips: "list[Chip]", channels: int, rate_Hz: int, excitation: "Any" = None) -> None:
        self.chips = chips
        self.period_ms = 1000 // rate_Hz
        self.missed = 0
        """Slots that could not be scanned since something kept the sock busy."""
        self._counts = array("h", [MISSING] * channels)
        self._take: Callable[[int, array[int], int], None] | None = None
        self._index = 0
        self._due = time.ticks_ms()
        slot_ms = max([chip.slot_ms for chip in chips])
        most = max([len(chip.inputs) for chip in chips])
        if excitation is not None:
            excitation.value(1)
            if self.period_ms < slot_ms + 3 * _SETTLE_MS:
                excitation = None  # no time to switch it: then it stays on
        self._excitation = excitation
        for chip in chips:
            chip.hurry = self.period_ms < slot_ms + 2 * most
        self.delay_ms = (2 * slot_ms + most) // 4 + (0 if excitation is None else _SETTLE_MS)
        """From a slot's beginning to the middle of its conversions, every second of which is looked after twice."""

    def start(self, take: "Callable[[int, array[int], int], None]") -> None:
        """The grid begins now.

        take(index, counts, flag): called for every slot from index 0, in order and without a gap; counts are those of
        the channels in their order, MISSING where nothing could be read. The array is reused. flag: UNSCANNED where
        the slot could not be scanned in time, else 0.
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
            left_ms = time.ticks_diff(self._due, time.ticks_ms())
            await asyncio.sleep_ms(left_ms if left_ms > 0 else 0)
            for at in range(len(self._counts)):
                self._counts[at] = MISSING
            if time.ticks_diff(time.ticks_ms(), self._due) <= late_ms:
                flag = 0
                await self._scan(self._counts)
            else:
                flag = UNSCANNED
                self.missed += 1
            index = self._index
            self._index = index + 1
            self._due = time.ticks_add(self._due, self.period_ms)
            take(index, self._counts, flag)

    async def _scan(self, counts: "array[int]") -> None:
        if self._excitation is not None:
            self._excitation.value(1)
            await asyncio.sleep_ms(_SETTLE_MS)
        for chip in self.chips:
            chip.begin()
        left_ms = 0
        while left_ms >= 0:
            left_ms = -1
            for chip in self.chips:
                if chip.converting and (left_ms < 0 or chip.left_ms < left_ms):
                    left_ms = chip.left_ms
            if left_ms >= 0:
                await asyncio.sleep_ms(left_ms)
                for chip in self.chips:
                    if chip.converting:
                        chip.left_ms -= left_ms  # the clock is not asked: that costs a board more than it tells
                        if chip.left_ms <= 0:
                            chip.look(counts)
        if self._excitation is not None:
            self._excitation.value(0)
