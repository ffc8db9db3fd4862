"""What warmth does to a sensor's points: taken off where its temperature was told, and measured where that varied."""

from collections.abc import Sequence
from dataclasses import replace

from gradsock.calibrate.fit import GAUGE_MMHG, fit
from gradsock.calibrate.points import SAME_LEVEL_MMHG, Point, fitted

VARIED_DEGC = 5.0
"""Below it the gain per degree is taken as its sort has it."""
SURE_PER_DEGC, UNSURE_PER_DEGC = 0.0015, 0.004
"""[D] how far a sensor may be from its sort's gain per degree (standard deviation), and where no sort is known. What a
cooling bottle does looks much like creep, so that what is known beforehand has a say."""
_SHARES = tuple(0.001 * step for step in range(11))
_FINER = 0.00025


def evened(points: Sequence[Point], degC: float, per_degC: float) -> tuple[Point, ...]:
    """The points as the sensor would have read them at one temperature: its gain grows with it, its rest does not."""
    rest = min((point.ratio for point in points if point.reference_mmHg < SAME_LEVEL_MMHG), default=0.0)
    return tuple(
        point
        if point.degC is None
        else replace(point, ratio=rest + (point.ratio - rest) / (1.0 + per_degC * (point.degC - degC)))
        for point in points
    )


def measured_per_degC(points: Sequence[Point], site: str, degC: float, per_degC: float) -> float | None:
    """The share of its gain per degree that points and sort (per_degC, 0 where it is not known) together speak for.

    None where its temperature hardly varied; CalibrateError when the points make no curve.
    """
    told = [point.degC for point in fitted(points) if point.degC is not None]
    if not told or max(told) - min(told) < VARIED_DEGC:
        return None
    spread = SURE_PER_DEGC if per_degC else UNSURE_PER_DEGC

    def unlikely(share: float) -> float:
        left = sum(mmHg**2 for mmHg in fit(evened(points, degC, share), site).residuals_mmHg)
        return left / GAUGE_MMHG**2 + ((share - per_degC) / spread) ** 2

    coarse = min(_SHARES, key=unlikely)
    return min((coarse + _FINER * step for step in range(-3, 4) if coarse + _FINER * step >= 0), key=unlikely)
