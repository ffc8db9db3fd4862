"""Standing minus lying at the ankle: how much the sock stiffens under the leg's own muscles.

Pressures alone do not tell a posture for certain, so it takes the wearer's word: marks "standing" and "lying" in a
recording, or times that are given. At leg point B1 the difference is the static stiffness index SSI (H. Partsch,
Dermatol. Surg. 31, 2005); anywhere else it is not called so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sock.reducer import RAIL_CMMHG, RAIL_LOW_CMMHG

from gradsock.errors import AnalysisError

STANDING, LYING = "standing", "lying"
WORDS = {STANDING: ("standing", "stand", "stood"), LYING: ("lying", "lie", "lay", "supine")}
"""How a mark begins that says so."""
AFTER_S = 15.0
"""After a mark: until the posture has been taken and the pressure is at rest."""
LONGEST_S = 120.0
SHORTEST_S = 20.0
B1 = "B1"


@dataclass(frozen=True)
class Stiffness:
    """Standing minus lying in mmHg, and what it is called; ``mmHg`` None: ``why_not`` says why."""

    name: str
    mmHg: float | None
    why_not: str = ""

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        told: dict[str, object] = {"name": self.name, "mmHg": None if self.mmHg is None else round(self.mmHg, 1) + 0.0}
        return told if self.mmHg is not None else told | {"why_not": self.why_not}


def spans_of_marks(marks: Sequence[tuple[float, str]]) -> dict[str, list[tuple[float, float]]]:
    """Times in s of each posture that the wearer marked (time in s and text, in order): until the next mark."""
    spans: dict[str, list[tuple[float, float]]] = {STANDING: [], LYING: []}
    for number, (at_s, text) in enumerate(marks):
        first = text.lower().replace(",", " ").split()[:1]
        posture = next((posture for posture, words in WORDS.items() if first and first[0] in words), None)
        if posture is not None:
            end_s = marks[number + 1][0] if number + 1 < len(marks) else at_s + AFTER_S + LONGEST_S
            spans[posture].append((at_s + AFTER_S, min(end_s, at_s + AFTER_S + LONGEST_S)))
    return spans


def check_spans(spans: dict[str, list[tuple[float, float]]], first_s: float, last_s: float) -> None:
    """AnalysisError for times that a person gave and that say nothing: outside of the recording, too short, both."""
    taken: list[tuple[float, float, str]] = []
    for posture, given in spans.items():
        for begin_s, end_s in given:
            what = f"--{posture} {begin_s:g}-{end_s:g}"
            if not first_s <= begin_s < end_s <= last_s:
                raise AnalysisError(f"{what} lies outside of the recording: it goes from {first_s:g} to {last_s:g} s")
            if end_s - begin_s < SHORTEST_S:
                raise AnalysisError(f"{what} is too short: {SHORTEST_S:g} s at least")
            for other_s, until_s, other in taken:
                if other != posture and begin_s < until_s and other_s < end_s:
                    raise AnalysisError(
                        f"{what} overlaps with --{other} {other_s:g}-{until_s:g}: it was one or the other"
                    )
            taken.append((begin_s, end_s, posture))


def standing_minus_lying(
    t_s: NDArray[np.float64],
    ankle_cmmHg: NDArray[np.int64],
    spans: dict[str, list[tuple[float, float]]],
    leg_point: str = "B",
) -> Stiffness:
    """Medians over the spans of either posture. leg_point: where the ankle's sensor lies."""
    name = "SSI" if leg_point.upper() == B1 else "standing minus lying"
    levels = {}
    for posture in (STANDING, LYING):
        within = np.zeros(len(t_s), bool)
        for begin_s, end_s in spans.get(posture, []):
            if end_s - begin_s >= SHORTEST_S:
                within |= (t_s >= begin_s) & (t_s < end_s)
        read = ankle_cmmHg[within & (ankle_cmmHg < RAIL_CMMHG) & (ankle_cmmHg > RAIL_LOW_CMMHG)]
        if within.any() and not len(read):
            return Stiffness(name, None, f"the ankle could not be read while {posture}")
        if not len(read):
            why_not = f"no {SHORTEST_S:g} s that are known to be {posture}: mark them, or say when (--{posture})"
            return Stiffness(name, None, why_not)
        levels[posture] = float(np.median(read)) / 100
    return Stiffness(name, levels[STANDING] - levels[LYING])
