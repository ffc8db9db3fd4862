"""A fold, a bunch, a slipped top: an abrupt step at one site that stays, seen against the wearer's own settled level.

Swelling and creep are slow and the baseline follows them. Gait swings round its mean, and a mean over 8 s takes it out.
What all sites do together is not local. Posture moves the calf most (up to x1.39 from lying to standing) and the other
two little, so the calf must rise more. One knee channel cannot tell a fold from a bunch: there it is called a fold.
"""

from . import MISSING, SITES
from .finding import NOTICE, WARNING, Watch
from .gradient import TOURNIQUET_CMMHG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .finding import Finding
    from .window import Levels

KINDS = ("bunching", "bunching", "fold")
RISE_PERMILLE = (1300, 1500, 1300)
RISE_MIN_CMMHG = (400, 500, 300)
FALL_PERMILLE = 800  # of the knee, when the top came down
FALL_MIN_CMMHG = 250
WRINKLE_PERMILLE = 1080  # of the ankle, under a top that came down
BACK_SHARE = 2  # a step ends when half of it is gone
PERSISTENCE_S = 8
SLIP_S = 15
BACK_S = 5
FOLLOW_BITS = 7
"""The baseline follows with a time constant of 128 s while nothing is found or suspected."""


class Local:
    """watches: a local rise per site, then `slipped`. baselines: per site in cmmHg, MISSING before it settled."""

    def __init__(self, ended: "list[Finding]") -> None:
        names = ("pressure_cmmHg", "baseline_cmmHg")
        self.watches = [
            Watch(KINDS[site], SITES[site], PERSISTENCE_S, BACK_S, ended, names) for site in range(len(SITES))
        ]
        self.watches.append(Watch("slipped", SITES[-1], SLIP_S, BACK_S, ended, names))
        self._baselines = [MISSING for _ in SITES]  # times 2^FOLLOW_BITS: below 2^22
        self._ratios = [1000 for _ in SITES]

    def settle(self, levels: "list[Levels]") -> None:
        """The levels of now are the baseline."""
        for site in range(len(SITES)):
            steady = levels[site].steady
            self._baselines[site] = MISSING if steady == MISSING else steady << FOLLOW_BITS

    def update(self, now_ms: int, levels: "list[Levels]") -> None:
        """One second of a settled sock."""
        self._measure(levels)
        slipped = self.watches[-1]
        fell = self._slipped(levels, slipped.level)
        self._tell(slipped, now_ms, NOTICE if fell else 0, len(SITES) - 1, levels)
        suspected = fell or slipped.level > 0
        for site in range(len(SITES)):
            watch = self.watches[site]
            want = 0
            if not suspected and self._rose(site, levels, watch.level):
                want = NOTICE
                if site and levels[site - 1].brief != MISSING:
                    step = levels[site].brief - levels[site - 1].brief
                    want = WARNING if step > TOURNIQUET_CMMHG else NOTICE
                want = max(want, watch.level)
            self._tell(watch, now_ms, want, site, levels)
        for watch in self.watches:
            suspected = suspected or watch.suspects()
        if not suspected:
            self._follow(levels)

    def explains(self) -> list[bool]:
        """Per site, whether an open finding says why its pressure is not what it was."""
        slipped = self.watches[-1].level > 0
        return [slipped or self.watches[site].level > 0 for site in range(len(SITES))]

    def _measure(self, levels: "list[Levels]") -> None:
        """Pressures as permille of the baseline."""
        for site in range(len(SITES)):
            base = self._base(site)
            brief = levels[site].brief
            self._ratios[site] = brief * 1000 // base if brief != MISSING and base > 0 else MISSING

    def _base(self, site: int) -> int:
        return self._baselines[site] >> FOLLOW_BITS if self._baselines[site] != MISSING else MISSING

    def _rose(self, site: int, levels: "list[Levels]", level: int) -> bool:
        """Whether a site stepped up by itself, or is not back yet."""
        base = self._base(site)
        if base == MISSING:
            return False
        wanted = RISE_PERMILLE[site]
        rise = RISE_MIN_CMMHG[site]
        pressure = levels[site].brief
        if level:  # all of the last seconds will have to be back
            wanted = 1000 + (wanted - 1000) // BACK_SHARE
            rise //= BACK_SHARE
            pressure = levels[site].now
        common = self._common_ratio(site)
        if common > 1000:
            wanted = wanted * common // 1000
        return pressure != MISSING and pressure * 1000 >= base * wanted and pressure - base >= rise

    def _common_ratio(self, site: int) -> int:
        """By how much (permille) the other sites rose, the one that rose least; MISSING when there is none."""
        least = MISSING
        for other in range(len(SITES)):
            ratio = self._ratios[other]
            if other != site and ratio != MISSING and (least == MISSING or ratio < least):
                least = ratio
        return least

    def _slipped(self, levels: "list[Levels]", level: int) -> bool:
        """Whether the knee fell while the ankle wrinkled, or is not back yet."""
        knee = len(SITES) - 1
        base = self._base(knee)
        pressure = levels[knee].now if level else levels[knee].brief
        if base == MISSING or pressure == MISSING or self._ratios[0] == MISSING:
            return False
        if level:
            return pressure * 1000 <= base * ((1000 + FALL_PERMILLE) // 2)
        fell = pressure * 1000 <= base * FALL_PERMILLE and base - pressure >= FALL_MIN_CMMHG
        return fell and self._ratios[0] >= WRINKLE_PERMILLE

    def _follow(self, levels: "list[Levels]") -> None:
        for site in range(len(SITES)):
            brief = levels[site].brief
            if brief == MISSING:
                continue
            if self._baselines[site] == MISSING:
                self._baselines[site] = brief << FOLLOW_BITS
            self._baselines[site] += brief - (self._baselines[site] >> FOLLOW_BITS)

    def _tell(self, watch: Watch, now_ms: int, want: int, site: int, levels: "list[Levels]") -> None:
        lag_s = 0
        if want and not watch.suspects():  # the mean over 8 s comes late: when did the seconds themselves step up?
            rise = self._base(site) * (RISE_PERMILLE[site] - 1000) // (1000 * BACK_SHARE)
            lag_s = max(levels[site].latest.lasting_above(self._base(site) + rise) - 1, 0)
        watch.update(now_ms, want, True, levels[site].brief, self._base(site), lag_s)
