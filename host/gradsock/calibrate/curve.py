"""The two forms a sensor's curve may take, from ratio (G R) to mmHg: a power law, and a monotone line through knots."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Curve(Protocol):
    """A curve that has been fitted."""

    @property
    def form(self) -> str:
        """``power`` or ``piecewise``."""
        ...

    def mmHg(self, ratio: "Array") -> "Array":
        """Pressure at these ratios; rises with them, also beyond the points."""
        ...

    def parameters(self) -> dict[str, object]:
        """What describes it, for the artefact."""
        ...


@dataclass(frozen=True)
class PowerLaw:
    """``scale_mmHg * (ratio - rest) ** exponent``; R = k P^-n turned round, with a resting conductance beside it."""

    rest: float
    exponent: float
    scale_mmHg: float
    form: str = "power"

    def mmHg(self, ratio: "Array") -> "Array":
        """See :class:`Curve`."""
        return np.asarray(self.scale_mmHg * np.maximum(ratio - self.rest, 0.0) ** self.exponent)

    def parameters(self) -> dict[str, object]:
        """See :class:`Curve`."""
        return {
            "rest": round(self.rest, 6),
            "exponent": round(self.exponent, 4),
            "scale_mmHg": round(self.scale_mmHg, 4),
        }


@dataclass(frozen=True)
class Piecewise:
    """Monotone cubic between knots (Fritsch and Carlson 1980: it never falls where they rise), straight beyond them."""

    ratios: tuple[float, ...]
    pressures_mmHg: tuple[float, ...]
    form: str = "piecewise"

    def mmHg(self, ratio: "Array") -> "Array":
        """See :class:`Curve`."""
        x, y = np.array(self.ratios), np.array(self.pressures_mmHg)
        slope = _slopes(x, y)
        inside = np.clip(ratio, x[0], x[-1])
        i = np.clip(np.searchsorted(x, inside, side="right") - 1, 0, len(x) - 2)
        width = x[i + 1] - x[i]
        t = (inside - x[i]) / width
        cubic = (
            (1 + 2 * t) * (1 - t) ** 2 * y[i]
            + t * (1 - t) ** 2 * width * slope[i]
            + t * t * (3 - 2 * t) * y[i + 1]
            + t * t * (t - 1) * width * slope[i + 1]
        )
        beyond = np.where(ratio < x[0], (ratio - x[0]) * slope[0], np.maximum(ratio - x[-1], 0.0) * slope[-1])
        return np.asarray(cubic + beyond)

    def parameters(self) -> dict[str, object]:
        """See :class:`Curve`."""
        return {
            "ratios": [round(ratio, 6) for ratio in self.ratios],
            "pressures_mmHg": [round(mmHg, 3) for mmHg in self.pressures_mmHg],
        }


def _slopes(x: "Array", y: "Array") -> "Array":
    """Slope at each knot: harmonic means inside, those of the outer segments at the ends."""
    secant = np.diff(y) / np.diff(x)
    slope = np.empty(len(x))
    slope[0], slope[-1] = secant[0], secant[-1]
    slope[1:-1] = 2 * secant[:-1] * secant[1:] / (secant[:-1] + secant[1:])
    return slope
