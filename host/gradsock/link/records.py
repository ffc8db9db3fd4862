"""What a sock kept, to whoever asks for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

OnEntry = Callable[[int, bytes], None]
"""Told the number and the bytes of each entry as it comes, whole and with the right CRC."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The end of a report: the last entry that it looked at, and whether all that it sent has come."""

    last: int
    count: int
    complete: bool


class Records(Protocol):
    """The journal of one connected sock. Each raises SockRefused for a no, LinkError when the link gives out."""

    async def count(self, request: bytes) -> tuple[int, int, int]:
        """Of a COUNT: how many entries, the first, the last; all 0 where there are none."""
        ...

    async def report(self, request: bytes, on_entry: OnEntry) -> Reported | None:
        """Of a REPORT, which ends after ``records.REPORT_ENTRIES``; None when there is nothing of what was asked for.

        Cancelled, it has the sock stop.
        """
        ...

    async def delete(self, up_to: int) -> None:
        """Have the sock forget all entries up to a number; what it forgets must be durable elsewhere."""
        ...
