"""A sock's journal in memory, which speaks the bytes of Record access, over a radio that loses what it is told to."""

from __future__ import annotations

import asyncio
import binascii
import random
from array import array
from collections.abc import Callable

from gradsock.link.events import BlockFetched, LinkEvent
from gradsock.link.record_access import RecordAccess
from gradsock.log.ranges import Ranges
from sock import block, event, records
from sock.decoder import parse


def samples(boot: int, index: int, count: int) -> bytes:
    """A block whose counts depend on boot and index alone."""
    encoder = block.BlockEncoder(3, 239)
    encoder.begin(boot, index, 40 * index, 40, 24000, (1, 1, 1))
    for at in range(index, index + count):
        assert encoder.add(array("h", (at % 300, boot, at % 7)))
    return bytes(encoder.finish())


class JournalPeer:
    """Entries by number. loss: how likely a notification is lost above the link layer; cut_after: how many leave."""

    def __init__(self, entries: list[bytes], *, loss: float = 0.0, seed: int = 1, mtu: int = 247) -> None:
        self.entries = dict(enumerate(entries, 1))
        self.loss, self.mtu = loss, mtu
        self.doubled = False
        self.events_filter = True
        self.cut_after: int | None = None
        self.asked: list[bytes] = []
        self.sent: list[int] = []  # numbers of the entries reported
        self._random = random.Random(seed)
        self.access = RecordAccess("made", self._written)

    async def _written(self, data: bytes) -> None:
        self.asked.append(data)
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(self._serve, data)

    def _serve(self, data: bytes) -> None:
        try:
            opcode, found = self._find(data)
        except records.RecordsError as error:
            self.access.on_answer(records.pack_response(data[0], error.code))
            return
        if opcode == records.ABORT:
            self.access.on_answer(records.pack_response(opcode, records.SUCCESS))
        elif opcode == records.COUNT:
            ends = (found[0], found[-1]) if found else (0, 0)
            self.access.on_answer(records.pack_counted(len(found), *ends))
        elif not found:
            self.access.on_answer(records.pack_response(opcode, records.NO_RECORDS))
        elif opcode == records.DELETE:
            for number in found:
                del self.entries[number]
            self.access.on_answer(records.pack_response(opcode, records.SUCCESS))
        else:
            self._report(found[: records.REPORT_ENTRIES])

    def _find(self, data: bytes) -> tuple[int, list[int]]:
        opcode, kind, boot, first, last = records.parse(data)
        if kind == records.EVENTS and not self.events_filter:
            raise records.RecordsError(records.FILTER_NOT_SUPPORTED)
        if kind != records.SAMPLES:
            found = [n for n in sorted(self.entries) if first <= n <= last]
            return opcode, [n for n in found if kind != records.EVENTS or self.entries[n][0] == event.TAG]
        touching = [n for n in sorted(self.entries) if self._touches(self.entries[n], boot, first, last)]
        return opcode, [n for n in sorted(self.entries) if touching and touching[0] <= n <= touching[-1]]

    def _touches(self, data: bytes, boot: int, first: int, last: int) -> bool:
        if data[0] == event.TAG:
            return False
        one = parse(data)[0]
        return one.boot == boot and one.index <= last and one.index + one.count > first

    def _report(self, numbers: list[int]) -> None:
        crc, piece = 0, self.mtu - 3 - records.PIECE_HEAD_BYTES
        for number in numbers:
            data = self.entries[number]
            crc = binascii.crc32(data, crc)
            self.sent.append(number)
            for at in range(0, len(data), piece):
                left = max(0, len(data) - at - piece)
                self._notify(number.to_bytes(4, "little") + bytes([left]) + data[at : at + piece])
                if self.cut_after is not None:
                    self.cut_after -= 1
                    if self.cut_after < 0:
                        self.access.lost()
                        return
        self._notify(records.pack_trailer(numbers[0], numbers[-1], len(numbers), crc))
        self.access.on_answer(records.pack_response(records.REPORT, records.SUCCESS))

    def _notify(self, data: bytes) -> None:
        if self._random.random() >= self.loss:
            for _ in range(2 if self.doubled else 1):
                self.access.on_journal(data)


class MemoryStore:
    """Holds samples by identity, and remembers what was durable when."""

    def __init__(self) -> None:
        self.ranges = Ranges()
        self.events: list[bytes] = []
        self.taken: list[bytes] = []
        self.durable = 0  # how many of those taken are on the disk
        self.on_sync: Callable[[], None] = lambda: None

    def missing(self, boot: int, first: int, last: int) -> list[tuple[int, int]]:
        return self.ranges.missing(boot, first, last)

    def take(self, happened: LinkEvent) -> None:
        assert isinstance(happened, BlockFetched)
        self.taken.append(happened.data)
        if block.kind_of(happened.data) == block.KIND_EVENT:
            if happened.data not in self.events:
                self.events.append(happened.data)
            return
        one = parse(happened.data)[0]
        self.ranges.add(one.boot, one.index, one.count)

    def sync(self) -> None:
        self.durable = len(self.taken)
        self.on_sync()
