"""What probes say for certain: the host's clock less the sock's lies between two bounds, probe by probe.

A question is received after it was sent, an answer after it was given; whatever the radio did in between, connection
events waited for and packets sent again, can only widen the bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradsock.link.events import Probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAX_DRIFT = 200e-6  # two crystals are within 200 ppm; clocks that part faster were set
JUMP_US = 3000.0  # what ticks of a millisecond and the drift do not explain


@dataclass(frozen=True)
class Bounds:
    """Bounds on host less sock in us, about an origin, in the order of the sock's ticks; arrays of one length.

    since_us         the sock's time since the origin
    low_us, high_us  the host's clock was ahead by at least and at most so much, less the origin's own difference
    part             0, 1, ...: counts up where the host's clock was set
    """

    origin_ticks_ms: int
    origin_utc_us: int
    since_us: "Floats"
    low_us: "Floats"
    high_us: "Floats"
    part: "NDArray[np.int64]"


def bounds_of(probes: Sequence[Probe]) -> Bounds:
    """Bounds of the probes of one boot (at least one), whose round trips are not negative."""
    ordered = sorted(probes, key=lambda probe: probe.sock_received_ticks_ms)
    origin = min(ordered, key=lambda probe: probe.round_trip_us)
    ticks_ms, utc_us = origin.sock_received_ticks_ms, origin.sent_utc_us
    since_us = [1000 * (probe.sock_received_ticks_ms - ticks_ms) for probe in ordered]
    low_us = [probe.sent_utc_us - utc_us - since for probe, since in zip(ordered, since_us, strict=True)]
    high_us = [low + probe.round_trip_us for probe, low in zip(ordered, low_us, strict=True)]
    since, low, high = (np.array(values, np.float64) for values in (since_us, low_us, high_us))
    return Bounds(ticks_ms, utc_us, since, low, high, _parts(since, low, high))


def _parts(since_us: "Floats", low_us: "Floats", high_us: "Floats") -> "NDArray[np.int64]":
    """Cut where no drift that a crystal has leads from the bounds before to those after."""
    part = np.zeros(len(since_us), np.int64)
    low, high, number = low_us[0], high_us[0], 0
    for i in range(1, len(since_us)):
        reach = MAX_DRIFT * (since_us[i] - since_us[i - 1])
        low, high = max(low - reach, low_us[i]), min(high + reach, high_us[i])
        if low > high + JUMP_US:
            number += 1
            low, high = low_us[i], high_us[i]
        part[i] = number
    return part
