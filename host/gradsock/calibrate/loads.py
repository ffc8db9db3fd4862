"""What a sensor has been through at each of its points, in the terms in which the sock takes it off again.

The same relaxations and followers as in ``sock.history``, as plain numbers and over the steps of a calibration; so what
is fitted here is what the sock will use there.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from sock.history import REACHES_CMMHG, TAU_BITS

from gradsock.calibrate.points import Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECADES_PER_STEP = math.log10(1 << (TAU_BITS[1] - TAU_BITS[0]))
REACHES_MMHG = tuple(reach / 100 for reach in REACHES_CMMHG)


def pressures(points: Sequence[Point]) -> "NDArray[np.float64]":
    """The reference pressure in mmHg at every full second of a calibration, from 0 on."""
    at_s, mmHg = [0.0], [0.0]
    for point in points:
        arrived_s = max(at_s[-1], point.at_s - point.hold_s)
        at_s += [arrived_s, max(point.at_s, arrived_s)]
        mmHg += [point.reference_mmHg, point.reference_mmHg]
    return np.asarray(np.interp(np.arange(int(at_s[-1]) + 2), at_s, mmHg))


def remembered(points: Sequence[Point]) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Per point what its sensor remembers by then, in mmHg: the sum over the relaxations, shape (n,), and how far each
    follower is away from the pressure, shape (n, followers)."""
    second = pressures(points).tolist()
    taken_in, followers = [0.0] * len(TAU_BITS), [0.0] * len(REACHES_MMHG)
    states = [(0.0, followers)]
    for before, after in pairwise(second):
        mean, low, high = (before + after) / 2, min(before, after), max(before, after)
        taken_in = [was + (mean - was) / (1 << bits) for was, bits in zip(taken_in, TAU_BITS, strict=True)]
        followers = [
            min(max(was, high - reach), low + reach) if high - low <= 2 * reach else mean
            for was, reach in zip(followers, REACHES_MMHG, strict=True)
        ]
        states.append((sum(taken_in), followers))
    at = [states[min(int(point.at_s), len(states) - 1)] for point in points]
    reference = np.array([point.reference_mmHg for point in points])
    return np.array([relaxed for relaxed, _ in at]), np.array([lags for _, lags in at]) - reference[:, None]
