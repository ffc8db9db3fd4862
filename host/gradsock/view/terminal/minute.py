"""The newest minute of a sock's pressures: least, highest and mean of each quarter of a second.

What did not come is not there: a gap stays a gap.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sock import MISSING, SITES
from sock.curves import PRESSURE_MAX_CMMHG

from gradsock.view.watched import Row

MINUTE_S = 60.0
BIN_MS = 250
AROUND = 2  # bins before and after, 1.25 s in all
BINS = int(MINUTE_S * 1000) // BIN_MS


class Stretch(NamedTuple):
    """Pressures of a site over a while, in cmmHg."""

    low: int
    high: int
    total: int
    number: int

    def with_(self, other: "Stretch") -> "Stretch":
        """Both as one."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Stretch(low, high, self.total + other.total, self.number + other.number)

    @property
    def mean(self) -> int:
        """Their mean."""
        return round(self.total / self.number)


class Minute:
    """Feed :meth:`take` the scans of each block as they come; 240 bins at most are kept, whatever the rate."""

    def __init__(self) -> None:
        self._bins: deque[tuple[int, list[Stretch | None]]] = deque()
        self._boot: int | None = None
        self._shift_ms = 0  # of this boot's ticks onto one axis for all boots
        self._newest_ms = 0
        self._came_utc_us = 0

    def take(self, rows: Sequence[Row], came_utc_us: int) -> None:
        """Scans of one boot in their order, and when they came."""
        if not rows:
            return
        if rows[0].boot != self._boot:
            away_ms = max(0, (came_utc_us - self._came_utc_us) // 1000) if self._boot is not None else 0
            self._boot, self._shift_ms = rows[0].boot, self._newest_ms + away_ms - rows[-1].ticks_ms
        self._came_utc_us = came_utc_us
        for row in rows:
            at_ms = row.ticks_ms + self._shift_ms
            self._newest_ms = max(self._newest_ms, at_ms)
            self._note(at_ms // BIN_MS, row.pressures_cmmHg)
        oldest = self._newest_ms // BIN_MS - BINS
        while self._bins and self._bins[0][0] <= oldest:
            self._bins.popleft()

    def _note(self, at: int, pressures_cmmHg: Sequence[int]) -> None:
        if not self._bins or at > self._bins[-1][0]:
            self._bins.append((at, [None] * len(SITES)))
        elif at < self._bins[-1][0]:
            return  # older than what is drawn already
        stretches = self._bins[-1][1]
        for number, pressure_cmmHg in enumerate(pressures_cmmHg):
            if pressure_cmmHg == MISSING or abs(pressure_cmmHg) >= PRESSURE_MAX_CMMHG:
                continue
            one, before = Stretch(pressure_cmmHg, pressure_cmmHg, pressure_cmmHg, 1), stretches[number]
            stretches[number] = one if before is None else before.with_(one)

    def columns(self, count: int, site: int, age_s: float = 0.0) -> list[Stretch | None]:
        """The minute in ``count`` columns, the newest last: None where nothing came.

        site: its number in ``sock.SITES``. age_s: how old the newest data are; the minute ends now.
        """
        drawn: list[Stretch | None] = [None] * count
        end = (self._newest_ms + int(age_s * 1000)) // BIN_MS
        first = end * count // BINS - (count - 1)  # columns are counted from the beginning of time: they never flicker
        for at, here in self._smoothed(site):
            column = at * count // BINS - first
            last = max(column, (at + 1) * count // BINS - 1 - first)  # a bin may be wider than a column
            for each in range(max(0, column), min(count, last + 1)):
                before = drawn[each]
                drawn[each] = here if before is None else before.with_(here)
        return drawn

    def _smoothed(self, site: int) -> Iterator[tuple[int, Stretch]]:
        """The bins of a site that hold something, each with the mean of what lies around it: a stride, not a step."""
        there = {at: stretch for at, stretches in self._bins if (stretch := stretches[site]) is not None}
        for at, stretch in there.items():
            near = [there[around] for around in range(at - AROUND, at + AROUND + 1) if around in there]
            yield at, stretch._replace(total=sum(each.total for each in near), number=sum(each.number for each in near))

    @property
    def highest_cmmHg(self) -> int:
        """The highest pressure of all; 0 when there is none."""
        return max((stretch.high for _, bin_ in self._bins for stretch in bin_ if stretch is not None), default=0)
