"""Standing minus lying at the ankle, where marks say when the leg stood and lay.

Pressures alone do not tell lying from sitting, so nothing is guessed: the wearer says it, with ``gradsock mark
standing`` and ``gradsock mark lying``. At leg point B1 the difference is the static stiffness index (SSI; Partsch
2005); a sensor elsewhere gives a number of the same kind under another name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sock import MISSING

WORDS = {"standing": ("standing", "stand", "stood"), "lying": ("lying", "lie", "lay", "supine")}
BEGINS_AFTER_S = 20.0
"""Veins fill, and the wearer puts the phone away."""
LASTS_S = 60.0
LEAST_S = 10.0


@dataclass(frozen=True)
class StandingMinusLying:
    """Means at the ankle in mmHg, and their difference; ``name`` is SSI only where the sensor lies at B1."""

    name: str
    standing_mmHg: float
    lying_mmHg: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        difference = round(self.standing_mmHg - self.lying_mmHg, 2)
        means = {"standing_mmHg": round(self.standing_mmHg, 2), "lying_mmHg": round(self.lying_mmHg, 2)}
        return {"name": self.name, "difference_mmHg": difference, **means}


def posture_of(text: str) -> str | None:
    """What a mark says of the posture: ``standing``, ``lying``, or nothing."""
    words = text.lower().replace(",", " ").split()
    return next((posture for posture, said in WORDS.items() if words and words[0] in said), None)


def standing_minus_lying(
    t_s: NDArray[np.float64],
    ankle_cmmHg: NDArray[np.int64],
    marks: Sequence[tuple[float, str]],
    point: str = "",
) -> StandingMinusLying | None:
    """t_s, ankle (n,); marks: (seconds, text), in order. None without a mark of each kind and readings after it.

    point: the leg point of the ankle sensor, as the calibration says it.
    """
    said = [(at, posture) for at, text in marks if (posture := posture_of(text))]
    levels: dict[str, list[float]] = {posture: [] for posture in WORDS}
    for number, (at, posture) in enumerate(said):
        end = said[number + 1][0] if number + 1 < len(said) else float("inf")
        first, last = np.searchsorted(t_s, [at + BEGINS_AFTER_S, min(end, at + BEGINS_AFTER_S + LASTS_S)])
        read = ankle_cmmHg[first:last]
        read = read[read != MISSING]
        if len(read) and t_s[min(last, len(t_s)) - 1] - t_s[first] >= LEAST_S:
            levels[posture].append(float(read.mean()) / 100)
    if not all(levels.values()):
        return None
    standing, lying = (float(np.mean(levels[posture])) for posture in ("standing", "lying"))
    return StandingMinusLying("SSI" if point.upper() == "B1" else "standing minus lying", standing, lying)
