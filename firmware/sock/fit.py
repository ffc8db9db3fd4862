"""The fit check: pressures in, one verdict a second and findings out; the same object on a board, the host, in replays.

Two parts: a `Reducer` from samples to seconds, and behind it a decision machine that runs once a second. The machine's
pieces each own their watches: `faults` (is it the sensor), `wear` (worn, settled), `ranges` (too tight, too loose),
`local` (fold, bunch, slip), `gradient` (reversed or not to be told). `VERDICTS` puts them in order.
"""

from . import MISSING, SITES, const
from .bands import Prescription
from .faults import Faults
from .finding import INFO, NOTICE, Finding, Watch
from .gradient import Gradient
from .local import FOLDED_S, TOP, Local
from .ranges import Ranges
from .reducer import Reducer
from .wear import NOT_WORN, SETTLED, SETTLING, Wear
from .window import Trail

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .donnings import Donnings
    from .ring import Ring

PLAIN = tuple(range(len(SITES)))
"""The layout of a sock with one sensor per site."""
GAP_S = const(10)
"""After a longer gap the levels of before say nothing about now."""
NEW_WEAR_S = const(600)
"""After so long a gap, nobody knows whether the sock is still on."""

SETTLED_S = const(30)
"""What levels are a mean over: those of a settled sock, and all but abrupt steps."""
SMOOTH = "smooth"

CHECK_SENSOR = "check sensor"
NOT_WORN_VERDICT = "not worn"
SETTLING_VERDICT = "settling"
INCONCLUSIVE = "inconclusive"
GOOD = "good"

# The first row that holds is the verdict: (verdict, kind of finding, lowest level). Outside its band a sock is
# information and not yet a verdict: a fifth of correct wearers are.
VERDICTS = (
    (CHECK_SENSOR, "sensor-fault", NOTICE),
    (NOT_WORN_VERDICT, None, 0),
    (SETTLING_VERDICT, None, 0),
    ("too tight", "over-range", NOTICE),
    ("fold", "fold", NOTICE),
    ("bunched", "bunching", NOTICE),
    ("slipped", "slipped", NOTICE),
    ("reversed", "gradient-reversed", NOTICE),
    ("too loose", "under-range", NOTICE),
    (INCONCLUSIVE, "gradient-flat", 0),
    (INCONCLUSIVE, "site-missing", 0),
)


def layout_of(sites: "Sequence[int]") -> "tuple[tuple[int, ...], list[int]]":
    """(layout, place of each channel in it) for channels at these sites, in any order."""
    layout = sorted(list(sites) + [site for site in PLAIN if site not in sites])
    places = [layout.index(sites[i]) + list(sites[:i]).count(sites[i]) for i in range(len(sites))]
    return tuple(layout), places


class FitCheck:
    """Feed `add` every sample; it is True when a new verdict stands. layout: per channel the index of its site, rising,
    every site at least once (see `layout_of`).

    verdict               the one word for the wearer: a row of VERDICTS, or "good"
    descending_permille   share of the settled seconds in which pressure fell from site to site; None before any
    wear                  donned_ms, settled_ms, doffed_ms
    donnings              what the wearer's confirmed donnings looked like: to export, to restore, to forget
    confirmed             True when one was confirmed; whoever keeps them takes it back
    trails, local, gradient   the last minute and a half per site, the baselines, the seconds that fell: to be explained
    ring                  where a site has several channels, what they agree on
    reducer               the last second; whoever reduces by other means shows it there and calls `decide`
    """

    def __init__(self, prescription: Prescription, layout: "Sequence[int]" = PLAIN) -> None:
        self.prescription = prescription
        self._layout = layout
        self._ended: list[Finding] = []
        self.reducer = Reducer(len(layout))
        self._donnings: Donnings | None = None
        self._second = -1
        self._watches: list[Watch] = []
        self.confirmed = False
        self.restart()

    @property
    def donnings(self) -> "Donnings":
        """See the class. Loaded when first asked for: most wearers have confirmed none."""
        if self._donnings is None:
            from .donnings import Donnings

            self._donnings = Donnings()
        return self._donnings

    @donnings.setter
    def donnings(self, known: "Donnings") -> None:
        self._donnings = known

    @property
    def descending_permille(self) -> int | None:
        """See the class."""
        return self.gradient.descending_permille

    def add(self, t_ms: int, pressures_cmmHg: "list[int] | tuple[int, ...]") -> bool:
        """One sample: pressure per channel in the order of the layout, MISSING allowed; t_ms since the boot."""
        if not self.reducer.add(t_ms, pressures_cmmHg):
            return False
        self.decide()
        return True

    def mark(self, t_ms: int, text: str) -> bool:
        """What the wearer says. True for `smooth`: this donning is a good one, kept once it has settled."""
        if text.strip().lower() != SMOOTH:
            return False
        self._smooth_ms = t_ms
        self._confirm()
        return True

    def open_findings(self, resting: bool = False) -> list[Finding]:
        """Findings that are open, those behind the verdict first. resting: also those that stand behind none now."""
        told: list[Finding] = []
        info: list[Finding] = []
        for watch in self._watches:
            if watch.finding is not None and (resting or watch.holds):
                (info if watch.level == INFO else told).append(watch.finding)
        return told + info

    def take_closed(self) -> list[Finding]:
        """Findings that ended since the last call, at most 16."""
        taken = self._ended[:]
        del self._ended[:]
        return taken

    def restart(self) -> None:
        """Everything as after a boot, but what is known of donnings; what was found ends and stays to be taken."""
        for watch in self._watches:
            watch.end((self._second + 1) * 1000)
        self.verdict = NOT_WORN_VERDICT
        self._smooth_ms = -1
        self._confirmed_ms: int | None = None  # when the sock was put on that was confirmed last
        self.wear = Wear()
        self.trails = [Trail() for _ in SITES]
        self._faults = Faults(self._ended, self._layout)
        self.ring = self._begin_ring()
        self._ranges = Ranges(self.prescription, self._ended)
        self.local = Local(self._ended)
        self.gradient = Gradient(self.prescription, self._ended)
        self._leg_watches = self._ranges.watches + self.local.watches + self.gradient.watches
        watches = self._faults.watches + self._leg_watches
        self._watches = [watch for _, kind, _ in VERDICTS for watch in watches if watch.kind == kind]

    def _begin_ring(self) -> "Ring | None":
        if len(self._layout) == len(SITES):
            return None
        from .ring import Ring

        return Ring(self._layout)

    def decide(self) -> None:
        """A second stands in `reducer`; `add` calls this by itself."""
        second = self.reducer.second
        now_ms = (second + 1) * 1000
        self._mind_gap(second)
        self._second = second
        self._faults.update(now_ms, self.reducer, self.wear.on_leg(now_ms))
        usable = self._faults.usable
        if self.ring is not None:
            self.ring.update(usable, self.wear.state == SETTLED, self.local)
            usable = self.ring.levels
        for site in range(len(SITES)):
            self.trails[site].add(usable[site])
        if self.wear.update(now_ms, usable, self.trails):
            self._begin(now_ms)
        if self.wear.state != NOT_WORN:
            settled = self.wear.state == SETTLED
            if settled:
                trails = self.trails if self.ring is None else self.ring.trails
                if self.local.update(now_ms, trails, self.gradient.doubts_top):
                    self.gradient.begin_top(now_ms)
                if self._smooth_ms >= 0:
                    self._confirm()
            levels = [trail.mean(SETTLED_S) for trail in self.trails]
            self._ranges.update(now_ms, levels, settled, self.local.explains(0))
            self.gradient.update(now_ms, levels, settled, self.local)
            if settled:
                self.gradient.count(self.trails)
        self.verdict = self._judge()

    def _mind_gap(self, second: int) -> None:
        gap_s = second - self._second - 1
        if self._second < 0 or 0 <= gap_s <= GAP_S:
            return
        if gap_s < 0 or gap_s > NEW_WEAR_S:
            self.restart()
        for trail in self.trails:
            trail.clear()
        if self.ring is not None:
            self.ring.clear()

    def _begin(self, now_ms: int) -> None:
        """The state of wear changed."""
        if self.wear.state == SETTLING:
            for trail in self.trails:
                trail.clear()
            if self.ring is not None:
                self.ring.begin()
            self._ranges.begin()
            self.gradient.begin()
        elif self.wear.state == SETTLED:
            self._settle()
        else:
            self._smooth_ms = -1
            for watch in self._leg_watches:
                watch.end(now_ms)

    def _settle(self) -> None:
        """Levels of now are the baseline; at the knee that of smooth donnings, when it lies far above it."""
        levels = [trail.mean(SETTLED_S) for trail in self.trails]
        if self._donnings is not None:
            self.gradient.knows_top = self._donnings.expected_knee(levels) != MISSING
            smooth = self._donnings.smooth_knee(levels)
            self.local.folded_s = FOLDED_S if smooth < levels[TOP] else 0
            levels[TOP] = smooth
        for site in range(len(SITES)):
            self.local.settle(site, levels[site])

    def _confirm(self) -> None:
        """Keep this donning as a good one, unless its shape is found wrong or it has not settled yet: then later.

        Confirmed again, it is still one donning.
        """
        if self.wear.state != SETTLED or any(
            watch.level >= NOTICE for watch in self.local.watches + self.gradient.watches
        ):
            return
        self._smooth_ms = -1
        levels = [self.local.baseline(site) for site in range(len(SITES))]
        if self.donnings.confirm(levels, self._confirmed_ms == self.wear.donned_ms):
            self._confirmed_ms = self.wear.donned_ms
            self.confirmed = True

    def _judge(self) -> str:
        """The first row of VERDICTS that holds."""
        found = GOOD
        for watch in self._watches:  # they stand in the order of the rows
            if watch.level and watch.holds:
                found = self._verdict_of(watch)
                if found != GOOD:
                    break
        if found == CHECK_SENSOR:
            return found
        if self.wear.state != SETTLED:
            return NOT_WORN_VERDICT if self.wear.state == NOT_WORN else SETTLING_VERDICT
        shown = self._enough_sites() and self.gradient.shown and self._ranges.shown
        return INCONCLUSIVE if found == GOOD and not shown else found

    def _verdict_of(self, watch: Watch) -> str:
        """What an open watch makes of it by itself."""
        for verdict, kind, lowest in VERDICTS:
            if kind == watch.kind:
                return verdict if watch.level >= lowest and kind != "site-missing" else GOOD
        return GOOD

    def _enough_sites(self) -> bool:
        """The ankle, on which the prescription rests, and one more: "2 of 3 sites"."""
        known = [trail.now != MISSING for trail in self.trails]
        return known[0] and sum(known) > 1
