"""What the pressure is compared with, and how well that is known.

[R] read in the source named in the guide to calibrating, [D] derived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gradsock.errors import UsageError

MMHG_PER_CM_WATER = 0.73556
"""At 20 degC and normal gravity."""
MMHG_PER_KPA = 7.50062
GRAVITY = 9.80665
GAUGE_LIMIT_MMHG = 3.0
"""[R] what a manual gauge may be wrong by, anywhere on its scale."""
LIMIT_TO_STANDARD = 3**-0.5  # [D] a value that is known to lie between two limits and nothing more
CHECKED_MMHG = 0.6
"""[D] a gauge read to half a mmHg, corrected by a water column that is read to 2 mm."""


@dataclass(frozen=True)
class Method:
    """A way to press with a known pressure."""

    name: str
    title: str
    standard_mmHg: float
    """Standard uncertainty, whatever the pressure."""
    standard_share: float
    """And in proportion to it."""
    ask: str
    """What a person is asked to do for a level."""

    def uncertainty_mmHg(self, mmHg: float) -> float:
        """Standard uncertainty at a pressure."""
        return round(float((self.standard_mmHg**2 + (self.standard_share * mmHg) ** 2) ** 0.5), 2)


METHODS = {
    method.name: method
    for method in (
        Method("cuff", "a manual blood-pressure cuff", GAUGE_LIMIT_MMHG * LIMIT_TO_STANDARD, 0.0, "pump to"),
        Method(
            "picopress", "a PicoPress beside the sensor, under the cuff", 0.3, 0.0279, "bring it to"
        ),  # [R] CV 2.79 %
        Method("weights", "weights on the sensor, on a soft pad of known area", 0.2, 0.03, "lay on"),  # [D] area to 3 %
    )
}


@dataclass(frozen=True)
class Gauge:
    """Corrects a gauge by what it showed at known pressures: (shown, true) in mmHg. Without any: as it shows."""

    checks: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        for shown, true in self.checks:
            if not 0 <= shown <= 320 or abs(shown - true) > 15:
                raise UsageError(
                    f"a gauge that shows {shown:g} mmHg at {true:g} is not worth correcting: use another one"
                )
        if any(after[0] <= before[0] or after[1] <= before[1] for before, after in pairwise(self.checks)):
            raise UsageError("a gauge has to show more at a higher pressure: check it again, from low to high")

    def true_mmHg(self, shown: float) -> float:
        """What the pressure is when the gauge shows so much; its error is 0 at 0 and stays as it is beyond the last."""
        points = [(0.0, 0.0), *(pair for pair in self.checks if pair[0] > 0)]
        if shown <= 0 or len(points) == 1:
            return max(shown, 0.0)
        for (low, true_low), (high, true_high) in pairwise(points):
            if shown <= high:
                return true_low + (shown - low) * (true_high - true_low) / (high - low)
        return shown + points[-1][1] - points[-1][0]

    def shown_mmHg(self, true: float) -> float:
        """What the gauge shows at a pressure."""
        return Gauge(tuple((pair[1], pair[0]) for pair in self.checks)).true_mmHg(true)

    def standard_mmHg(self, method: Method, mmHg: float) -> float:
        """Standard uncertainty of the pressures it tells."""
        return CHECKED_MMHG if self.checks and method.name == "cuff" else method.uncertainty_mmHg(mmHg)


def column_cm(mmHg: float) -> float:
    """Height of a column of water that presses so much."""
    return round(mmHg / MMHG_PER_CM_WATER, 1)


def weight_g(mmHg: float, area_cm2: float) -> float:
    """Mass that presses so much on an area."""
    return round(mmHg / MMHG_PER_KPA * 1000 * area_cm2 * 1e-4 / GRAVITY * 1000, 1)


def pressure_mmHg(mass_g: float, area_cm2: float) -> float:
    """What a mass presses with on an area."""
    return mass_g / weight_g(1000, area_cm2) * 1000


def parse_checks(text: str) -> Gauge:
    """``21=20,41=40,60.5=60``: what the gauge showed and what the water column was; UsageError when it is no such."""
    pairs: list[tuple[float, float]] = []
    for part in text.replace(";", ",").split(","):
        shown, is_pair, true = part.partition("=")
        try:
            if not is_pair:
                raise ValueError
            pairs.append((float(shown), float(true)))
        except ValueError:
            raise UsageError(f"'{part.strip()}' is not SHOWN=TRUE in mmHg, such as 21=20") from None
    return Gauge(tuple(sorted(pairs)))


def as_pairs(checks: Sequence[Sequence[float]]) -> Gauge:
    """The gauge of an artefact."""
    return Gauge(tuple((float(shown), float(true)) for shown, true in checks))
