"""Takes the writes to Record access. What serves them is loaded for as long as somebody asks."""

import asyncio
import sys

from sock import const

from .modules import unload_since

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from .gatt import Gatt, Request
    from .stream import Stream

_LINGER_MS = const(5000)
"""A host that fetches a day asks a hundred times."""
_LOOK_MS = const(20)


class Records:
    """One request at a time; `take` is told all of them. aborted: the one that is being served shall end."""

    def __init__(self, gatt: "Gatt", stream: "Stream") -> None:
        self._gatt = gatt
        self._stream = stream
        self._request: Request | None = None
        self._wake = asyncio.Event()
        self.aborted = False

    def poke(self) -> None:
        """Have the task report in."""
        self._wake.set()

    async def take(self, request: "Request", here: "Callable[[], None]") -> None:
        """A write to Record access."""
        if self._request is None and self._stream.journal is not None:
            self.aborted = False
            self._request = request
            self._wake.set()
            return
        from sock import records  # here, since a running sock does without it

        if request.data == bytes([records.ABORT, records.NULL]) and self._request is not None:
            self.aborted = True
            return
        code = records.NO_RECORDS if self._stream.journal is None else records.NOT_COMPLETED
        answer = records.pack_response(request.data[0] if len(request.data) else 0, code)
        await self._gatt.answer(request.session, lambda: answer, here, self._gatt.records)

    async def run(self, here: "Callable[[], None]") -> None:
        """Serve requests for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            here()
            if self._request is not None:
                known = set(sys.modules)
                try:
                    await self._serve(here)
                finally:
                    self._request = None
                    unload_since(known)

    async def _serve(self, here: "Callable[[], None]") -> None:
        from .record_access import RecordAccess

        idle_ms = 0
        while idle_ms < _LINGER_MS:
            here()
            request = self._request
            if request is None or self._stream.journal is None:
                await asyncio.sleep_ms(_LOOK_MS)
                idle_ms += _LOOK_MS
                continue
            idle_ms = 0
            access = RecordAccess(self._gatt, self._stream, self._stream.journal, self, request.session, here)
            await access.serve(request.data)
            self._request = None
            await self._gatt.answer(request.session, access.answer, here, self._gatt.records)
