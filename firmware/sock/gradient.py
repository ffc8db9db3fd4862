"""Does the pressure fall from ankle to knee? Over 30 s means, with a dead band, for as long as it takes.

A sensor of 2 mmHg SD makes a true step of 3 mmHg look reversed one time in seven, and a posture alone reverses correct
socks for a while. So it is told at once only when it was clearly reversed from donning on; else when it has been so for
most of the time, or far for long. Until then it is said aloud that it cannot be told.
"""

from . import MISSING, SITES
from .bands import FLAT, PROGRESSIVE, Prescription
from .finding import INFO, NOTICE, WARNING, Watch
from .local import TOURNIQUET_CMMHG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .finding import Finding
    from .local import Local
    from .window import Trail

DEAD_BAND_CMMHG = 300
ABOVE_CMMHG = 400
CLEAR_CMMHG = 600
"""Twice the dead band: no sensor's error."""
FAR_CMMHG = 800
FAR_S = 900
"""So long on end it lies so far above, whatever it did before."""
MOSTLY_PERCENT = 65
MOSTLY_S = 7200
"""Above the dead band for so much of the time, judged after so long."""
BACK_CMMHG = 100
FLAT_CMMHG = 100
"""A step up the leg that falls by less than this does not show that the pressure falls."""
SHARE_MARGIN_PERMILLE = 1100
"""A share of the ankle so far above its band may be a top that was put on folded; without a step nobody can tell."""
MEAN_S = 30
PERSISTENCE_S = 40
BACK_S = 120


class Gradient:
    """watches: `gradient-reversed` at calf and knee, then `gradient-flat` at both (each the higher site of a pair).

    judged_s              settled seconds in which two sites or more could be told
    descending_s          those of them in which every site pressed less than the one below
    descending_permille   their share, None before any
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
        self.descending_s = 0
        self.judged_s = 0
        self.begin()

    def begin(self) -> None:
        """It was put on."""
        self._above_s = [0 for _ in SITES]  # above the dead band
        self._known_s = [0 for _ in SITES]
        self._far_s = [0 for _ in SITES]  # on end
        self._told = [False for _ in SITES]  # once a wear is enough, unless it gets to where it may constrict

    @property
    def descending_permille(self) -> int | None:
        """See the class."""
        return self.descending_s * 1000 // self.judged_s if self.judged_s else None

    def update(self, now_ms: int, trails: "list[Trail]", settled: bool, local: "Local") -> None:
        """One second of a worn sock. local: its open findings already say why a site presses more."""
        below = -1
        base = MISSING
        descending = 0
        pairs = 0
        ankle = trails[0].mean(MEAN_S)
        for site in range(len(SITES)):
            pressure = trails[site].mean(MEAN_S)
            want_reversed = want_flat = 0
            if pressure != MISSING and below >= 0:
                step = pressure - base
                pairs += 1
                descending += step < 0
                if not local.explains(site) and not local.explains(below):
                    want_reversed = self._reversed(site, step, self.watches[site - 1].level)
                    want_flat = self._flat(site, step, pressure, ankle) if not want_reversed else 0
            if site:
                self.watches[site - 1].update(now_ms, want_reversed, settled, pressure, base)
                self.watches[site + 1].update(now_ms, want_flat, settled, pressure, base)
            if pressure != MISSING:
                below = site
                base = pressure
        if settled and pairs:
            self.judged_s += 1
            self.descending_s += descending == pairs

    def _reversed(self, site: int, step: int, level: int) -> int:
        if self._rising:
            return 0
        self._known_s[site] += 1
        known_s = self._known_s[site]
        above = step > ABOVE_CMMHG
        if above:
            self._above_s[site] += 1
        self._far_s[site] = self._far_s[site] + 1 if step > FAR_CMMHG else 0
        if level:
            self._told[site] = True
            if step <= DEAD_BAND_CMMHG - BACK_CMMHG:
                return 0
            return WARNING if step > TOURNIQUET_CMMHG or level == WARNING else NOTICE
        share = self._above_s[site] * 100 // known_s
        if self._told[site] and step <= TOURNIQUET_CMMHG:
            return 0
        if not (
            (share >= 95 and step > CLEAR_CMMHG)
            or self._far_s[site] >= FAR_S
            or (above and known_s >= MOSTLY_S and share >= MOSTLY_PERCENT)
        ):
            return 0
        return WARNING if step > TOURNIQUET_CMMHG else NOTICE

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
