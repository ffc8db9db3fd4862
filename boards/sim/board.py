"""The parts of the virtual board: a sock's electronics as somebody would wire them up, in software."""

import machine
from machine import ADC, I2C, WDT, Pin

NAME = "sim"
PAIRS = True
"""Whether this board's MicroPython can pair and bond."""

led: "Pin | None" = Pin(2, Pin.OUT, value=0)
LED_LIT = 1
button: "Pin | None" = Pin(9, Pin.IN, Pin.PULL_UP)
BUTTON_PRESSED = 0
excitation: "Pin | None" = Pin(8, Pin.OUT, value=1)
"""Feeds the sensors' dividers (<= 1.5 V) while high; on from the start. None: always on."""
motor: "Pin | None" = Pin(10, Pin.OUT, value=0)
"""Gate of the transistor of a vibration motor or buzzer, high is on. None: there is none."""

_battery = ADC(Pin(4))
_FULL_SCALE_MV = 3300

_CAUSES = {
    machine.PWRON_RESET: "power-on",
    machine.WDT_RESET: "watchdog",
    machine.DEEPSLEEP_RESET: "deep sleep",
    machine.SOFT_RESET: "soft reset",
}


def i2c() -> I2C:
    """The bus with the ADS1115s. Its timeout holds up everything else: a hung bus may cost a scan, not more."""
    return I2C(0, scl=Pin(7), sda=Pin(6), freq=400_000, timeout=5_000)


def battery_mV() -> "int | None":
    """Voltage of the cell, which the converter sees halved; None on a board that cannot tell."""
    return 2 * _battery.read_u16() * _FULL_SCALE_MV // 0xFFFF


def wdt(timeout_ms: int) -> WDT:
    """Start the watchdog, which nothing stops again."""
    return WDT(timeout=timeout_ms)


def reset_cause() -> str:
    """Why the board started, in a word or two."""
    return _CAUSES.get(machine.reset_cause(), "reset")


def unique_id() -> bytes:
    """The chip's own number."""
    return machine.unique_id()


def reset() -> None:
    """Start anew, as with the reset button."""
    machine.reset()


def sleep(ms: int) -> None:
    """Sleep deeply for so long, 0 for ever; the button wakes it too. It wakes with a boot."""
    machine.deepsleep(ms)
