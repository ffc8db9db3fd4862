"""Too tight or too loose: the ankle against its band, every site against a ceiling.

The class of a sock is the pressure at the ankle; calf and knee are its shares and judged by the gradient. In-vivo and
laboratory pressures differ by -10 to +6 mmHg, so a little outside the band is information, far outside a notice.
"""

from . import MISSING, SITES
from .bands import Prescription
from .finding import INFO, NOTICE, WARNING, Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .finding import Finding
    from .window import Levels

CEILING_CMMHG = 6000
"""Whatever the prescription."""
FAR_PERCENT = 25
MARGIN_CMMHG = 300
"""Back by so much before it ends."""
RANGE_S = 60
BACK_S = 120


class Ranges:
    """watches: `over-range` per site, then `under-range` at the ankle."""

    def __init__(self, prescription: Prescription, ended: "list[Finding]") -> None:
        low, high = prescription.bands[0] or (None, None)
        self._low = low
        self._high = high
        self.watches = [Watch("over-range", site, RANGE_S, BACK_S, ended, ("pressure_cmmHg",)) for site in SITES]
        self.watches.append(Watch("under-range", SITES[0], RANGE_S, BACK_S, ended, ("pressure_cmmHg",)))

    def update(self, now_ms: int, levels: "list[Levels]", settled: bool, explained: bool) -> None:
        """One second of a worn sock. explained: an open finding at the ankle already says why it is off its band."""
        for site in range(len(SITES)):
            watch = self.watches[site]
            pressure = levels[site].brief
            want = 0
            if pressure != MISSING:
                margin = MARGIN_CMMHG if watch.level else 0
                if pressure + (margin if watch.level == WARNING else 0) > CEILING_CMMHG:
                    want = WARNING
                elif site == 0 and not explained:
                    want = self._above(pressure + margin)
            watch.update(now_ms, want, settled or want == WARNING, pressure)
        watch = self.watches[len(SITES)]
        pressure = levels[0].brief
        want = 0
        if pressure != MISSING and not explained:
            want = self._below(pressure - (MARGIN_CMMHG if watch.level else 0))
        watch.update(now_ms, want, settled, pressure)

    def _above(self, pressure: int) -> int:
        if self._high is None or pressure <= self._high:
            return 0
        return NOTICE if pressure * 100 > self._high * (100 + FAR_PERCENT) else INFO

    def _below(self, pressure: int) -> int:
        if self._low is None or pressure >= self._low:
            return 0
        return NOTICE if pressure * 100 < self._low * (100 - FAR_PERCENT) else INFO
