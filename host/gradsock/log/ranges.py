"""Which samples of a sock there are: stretches of index per boot. Merging is a union, whatever comes when."""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Ranges:
    """Stretches [start, end) per boot, sorted and apart."""

    def __init__(self, runs: Iterable[tuple[int, int, int]] = ()) -> None:
        """runs: (boot, start, end) each, in any order and overlapping as they like."""
        self._runs: dict[int, list[list[int]]] = {}
        for boot, start, end in runs:
            self.add(boot, start, end - start)

    def add(self, boot: int, index: int, count: int) -> int:
        """Put in the samples index..index+count-1 of a boot; how many of them are new."""
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
        return count - known

    def update(self, other: "Ranges") -> None:
        """Put in all that another holds."""
        for boot, start, end in other:
            self.add(boot, start, end - start)

    def holds(self, boot: int, index: int) -> bool:
        """Whether a sample is in."""
        runs = self._runs.get(boot, [])
        at = bisect_right(runs, index, key=lambda run: run[0]) - 1
        return at >= 0 and index < runs[at][1]

    def missing(self, boot: int, first: int, last: int) -> list[tuple[int, int]]:
        """What of the samples first..last is not in: (first, last) each, both included, ascending."""
        lacking, at = [], first
        runs = self._runs.get(boot, [])
        for number in range(bisect_right(runs, first, key=lambda run: run[1]), len(runs)):
            start, end = runs[number]
            if start > last:
                break
            if start > at:
                lacking.append((at, start - 1))
            at = end
        if at <= last:
            lacking.append((at, last))
        return lacking

    def of(self, boot: int) -> list[tuple[int, int]]:
        """The stretches of a boot: (first, last) each, both included, ascending."""
        return [(start, end - 1) for start, end in self._runs.get(boot, [])]

    def boots(self) -> list[int]:
        """The boots of which anything is in, ascending."""
        return sorted(boot for boot, runs in self._runs.items() if runs)

    def gaps(self) -> list[tuple[int, int, int]]:
        """What lies between the first and the last sample of each boot and is not in: (boot, first, count)."""
        return [
            (boot, before[1], after[0] - before[1])
            for boot in self.boots()
            for before, after in itertools.pairwise(self._runs[boot])
        ]

    @property
    def span(self) -> int:
        """Samples from the first to the last of each boot, there or not."""
        return sum(runs[-1][1] - runs[0][0] for runs in self._runs.values() if runs)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """(boot, start, end), in order."""
        return ((boot, start, end) for boot in self.boots() for start, end in self._runs[boot])

    def __len__(self) -> int:
        """How many samples are in."""
        return sum(end - start for runs in self._runs.values() for start, end in runs)
