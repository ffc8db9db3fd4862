"""The loss account: what should have come, what came, what came twice, and where the gaps are.

A sample is known by (sock serial, boot, index). Within a boot the index runs without a hole, so whatever lies between
the first and the last sample that came was expected.
"""

import itertools
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

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
        self.received = 0
        self.doubled = 0
        self.damaged_blocks = 0
        self.unread = 0  # samples that came, with at least one site that the sock could not read
        self._runs: dict[int, list[list[int]]] = {}  # boot -> sorted, apart: [start, end)

    def add(self, boot: int, index: int, count: int) -> int:
        """Note the samples index..index+count-1 of a boot; return how many of them are new."""
        if count <= 0:
            return 0
        start, end = index, index + count
        runs = self._runs.setdefault(boot, [])
        low = high = bisect_left(runs, start, key=lambda run: run[1])  # the first run that this one touches
        known, first, last = 0, start, end
        while high < len(runs) and runs[high][0] <= end:
            known += max(0, min(end, runs[high][1]) - max(start, runs[high][0]))
            first, last = min(first, runs[high][0]), max(last, runs[high][1])
            high += 1
        runs[low:high] = [[first, last]]
        self.received += count - known
        self.doubled += known
        return count - known

    def double(self, count: int) -> None:
        """Note copies that somebody else dropped already."""
        self.doubled += count

    def holds(self, boot: int, index: int) -> bool:
        """Whether a sample has come."""
        runs = self._runs.get(boot, [])
        at = bisect_right(runs, index, key=lambda run: run[0]) - 1
        return at >= 0 and index < runs[at][1]

    @property
    def expected(self) -> int:
        """Samples from the first to the last of each boot."""
        return sum(runs[-1][1] - runs[0][0] for runs in self._runs.values())

    @property
    def lost(self) -> int:
        """Samples expected that never came."""
        return self.expected - self.received

    def gaps(self) -> list[Gap]:
        """All gaps, in the order of boot and index."""
        return [
            Gap(boot, before[1], after[0] - before[1])
            for boot, runs in sorted(self._runs.items())
            for before, after in itertools.pairwise(runs)
        ]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the table of gaps is cut after the first 500, the counts never."""
        gaps = self.gaps()
        return {
            "serial": self.serial,
            "expected": self.expected,
            "received": self.received,
            "doubled": self.doubled,
            "lost": self.lost,
            "unread": self.unread,
            "damaged_blocks": self.damaged_blocks,
            "gap_count": len(gaps),
            "gaps": [
                {"boot": gap.boot, "first_index": gap.first_index, "count": gap.count} for gap in gaps[:LISTED_GAPS]
            ],
        }
