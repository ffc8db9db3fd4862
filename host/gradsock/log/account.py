"""The loss account: what should have come, what came, what came twice, and where the gaps are.

A sample is known by (sock serial, boot, index). Within a boot the index runs without a hole, so whatever lies between
the first and the last sample that came was expected.
"""

from dataclasses import dataclass
from typing import Any

from gradsock.log.ranges import Ranges

LISTED_GAPS = 500  # the table of gaps in a log's closing record; the counts beside it are always whole


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples of one boot that never came: ``count`` of them from ``first_index`` on."""

    boot: int
    first_index: int
    count: int


class LossAccount:
    """Takes the identity of every block that arrives; for one sock. Merging is a union by identity."""

    def __init__(self, serial: str = "") -> None:
        self.serial = serial
        self.held = Ranges()
        self.received = 0
        self.recovered = 0  # of those received: how many the sock had kept and told later
        self.doubled = 0
        self.damaged_blocks = 0
        self.unread = 0  # samples that came, with at least one site that the sock could not read
        self.unscanned = 0  # samples that came, of slots in which the sock was too busy to look

    def add(self, boot: int, index: int, count: int, *, fetched: bool = False) -> int:
        """Note the samples index..index+count-1 of a boot; return how many of them are new."""
        if count <= 0:
            return 0
        new = self.held.add(boot, index, count)
        self.received += new
        self.recovered += new if fetched else 0
        self.doubled += count - new
        return new

    def double(self, count: int) -> None:
        """Note copies that somebody else dropped already."""
        self.doubled += count

    def holds(self, boot: int, index: int) -> bool:
        """Whether a sample has come."""
        return self.held.holds(boot, index)

    @property
    def expected(self) -> int:
        """Samples from the first to the last of each boot."""
        return self.held.span

    @property
    def lost(self) -> int:
        """Samples expected that never came."""
        return self.expected - self.received

    def gaps(self) -> list[Gap]:
        """All gaps, in the order of boot and index."""
        return [Gap(*gap) for gap in self.held.gaps()]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the table of gaps is cut after the first 500, the counts never."""
        gaps = self.gaps()
        return {
            "serial": self.serial,
            "expected": self.expected,
            "received": self.received,
            "recovered": self.recovered,
            "doubled": self.doubled,
            "lost": self.lost,
            "unread": self.unread,
            "unscanned": self.unscanned,
            "damaged_blocks": self.damaged_blocks,
            "gap_count": len(gaps),
            "gaps": [
                {"boot": gap.boot, "first_index": gap.first_index, "count": gap.count} for gap in gaps[:LISTED_GAPS]
            ],
        }
