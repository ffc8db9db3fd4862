"""Too tight or too loose: the ankle against its band, every site against a ceiling.

The class of a sock is the pressure at the ankle; calf and knee are its shares and judged by the gradient. In-vivo and
laboratory pressures differ by -10 to +6 mmHg, so a little outside the band is information, far outside a notice.
"""

from . import MISSING, SITES, const
from .bands import Prescription
from .finding import INFO, NOTICE, WARNING, Watch

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .finding import Finding

_CEILING_CMMHG = const(6000)
"""Whatever the prescription."""
_FAR_PERCENT = const(25)
_SURE_PERCENT = const(45)
_MARGIN_CMMHG = const(300)
"""Back by so much before it ends, or by a third of a narrow band."""
_RANGE_S = const(60)
_SINCE_DONNING_S = const(100)
"""From settling. A sock that was just pulled up presses up to a seventh more and lets go of that in minutes. Beyond
_SURE_PERCENT that does not matter any more."""
_LATER_S = const(900)
"""What was right for a while and lies far outside later is a posture or a drift until it has lasted."""
_SURE_LATER_S = const(180)
"""Beyond _SURE_PERCENT: no posture does that for so long."""
_BACK_S = const(600)
"""What lies at a limit goes to and fro with each posture: told once, it is over when it has stayed away."""


class Ranges:
    """watches: `over-range` per site, then `under-range` at the ankle."""

    def __init__(self, prescription: Prescription, ended: "list[Finding]") -> None:
        low, high = prescription.bands[0] or (None, None)
        self._low = low
        self._high = high
        self.watches = [Watch("over-range", site, _RANGE_S, _BACK_S, ended, ("pressure_cmmHg",)) for site in SITES]
        self.watches.append(Watch("under-range", SITES[0], _RANGE_S, _BACK_S, ended, ("pressure_cmmHg",)))
        self._margin = _MARGIN_CMMHG
        if low is not None and high is not None:
            self._margin = min(_MARGIN_CMMHG, (high - low) // 3)
        self._was_right = False
        self._over_s = [0 for _ in SITES]  # for how long a site has been above the ceiling
        self._sure_s = 0  # for how long the ankle has been beyond _SURE_PERCENT

    @property
    def shown(self) -> bool:
        """The ankle has been within reach of its band since the sock was put on, or was told that it is not."""
        return self._was_right or self.watches[0].level >= NOTICE or self.watches[len(SITES)].level >= NOTICE

    def begin(self) -> None:
        """It was put on."""
        self._was_right = False

    def update(self, now_ms: int, levels: list[int], settled: bool, explained: bool) -> None:
        """One second of a worn sock, its mean level per site in cmmHg (MISSING where unknown).

        explained: an open finding at the ankle already says why it is off its band.
        """
        pressure = levels[0]
        known = pressure != MISSING and settled and not explained
        too_high = self._high is not None and known and pressure * 100 > self._high * (100 + _SURE_PERCENT)
        too_low = self._low is not None and known and pressure * (100 + _SURE_PERCENT) < self._low * 100
        self._sure_s = self._sure_s + 1 if too_high or too_low else 0
        for site in range(len(SITES)):
            watch = self.watches[site]
            reading = levels[site]
            want = 0
            if site == 0 and known:
                want = self._ask(watch, self._above(pressure, watch.level))
            over = reading != MISSING and reading > _CEILING_CMMHG - (_MARGIN_CMMHG if watch.level == WARNING else 0)
            over_s = self._over_s[site] = self._over_s[site] + 1 if over else 0
            if over and (over_s >= _RANGE_S or watch.level == WARNING):
                want = WARNING
                watch.after_s = 1
            watch.update(now_ms, want, settled, reading, 0, over_s)
        watch = self.watches[len(SITES)]
        want = self._below(pressure, watch.level) if known else 0
        watch.update(now_ms, self._ask(watch, want), settled, pressure)
        if known and want < NOTICE and self.watches[0].level < NOTICE:
            self._was_right = self._was_right or self._above(pressure, 0) < NOTICE

    def _ask(self, watch: Watch, want: int) -> int:
        """What to ask of a watch now, and how long that has to last: a short while when it has been so since donning;
        what was right before informs first.
        """
        if want < NOTICE or not self._was_right:
            watch.after_s = _RANGE_S if self._sure_s or want < NOTICE else _SINCE_DONNING_S
            return want
        if not watch.level:
            watch.after_s = _RANGE_S
            return INFO
        watch.after_s = _LATER_S if self._sure_s < _SURE_LATER_S else 1
        return want

    def _above(self, pressure: int, level: int) -> int:
        if self._high is None:
            return 0
        if pressure + (self._margin if level >= NOTICE else 0) > self._high * (100 + _FAR_PERCENT) // 100:
            return NOTICE
        return INFO if pressure + (self._margin if level else 0) > self._high else 0

    def _below(self, pressure: int, level: int) -> int:
        if self._low is None:
            return 0
        if pressure - (self._margin if level >= NOTICE else 0) < self._low * (100 - _FAR_PERCENT) // 100:
            return NOTICE
        return INFO if pressure - (self._margin if level else 0) < self._low else 0
