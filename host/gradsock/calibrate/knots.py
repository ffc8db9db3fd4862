"""A fitted curve in the sock's integers: knots of x_q14 and cmmHg, for a sensor as warm as skin."""

import math
from itertools import pairwise

import numpy as np
from sock.curves import Q14

from gradsock.calibrate.curve import Curve
from gradsock.calibrate.fit import Fit

SKIN_DEGC = 33.0
"""[R] skin has 32 to 34 degC."""
PRESSURES_MMHG = (0.0, 3.0, 8.0, 14.0, 21.0, 29.0, 38.0, 48.0, 60.0, 75.0)
"""Where the knots lie: ten a sensor, so that three sensors fit into one event of the sock."""
_RATIO_MAX = 12.0  # the sensor at 92 % of the excitation


def knots(curve: Curve, warmer_degC: float = 0.0, per_degC: float = 0.0) -> list[tuple[int, int]]:
    """(x_q14, cmmHg), both strictly rising.

    warmer_degC: by how much the skin is warmer than the sensor was; per_degC: share of its gain that it gains by that.
    """
    ratios = [_ratio_at(curve, mmHg) for mmHg in PRESSURES_MMHG]
    warm = 1.0 + per_degC * warmer_degC
    found: list[tuple[int, int]] = []
    for ratio, mmHg in zip(ratios, PRESSURES_MMHG, strict=True):
        x = round((ratios[0] + (ratio - ratios[0]) * warm) * Q14)
        if math.isfinite(ratio) and (not found or x > found[-1][0]):
            found.append((x, round(mmHg * 100)))
    return found


def memory_q14(fit: Fit) -> tuple[int, tuple[int, ...]]:
    """Creep and hysteresis in the sock's integers."""
    return round(fit.creep * Q14), tuple(math.floor(share * Q14) for share in fit.shares)


def worst_chord_mmHg(curve: Curve) -> float:
    """How far the straight lines between the knots are away from the curve, at most."""
    worst = 0.0
    for (x0, y0), (x1, y1) in pairwise(knots(curve)):
        ratio = np.linspace(x0, x1, 9) / Q14
        line = np.linspace(y0, y1, 9) / 100
        worst = max(worst, float(np.abs(curve.mmHg(ratio) - line).max()))
    return worst


def _ratio_at(curve: Curve, mmHg: float) -> float:
    """Where a curve comes to a pressure, by halving; infinity when it never does."""
    low, high = -0.5, _RATIO_MAX
    if float(curve.mmHg(np.array([high]))[0]) < mmHg:
        return math.inf
    for _ in range(60):
        middle = (low + high) / 2
        if float(curve.mmHg(np.array([middle]))[0]) > mmHg:
            high = middle
        else:
            low = middle
    return low
