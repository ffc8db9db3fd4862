"""Raspberry Pi Pico W.

Pins as in MicroPython's pins.csv of this board. Kept free: GPIO23, 24, 25 and 29 belong to the wireless chip.
"""

import machine
from machine import I2C, WDT, Pin

NAME = "RPI_PICO_W"
PAIRS = False
"""Whether this board's MicroPython can pair and bond: BTstack on this port cannot (micropython issue 13599)."""

led: "Pin | None" = Pin("LED", Pin.OUT, value=0)  # on the wireless chip, so this wakes it
LED_LIT = 1
button: "Pin | None" = Pin(8, Pin.IN, Pin.PULL_UP)  # GP8, pin 11
BUTTON_PRESSED = 0
excitation: "Pin | None" = Pin(6, Pin.OUT, value=1)  # GP6, pin 9
"""Feeds the sensors' dividers (<= 1.5 V) while high; on from the start. None: always on."""
motor: "Pin | None" = Pin(7, Pin.OUT, value=0)  # GP7, pin 10
"""Gate of the transistor of a vibration motor or buzzer, high is on. None: there is none."""

_CAUSES = {
    machine.PWRON_RESET: "power-on",
    machine.WDT_RESET: "watchdog or reset",  # this chip resets itself by way of its watchdog
}


def i2c() -> I2C:
    """The bus with the ADS1115s. Its timeout holds up everything else: a hung bus may cost a scan, not more."""
    return I2C(0, scl=Pin(5), sda=Pin(4), freq=400_000, timeout=5_000)  # GP5 and GP4, pins 7 and 6


def battery_mV() -> "int | None":
    """None: GPIO29 measures the supply only while the wireless chip is silent (micropython issue 10406)."""
    return None


def wdt(timeout_ms: int) -> WDT:
    """Start the watchdog, which nothing stops again; 8388 ms at most on this chip."""
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
    """Sleep deeply for so long, 0 for ever. It wakes with a boot; MicroPython has no button wake this chip."""
    machine.deepsleep(ms) if ms else machine.deepsleep()
