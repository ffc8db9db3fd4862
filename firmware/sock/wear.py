"""Worn or not, and settled or not."""

from . import MISSING, const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .window import Trail

_ON_CMMHG = const(500)
_OFF_CMMHG = const(300)
"""All sites below this: near zero. The lightest class still has 8 mmHg at the ankle."""
_ON_SHARE = const(4)
_OFF_SHARE = const(6)
"""Or below a sixth of what it pressed when it had settled: a sensor that was pressed for hours takes its time to let
go (creep of 5 to 20 % within an hour). It is on again from a quarter of that on."""
_ON_S = const(3)
_OFF_S = const(5)
_SETTLED_SLOPE_CMMHG = const(100)
_SLOPE_S = const(40)
_SLOPE_MEAN_S = const(16)
"""Between means of 16 s that are 40 s apart: the design's 1 mmHg per minute, and what gait and noise add to it."""
_DONNING_S = const(30)
_SETTLE_MIN_S = const(60)
_SETTLE_MAX_S = const(300)

NOT_WORN = const(0)
SETTLING = const(1)
SETTLED = const(2)


class Wear:
    """state, and since when: donned_ms, settled_ms, doffed_ms (None while unknown)."""

    def __init__(self) -> None:
        self.state = NOT_WORN
        self.donned_ms: int | None = None
        self.settled_ms: int | None = None
        self.doffed_ms: int | None = None
        self._seconds = 0  # of contradiction to the present state
        self._level = 0  # the highest site when it settled last

    def update(self, now_ms: int, means_cmmHg: list[int], trails: "list[Trail]") -> bool:
        """One second: mean per site (MISSING where it cannot be trusted) and its `Trail`. True when state changed."""
        highest = max(means_cmmHg)
        if highest == MISSING:
            self._seconds = 0
            return False
        if self.state == NOT_WORN:
            return self._look_for_donning(now_ms, highest)
        if highest < max(_OFF_CMMHG, self._level // _OFF_SHARE):
            self._seconds += 1
            if self._seconds >= _OFF_S:
                self._seconds = 0
                self.state = NOT_WORN
                self.doffed_ms = now_ms - _OFF_S * 1000
                return True
            return False
        self._seconds = 0
        if self.state == SETTLING and self._is_settled(now_ms, trails):
            self.state = SETTLED
            self.settled_ms = now_ms
            self._level = highest
            return True
        return False

    def on_leg(self, now_ms: int) -> bool:
        """True when it is worn, and not just being put on."""
        return self.donned_ms is not None and self.state != NOT_WORN and now_ms - self.donned_ms >= _DONNING_S * 1000

    def _look_for_donning(self, now_ms: int, highest: int) -> bool:
        self._seconds = self._seconds + 1 if highest >= max(_ON_CMMHG, self._level // _ON_SHARE) else 0
        if self._seconds < _ON_S:
            return False
        self._seconds = 0
        self.state = SETTLING
        self.donned_ms = now_ms - _ON_S * 1000
        self.settled_ms = None
        self.doffed_ms = None
        return True

    def _is_settled(self, now_ms: int, trails: "list[Trail]") -> bool:
        assert self.donned_ms is not None
        worn_ms = now_ms - self.donned_ms
        if worn_ms >= _SETTLE_MAX_S * 1000 or worn_ms < _SETTLE_MIN_S * 1000:
            return worn_ms >= _SETTLE_MAX_S * 1000
        known = 0
        for trail in trails:
            if trail.now == MISSING:
                continue
            mean = trail.mean(_SLOPE_MEAN_S)
            for ago in (_SLOPE_S, _SLOPE_S // 2):  # half-way too: a hand that pulls it up leaves a hill
                before = trail.mean(_SLOPE_MEAN_S, ago)
                if before == MISSING or abs(mean - before) > _SETTLED_SLOPE_CMMHG:
                    return False
            known += 1
        return known > 0
