"""From points to what the sock needs of a sensor: a monotone curve, creep per decade, hysteresis.

What a sensor reads is ``curve(ratio) = P + creep * relaxed + sum(share * lag)``, with ``relaxed`` and ``lag`` known
from its load history (:mod:`gradsock.calibrate.loads`). With the curve written as a sum of basis functions that is
linear in all unknowns but the power law's exponent and rest, so one bounded least squares gives them together, and the
up and the down branch meet on the curve half way between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from sock.calibration import CREEP_MAX_Q14, SHARE_MAX_Q14

from gradsock.calibrate import points as of
from gradsock.calibrate.curve import Curve, Piecewise, PowerLaw
from gradsock.calibrate.loads import DECADES_PER_STEP, REACHES_MMHG, remembered
from gradsock.calibrate.points import SAME_LEVEL_MMHG, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EXPONENTS = (0.6, 2.2)
SMALLEST_RISE_MMHG = 0.05  # from knot to knot: a curve rises
EXPECTED_LOOP_MMHG = 8.0  # half width of a follower's loop that needs no proof
ALIKE_MMHG = 0.3  # by so much neighbouring followers may pull differently without proof: friction has many scales
GAUGE_MMHG = 0.7  # how well a gauge is usually read and the pressure held, anew at each point
SENSOR_MMHG = 0.2  # how well the sensor's own mean is known; all of it without pressure, and within one hold
_ROUNDS, _GRID = 4, 5


@dataclass(frozen=True)
class Fit:
    """One sensor. Residuals are estimate minus reference in mmHg, in the order of the fitted points."""

    curve: Curve
    creep: float
    """Share that each relaxation adds; see ``sock.history``."""
    shares: tuple[float, ...]
    residuals_mmHg: tuple[float, ...]
    left_out_mmHg: dict[str, float]
    """Per form the RMS error at levels that were left out of its fit."""
    hysteresis_mmHg: float
    """Largest distance between the way down and the way up at one level."""

    @property
    def creep_per_decade(self) -> float:
        """Share that the reading grows per decade of time under a load."""
        return self.creep / DECADES_PER_STEP

    @property
    def rms_mmHg(self) -> float:
        """RMS of the residuals."""
        return float(np.sqrt(np.mean(np.square(self.residuals_mmHg))))


@dataclass(frozen=True)
class _Data:
    """The fitted points as columns."""

    ratio: "Array"
    reference: "Array"
    relaxed: "Array"
    lag: "Array"
    held: "NDArray[np.bool_]"
    """The points of one long hold: their reference is the same, whatever it really is."""

    @property
    def weight(self) -> "Array":
        """Per point 1 / its standard deviation in mmHg."""
        sure = self.held | (self.reference < SAME_LEVEL_MMHG)
        return np.where(sure, 1 / SENSOR_MMHG, 1 / GAUGE_MMHG)

    @cached_property
    def weighed(self) -> "tuple[Array, Array, Array]":
        """Weights; columns of the long hold's error, of creep and of each follower; what they and a curve add up to.

        Weighed, with what is believed beforehand in the rows below those of the points.
        """
        points, followers, weight = len(self.ratio), len(REACHES_MMHG), self.weight
        memory = np.zeros((points + 2 * followers, 2 + followers))
        memory[:points] = np.column_stack([self.held, -self.relaxed, -self.lag]) * weight[:, None]
        memory[points, 0] = 1 / GAUGE_MMHG
        memory[points + 1 : points + 1 + followers, 2:] = np.diag(REACHES_MMHG) / EXPECTED_LOOP_MMHG
        for i, reach in enumerate(REACHES_MMHG[:-1]):
            memory[points + 1 + followers + i, 2 + i : 4 + i] = reach / ALIKE_MMHG, -reach / ALIKE_MMHG
        return weight, memory, np.concatenate([self.reference * weight, np.zeros(2 * followers)])

    def without(self, level_mmHg: float) -> "tuple[_Data, _Data]":
        """All but one level, and that level alone."""
        at = np.abs(self.reference - level_mmHg) < SAME_LEVEL_MMHG
        return self._rows(~at), self._rows(at)

    def _rows(self, chosen: "NDArray[np.bool_]") -> "_Data":
        return _Data(
            self.ratio[chosen], self.reference[chosen], self.relaxed[chosen], self.lag[chosen], self.held[chosen]
        )


@dataclass(frozen=True)
class _Solved:
    """A curve with the memory that was fitted beside it."""

    curve: Curve
    creep: float
    shares: "Array"

    def estimate(self, data: _Data) -> "Array":
        """Pressures as the sock will find them, mmHg."""
        return np.asarray(self.curve.mmHg(data.ratio) - self.creep * data.relaxed - data.lag @ self.shares)


def fit(points: Sequence[Point], site: str = "sensor", *, creep: bool = True, hysteresis: bool = True) -> Fit:
    """Fit one sensor's points. CalibrateError when they are too few or not monotone.

    creep, hysteresis: False leaves it out, as if the sensor had none.
    """
    of.check(points, site)
    data = _columns(points, creep, hysteresis)
    law = _power(data)
    near = partial(_power, near=law.curve)  # what one level adds to a law moves it little
    left_out = {"power": _left_out(data, near), "piecewise": _left_out(data, _piecewise)}
    solved = law if left_out["power"] <= left_out["piecewise"] else _piecewise(data)
    residuals = solved.estimate(data) - data.reference
    return Fit(
        solved.curve,
        solved.creep,
        tuple(float(share) for share in solved.shares),
        tuple(round(float(residual), 3) for residual in residuals),
        {name: round(error, 3) for name, error in left_out.items()},
        _widest(points, solved.curve),
    )


def levels(points: Sequence[Point]) -> list[float]:
    """The levels of the fitted points in mmHg, rising; readings of one level are one."""
    rising = sorted(point.reference_mmHg for point in of.fitted(points))
    return _levels(np.array(rising))


def _levels(reference: "Array") -> list[float]:
    found: list[list[float]] = []
    for value in np.sort(reference).tolist():
        if found and value - found[-1][0] < SAME_LEVEL_MMHG:
            found[-1].append(value)
        else:
            found.append([value])
    return [sum(group) / len(group) for group in found]


def _columns(points: Sequence[Point], creep: bool, hysteresis: bool) -> _Data:
    chosen = [i for i, point in enumerate(points) if point.phase != "condition"]
    relaxed, lag = remembered(points)
    return _Data(
        np.array([points[i].ratio for i in chosen]),
        np.array([points[i].reference_mmHg for i in chosen]),
        float(creep) * relaxed[chosen],
        float(hysteresis) * lag[chosen],
        np.array([points[i].phase == "hold" for i in chosen]),
    )


def _left_out(data: _Data, solve: "Callable[[_Data], _Solved]") -> float:
    """RMS error at each level but the lowest and the highest when the fit does not know it."""
    errors = []
    for level in _levels(data.reference)[1:-1]:
        rest, left_out = data.without(level)
        errors.append(solve(rest).estimate(left_out) - left_out.reference)
    return float(np.sqrt(np.mean(np.square(np.concatenate(errors)))))


def _power(data: _Data, near: Curve | None = None) -> _Solved:
    """A power law: exponent and rest by a search that closes in, the others by least squares.

    near: one of almost the same points, to search round.
    """
    resting = data.reference < SAME_LEVEL_MMHG
    lowest, span = float(data.ratio[resting].min()), float(np.ptp(data.ratio))
    exponents, rests = EXPONENTS, (max(lowest - 0.1 * span, 0.0), lowest + 0.02 * span)
    rounds = _ROUNDS
    if isinstance(near, PowerLaw):
        rounds = 1
        for _ in range(_ROUNDS - 2):
            exponents, rests = _closer(exponents, near.exponent), _closer(rests, near.rest)
    best: tuple[float, _Solved] | None = None
    for _ in range(rounds):
        for exponent in np.linspace(*exponents, _GRID):
            for rest in np.linspace(*rests, _GRID):
                shape = PowerLaw(float(rest), float(exponent), 1.0)
                column = shape.mmHg(data.ratio)[:, None]
                scale, creep, shares, cost = _solve(column, data)
                if best is None or cost < best[0]:
                    law = PowerLaw(shape.rest, shape.exponent, max(float(scale[0]), 1e-9))
                    best = cost, _Solved(law, creep, shares)
        assert best is not None
        found = best[1].curve
        assert isinstance(found, PowerLaw)
        exponents, rests = _closer(exponents, found.exponent), _closer(rests, found.rest)
    assert best is not None
    return best[1]


def _closer(span: tuple[float, float], middle: float) -> tuple[float, float]:
    """A third of a span, round its best value and within it."""
    half = (span[1] - span[0]) / 6
    return max(span[0], middle - half), min(span[1], middle + half)


def _piecewise(data: _Data) -> _Solved:
    """Knots at the mean ratio of each level; the unknowns are the lowest pressure and the rises from knot to knot."""
    at = [np.abs(data.reference - level) < SAME_LEVEL_MMHG for level in _levels(data.reference)]
    x = np.array(sorted(float(data.ratio[where].mean()) for where in at))
    x = x[np.concatenate([[True], np.diff(x) > 1e-6])]
    hats = np.stack([_extended(data.ratio, x, unit) for unit in np.eye(len(x))], axis=1)
    rises = hats @ np.tril(np.ones((len(x), len(x))))
    steps, creep, shares, _ = _solve(rises, data, free=1)
    y = np.cumsum(np.concatenate([steps[:1], np.maximum(steps[1:], SMALLEST_RISE_MMHG)]))
    return _Solved(Piecewise(tuple(x.tolist()), tuple(y.tolist())), creep, shares)


def _extended(ratio: "Array", x: "Array", y: "Array") -> "Array":
    """A line through knots, going on straight at both ends."""
    first, last = (y[1] - y[0]) / (x[1] - x[0]), (y[-1] - y[-2]) / (x[-1] - x[-2])
    beyond = np.minimum(ratio - x[0], 0.0) * first + np.maximum(ratio - x[-1], 0.0) * last
    return np.asarray(np.interp(ratio, x, y) + beyond)


def _solve(basis: "Array", data: _Data, free: int = 0) -> "tuple[Array, float, Array, float]":
    """Weighted least squares of ``basis @ c - creep * relaxed - lag @ shares = reference``: c, creep, shares, cost.

    All unknowns but the first ``free`` ones of c are >= 0. A follower is only believed as far as it explains something,
    and the long hold may have been at another pressure than the gauge said.
    """
    n, points = basis.shape[1], len(data.ratio)
    weight, memory, wanted = data.weighed
    whole = np.zeros((len(memory), n + memory.shape[1]))
    whole[:, 0], whole[:, n + 1 :] = memory[:, 0], memory[:, 1:]
    whole[:points, 1 : n + 1] = basis * weight[:, None]
    found = _bounded(whole, wanted, 1 + free)
    left = whole @ found - wanted
    creep, shares = min(float(found[n + 1]), CREEP_MAX_Q14 / 16384), found[n + 2 :]
    most = SHARE_MAX_Q14 / 16384
    return found[1 : n + 1], creep, shares * min(1.0, most / max(float(shares.sum()), most)), float(left @ left)


def _bounded(table: "Array", wanted: "Array", free: int) -> "Array":
    """Least squares with all unknowns but the first ``free`` ones >= 0: drop the most negative until none is."""
    size = np.sqrt(np.einsum("ij,ij->j", table, table))
    used = size > 1e-9
    size = np.where(used, size, 1.0)
    scaled = table / size
    normal, right = scaled.T @ scaled, scaled.T @ wanted
    normal.flat[:: len(size) + 1] += 1e-9
    while True:
        found = np.zeros(len(size))
        found[used] = np.linalg.solve(normal[used][:, used], right[used])
        worst = free + int(np.argmin(found[free:]))
        if found[worst] >= 0:
            return np.asarray(found / size)
        used[worst] = False


def _widest(points: Sequence[Point], curve: Curve) -> float:
    """Largest distance between down and up at one level, in mmHg on the curve."""
    branches = {
        phase: sorted((p.reference_mmHg, p.ratio) for p in points if p.phase == phase) for phase in ("up", "down")
    }
    up = {level: next(iter(group))[1] for level, group in groupby(branches["up"], key=lambda pair: pair[0])}
    widths = [0.0]
    for level, ratio in branches["down"]:
        near = [other for other in up if abs(other - level) < SAME_LEVEL_MMHG]
        if near:
            down_mmHg, up_mmHg = curve.mmHg(np.array([ratio, up[near[0]]]))
            widths.append(float(down_mmHg - up_mmHg))
    return round(max(widths), 2)
