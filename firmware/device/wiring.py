"""What is wired where: the chips with their inputs, as the settings tell. A running sock does without this.

Each chip's driver is made over a bus on which nobody is, whether the chip is there or not: making it asks for nothing
that the scanner does not tell the chip again with every conversion. So a chip that is plugged in later is like another.
"""

from adafruit_ads1x15 import ADS1115, ads1x15
from adafruit_bus_device import i2c_device
from sock import const

from .adc import Chip, Scanner
from .bus import Bus

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_GAINS = (1, 2, 4, 8, 16)
_AT_GAIN = const(3)  # of a channel: [role, address, input], and where it has its own a gain and conversions per second
_AT_DATA_RATE = const(4)

NEVER_CALLED = (
    (ads1x15.ADS1x15, ("__init__", "_read_config", "_read", "read", "bits", "comparator_queue_lengths")),
    (ads1x15.ADS1x15, ("_data_rate_default", "_conversion_value", "rates", "rate_config")),
    (ADS1115, ("_data_rate_default", "_conversion_value", "bits")),
    (i2c_device.I2CDevice, ("__init__", "__probe_for_device")),
    (ads1x15, ("Pin", "Comp_Mode", "Comp_Polarity", "Comp_Latch")),
)
"""Parts of the driver that a scan does without, and its base class's that ours has its own of."""
NEVER_CHANGED = (
    "comparator_queue_length",
    "comparator_low_threshold",
    "comparator_high_threshold",
    "comparator_mode",
    "comparator_polarity",
    "comparator_latch",
)


class _Nobody:
    """machine.I2C as the driver's maker wants it: everything is taken, and what is read stays as it was."""

    def writeto(self, _address: int, _buffer: object) -> None: ...

    def readfrom_into(self, _address: int, _buffer: object) -> None: ...

    def readfrom_mem_into(self, _address: int, _register: int, _buffer: object) -> None: ...


def wire(
    i2c: "Any", channels: "list[list[Any]]", gain: int, data_rate: int, rate_Hz: int, excitation: "Any" = None
) -> Scanner:
    """The scanner of these channels. gain, data_rate: of those without their own. excitation: see `Scanner`."""
    chips: dict[int, Chip] = {}
    reference_gain = gain
    for channel in channels:
        if channel[0] == "reference":
            reference_gain = _own(channel, _AT_GAIN, gain)
    for at, channel in enumerate(channels):
        address = channel[1]
        if address not in chips:
            bus = Bus(_Nobody())
            driver = ADS1115(bus, address=address)
            driver.initialized = False  # gain and rate are written together with the input, and not before
            bus.i2c = i2c
            chips[address] = Chip(driver)
        its_gain = _own(channel, _AT_GAIN, gain)
        exponent = _GAINS.index(reference_gain) - _GAINS.index(its_gain)
        chips[address].inputs.append((at, channel[2], its_gain, _own(channel, _AT_DATA_RATE, data_rate), exponent))
    return Scanner(list(chips.values()), len(channels), rate_Hz, excitation)


def slim(scanner: Scanner) -> None:
    """Give back the memory of what no scan calls. (None in its place: a name that is deleted keeps its value alive.)"""
    for name in NEVER_CHANGED:
        values = [getattr(chip.driver, name) for chip in scanner.chips]
        setattr(ads1x15.ADS1x15, name, None)  # it was a property
        for chip, value in zip(scanner.chips, values):  # noqa: B905
            setattr(chip.driver, name, value)
    for owner, names in NEVER_CALLED:
        for name in names:
            setattr(owner, name, None)


def _own(channel: "list[Any]", at: int, default: int) -> int:
    value: int | None = channel[at] if len(channel) > at else None
    return default if value is None else value
