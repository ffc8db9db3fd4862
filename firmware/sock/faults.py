"""Is it the sensor? Missing, at a rail or stuck: technical, and never counted as about the leg."""

from . import MISSING, SITES
from .finding import INFO, NOTICE, Watch
from .reducer import ABSENT, OK, OPEN, Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .finding import Finding

BAD_S = 2
"""A site that cannot be read for so long has a faulty sensor, one that can be read so long again has none."""
STUCK_S = 6
"""Exactly the same reading for so long, while every other site moves: noise alone moves a living sensor. It is not
trusted any more after BAD_S. Only on a leg: pressing nothing, a sensor may well stand still."""

STUCK = 4
REASONS = ("", "missing", "open", "short", "stuck")


class Faults:
    """Which sites can be trusted, and the watches over those that cannot.

    usable    mean per site, MISSING where the sensor is at fault or was never there
    watches   `sensor-fault` per site, then `site-missing` per site (never read since the start, or an open wire since)
    """

    def __init__(self, ended: "list[Finding]") -> None:
        self.usable = [MISSING for _ in SITES]
        self.watches = [
            Watch(kind, site, BAD_S, BAD_S, ended, ("reason",))
            for kind in ("sensor-fault", "site-missing")
            for site in SITES
        ]
        self._seen = [False for _ in SITES]
        self._still_s = [0 for _ in SITES]

    def update(self, now_ms: int, seconds: Reducer, on_leg: bool) -> None:
        """One second. on_leg: the sock is on, and not just being put on."""
        for site in range(len(SITES)):
            state = seconds.states[site]
            if state == OK:
                self._seen[site] = True
            self._still_s[site] = self._still_s[site] + 1 if on_leg and self._is_still(seconds, site) else 0
            absent = not self._seen[site] and state in (ABSENT, OPEN)
            reason = STUCK if state == OK and self._still_s[site] >= STUCK_S else state
            fault = self.watches[site]
            fault.update(now_ms, 0 if absent or reason == OK else NOTICE, True, reason)
            self.watches[site + len(SITES)].update(now_ms, INFO if absent else 0, True, reason)
            trusted = state == OK and not fault.level and self._still_s[site] < BAD_S
            self.usable[site] = seconds.means[site] if trusted else MISSING

    def _is_still(self, seconds: Reducer, site: int) -> bool:
        """True when this site alone stands still: in a recording without noise all do, most of the time."""
        others = 0
        for other in range(len(SITES)):
            if other != site and seconds.states[other] == OK:
                if not seconds.moved[other]:
                    return False
                others += 1
        return others > 0 and not seconds.moved[site]
