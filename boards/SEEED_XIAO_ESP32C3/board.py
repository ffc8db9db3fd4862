"""Seeed Studio XIAO ESP32C3.

Pads as in MicroPython's pins.csv of this board; what the chip does with a pin as in ESP-IDF's GPIO summary for the
ESP32-C3. Kept free: D0, D8 and D9 (GPIO2, 8, 9) are read at boot, D6 and D7 (GPIO21, 20) are the console.
"""

import machine
from machine import I2C, WDT, Pin

NAME = "SEEED_XIAO_ESP32C3"
PAIRS = True
"""Whether this board's MicroPython can pair and bond."""

led: "Pin | None" = None  # the only light on this board is the charger's
LED_LIT = 1
button: "Pin | None" = Pin(3, Pin.IN, Pin.PULL_UP)  # D1; GPIO0 to 5 wake this chip from deep sleep
BUTTON_PRESSED = 0
excitation: "Pin | None" = Pin(10, Pin.OUT, value=1)  # D10
"""Feeds the sensors' dividers (<= 1.5 V) while high; on from the start. None: always on."""
motor: "Pin | None" = Pin(5, Pin.OUT, value=0)  # D3
"""Gate of the transistor of a vibration motor or buzzer, high is on. None: there is none."""

_CAUSES = {
    machine.PWRON_RESET: "power-on",  # a brown-out too: MicroPython does not tell them apart on this chip
    machine.WDT_RESET: "watchdog",
    machine.DEEPSLEEP_RESET: "deep sleep",
    machine.SOFT_RESET: "soft reset",
}


def i2c() -> I2C:
    """The bus with the ADS1115s. Its timeout holds up everything else: a hung bus may cost a scan, not more."""
    return I2C(0, scl=Pin(7), sda=Pin(6), freq=400_000, timeout=5_000)  # D5, D4: MICROPY_HW_I2C0


def battery_mV() -> "int | None":
    """None: the battery pads lead to the charger, not to any pin."""
    return None


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
    import esp32  # here: a running sock does without it

    esp32.wake_on_gpio(None if button is None else (button,), esp32.WAKEUP_ALL_LOW)
    machine.deepsleep(ms) if ms else machine.deepsleep()
