"""A fold, a bunch, a slipped top: an abrupt step at one site that stays, against the wearer's own settled level.

A step counts when it has lasted: every part of the last `STEP_S` seconds lies clearly above the baseline and their
mean further still. So a knock, a hand or a knee on the floor is none, and means of whole strides take gait out.
Swelling and creep are slow and the baseline follows them; and what crept up is no step: it has to have come within
seconds, so the level of just before counts as much as the baseline does. What all sites do together is not local. A
posture comes back: to levels that the site took before while nothing was wrong, so a step has to leave those as well.
A top that comes off frees the knee, then the calf: a knee that fell far waits for what follows. And a knee that was
suspected from donning on and lets go at a stroke was folded, and has just been smoothed.
One knee channel cannot tell a fold from a bunch: there it is called a fold.

Ranges: baselines are kept times 2^_BITS, pressures below 2^15 times permille below 2^12: all below 2^27.
"""

from . import MISSING, SITES, const
from .finding import NOTICE, WARNING, Watch

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .finding import Finding
    from .window import Trail

KINDS = ("bunching", "bunching", "fold")
TOP = len(SITES) - 1
TOURNIQUET_CMMHG = const(1000)
"""A tourniquet effect is rare while neighbouring parts differ by no more than this: the step from notice to warning."""

STEP_S = const(18)
_QUARTER_S = const(4)
_EDGE_S = const(2)
"""The first and the last of it, too: what presses for a quarter of a minute is a hand, a knee, somebody leaning."""
_SMALL_S = const(40)
"""A step below _CLEAR_PERMILLE has to last so long: that is how long hands, knees and edges of chairs press."""
_RISES_PERMILLE = (1230, 1260, 1230)
_CLEAR_PERMILLE = const(1300)
_QUARTER_PERMILLE = const(1170)
RISE_MIN_CMMHG = const(460)
"""What counts begins at 5 mmHg; less what a calibrated sensor makes of them."""
_THIRD_S = const(6)
_THIRD_CMMHG = const(370)
"""Of each third of it: a tug at the sock while something leans on it makes no step of both."""
_JUMP_PERMILLE = const(1200)
_JUMP_SMALL_PERMILLE = const(1180)
"""Over the level of just before: so much has to have come at once."""
_BEFORE_S = const(10)
_REACH_S = const(18)
_SLOW_S = const(66)
_REACHES_S = (_SLOW_S, _REACH_S, _REACH_S)
"""Just before: means of _BEFORE_S that ended so long before the step stood. A sock slips over seconds to minutes, and
its wrinkles at the ankle come as slowly: as far back as a trail reaches; a bunch or a fold comes within seconds."""
_KNOWN_PERMILLE = const(1090)
_KNOWN_SMALL_PERMILLE = (1130, 1170, 1130)
"""So far beyond any level that the site took while nothing was wrong; more at the calf, which posture moves most."""
_CLEAR_FALL_PERMILLE = const(745)
_FALL_PERMILLE = const(790)  # of the knee, when the top came down
_QUARTER_FALL_PERMILLE = const(840)
_FALL_MIN_CMMHG = const(440)
_DROP_PERMILLE = const(860)
"""Of the knee's level of just before."""
_DEEP_PERMILLE = const(450)
_DEEP_S = const(30)
"""A fall to less than this is a hand that takes the sock off, or a wire, until it has lasted."""
_CALF_STAYS_PERMILLE = const(700)
"""Where the calf falls too, the sock comes off."""
_KNOWN_LOW_PERMILLE = const(910)
_ANKLE_FELL_PERMILLE = const(920)
"""Where the ankle fell too, the knee did not fall by itself."""
_ANKLE_GAINS_PERMILLE = const(1060)
_FOLDED_PERMILLE = const(1300)
"""Of the calf: a top that was folded lay above it by more than one sensor misreads the ring it lies on (a quarter to a
third). From where a knee may well be by itself it is smoothed by hands, which are to be seen, or it slips."""
_HAND_PERMILLE = const(1150)
_HAND_S = const(12)
_STROKE_S = const(4)
_WRINKLE_PERMILLE = const(900)
"""The knee under an ankle that bunched, when it was the top that came down."""
_BACK_PERCENT = const(40)
"""What may be left of a step that is over."""
_BACK_S = const(5)
_ANEW_MS = const(60000)
"""So long after it was told a further step is another one: folds and bunches come by and by."""
_BITS = const(7)
"""The baseline follows with a time constant of 2^7 s; with 2^4 s once a new level has stood for HOLD_S."""
_FAST_BITS = const(4)
_DOUBT_PERMILLE = const(140)
_DOUBT_CMMHG = const(200)
HOLD_S = const(75)
FOLDED_S = const(110)
_DRIFTED = (170, 200, 170)
_DRIFT_MIN_CMMHG = const(600)
_SANK_MIN_CMMHG = const(400)
_SANK_PERMILLE = const(450)
"""Percent of the level at which a site settled, by itself, or less than half of it at the knee: no posture, swelling
or creep does so much for long. A fold or a slip that comes over many minutes takes the baseline along; this tells it.
"""
_DRIFT_EVERY_S = const(8)
_DRIFT_TIMES = const(36)
"""So often on end, which is five minutes: that is longer than legs stay crossed."""
_DRIFT_S = const(30)
_FADE_S = const(64)
_FADE_BITS = const(7)
"""Known levels are forgotten with a time constant of _FADE_S * 2^_FADE_BITS seconds, some two hours."""
_BRIEF_S = const(4)
_KNOWN_S = const(30)
_CALM_S = const(40)
"""A level is known once it held for so long in calm."""
_RATIO_MAX = const(9999)


class Local:
    """watches: a local rise per site, then `slipped`."""

    def __init__(self, ended: "list[Finding]") -> None:
        names = ("pressure_cmmHg", "baseline_cmmHg")
        self.watches = [Watch(KINDS[site], SITES[site], 1, _BACK_S, ended, names) for site in range(len(SITES))]
        self.watches.append(Watch("slipped", SITES[TOP], 1, _BACK_S, ended, names))
        self._base = [MISSING for _ in SITES]  # times 2^_BITS
        self._settled = [MISSING for _ in SITES]
        self._drifted = [0 for _ in SITES]
        self._high = [MISSING for _ in SITES]
        self._low = [MISSING for _ in SITES]
        self._doubt_s = [0 for _ in SITES]
        self._steps = [0 for _ in SITES]  # of the open finding at a site: pressure minus baseline when it opened
        self._ratios = [1000 for _ in SITES]  # permille of the baseline, over STEP_S
        self._calm_s = [0 for _ in SITES]  # since anything was doubted or found
        self.folded_s = 0  # so long a sock may still be called put on folded: there is no level of before
        self._seconds = 0

    def baseline(self, site: int) -> int:
        """The level a site is judged against in cmmHg, MISSING before it is known."""
        return self._base[site] >> _BITS if self._base[site] != MISSING else MISSING

    def known(self, site: int) -> tuple[int, int]:
        """Lowest and highest level in cmmHg that the site took while nothing was wrong; MISSING before any."""
        return self._low[site], self._high[site]

    def settle(self, site: int, level: int) -> None:
        """The site has settled at this level, or would have, had the sock been put on smoothly."""
        self._doubt_s[site] = 0
        self._settled[site] = level
        if level == MISSING:
            self._base[site] = MISSING
            return
        self._base[site] = level << _BITS
        self._high[site] = self._low[site] = level

    def update(self, now_ms: int, trails: "list[Trail]", suspected: bool = False) -> bool:
        """One second of a settled sock. suspected: the knee may have been put on folded; True when it was smoothed."""
        smoothed = False
        quiet = True
        for site in range(len(SITES)):
            base = self.baseline(site)
            pressure = trails[site].mean(_BRIEF_S)
            if base == MISSING:
                settled = trails[site].mean(30)
                if settled != MISSING:
                    self.settle(site, settled)
                continue
            if pressure == MISSING:
                continue
            off = pressure - base
            if off < 0:
                off = -off
            if off > _DOUBT_CMMHG and off * 1000 > base * _DOUBT_PERMILLE:
                quiet = False
                self._doubt_s[site] = 1 if self._goes_on(trails[site], pressure, base) else self._doubt_s[site] + 1
            else:
                self._doubt_s[site] = 0
        if not quiet or self.is_open():
            smoothed = self._judge(now_ms, trails, suspected)
        self._follow(trails)
        if self._seconds % _DRIFT_EVERY_S == 0:
            self._mind_drift(now_ms, trails)
        if self.folded_s:
            self.folded_s -= 1
        return smoothed

    def _goes_on(self, trail: "Trail", pressure: int, base: int) -> bool:
        """Whether a site that is off its baseline has just gone further off: no level has stood yet."""
        before = trail.mean(_BEFORE_S, _BRIEF_S)
        further = pressure - before if pressure > base else before - pressure
        return before != MISSING and further > _DOUBT_CMMHG and further * 1000 > before * _DOUBT_PERMILLE

    def is_open(self) -> bool:
        """True while one of the findings is."""
        return any(watch.level for watch in self.watches)

    def explains(self, site: int) -> bool:
        """Whether an open finding says why the pressure of a site is not what it was."""
        return self.watches[TOP + 1].level > 0 or self.watches[site].level > 0

    def _judge(self, now_ms: int, trails: "list[Trail]", suspected: bool) -> bool:
        for site in range(len(SITES)):
            self._ratios[site] = _ratio(trails[site].mean(STEP_S), self.baseline(site))
        slipped = self.watches[TOP + 1]
        if not slipped.level and not self.watches[TOP].level and self._fell(trails):
            if suspected and self._at_a_stroke(trails[TOP]):
                self.settle(TOP, trails[TOP].mean(STEP_S))
                return True
            self._tell(slipped, NOTICE, now_ms, TOP, trails)
        elif slipped.level:
            site = TOP if self._steps[TOP] < 0 else 0
            self._tell(slipped, self._stays(site, trails[site]), now_ms, site, trails)
        for site in range(len(SITES)):
            watch = self.watches[site]
            if watch.level and self._rose_anew(site, trails[site], now_ms):
                watch.end(now_ms)
                self._tell(watch, self._level(site, trails), now_ms, site, trails)
            elif watch.level:
                self._tell(watch, self._stays(site, trails[site]) and self._level(site, trails), now_ms, site, trails)
            elif self._rose(site, trails[site]):
                if slipped.level:
                    if not self._is_another(trails[site], now_ms, slipped):
                        continue
                elif site == 0 and self._top_came_down(trails[TOP]):
                    self._steps[TOP] = 0
                    self._tell(slipped, NOTICE, now_ms, 0, trails)
                    return False
                self._tell(watch, self._level(site, trails), now_ms, site, trails)
        return False

    def _mind_drift(self, now_ms: int, trails: "list[Trail]") -> None:
        """What came too slowly for a step, and has taken the baseline along."""
        ratios = [_ratio(trails[site].mean(_DRIFT_S), self._settled[site]) for site in range(len(SITES))]
        for site in range(len(SITES)):
            settled = self._settled[site]
            step = trails[site].mean(_DRIFT_S) - settled
            least = _least(ratios, site)
            watch = self.watches[site]
            if ratios[site] == MISSING or self.explains(site):
                drifts = False
            elif step >= 0:
                drifts = step >= _DRIFT_MIN_CMMHG and ratios[site] * 100 >= max(least, 1000) * _DRIFTED[site]
            else:
                drifts = site == TOP and step <= -_SANK_MIN_CMMHG and ratios[site] <= _SANK_PERMILLE
                drifts = drifts and least >= _CALF_STAYS_PERMILLE
                watch = self.watches[TOP + 1]
            self._drifted[site] = self._drifted[site] + 1 if drifts else 0
            if self._drifted[site] >= _DRIFT_TIMES:
                self.settle(site, settled)
                self._tell(watch, self._level(site, trails), now_ms, site, trails)
                if watch.finding is not None:
                    watch.finding.start_ms = now_ms - 1000 * _DRIFT_EVERY_S * _DRIFT_TIMES

    def _rose(self, site: int, trail: "Trail") -> bool:
        """Whether a site stepped up by itself and stayed there."""
        ratio = self._ratios[site]
        rise = _RISES_PERMILLE[site]
        if ratio == MISSING or ratio < rise:
            return False
        common = max(1000, _least(self._ratios, site))
        base = self.baseline(site)
        mean = trail.mean(STEP_S)
        if ratio * 1000 < rise * common or mean - base < RISE_MIN_CMMHG:
            return False
        for ago in range(0, STEP_S, _THIRD_S):
            if trail.mean(_THIRD_S, ago) - base < _THIRD_CMMHG:
                return False
        clear = ratio * 1000 >= _CLEAR_PERMILLE * common
        if mean * 1000 < self._high[site] * (_KNOWN_PERMILLE if clear else _KNOWN_SMALL_PERMILLE[site]):
            return False
        return (clear and self._came(site, trail, STEP_S, _JUMP_PERMILLE)) or self._came(
            site, trail, _SMALL_S, _JUMP_SMALL_PERMILLE
        )

    def _came(self, site: int, trail: "Trail", lasting_s: int, jump_permille: int) -> bool:
        """Whether a rise has lasted so long, and had come at once."""
        if not self._all_quarters(trail, self.baseline(site) * _QUARTER_PERMILLE, 1, lasting_s):
            return False
        before = MISSING if self.folded_s else self._before(trail, 1, lasting_s, _REACHES_S[site])
        mean = trail.mean(lasting_s)
        return before == MISSING or (mean - before >= RISE_MIN_CMMHG and mean * 1000 >= before * jump_permille)

    def _rose_anew(self, site: int, trail: "Trail", now_ms: int) -> bool:
        """Whether a site where something was found a while ago, and may be over but for a posture that hides it, steps
        up once more: that is another one.
        """
        before = self._before(trail, 1, STEP_S, _REACH_S)
        return (
            self._is_another(trail, now_ms, self.watches[site])
            and (before - self.baseline(site)) * 100 >= self._steps[site] * _BACK_PERCENT
        )

    def _is_another(self, trail: "Trail", now_ms: int, told: Watch) -> bool:
        """Whether a site has stepped up since something was told."""
        before = self._before(trail, 1, STEP_S, _REACH_S)
        mean = trail.mean(STEP_S)
        return (
            told.finding is not None
            and now_ms - told.finding.notified_ms > _ANEW_MS
            and before != MISSING
            and mean - before >= RISE_MIN_CMMHG
            and mean * 1000 >= before * _CLEAR_PERMILLE
            and self._all_quarters(trail, before * _QUARTER_PERMILLE, 1, STEP_S)
        )

    def _fell(self, trails: "list[Trail]") -> bool:
        """Whether the knee fell by itself and stayed there."""
        trail = trails[TOP]
        ratio = self._ratios[TOP]
        if ratio == MISSING or ratio > _FALL_PERMILLE or self._ratios[0] < _ANKLE_FELL_PERMILLE:
            return False
        calf = trails[TOP - 1].mean(_BRIEF_S)
        if calf != MISSING and calf * 1000 < self.baseline(TOP - 1) * _CALF_STAYS_PERMILLE:
            return False
        base = self.baseline(TOP)
        mean = trail.mean(STEP_S)
        if base - mean < _FALL_MIN_CMMHG or mean * 1000 > self._low[TOP] * _KNOWN_LOW_PERMILLE:
            return False
        lasting_s = STEP_S if ratio <= _CLEAR_FALL_PERMILLE else _SMALL_S
        if trail.mean(_BRIEF_S) * 1000 < base * _DEEP_PERMILLE:
            lasting_s = _DEEP_S
        before = self._before(trail, -1, STEP_S, _SLOW_S)
        return (before == MISSING or mean * 1000 <= before * _DROP_PERMILLE) and self._all_quarters(
            trail, base * _QUARTER_FALL_PERMILLE, -1, lasting_s
        )

    def _at_a_stroke(self, trail: "Trail") -> bool:
        """Whether a knee that may have been folded fell within seconds while the ankle gained nothing: a sock that
        slips takes its time.
        """
        base = self.baseline(TOP)
        calf = self.baseline(TOP - 1)
        fall = base - trail.mean(STEP_S)
        lag_s = trail.lasting(base - fall // 2, -1)
        if calf != MISSING and base * 1000 < calf * _FOLDED_PERMILLE:
            hand = base * _HAND_PERMILLE
            if not any(trail.mean(1, ago) * 1000 > hand for ago in range(lag_s, lag_s + _HAND_S)):
                return False
        return (
            self._ratios[0] <= _ANKLE_GAINS_PERMILLE
            and trail.mean(_EDGE_S, lag_s + _STROKE_S) > base - fall // 3
            and trail.mean(_EDGE_S, lag_s - _STROKE_S) < base - fall * 2 // 3
        )

    def _top_came_down(self, trail: "Trail") -> bool:
        """Whether the knee lost pressure just as the ankle stepped up, and more of it than any posture took."""
        before = self._before(trail, 1, STEP_S, _SLOW_S)
        mean = trail.mean(STEP_S)
        limit = min(before, self.baseline(TOP)) * _WRINKLE_PERMILLE
        return before != MISSING and mean * 1000 < limit and mean * 1000 < self._low[TOP] * _KNOWN_LOW_PERMILLE

    def _before(self, trail: "Trail", sign: int, lasting_s: int, reach_s: int) -> int:
        """The lowest level (highest for sign -1) just before a step that has lasted so long; MISSING when unknown."""
        found = MISSING
        for ago in range(lasting_s + 2, lasting_s + reach_s, 7):
            level = trail.mean(_BEFORE_S, ago)
            if level != MISSING and (found == MISSING or (found - level) * sign > 0):
                found = level
        return found

    def _all_quarters(self, trail: "Trail", limit: int, sign: int, lasting_s: int) -> bool:
        if trail.known < lasting_s:
            return False
        for ago in (0, lasting_s - _EDGE_S):
            if (trail.mean(_EDGE_S, ago) * 1000 - limit) * sign < 0:
                return False
        for ago in range(0, lasting_s - _QUARTER_S + 1, _QUARTER_S):
            if (trail.mean(_QUARTER_S, ago) * 1000 - limit) * sign < 0:
                return False
        return True

    def _stays(self, site: int, trail: "Trail") -> int:
        """NOTICE unless the step is gone; an unreadable site tells nothing, so it stays."""
        pressure = trail.mean(_BRIEF_S)
        if pressure == MISSING or trail.now == MISSING:
            return NOTICE
        step = self._steps[site]
        left = pressure - self.baseline(site)
        if step < 0:
            step = -step
            left = -left
        return 0 if left * 100 < step * _BACK_PERCENT else NOTICE

    def _level(self, site: int, trails: "list[Trail]") -> int:
        """WARNING when the step to the next site down is one that may constrict; it stays one."""
        if self.watches[site].level == WARNING:
            return WARNING
        below = trails[site - 1].mean(STEP_S) if site else MISSING
        if below == MISSING or trails[site].mean(STEP_S) - below <= TOURNIQUET_CMMHG:
            return NOTICE
        return WARNING

    def _tell(self, watch: Watch, want: int, now_ms: int, site: int, trails: "list[Trail]") -> None:
        base = self.baseline(site)
        mean = trails[site].mean(STEP_S)
        lag_s = 0
        if not watch.level and want:
            step = mean - base
            self._steps[site] = step
            lag_s = max(trails[site].lasting(base + step // 2, 1 if step > 0 else -1) - 1, 0)
        watch.update(now_ms, want, True, mean, base, lag_s)

    def _follow(self, trails: "list[Trail]") -> None:
        """The baseline goes along with what is slow; a new level it takes on once that has stood for HOLD_S."""
        self._seconds += 1
        for site in range(len(SITES)):
            doubt_s = self._doubt_s[site]
            pressure = trails[site].mean(_BRIEF_S)
            if self._base[site] == MISSING or pressure == MISSING or 0 < doubt_s < HOLD_S or self.explains(site):
                self._calm_s[site] = 0
                continue
            off = (pressure << _BITS) - self._base[site]
            self._base[site] += off >> (_FAST_BITS if doubt_s else _BITS)
            self._calm_s[site] = 0 if doubt_s else self._calm_s[site] + 1
            level = trails[site].mean(_KNOWN_S) if self._seconds % 4 == 0 else MISSING
            if level != MISSING and self._calm_s[site] > _CALM_S:
                if level > self._high[site]:
                    self._high[site] = level
                elif level < self._low[site]:
                    self._low[site] = level
            if self._seconds % _FADE_S == 0:
                base = self._base[site] >> _BITS
                self._high[site] -= (self._high[site] - base) >> _FADE_BITS
                self._low[site] += (base - self._low[site]) >> _FADE_BITS


def _ratio(mean: int, base: int) -> int:
    """In permille; MISSING where one of them is."""
    return min(mean * 1000 // base, _RATIO_MAX) if mean != MISSING and base > 0 else MISSING


def _least(ratios: list[int], site: int) -> int:
    """The least of all but one site; MISSING where none is known."""
    known = [ratios[k] for k in range(len(SITES)) if k != site and ratios[k] != MISSING]
    return min(known) if known else MISSING
