"""What this wearer's good donnings looked like, so that a sock put on already folded can be told.

A donning counts when the wearer confirmed it (`mark smooth`). The levels of the last KEPT are kept, in at most
2 + 6 * KEPT bytes: version, count, then per donning ankle, calf and knee in cmmHg, two bytes each, little end first.
"""

import struct

from . import MISSING, SITES, const
from .local import RISE_MIN_CMMHG

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = const(1)
ENOUGH = const(3)
KEPT = const(5)
FOLDED_PERMILLE = const(1380)
"""A donning repeats to 12 %, three of them and the new one together to 12 % of the knee's excess over the other sites
(their noise is halved): a fold of x1.7 is seen in 95 %, a smooth one is called folded in 3 of 1000."""
TOP = len(SITES) - 1


class Donnings:
    """known: how many confirmed donnings are kept."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, ...]] = []

    @property
    def known(self) -> int:
        """See the class."""
        return len(self._levels)

    def confirm(self, levels: "Sequence[int]", again: bool = False) -> bool:
        """Keep these, in cmmHg per site; False when one is missing or not above zero.

        again: in the place of the last ones, which are of the same donning.
        """
        for level in levels:
            if level == MISSING or level <= 0:
                return False
        if again:
            del self._levels[-1:]
        self._levels.append(tuple(levels))
        del self._levels[:-KEPT]
        return True

    def forget(self) -> None:
        """As if never worn."""
        self._levels = []

    def expected_knee(self, levels: "Sequence[int]") -> int:
        """What the knee would press if this donning, of these levels, were a smooth one; MISSING when unknown."""
        if len(self._levels) < ENOUGH or MISSING in levels:
            return MISSING
        means = [sum([known[site] for known in self._levels]) // len(self._levels) for site in range(len(SITES))]
        common = (levels[0] * 1000 // means[0] + levels[1] * 1000 // means[1]) // 2
        return means[TOP] * common // 1000

    def smooth_knee(self, levels: "Sequence[int]") -> int:
        """The knee's level of these, or of a smooth donning when it lies so far above that it must be folded."""
        expected = self.expected_knee(levels)
        if expected == MISSING or levels[TOP] < max(expected * FOLDED_PERMILLE // 1000, expected + RISE_MIN_CMMHG):
            return levels[TOP]
        return expected

    def export(self) -> bytes:
        """To be kept on the sock."""
        return bytes([VERSION, len(self._levels)]) + b"".join([struct.pack("<3H", *levels) for levels in self._levels])

    def restore(self, data: bytes) -> bool:
        """What `export` gave; False, and nothing known, when it is anything else."""
        self._levels = []
        if len(data) < 2 or data[0] != VERSION or data[1] > KEPT or len(data) != 2 + 6 * data[1]:
            return False
        levels = [struct.unpack_from("<3H", data, 2 + 6 * i) for i in range(data[1])]
        for each in levels:
            if not 0 < min(each) <= max(each) < 20000:
                return False
        self._levels = levels
        return True
