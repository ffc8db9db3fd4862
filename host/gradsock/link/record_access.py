"""Asking for what a sock kept over Record access, and checking what comes on Journal.

One request at a time; live blocks go on meanwhile. The bytes are those of ``sock.records`` and ``sock.fetching``.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from sock import fetching, records

from gradsock.errors import LinkError, LinkLost, SockRefused
from gradsock.link.doubles import Doubles
from gradsock.link.records import OnEntry, Reported

SILENCE_S = 10.0  # a sock that erases flash takes its time; one that says nothing for so long is gone
ABORT_S = 1.0


class RecordAccess:
    """`Records` over a radio.

    write: subscribes where that is still to be done, then writes to Record access. silent: called when the sock does
    not answer although it is connected.
    """

    def __init__(
        self, name: str, write: Callable[[bytes], Awaitable[None]], silent: Callable[[], None] = lambda: None
    ) -> None:
        self._name = name
        self._silent = silent
        self._write = write
        self._asking = asyncio.Lock()
        self._answer: asyncio.Future[tuple[int, ...]] | None = None
        self._opcode = 0  # of the request that waits for an answer
        self._report: fetching.Report | None = None
        self._on_entry: OnEntry | None = None
        self._doubles = Doubles()
        self._heard = 0

    async def count(self, request: bytes) -> tuple[int, int, int]:
        """See `Records`."""
        answer = await self._ask(request)
        if len(answer) == 3:
            return answer[0], answer[1], answer[2]
        if answer[1] == records.NO_RECORDS:
            return 0, 0, 0
        raise self._refused(answer[1])

    async def report(self, request: bytes, on_entry: OnEntry) -> Reported | None:
        """See `Records`."""
        report = fetching.Report()
        _, code = (await self._ask(request, report, on_entry))[:2]
        if code == records.NO_RECORDS:
            return None
        if code != records.SUCCESS:
            raise self._refused(code)
        last = report.trailer.last if report.trailer else 0
        return Reported(last, report.count, report.complete)

    async def delete(self, up_to: int) -> None:
        """See `Records`."""
        _, code = (await self._ask(fetching.request(records.DELETE, records.UP_TO, up_to)))[:2]
        if code not in (records.SUCCESS, records.NO_RECORDS):
            raise self._refused(code)

    def on_answer(self, data: bytes) -> None:
        """An indication of Record access came."""
        self._heard += 1
        try:
            answer = fetching.parse_answer(data)
        except fetching.FetchError:
            return
        answered = records.COUNT if len(answer) == 3 else answer[0]
        if self._answer is not None and not self._answer.done() and answered == self._opcode:
            self._answer.set_result(answer)  # else it is of a report that had ended before it was aborted

    def on_journal(self, data: bytes) -> None:
        """A notification on Journal came; one that belongs to no report of ours is passed over."""
        self._heard += 1
        if self._report is None or self._on_entry is None or not self._doubles.is_new(data):
            return
        try:
            entry = self._report.add(data)
        except fetching.FetchError:
            return
        try:
            if entry is not None:
                self._on_entry(*entry)
        except Exception as error:  # a full disk, a fault: who waits for the report is to know, not the radio's stack
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(error)
            self._on_entry = None

    def lost(self) -> None:
        """The connection has ended."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LinkLost(f"the connection to {self._name} is gone"))

    async def _ask(
        self, request: bytes, report: fetching.Report | None = None, on_entry: OnEntry | None = None
    ) -> tuple[int, ...]:
        async with self._asking:
            self._report, self._on_entry, self._doubles = report, on_entry, Doubles()
            try:
                return await self._exchange(request)
            except asyncio.CancelledError:
                if report is not None:
                    with contextlib.suppress(LinkError, TimeoutError):
                        async with asyncio.timeout(ABORT_S):
                            await self._exchange(fetching.request(records.ABORT, records.NULL))
                raise
            finally:
                self._report = self._on_entry = None

    async def _exchange(self, request: bytes) -> tuple[int, ...]:
        """Write, and wait for the answer as long as anything is heard of the sock."""
        answer: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        self._answer, self._opcode = answer, request[0]
        try:
            await self._write(request)
            while not answer.done():
                heard = self._heard
                await asyncio.wait({answer}, timeout=SILENCE_S)
                if heard == self._heard and not answer.done():
                    self._silent()
                    raise LinkLost(f"{self._name} is connected but does not answer")
            return answer.result()
        finally:
            self._answer = None
            if answer.done() and not answer.cancelled():
                answer.exception()  # looked at, also when the write failed first: asyncio complains about it else

    def _refused(self, code: int) -> SockRefused:
        words = fetching.RESPONSE_TEXT[code] if code < len(fetching.RESPONSE_TEXT) else f"code {code}"
        return SockRefused(f"{self._name} does not give what it kept: {words}", code)
