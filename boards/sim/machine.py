"""`machine` as boards have it (ESP32's numbers), as far as a sock uses it."""

import json
import time
from binascii import unhexlify

import _port
import _sim
from uctypes import addressof

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
PIN_WAKE, TIMER_WAKE = 2, 4

_ENODEV = 19
_i2c_write, _i2c_read, _i2c_read_from = _sim.i2c_write, _sim.i2c_read, _sim.i2c_read_from
_frequency_Hz = 160000000


def reset_cause() -> int:
    return _sim.config("reset_cause")


def wake_reason() -> int:
    return TIMER_WAKE if reset_cause() == DEEPSLEEP_RESET else 0


def unique_id() -> bytes:
    return unhexlify(_sim.config("unique_id"))


def freq(hertz=None):
    global _frequency_Hz
    if hertz is None:
        return _frequency_Hz
    _frequency_Hz = hertz


def _end(name: str, args: list) -> None:
    _port.tell(name, args)
    _sim.end()


def reset() -> None:
    _end("reset", [HARD_RESET])


def soft_reset() -> None:
    raise SystemExit


def deepsleep(ms: int = 0) -> None:
    _end("deepsleep", [ms])


def lightsleep(ms: int = 0) -> None:
    time.sleep_ms(ms)


def idle() -> None:
    time.sleep_ms(1)


def disable_irq() -> int:
    return 0


def enable_irq(state: int) -> None:
    pass


class I2C:
    """The bus on two pins; whatever the pins, it is the same one."""

    def __init__(self, id=0, *, scl=None, sda=None, freq: int = 400000, timeout: int = 50000):
        self._freq = freq

    def init(self, *, scl=None, sda=None, freq: int = 400000):
        self._freq = freq

    def deinit(self):
        pass

    def scan(self) -> list:
        return json.loads(_sim.i2c_scan())

    def _checked(self, result: int) -> int:
        if result < 0:
            raise OSError(-result)
        return result

    def writeto(self, addr: int, buf, stop: bool = True) -> int:
        self._checked(_i2c_write(addr, addressof(buf), len(buf), self._freq))
        return len(buf)

    def writevto(self, addr: int, vector, stop: bool = True) -> int:
        return self.writeto(addr, b"".join([bytes(part) for part in vector]), stop)

    def readfrom_into(self, addr: int, buf, stop: bool = True) -> None:
        self._checked(_i2c_read(addr, addressof(buf), len(buf), self._freq))

    def readfrom(self, addr: int, nbytes: int, stop: bool = True) -> bytes:
        buf = bytearray(nbytes)
        self.readfrom_into(addr, buf, stop)
        return bytes(buf)

    def writeto_mem(self, addr: int, memaddr: int, buf, *, addrsize: int = 8) -> None:
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big") + bytes(buf))

    def readfrom_mem_into(self, addr: int, memaddr: int, buf, *, addrsize: int = 8) -> None:
        if addrsize == 8:
            self._checked(_i2c_read_from(addr, memaddr, addressof(buf), len(buf), self._freq))
            return
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big"), False)
        self.readfrom_into(addr, buf)

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int, *, addrsize: int = 8) -> bytes:
        buf = bytearray(nbytes)
        self.readfrom_mem_into(addr, memaddr, buf, addrsize=addrsize)
        return bytes(buf)


class SoftI2C(I2C):
    """The same bus, driven by hand."""

    def __init__(self, scl, sda, *, freq: int = 400000, timeout: int = 50000):
        I2C.__init__(self, freq=freq)


class Pin:
    """A pin: an output that an onlooker can see, an input that the world can drive."""

    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2
    WAKE_LOW, WAKE_HIGH = 4, 5
    _made = {}  # noqa: RUF012  (one object per pin, as on boards)

    def __new__(cls, id, *args, **kwargs):
        pin = Pin._made.get(id)
        if pin is None:
            pin = Pin._made[id] = object.__new__(cls)
            pin._id = str(id)
            pin._mode = pin._handler = pin._pull = None
            pin._trigger = 0
        return pin

    def __init__(self, id, mode: int = -1, pull=-1, *, value=None, **_):
        self.init(mode, pull, value=value)

    def init(self, mode: int = -1, pull=-1, *, value=None, **_):
        if mode != -1:
            self._mode = mode
        if pull != -1:
            self._pull = pull
        if value is not None:
            self.value(value)

    def __repr__(self):
        return f"Pin({self._id})"

    def value(self, x=None):
        if x is None:
            level = _sim.pin_read(self._id)
            return level if level >= 0 else int(self._pull == Pin.PULL_UP)
        _sim.pin_write(self._id, int(bool(x)), True)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not self.value())

    def irq(self, handler=None, trigger: int = IRQ_RISING | IRQ_FALLING, *, wake=None, hard: bool = False):
        self._handler, self._trigger = handler, trigger

    def _driven(self, level: int) -> None:
        before = self.value()
        _sim.pin_write(self._id, level, False)
        edge = Pin.IRQ_RISING if level > before else Pin.IRQ_FALLING if level < before else 0
        if self._handler and self._trigger & edge:
            self._handler(self)


class Signal:
    """A pin that may be lit by 0."""

    def __init__(self, pin, *args, invert: bool = False, **kwargs):
        self._pin = pin if isinstance(pin, Pin) else Pin(pin, *args, **kwargs)
        self._invert = invert

    def value(self, x=None):
        if x is None:
            return self._pin.value() ^ self._invert
        self._pin.value(bool(x) ^ self._invert)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


class PWM:
    """A pin that is on in part: seen from outside as on when the duty is not 0."""

    def __init__(self, dest, *, freq: int = 5000, duty_u16: int = 0):
        self._pin, self._freq = dest, freq
        self.duty_u16(duty_u16)

    def freq(self, value=None):
        if value is None:
            return self._freq
        self._freq = value

    def duty_u16(self, value=None):
        if value is None:
            return self._duty
        self._duty = value
        self._pin.value(value > 0)

    def deinit(self):
        self._pin.value(0)


class ADC:
    """The board's own converter; on this board it sees the battery behind a divider by two."""

    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    _FULL_SCALE_uV = 3300000

    def __init__(self, pin, *, atten: int = 3):
        self._pin = str(pin._id if isinstance(pin, Pin) else pin)

    def atten(self, atten: int) -> None:
        pass

    def read_uv(self) -> int:
        return int(_sim.adc_volts(self._pin) * 1000000)

    def read_u16(self) -> int:
        return min(65535, self.read_uv() // 100 * 65535 // (ADC._FULL_SCALE_uV // 100))


class WDT:
    """Resets the board when it is not fed for `timeout` ms; cannot be stopped."""

    def __init__(self, id: int = 0, timeout: int = 5000):
        if timeout < 1000:
            raise ValueError("timeout must be at least 1000 ms")
        _sim.watchdog(timeout)

    def feed(self) -> None:
        _sim.feed()


class RTC:
    """A clock that nobody has set."""

    def datetime(self, when=None):
        if when is None:
            t = time.gmtime()
            return (t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0)


def _pin_event(args: list, data: bytes) -> None:
    pin, level = args
    for made in Pin._made.values():
        if made._id == pin:
            return made._driven(level)
    _sim.pin_write(pin, level, False)


def _plug_event(args: list, data: bytes) -> None:
    _sim.plug(args[0], args[1])


def _world_event(args: list, data: bytes) -> None:
    _sim.world_changed()


_port.on("pin", _pin_event)
_port.on("plug", _plug_event)
_port.on("world", _world_event)
