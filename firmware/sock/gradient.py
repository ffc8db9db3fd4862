"""Does the pressure fall from ankle to knee? Over 30 s means, with a dead band, for as long as it takes.

A sensor of 2 mmHg SD makes a true step of 3 mmHg look reversed one time in seven, and a posture alone reverses correct
socks for a while. So it is told at once only when it was clearly reversed from donning on; else when it has been so for
most of the time, or far for long. Until then it is said aloud that it cannot be told. A knee above the calf from the
first may be a top that was put on folded: without earlier donnings to compare with that, too, cannot be told at once.
"""

from . import MISSING, SITES, const
from .bands import FLAT, PROGRESSIVE, Prescription
from .finding import INFO, NOTICE, WARNING, Watch
from .local import TOP, TOURNIQUET_CMMHG

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .finding import Finding
    from .local import Local
    from .window import Trail

_DEAD_BAND_CMMHG = const(300)
_ABOVE_CMMHG = const(400)
_CLEAR_CMMHG = const(600)
_CLEAR_PERCENT = const(30)
"""Twice the dead band, and more than one sensor misreads the ring that it lies on by (a quarter to a third)."""
_FAR_CMMHG = const(800)
_FAR_S = const(900)
"""So long on end it lies so far above, whatever it did before."""
_TIGHT_S = const(300)
"""Beyond TOURNIQUET_CMMHG nobody waits longer than this."""
_MOSTLY_PERCENT = const(65)
_MOSTLY_S = const(7200)
"""Above the dead band for so much of the time, judged after so long."""
_BACK_CMMHG = const(100)
_FLAT_CMMHG = const(100)
"""A step up the leg that falls by less than this does not show that the pressure falls."""
_SHARE_MARGIN_PERMILLE = const(1100)
"""A share of the ankle so far above its band may be a top that was put on folded; without a step nobody can tell."""
_PERSISTENCE_S = const(40)
_BACK_S = const(300)
_FLAT_BACK_S = const(120)
STRIDES_S = const(4)
"""Whether it falls is counted second by second, over strides: a fold of 15 s is to be seen in the share."""


class Gradient:
    """watches: `gradient-reversed` at calf and knee, then `gradient-flat` at both (each the higher site of a pair).

    knows_top             earlier donnings say what the knee should press: what lies above the calf now is no fold
    shown                 the pressure has been seen to fall, or nothing was asked of it, since the sock settled
    judged_s              settled seconds in which two sites or more could be told
    descending_s          those of them in which every site pressed less than the one below
    descending_permille   their share, None before any
    """

    def __init__(self, prescription: Prescription, ended: "list[Finding]") -> None:
        self._shares = prescription.shares
        rising = prescription.profile in (PROGRESSIVE, FLAT)
        self._rising = [rising or (share is not None and share[1] > 1000) for share in prescription.shares]
        names = ("pressure_cmmHg", "below_cmmHg")
        self.watches = [
            Watch(kind, site, _PERSISTENCE_S, back_s, ended, names)
            for kind, back_s in (("gradient-reversed", _BACK_S), ("gradient-flat", _FLAT_BACK_S))
            for site in SITES[1:]
        ]
        self.descending_s = 0
        self.judged_s = 0
        self.knows_top = False
        self.begin()

    def begin(self) -> None:
        """It was put on."""
        self._above_s = [0 for _ in SITES]  # above the dead band
        self._known_s = [0 for _ in SITES]
        self._far_s = [0 for _ in SITES]  # on end
        self._told = [False for _ in SITES]  # once a wear is enough, unless it gets to where it may constrict
        self.shown = False

    @property
    def doubts_top(self) -> bool:
        """The knee presses as much as a folded top might."""
        return self.watches[TOP - 1].level > 0 or self.watches[-1].level > 0

    def begin_top(self, now_ms: int) -> None:
        """The top was smoothed: what the knee pressed before says nothing any more."""
        self.watches[TOP - 1].end(now_ms)
        self.watches[-1].end(now_ms)
        self._above_s[TOP] = self._known_s[TOP] = self._far_s[TOP] = 0

    @property
    def descending_permille(self) -> int | None:
        """See the class."""
        return self.descending_s * 1000 // self.judged_s if self.judged_s else None

    def update(self, now_ms: int, levels: list[int], settled: bool, local: "Local") -> None:
        """One second of a worn sock, its mean level per site in cmmHg (MISSING where unknown).

        local: its open findings already say why a site presses more.
        """
        below = -1
        base = MISSING
        doubted = False
        ankle = levels[0]
        for site in range(len(SITES)):
            pressure = levels[site]
            want_reversed = want_flat = 0
            if site == TOP and below > 0 and ankle != MISSING and ankle < base:
                below, base = 0, ankle  # a calf above the ankle hides no knee above it
            if pressure != MISSING and below >= 0:
                step = pressure - base
                if not local.explains(site) and not local.explains(below):
                    want_reversed = self._reversed(site, step, base, self.watches[site - 1].level)
                    want_flat = self._flat(site, step, pressure, ankle)
            doubted = doubted or want_reversed > 0 or want_flat > 0
            if site:
                reversed_ = self.watches[site - 1]
                reversed_.update(now_ms, want_reversed, settled, pressure, base)
                self.watches[site + 1].update(now_ms, 0 if reversed_.level else want_flat, settled, pressure, base)
            if pressure != MISSING:
                below = site
                base = pressure
        self.shown = self.shown or (settled and not doubted)

    def count(self, trails: "list[Trail]") -> None:
        """One settled second, for the share of them in which the pressure fell from site to site."""
        below = MISSING
        falls = known = 0
        for trail in trails:
            pressure = trail.mean(STRIDES_S)
            if pressure != MISSING:
                known += below != MISSING
                falls += below != MISSING and pressure < below
                below = pressure
        if known:
            self.judged_s += 1
            self.descending_s += falls == known

    def _reversed(self, site: int, step: int, base: int, level: int) -> int:
        if self._rising[site]:
            return 0
        self._known_s[site] += 1
        known_s = self._known_s[site]
        above = step > _ABOVE_CMMHG
        if above:
            self._above_s[site] += 1
        clear = step > _CLEAR_CMMHG and step * 100 > base * _CLEAR_PERCENT
        self._far_s[site] = self._far_s[site] + 1 if clear or step > _FAR_CMMHG else 0
        if level:
            self._told[site] = True
            if step <= _DEAD_BAND_CMMHG - _BACK_CMMHG:
                return 0
            return WARNING if step > TOURNIQUET_CMMHG or level == WARNING else NOTICE
        share = self._above_s[site] * 100 // known_s
        if self._told[site] and step <= TOURNIQUET_CMMHG:
            return 0
        told_apart = site < TOP or self.knows_top
        if not (
            (share >= 95 and clear and told_apart)
            or self._far_s[site] >= (_TIGHT_S if step > TOURNIQUET_CMMHG else _FAR_S)
            or (above and known_s >= _MOSTLY_S and share >= _MOSTLY_PERCENT)
        ):
            return 0
        return WARNING if step > TOURNIQUET_CMMHG else NOTICE

    def _flat(self, site: int, step: int, pressure: int, ankle: int) -> int:
        margin = _FLAT_CMMHG // 2 if self.watches[site + 1].level else 0
        if not self._rising[site] and step > -_FLAT_CMMHG - margin:
            return INFO
        share = self._shares[site]
        if share is None or ankle == MISSING:
            return 0
        if self._rising[site] and pressure * 1000 < ankle * share[0]:
            return INFO
        if pressure * 1000 > ankle * (share[1] * _SHARE_MARGIN_PERMILLE // 1000 - margin) and not self.knows_top:
            return INFO
        return 0
