"""How warm the sensors are, told by a thermistor beside them, and what that does to their curves.

A sensor's gain grows with its temperature by a share per degree; what it conducts at rest does not. A calibration holds
for sensors as warm as skin. The thermistor is wired like a sensor: from the excitation to the input, the divider's
resistor from there to ground. A sock without one does without this.
"""

import struct

from . import const
from .curves import Q14, Curves
from .zero import rest_of

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

SKIN_cC = const(3300)
"""Hundredths of a degree Celsius. [R] skin has 32 to 34 degC: what holds where nobody knows better."""
_FIRST_cC = const(0)
_STEP_cC = const(500)
_THERMISTOR_X_Q14 = (4873, 6320, 8121, 10345, 13070, 16384, 20385, 25185, 30905, 37681, 45661, 55009, 65901)
"""From 0 to 60 degC in steps of 5: 16384 exp(3950 K (1 / 298.15 K - 1 / T)), of the common NTC of 10 kOhm at 25 degC
(B 3950) beside a resistor of 10 kOhm. The straight lines between are off by 0.15 degC at most."""


def thermometer() -> Curves:
    """Reads the thermistor's counts: its pressure_cmmHg is a temperature in hundredths of a degree."""
    points = len(_THERMISTOR_X_Q14)
    return Curves([list(_THERMISTOR_X_Q14)], [[_FIRST_cC + _STEP_cC * i for i in range(points)]], [0])


def read_cC(meter: Curves, counts: int, reference_counts: int) -> int:
    """A temperature, or SKIN_cC where nobody knows one."""
    return meter.pressure_cmmHg(0, counts, reference_counts) if is_told(meter, counts, reference_counts) else SKIN_cC


def is_told(meter: Curves, counts: int, reference_counts: int) -> bool:
    """False for a wire that is open or short, and for what is colder or hotter than any sock."""
    read = meter.pressure_cmmHg(0, counts, reference_counts)
    return _FIRST_cC < read < _FIRST_cC + _STEP_cC * (len(_THERMISTOR_X_Q14) - 1)


def set_warmth(curves: Curves, per_degC_q20: "Sequence[int]", now_cC: int) -> None:
    """Have curves read sensors as warm as this; per_degC_q20: share of its gain per degree, for each site channel."""
    rest = rest_of(curves)
    warm = []
    for index in range(len(per_degC_q20)):
        gained = per_degC_q20[index] * (now_cC - SKIN_cC) // 100 >> 6
        warm.append((rest[index], gained * Q14 // (Q14 + gained)))
    curves.warm = warm


def pack(ticks_ms: int, now_cC: int) -> bytes:
    """ticks_ms of the first sample that is read so, and how warm: 10 bytes, little-endian."""
    return struct.pack("<Qh", ticks_ms, now_cC)


def unpack(data: bytes) -> "tuple[int, int]":
    """What `pack` packed; ValueError for anything else."""
    if len(data) != 10:
        raise ValueError(f"a warmth of {len(data)} bytes")
    ticks_ms, now_cC = struct.unpack("<Qh", data)
    return ticks_ms, now_cC
