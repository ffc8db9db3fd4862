"""Unexpected Maker FeatherS3.

Header as in the maker's KiCad symbol, parts as in MicroPython's pins.csv of this board; what the chip does with a pin
as in ESP-IDF's GPIO summary for the ESP32-S3. Kept free: IO0 and IO3 are read at boot, RX and TX (GPIO44, 43) are the
console.
"""

import machine
from machine import ADC, I2C, WDT, Pin

NAME = "UM_FEATHERS3"
PAIRS = True
"""Whether this board's MicroPython can pair and bond."""

led: "Pin | None" = Pin(13, Pin.OUT, value=0)  # pins.csv: LED_BLUE; lit when high, as in MicroPython's feathers3.py
LED_LIT = 1
button: "Pin | None" = Pin(7, Pin.IN, Pin.PULL_UP)  # GPIO0 to 21 wake this chip from deep sleep
BUTTON_PRESSED = 0
excitation: "Pin | None" = Pin(10, Pin.OUT, value=1)  # IO10
"""Feeds the sensors' dividers (<= 1.5 V) while high; on from the start. None: always on."""
motor: "Pin | None" = Pin(11, Pin.OUT, value=0)  # IO11
"""Gate of the transistor of a vibration motor or buzzer, high is on. None: there is none."""

_BATTERY_kOHM, _GROUND_kOHM = 442, 160  # the board's divider, as in the maker's feathers3.py
_battery = ADC(Pin(2), atten=ADC.ATTN_2_5DB)  # pins.csv: VBAT_SENSE; 1.12 V at 4.2 V

_CAUSES = {
    machine.PWRON_RESET: "power-on",  # a brown-out too: MicroPython does not tell them apart on this chip
    machine.WDT_RESET: "watchdog",
    machine.DEEPSLEEP_RESET: "deep sleep",
    machine.SOFT_RESET: "soft reset",
}


def i2c() -> I2C:
    """The bus with the ADS1115s. Its timeout holds up everything else: a hung bus may cost a scan, not more."""
    return I2C(0, scl=Pin(9), sda=Pin(8), freq=400_000, timeout=5_000)  # MICROPY_HW_I2C0


def battery_mV() -> "int | None":
    """Voltage of the cell behind the board's divider; without a cell the charger's 4200."""
    return _battery.read_uv() * (_BATTERY_kOHM + _GROUND_kOHM) // _GROUND_kOHM // 1000


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

    esp32.wake_on_ext0(button, esp32.WAKEUP_ALL_LOW)
    machine.deepsleep(ms) if ms else machine.deepsleep()
