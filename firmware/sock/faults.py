"""Is it the sensor? Missing, at a rail, stuck, suddenly without load, loose, noisy: technical, never about the leg.

Ranges: counts of seconds would take 34 years to reach 2^30; a pressure below 2^15, times 31 at most, stays below 2^20.
"""

from . import MISSING, SITES, const
from .finding import INFO, NOTICE, Watch
from .reducer import ABSENT, FREE_CMMHG, OK, OPEN, SHORT, Reducer

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .finding import Finding

_BAD_S = const(2)
"""A site that may be at fault for so long is not trusted."""
_GONE_S = const(1)
"""A second of which less than half could be read: nothing else takes that long but a plug that is out or a wire. Over
with the first second of which more could: what goes to and fro is loose, see _LOST."""
_STUCK_S = const(6)
_STUCK_READINGS = const(30)
"""Exactly the same reading for so long and so often, while all the others move and one of them by _MOVES_CMMHG or more
within the second: noise alone moves a living sensor. A quiet one, that was seen to stand still before and moved again,
is given twice the time it ever stood. From _BAD_S on a still sensor is not trusted. Only on a leg: pressing nothing, a
sensor may well stand still."""
_MOVES_CMMHG = const(60)
"""Three stored steps. On a leg that lies asleep readings go to and fro by one, or not at all, for as long as it sleeps:
seconds in which no other sensor moves further say nothing."""
_HIGH_CMMHG = const(9000)
"""A sensor that stands still up here is shorted; no need to wait."""
_LIMIT_CMMHG = const(6000)
"""Still at this or more, far above the latest half minute and its strides, and there on foot, not from one reading
to the next: that is a leg pressed by more than its sensor can read, and no fault. A wire jumps. What stops
lower, or where it was before, is stuck."""
_LOADED_CMMHG = const(500)
_BELOW_CMMHG = const(-500)
"""No sock pulls at a leg: for _FREE_S so far below its zero, a wire is out, or the zero was taken while it pressed."""
_FREE_S = const(8)
_STIRRED_S = const(25)
"""From loaded to free from one second to the next, while all the rest of the sock stays as it was: a wire. A hand that
takes the sock off stirs other sites too, and frees a second one: then a single free site waits until it must be off."""
_ALIVE_CMMHG = const(40)
"""Two stored steps: what moves further within a second is no open wire."""
_CUT_S = const(4)
"""From loaded to free from one reading to the next, and not a single other reading since: no hand is so quick."""
_LOST = const(12)
_LOOSE_FROM = const(24)
_LOOSE_TOLD = const(100)
_LOOSE_FOR = const(30)
"""Contact lost from one reading to the next, or gone for a second, three times within some ten seconds: a plug or a
wire that is loose. Such a second counts _LOST, one without takes 1 off; told from _LOOSE_FROM on, and for _LOOSE_FOR
seconds after the last. Not where a sensor presses less than two thirds of what it goes to and fro by within a second:
noise takes it to zero as well."""
_NOISY_CMMHG = const(4000)
"""Within a second, far beyond any stride."""
_NOISY_S = const(5)
_NOISY_FOR = const(20)
"""Told after so many such seconds on end, and for so long after the last: what comes and goes is one fault."""

_STUCK = const(4)
_NOISY = const(5)
_LOOSE = const(7)

_MOVES = const(0)
_STANDS = const(1)
_AT_LIMIT = const(2)


class Faults:
    """Which channels can be trusted, and the watches over those that cannot. layout: per channel the index of its site;
    mostly there is one per site, so that here a channel goes by the name of its site.

    usable    mean per channel, MISSING where the sensor is at fault or was never there
    watches   `sensor-fault` per channel, then `site-missing` (never read since the start, or an open wire since)
    """

    def __init__(self, ended: "list[Finding]", layout: "Sequence[int]") -> None:
        self.usable = [MISSING for _ in layout]
        self.watches = [
            Watch(kind, SITES[site], _GONE_S, _GONE_S, ended, ("reason",))
            for kind in ("sensor-fault", "site-missing")
            for site in layout
        ]
        self._seen = [False for _ in layout]
        self._still_s = [0 for _ in layout]
        self._calm_s = [0 for _ in layout]  # the longest that a living sensor stood still
        self._free_s = [0 for _ in layout]
        self._loads = [0 for _ in layout]  # what it pressed lately, before it went free
        self._stirred_s = [0 for _ in layout]  # how long a site is still taken for one that hands are on
        self._below_s = [0 for _ in layout]
        self._noisy_s = [0 for _ in layout]
        self._cut = [False for _ in layout]  # it went free from one reading to the next
        self._loose = [0 for _ in layout]
        self._swings = [0 for _ in layout]  # what it went to and fro by lately within a second
        self._levels = [0 for _ in layout]  # what it pressed in the last half minute while it moved
        self._ends = [_MOVES for _ in layout]  # what it came to when it came to stand still

    def update(self, now_ms: int, seconds: Reducer, on_leg: bool) -> None:
        """One second. on_leg: the sock is on, and not just being put on."""
        for site in range(len(self.usable)):
            state = seconds.states[site]
            mean = seconds.means[site]
            reason = state
            doubted = self._lose(site, seconds, on_leg) >= _LOST or state != OK
            if state == OK:
                self._seen[site] = True
                at_limit = self._is_at_limit(site, seconds, on_leg)
                still_s = 0 if at_limit else self._stand(site, seconds, on_leg)
                free_s = self._let_go(site, seconds, on_leg)
                self._bear_noise(site, seconds.spans[site], on_leg)
                below_s = self._below_s[site] = self._below_s[site] + 1 if mean < _BELOW_CMMHG and on_leg else 0
                doubted = doubted or (still_s >= _BAD_S and not free_s) or self._noisy_s[site] > _BAD_S
                doubted = doubted or below_s >= _BAD_S
                high = mean >= _HIGH_CMMHG and not at_limit
                if high and not seconds.spans[site] and seconds.stills[site] >= 2 * _STUCK_READINGS:
                    doubted = True
                    reason = SHORT
                elif free_s >= _FREE_S:
                    reason = OPEN
                elif self._loose[site] > _LOOSE_TOLD:
                    reason = _LOOSE
                elif mean < FREE_CMMHG:
                    if still_s >= _STIRRED_S or below_s >= _FREE_S:
                        reason = OPEN
                elif still_s >= max(_STUCK_S, self._calm_s[site] * 2) and seconds.stills[site] >= _STUCK_READINGS:
                    reason = _STUCK
                elif self._noisy_s[site] >= _NOISY_S:
                    reason = _NOISY
            else:
                self._still_s[site] = 0
            absent = not self._seen[site] and state in (ABSENT, OPEN)
            fault = self.watches[site]
            if reason != OK:
                fault.end_s = _BAD_S if state == OK else _GONE_S
            fault.update(now_ms, 0 if absent or reason == OK else NOTICE, True, reason)
            self.watches[site + len(self.usable)].update(now_ms, INFO if absent else 0, True, reason)
            self.usable[site] = MISSING if doubted or fault.level else mean

    def _bear_noise(self, site: int, span: int, on_leg: bool) -> None:
        noisy_s = self._noisy_s[site]
        if span > _NOISY_CMMHG and on_leg:
            self._noisy_s[site] = noisy_s + 1 if noisy_s + 1 < _NOISY_S else _NOISY_S + _NOISY_FOR
        else:
            self._noisy_s[site] = noisy_s - 1 if noisy_s > _NOISY_S and on_leg else 0

    def _is_at_limit(self, site: int, seconds: Reducer, on_leg: bool) -> bool:
        """Whether it stands at the end of what it can read, see _LIMIT_CMMHG: decided when it comes to stand."""
        mean = seconds.means[site]
        level = self._levels[site]
        if not on_leg:
            level = 0
        if not on_leg or seconds.spans[site] or seconds.stills[site] < 2:
            self._levels[site] = (level * 31 + mean) // 32 if level else mean
            self._ends[site] = _MOVES
        elif self._ends[site] == _MOVES:
            rise = mean - level
            far = rise * 10 >= level * 3 and rise >= _LOADED_CMMHG and rise >= self._swings[site] * 2
            on_foot = seconds.steps[site] * 2 <= rise
            self._ends[site] = _AT_LIMIT if level and mean >= _LIMIT_CMMHG and far and on_foot else _STANDS
        return self._ends[site] == _AT_LIMIT

    def _stand(self, site: int, seconds: Reducer, on_leg: bool) -> int:
        """For how many seconds this site alone has stood still, 0 in those that say nothing (see _MOVES_CMMHG): in a
        recording without noise all stand still.
        """
        still_s = self._still_s[site]
        if on_leg and not seconds.spans[site] and seconds.stills[site] > 1:
            if self._others_move(site, seconds):
                still_s += 1
            elif not self.watches[site].level:
                return 0
        else:
            if 0 < seconds.spans[site] < _MOVES_CMMHG and self._calm_s[site] < still_s:
                self._calm_s[site] = still_s
            still_s = 0
        self._still_s[site] = still_s
        return still_s

    def _others_move(self, site: int, seconds: Reducer) -> bool:
        most = 0
        for other in range(len(self.usable)):
            if other != site and seconds.states[other] == OK and not self.watches[other].level:
                if not seconds.spans[other]:
                    return False
                most = max(most, seconds.spans[other])
        return most >= _MOVES_CMMHG

    def _lose(self, site: int, seconds: Reducer, on_leg: bool) -> int:
        """How loose its contact is, see _LOST."""
        fell = seconds.falls[site]
        loose = self._loose[site]
        load = self._loads[site]
        if fell >= _LOADED_CMMHG // 2 and fell * 2 >= load:
            self._cut[site] = True
        elif seconds.spans[site]:
            self._cut[site] = False
        lost = fell >= _LOADED_CMMHG and fell * 5 >= load * 3 and load * 3 >= self._swings[site] * 2
        if not lost:
            self._swings[site] = (self._swings[site] * 7 + seconds.spans[site]) // 8
        new = loose > _LOOSE_TOLD or not (self.watches[site].level or self._cut[site])  # cut: it was counted as lost
        if on_leg and (lost or (new and seconds.states[site] != OK)):
            loose += _LOST
            if loose >= _LOOSE_FROM:
                loose = _LOOSE_TOLD + _LOOSE_FOR
        elif loose:
            loose -= 1
            if loose == _LOOSE_TOLD:
                loose = 0
        self._loose[site] = loose
        return loose

    def _let_go(self, site: int, seconds: Reducer, on_leg: bool) -> int:
        """For how many seconds a loaded site has been free while the others still are as they were."""
        mean = seconds.means[site]
        load = self._loads[site]
        if mean >= FREE_CMMHG:
            self._free_s[site] = 0
            off = mean - load if mean > load else load - mean
            self._stirred_s[site] = _STIRRED_S if off * 4 > load + _LOADED_CMMHG else self._stirred_s[site] - 1
            self._loads[site] = (load * 3 + mean) // 4
            return 0
        if not on_leg or (not self._free_s[site] and load < _LOADED_CMMHG // 2):
            self._free_s[site] = 0
            self._loads[site] = 0
            return 0
        if seconds.spans[site] > _ALIVE_CMMHG:
            return 0
        free_s = self._free_s[site] + 1
        loaded = stirred = 0
        for other in range(len(self.usable)):
            if other != site and seconds.states[other] == OK and not self.watches[other].level:
                stirred += self._free_s[other] > 0 or self._stirred_s[other] > 0
                loaded += seconds.means[other] >= _LOADED_CMMHG
        if not loaded and not stirred:
            free_s = self._loads[site] = 0
        self._free_s[site] = free_s
        if self._cut[site] and free_s >= _CUT_S:
            return free_s + _FREE_S
        if stirred and (free_s < _STIRRED_S or not loaded):
            return min(free_s, _FREE_S - 1)
        return free_s
