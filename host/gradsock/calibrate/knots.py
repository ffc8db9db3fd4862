"""A fitted curve in the sock's integers: knots of x_q14 and cmmHg, for a sensor as warm as skin."""

import math
from itertools import pairwise

import numpy as np
from sock.curves import Q14

from gradsock.calibrate.curve import Curve
from gradsock.calibrate.fit import Fit

SKIN_DEGC = 33.0
"""[R] skin has 32 to 34 degC."""
KNOTS = 10
"""A sensor: three sensors then fit into one event of the sock."""
HIGHEST_MMHG = 75.0
_RATIO_MAX = 12.0  # the sensor at 92 % of the excitation: no curve goes on beyond
_GRID = 1001


def knots(curve: Curve, warmer_degC: float = 0.0, per_degC: float = 0.0) -> list[tuple[int, int]]:
    """(x_q14, cmmHg), both strictly rising; where the curve bends most they lie closest.

    warmer_degC: by how much the skin is warmer than the sensor was; per_degC: share of its gain that it gains by that.
    """
    rest, top = _ratio_at(curve, 0.0), _ratio_at(curve, HIGHEST_MMHG)
    ratio = np.linspace(rest, top, _GRID)
    mmHg = curve.mmHg(ratio)
    chosen = [0, _GRID - 1]
    while len(chosen) < KNOTS:
        off = np.abs(np.interp(ratio, ratio[chosen], mmHg[chosen]) - mmHg)
        if not off.max():
            break
        chosen = sorted({*chosen, int(off.argmax())})
    warm = 1.0 + per_degC * warmer_degC
    found: list[tuple[int, int]] = []
    for i in chosen:
        x, y = round((rest + float(ratio[i] - rest) * warm) * Q14), round(float(mmHg[i]) * 100)
        if not found or (x > found[-1][0] and y > found[-1][1]):
            found.append((x, y))
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
    """Where a curve comes to a pressure, by halving; at most the highest ratio."""
    low, high = -0.5, _RATIO_MAX
    for _ in range(60):
        middle = (low + high) / 2
        if float(curve.mmHg(np.array([middle]))[0]) > mmHg:
            high = middle
        else:
            low = middle
    return low
