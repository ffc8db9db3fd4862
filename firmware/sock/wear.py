"""Worn or not, and settled or not."""

from . import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .window import Trail

ON_CMMHG = 500
OFF_CMMHG = 300
"""All sites below this: near zero. The lightest class still has 8 mmHg at the ankle."""
ON_S = 3
OFF_S = 5
SETTLED_SLOPE_CMMHG = 100
SLOPE_S = 40
SLOPE_MEAN_S = 16
"""Between means of 16 s that are 40 s apart: the design's 1 mmHg per minute, and what gait and noise add to it."""
DONNING_S = 30
SETTLE_MIN_S = 60
SETTLE_MAX_S = 300

NOT_WORN = 0
SETTLING = 1
SETTLED = 2


class Wear:
    """state, and since when: donned_ms, settled_ms, doffed_ms (None while unknown)."""

    def __init__(self) -> None:
        self.state = NOT_WORN
        self.donned_ms: int | None = None
        self.settled_ms: int | None = None
        self.doffed_ms: int | None = None
        self._seconds = 0  # of contradiction to the present state

    def update(self, now_ms: int, means_cmmHg: list[int], trails: "list[Trail]") -> bool:
        """One second: mean per site (MISSING where it cannot be trusted) and its `Trail`. True when state changed."""
        highest = max(means_cmmHg)
        if highest == MISSING:
            self._seconds = 0
            return False
        if self.state == NOT_WORN:
            return self._look_for_donning(now_ms, highest)
        if highest < OFF_CMMHG:
            self._seconds += 1
            if self._seconds >= OFF_S:
                self._seconds = 0
                self.state = NOT_WORN
                self.doffed_ms = now_ms - OFF_S * 1000
                return True
            return False
        self._seconds = 0
        if self.state == SETTLING and self._is_settled(now_ms, trails):
            self.state = SETTLED
            self.settled_ms = now_ms
            return True
        return False

    def on_leg(self, now_ms: int) -> bool:
        """True when it is worn, and not just being put on."""
        return self.donned_ms is not None and self.state != NOT_WORN and now_ms - self.donned_ms >= DONNING_S * 1000

    def _look_for_donning(self, now_ms: int, highest: int) -> bool:
        self._seconds = self._seconds + 1 if highest >= ON_CMMHG else 0
        if self._seconds < ON_S:
            return False
        self._seconds = 0
        self.state = SETTLING
        self.donned_ms = now_ms - ON_S * 1000
        self.settled_ms = None
        self.doffed_ms = None
        return True

    def _is_settled(self, now_ms: int, trails: "list[Trail]") -> bool:
        assert self.donned_ms is not None
        worn_ms = now_ms - self.donned_ms
        if worn_ms >= SETTLE_MAX_S * 1000 or worn_ms < SETTLE_MIN_S * 1000:
            return worn_ms >= SETTLE_MAX_S * 1000
        known = 0
        for trail in trails:
            if trail.now == MISSING:
                continue
            before = trail.mean(SLOPE_MEAN_S, SLOPE_S)
            if before == MISSING or abs(trail.mean(SLOPE_MEAN_S) - before) > SETTLED_SLOPE_CMMHG:
                return False
            known += 1
        return known > 0
