"""`time` as boards have it: counted from 2000-01-01, which is when a board without a battery-backed clock thinks it was
powered on; waiting lets interrupts in."""

# ruff: noqa: F401  (what boards offer under this name)

import _sim
from utime import gmtime as _gmtime
from utime import mktime as _mktime
from utime import ticks_add, ticks_cpu, ticks_diff, ticks_ms

_TO_2000 = 946684800  # the interpreter counts from 1970

ticks_us = _sim.ticks_us
_sleep = _sim.sleep
_uptime_s = _sim.uptime_s


def time() -> int:
    return _uptime_s()


def time_ns() -> int:
    return _uptime_s() * 1000000000


def gmtime(seconds=None):
    return _gmtime((_uptime_s() if seconds is None else seconds) + _TO_2000)


localtime = gmtime


def mktime(parts) -> int:
    return _mktime(parts) - _TO_2000


def sleep_us(us: int) -> None:
    while us > 0:
        us = _sleep(us)


def sleep_ms(ms: int) -> None:
    # in pieces, so that microseconds stay small integers
    while ms > 500000:
        sleep_us(500000000)
        ms -= 500000
    sleep_us(ms * 1000)


def sleep(seconds) -> None:
    sleep_ms(int(seconds * 1000))
