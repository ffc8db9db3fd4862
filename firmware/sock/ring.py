"""Several sensors round the leg at one site: what they agree on, and where one side presses harder than its neighbours.

One sensor misreads the mean of its ring by a quarter to a third, so each is read against its own level of before: what
it pressed while the ring agreed. The mean over those that can be read is the level of the site, and stays it when one
of them fails. A wrinkle presses on one side: while a side stands clear of its neighbours, it is what a local step is
looked for in. Loaded only where a site has more than one channel.

Ranges: pressures and levels are below 2^15, products of two of them below 2^30; levels are kept times 2^_BITS.
"""

from . import MISSING, SITES, const
from .local import HOLD_S, RISE_MIN_CMMHG
from .window import Trail

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .local import Local

_BITS = const(7)
_FAST_BITS = const(4)
"""Levels follow with a time constant of 2^7 s; with 2^4 s until the sock has settled, and once a side has pressed
harder for HOLD_S and nothing was found in it."""
_CLEAR_PERMILLE = const(1250)
"""So far above its neighbours a side is looked at by itself: postures move single sides by less."""
_LEAST_CMMHG = const(300)
"""A sensor that presses less says little about shares."""
_HIGHEST_CMMHG = const(19999)


class Ring:
    """layout: per channel the index of its site.

    levels   per site in cmmHg, MISSING where none of its channels can be read
    trails   of each site as a local step sees it: its level, or its hardest side while that stands clear
    """

    def __init__(self, layout: "Sequence[int]") -> None:
        self._layout = list(layout)
        self.levels = [MISSING for _ in SITES]
        self.trails = [Trail() for _ in SITES]
        self._clear_s = [0 for _ in SITES]  # for how long a side has stood clear
        self.begin()

    def begin(self) -> None:
        """It was put on: nothing is known of the sides."""
        self._known = [MISSING for _ in self._layout]  # times 2^_BITS
        self.clear()

    def clear(self) -> None:
        """After a gap."""
        for trail in self.trails:
            trail.clear()

    def update(self, usable: "Sequence[int]", settled: bool, local: "Local") -> None:
        """One second: mean per channel in cmmHg, MISSING where it cannot be trusted."""
        for site in range(len(SITES)):
            side = self._look(site, usable)
            self.trails[site].add(side)
            self._clear_s[site] = self._clear_s[site] + 1 if side != self.levels[site] else 0
            waits = settled and (0 < self._clear_s[site] < HOLD_S or local.explains(site))
            bits = _FAST_BITS if not settled or self._clear_s[site] else _BITS
            for channel in range(len(usable)):
                pressure = usable[channel]
                if self._layout[channel] != site or pressure == MISSING:
                    continue
                if self._known[channel] == MISSING:
                    self._known[channel] = pressure << _BITS
                elif not waits:
                    self._known[channel] += ((pressure << _BITS) - self._known[channel]) >> bits

    def _look(self, site: int, usable: "Sequence[int]") -> int:
        """Sets the level of a site; its hardest side where that stands clear, else the level."""
        total = known = count = everything = everybody = 0
        for channel in range(len(usable)):
            if self._layout[channel] != site:
                continue
            level = self._known[channel] >> _BITS if self._known[channel] != MISSING else 0
            if level > _LEAST_CMMHG:
                everything += level
                everybody += 1
            if usable[channel] != MISSING:
                total += usable[channel]
                known += level
                count += 1
        self.levels[site] = MISSING
        if not count:
            return MISSING
        mean = total // count
        usual = everything // everybody if everybody else 0
        if count < everybody and known:
            mean = min(mean * usual // max(known // count, 1), _HIGHEST_CMMHG)  # the others are as they were
        self.levels[site] = mean
        most = shares = sides = 0
        for channel in range(len(usable)):
            if self._layout[channel] == site and usable[channel] != MISSING:
                level = self._known[channel] >> _BITS
                if level > _LEAST_CMMHG:
                    share = min(usable[channel] * usual // level, _HIGHEST_CMMHG)
                    most = max(most, share)
                    shares += share
                    sides += 1
        if sides < 2:
            return mean
        neighbours = (shares - most) // (sides - 1)
        clear = most - neighbours >= RISE_MIN_CMMHG and most * 1000 >= neighbours * _CLEAR_PERMILLE
        return most if clear else mean
