"""Getting a range of a journal's entries whole, over a radio that may lose notifications above its link layer.

What comes is taken at once, so nothing is asked for twice that came. After a report that is not complete only the
numbers that are missing are asked for again, in ever smaller reports, of which some come whole however bad the radio.
"""

from collections.abc import Iterable

from sock import fetching
from sock import records as bytes_of

from gradsock.errors import LinkLost
from gradsock.link.records import OnEntry, Records

FRUITLESS = 20  # reports in a row of which nothing came: no radio is so bad


class Range:
    """Entries first to last (inclusive) of one sock, to be fetched in their order.

    upto: every entry up to this number has been taken, or is not there any longer.
    """

    def __init__(self, records: Records, first: int, last: int, take: OnEntry) -> None:
        self.upto = first - 1
        self._last = last
        self._records = records
        self._take = take
        self._wanted = [(first, last)]
        self._came: set[int] = set()
        self._fruitless = 0

    @property
    def whole(self) -> bool:
        """Whether there is nothing left to ask for."""
        return not self._wanted

    async def some(self) -> None:
        """One report of what is still wanted. LinkLost when the radio brings nothing any more."""
        first, last = self._wanted.pop(0)
        self._wanted[:0] = await self._report(first, last)
        self.upto = max(self.upto, self._wanted[0][0] - 1 if self._wanted else self._last)

    async def _report(self, first: int, last: int) -> list[tuple[int, int]]:
        """What of a range is still to be asked for after a report of it."""
        self._came.clear()
        reported = await self._records.report(
            fetching.request(bytes_of.REPORT, bytes_of.WITHIN, first, last), self._on_entry
        )
        if reported is None:
            return []
        if reported.complete:
            self._fruitless = 0
            return [(reported.last + 1, last)] if reported.last < last else []
        self._fruitless = 0 if self._came else self._fruitless + 1
        if self._fruitless > FRUITLESS:
            raise LinkLost("the radio loses what the sock sends: come closer")
        looked = min(last, max(reported.last, max(self._came, default=first - 1)))
        left = _missing(first, looked, self._came)
        return [*left, (looked + 1, last)] if looked < last else left

    def _on_entry(self, number: int, data: bytes) -> None:
        self._came.add(number)
        self._take(number, data)


def _missing(first: int, last: int, came: set[int]) -> list[tuple[int, int]]:
    """The stretches of first..last that did not come."""
    missing: list[tuple[int, int]] = []
    for number in range(first, last + 1):
        if number in came:
            continue
        if missing and missing[-1][1] == number - 1:
            missing[-1] = (missing[-1][0], number)
        else:
            missing.append((number, number))
    return missing


async def fill(records: Records, gaps: Iterable[tuple[int, int, int]], take: OnEntry) -> None:
    """Fetch what lies in gaps, each a boot, its first index and how many; what the sock has not is passed over."""
    await records.report(fetching.request(bytes_of.REPORT, bytes_of.WITHIN, 0, 0), take)  # it flushes first
    for boot, first, count in gaps:
        request = fetching.request_samples(bytes_of.COUNT, boot, first, first + count - 1)
        found, first_entry, last_entry = await records.count(request)
        wanted = Range(records, first_entry, last_entry, take)
        while found and not wanted.whole:
            await wanted.some()
