"""Counts, reports and forgets what the journal holds, as `sock.records` has it. Loaded when somebody asks."""

import asyncio
import binascii
import struct

from sock import const, protocol, records
from sock.segment import name_of
from sock.segment_reader import SegmentReader, samples_of

from .forgetting import forget
from .gatt import FULL, GONE
from .journal import FOLDER, header_of
from .modules import unload_since

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .control import Control
    from .gatt import Gatt, Request
    from .journal import Journal
    from .stream import Stream

_PAUSE_MS = const(15)
"""Between two entries: some 16 kB/s, so that a radio's stack never holds much, and live blocks wait for little."""
_FULL_PAUSE_MS = const(20)
_LINGER_MS = const(5000)
"""A host that fetches a day asks a hundred times."""
_LOOK_MS = const(20)
_AT_A_STRETCH = const(8)
"""Entries read from the flash while everything else waits."""


class RecordAccess:
    """Serves one request after the other, and unloads itself when nobody asks any more.

    known: the modules that were loaded before. owner.access: this, as long as it is there.
    """

    def __init__(self, gatt: "Gatt", stream: "Stream", owner: "Control", known: "set[str]") -> None:
        self._gatt = gatt
        self._stream = stream
        self._owner = owner
        self._known = known
        self._request: Request | None = None
        self._session = 0
        self._answer = b""
        self.aborted = False
        self._task = asyncio.create_task(self._run())

    async def take(self, request: "Request", here: "Callable[[], None]") -> None:
        """A write to Record access."""
        if self._request is None:
            self.aborted = False
            self._request = request
        elif request.data == bytes([records.ABORT, records.NULL]):
            self.aborted = True
        else:
            answer = records.pack_response(request.data[0] if len(request.data) else 0, records.NOT_COMPLETED)
            await self._gatt.answer(request.session, lambda: answer, here, self._gatt.records)

    async def _run(self) -> None:
        idle_ms = 0
        try:
            while idle_ms < _LINGER_MS:
                if self._request is None:
                    await asyncio.sleep_ms(_LOOK_MS)
                    idle_ms += _LOOK_MS
                    continue
                idle_ms = 0
                self._session = self._request.session
                self._answer = await self._serve(self._request.data)
                self._request = None
                await self._gatt.answer(self._session, self._told, _nothing, self._gatt.records)
        finally:
            self._owner.access = None
            unload_since(self._known)

    async def _serve(self, data: bytes) -> bytes:
        """Do what was asked; what is to be indicated."""
        opcode = data[0] if len(data) else 0
        try:
            return await self._do(data)
        except records.RecordsError as error:
            return records.pack_response(opcode, error.code)
        except (OSError, MemoryError):
            return records.pack_response(opcode, records.NOT_COMPLETED)

    def _told(self) -> bytes:
        return self._answer

    async def _do(self, data: bytes) -> bytes:
        opcode, kind, boot, first, last = records.parse(data)
        journal = self._stream.journal
        if journal is None:
            raise records.RecordsError(records.NO_RECORDS)
        self._journal = journal
        if opcode == records.REPORT:
            journal.flush_soon()
        if kind == records.SAMPLES:
            first, last = await self._entries_of(boot, first, last)
        first = max(first, journal.first)
        last = min(last, journal.kept - 1)
        if opcode == records.COUNT:
            return (
                records.pack_counted(last + 1 - first, first, last) if first <= last else records.pack_counted(0, 0, 0)
            )
        if opcode != records.ABORT and first > last:
            raise records.RecordsError(records.NO_RECORDS)
        if opcode == records.DELETE:
            if first > journal.first:
                raise records.RecordsError(records.BAD_OPERAND)
            forget(journal, last + 1, await self._samples_before(last + 1))
        elif opcode == records.REPORT:
            await self._report(first, last, kind == records.EVENTS)
        return records.pack_response(records.ABORT if self.aborted else opcode, records.SUCCESS)

    async def _report(self, first: int, last: int, events: bool) -> None:
        """Entries first to last, or only the events among them, and the trailer; RecordsError when there is none."""
        if self._gatt.mtu < protocol.MTU_MIN:
            raise records.RecordsError(records.NOT_COMPLETED)
        count = crc = at = 0
        begin, seen = first, last
        entries = _entries(self._journal, await self._segment_of(-1, first))
        for number, entry in entries:
            at += 1
            if not at % _AT_A_STRETCH:
                await asyncio.sleep_ms(0)
            if number > last:
                break
            if number < first or (events and entry[0] & 0xF0 == 0xB0):
                continue
            if count == records.REPORT_ENTRIES or self.aborted or not await self._send(number, entry):
                seen = number - 1
                break
            if not count:
                begin = number
            count += 1
            crc = binascii.crc32(entry, crc)
        entries.close()
        if not count and not self.aborted:
            raise records.RecordsError(records.NO_RECORDS)
        await self._notify(records.pack_trailer(begin, seen, count, crc))

    async def _send(self, number: int, entry: memoryview) -> bool:
        """One entry in as many notifications as it takes. False: nobody is there any more."""
        room = min(self._gatt.mtu - 3, records.PIECE_HEAD_BYTES + 255) - records.PIECE_HEAD_BYTES
        at = 0
        while at < len(entry):
            piece = entry[at : at + room]
            at += len(piece)
            if not await self._notify(struct.pack("<IB", number, len(entry) - at) + piece):
                return False
        await asyncio.sleep_ms(_PAUSE_MS)
        return True

    async def _notify(self, data: bytes) -> bool:
        """Hand over to the radio when it has room, and what is live has gone before."""
        while True:
            answer = FULL if self._stream.waiting else self._gatt.notify(self._gatt.journal, data, self._session)
            if answer != FULL:
                return answer != GONE
            await asyncio.sleep_ms(_FULL_PAUSE_MS)

    async def _entries_of(self, boot: int, first: int, last: int) -> "tuple[int, int]":
        """First and last entry with samples first to last of a boot; (1, 0) when there is none."""
        found = end = 0
        for number, entry in _entries(self._journal, await self._segment_of(boot, first)):
            of_boot, index, count = samples_of(entry)
            if (of_boot, index + count) > (boot, first) and count:
                found = number if (of_boot, index) <= (boot, last) else 0
                break
            if of_boot > boot:
                break
        if not found:
            return 1, 0
        segment = await self._segment_of(boot, last)
        for number, entry in _entries(self._journal, segment):
            of_boot, index, count = samples_of(entry)
            if (of_boot, index) > (boot, last):
                break
            if count:
                end = number
        return found, max(found, end)

    async def _samples_before(self, number: int) -> int:
        """What the journal's total was before an entry."""
        segment = await self._segment_of(-1, number)
        header = header_of(segment)
        total = self._journal.first_total if header is None else header[3]
        for at, entry in _entries(self._journal, segment):
            if at >= number:
                break
            total += samples_of(entry)[2]
        return total

    async def _segment_of(self, boot: int, number: int) -> int:
        """The last segment that does not begin after a sample of a boot, or (boot -1) after an entry.

        What has a damaged header counts as part of the segment before.
        """
        low, high = self._journal.oldest, self._journal.newest
        while low < high:
            middle = at = (low + high + 1) >> 1
            header = header_of(at)
            while header is None and at < high:
                at += 1
                header = header_of(at)
            if header is None:
                high = middle - 1
            elif header[0] <= number if boot < 0 else (header[1], header[2]) <= (boot, number):
                low = at
            else:
                high = middle - 1
            await asyncio.sleep_ms(0)
        return low


def _nothing() -> None:
    """No task of the supervisor's: it hears of the others."""


def _entries(journal: "Journal", segment: int) -> "Generator[tuple[int, memoryview], None, None]":
    """(number, bytes) of the flushed entries from the beginning of a segment on."""
    number = journal.first
    while segment <= journal.newest:
        header = header_of(segment)
        if header is not None:
            number = header[0]
        try:
            with open(FOLDER + name_of(segment), "rb") as file:
                reader = SegmentReader(file, number)
                entry = reader.take()
                while entry is not None:
                    yield reader.number, entry
                    entry = reader.take()
                number = reader.number + 1
        except OSError:
            pass  # it has made room meanwhile
        segment += 1
