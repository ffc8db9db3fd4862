"""Does the pressure fall from ankle to knee? Over 30 s means, with a dead band, for as long as it takes.

A sensor of 2 mmHg SD makes a true step of 3 mmHg look reversed one time in seven; with a dead band of 3 mmHg, for
longer than a minute, hardly ever. Between the two it is said aloud that it cannot be told.
"""

from . import MISSING, SITES
from .bands import FLAT, PROGRESSIVE, Prescription
from .finding import INFO, NOTICE, WARNING, Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .finding import Finding
    from .window import Levels

DEAD_BAND_CMMHG = 300
TOURNIQUET_CMMHG = 1000
"""A tourniquet effect is rare while neighbouring parts differ by no more than this: the step from notice to warning."""
BACK_CMMHG = 100
FLAT_CMMHG = 100
"""A step up the leg that falls by less than this does not show that the pressure falls."""
SHARE_MARGIN_PERMILLE = 1100
"""A share of the ankle so far above its band may be a top that was put on folded; without a step nobody can tell."""
PERSISTENCE_S = 30
BACK_S = 120


class Gradient:
    """watches: `gradient-reversed` at calf and knee, then `gradient-flat` at both (each the higher site of a pair).

    descending_permille   share of the settled seconds in which every site pressed less than the one below, or None
    """

    def __init__(self, prescription: Prescription, ended: "list[Finding]") -> None:
        self._rising = prescription.profile in (PROGRESSIVE, FLAT)
        self._progressive = prescription.profile == PROGRESSIVE
        self._limits = [share[1] if share and not self._rising else 0 for share in prescription.shares]
        names = ("pressure_cmmHg", "below_cmmHg")
        self.watches = [
            Watch(kind, site, PERSISTENCE_S, BACK_S, ended, names)
            for kind in ("gradient-reversed", "gradient-flat")
            for site in SITES[1:]
        ]
        self._descending_s = 0
        self._judged_s = 0

    @property
    def descending_permille(self) -> int | None:
        """See the class."""
        return self._descending_s * 1000 // self._judged_s if self._judged_s else None

    def update(self, now_ms: int, levels: "list[Levels]", settled: bool, explained: list[bool]) -> None:
        """One second of a worn sock. explained: per site, whether an open finding already says why it presses more."""
        below = -1
        descending = 0
        pairs = 0
        for site in range(len(SITES)):
            pressure = levels[site].steady
            want_reversed = want_flat = 0
            base = MISSING
            if pressure != MISSING:
                if below >= 0:
                    base = levels[below].steady
                    step = pressure - base
                    pairs += 1
                    descending += step < 0
                    if not explained[site] and not explained[below]:
                        want_reversed = self._reversed(step, self.watches[site - 1].level)
                        want_flat = self._flat(site, step, pressure, levels[0].steady) if not want_reversed else 0
                below = site
            if site:
                self.watches[site - 1].update(now_ms, want_reversed, settled, pressure, base)
                self.watches[site + 1].update(now_ms, want_flat, settled, pressure, base)
        if settled and pairs:
            self._judged_s += 1
            self._descending_s += descending == pairs

    def _reversed(self, step: int, level: int) -> int:
        if self._rising:
            return 0
        back = (DEAD_BAND_CMMHG - BACK_CMMHG) if level else 0
        if step > TOURNIQUET_CMMHG - (back if level == WARNING else 0):
            return WARNING
        return NOTICE if step > DEAD_BAND_CMMHG - back else 0

    def _flat(self, site: int, step: int, pressure: int, ankle: int) -> int:
        if self._rising:
            return INFO if self._progressive and site == 1 and step < 0 else 0
        margin = FLAT_CMMHG // 2 if self.watches[site + 1].level else 0
        if step > -FLAT_CMMHG - margin:
            return INFO
        limit = self._limits[site]
        folded = (
            limit and ankle != MISSING and pressure * 1000 > ankle * (limit * SHARE_MARGIN_PERMILLE // 1000 - margin)
        )
        return INFO if folded else 0
