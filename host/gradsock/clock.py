"""The wall clock and its zone, the only place of the host that reads them.

Monotonic time is the running loop's ``asyncio.get_running_loop().time()``. Nothing else asks what time it is, so that
another clock can be put under the whole host.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

_followed: Callable[[], int] | None = None


def utc_us() -> int:
    """Microseconds since 1970-01-01 00:00 UTC."""
    return time.time_ns() // 1000 if _followed is None else _followed()


def follow(other: Callable[[], int] | None) -> None:
    """Go by another clock, which gives UTC microseconds (a simulated world's); None: by this machine's again."""
    global _followed
    _followed = other


def zone_name() -> str:
    """IANA name of this machine's time zone, such as ``Europe/Berlin``; ``UTC`` where the machine does not tell."""
    named = os.environ.get("TZ", "").removeprefix(":") or _zone_of_localtime()
    try:
        return ZoneInfo(named).key if named else "UTC"
    except (KeyError, ValueError, OSError):
        return "UTC"


def _zone_of_localtime() -> str:
    """The zone that ``/etc/localtime`` points to, or an empty string."""
    try:
        target = str(Path("/etc/localtime").resolve())
    except OSError:
        return ""
    return target.partition("zoneinfo/")[2]


def local(at_utc_us: int, zone: str | None = None) -> datetime:
    """The local date and time of an instant, in an IANA zone (default: this machine's)."""
    place: tzinfo
    try:
        place = ZoneInfo(zone or zone_name())
    except (KeyError, ValueError, OSError):
        place = UTC
    return datetime.fromtimestamp(at_utc_us / 1e6, tz=UTC).astimezone(place)


def minute_of_day() -> int:
    """Local minutes since midnight, 0 to 1439: what a probe tells the sock, which knows no date."""
    now = local(utc_us())
    return now.hour * 60 + now.minute
