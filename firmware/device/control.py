"""What a host may tell the sock through Control and Settings, and what it is answered: garbage gets an answer too."""

import asyncio
import os
import sys

from sock import const, protocol

from .modules import unload_since

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from .gatt import Gatt, Request
    from .indicator import Indicator
    from .record_access import RecordAccess
    from .stream import Stream
    from .ticks import Ticks

_STOP_PATIENCE_MS = const(2000)
"""How long STOP waits for the radio to take the last blocks before it is answered, and a restart for its answer to be
confirmed."""
_GOODBYE_MS = const(400)
"""For an answer to be confirmed and the connection to end before a restart."""


class Control:
    """Takes the requests one after the other."""

    def __init__(
        self,
        gatt: "Gatt",
        stream: "Stream",
        indicator: "Indicator",
        ticks: "Ticks",
        reset: "Callable[[], None]",
    ) -> None:
        self._gatt = gatt
        self._stream = stream
        self._indicator = indicator
        self._ticks = ticks
        self._reset = reset
        self.access: RecordAccess | None = None
        self._wiping = False
        self.before_restart: list[Callable[[], None]] = []

    def poke(self) -> None:
        """Have the task report in."""
        self._gatt.requests_waiting.set()

    async def run(self, here: "Callable[[], None]") -> None:
        """Answer requests for ever."""
        while True:
            await self._gatt.requests_waiting.wait()
            here()
            request = self._gatt.take_request()
            while request is not None:
                here()
                await self._serve(request, here)
                request = self._gatt.take_request()
            if self._wiping:
                await self._restart()

    async def _serve(self, request: "Request", here: "Callable[[], None]") -> None:
        if request.session != self._gatt.session:
            return  # whoever asked has gone
        data = request.data
        if request.handle == self._gatt.settings:
            await self._change_settings(request, here)
            return
        if request.handle == self._gatt.records:
            await self._access(request, here)
            return
        opcode = data[0] if len(data) else 0
        token = data[1] if len(data) > 1 else 0
        payload = data[2:]
        if opcode == protocol.PROBE and len(data) > 1:
            await self._probe(request, token, payload, here)
            return
        result, text = protocol.BAD_VALUE, ""
        if len(data) > 1:
            result, text = await self._do(opcode, payload, request.session, here)
        answer = protocol.pack_answer(opcode, token, result, text.encode())
        await self._gatt.answer(request.session, lambda: answer, here)
        if result == protocol.OK and opcode == protocol.WIPE:
            self.wipe()
        elif result == protocol.OK and opcode == protocol.REMOVE_OWNER:
            await asyncio.sleep_ms(_GOODBYE_MS)
            self._gatt.disconnect()

    def wipe(self) -> None:
        """Forget the wearer and the owners, soon."""
        self._wiping = True
        self._gatt.requests_waiting.set()

    async def _do(self, opcode: int, payload: bytes, session: int, here: "Callable[[], None]") -> "tuple[int, str]":
        """Result and, where it needs one, a reason in words."""
        if opcode == protocol.START:
            return self._start(payload, session)
        if opcode == protocol.STOP and not payload:
            await self._stream.stop(_STOP_PATIENCE_MS)
            return protocol.OK, ""
        if not protocol.STOP <= opcode <= protocol.WIPE or opcode == protocol.SETTINGS_WRITTEN:
            return protocol.UNKNOWN_OPCODE, ""
        if opcode == protocol.TARE and not payload:
            return await self._tare(here)
        if opcode == protocol.ALLOW_PAIRING or opcode >= protocol.OWNERS:
            return self._own(opcode, payload)
        try:
            result: tuple[int, str] = self._indicator.wearer("ask", opcode, payload)
        except MemoryError:
            return protocol.BUSY, "no memory"
        return result

    def _own(self, opcode: int, payload: bytes) -> "tuple[int, str]":
        known = set(sys.modules)
        try:
            from . import owning  # here, since a running sock does without it

            return owning.ask(self._gatt.pairing, opcode, payload)
        except MemoryError:
            return protocol.BUSY, "no memory"
        finally:
            unload_since(known)

    async def _tare(self, here: "Callable[[], None]") -> "tuple[int, str]":
        known = set(sys.modules)
        try:
            from . import tare  # here, since a running sock does without it

            return await tare.ask(self._indicator.readings, self._stream, here)
        except MemoryError:
            return protocol.BUSY, "no memory"
        finally:
            self._indicator.readings.watch = None
            unload_since(known)

    def _start(self, payload: bytes, session: int) -> "tuple[int, str]":
        if len(payload) != 1 or payload[0] != protocol.START_LIVE:
            return protocol.BAD_VALUE, "flags: 1"
        if self._gatt.mtu < protocol.MTU_MIN:
            return protocol.NOT_SUPPORTED, f"MTU {self._gatt.mtu} < {protocol.MTU_MIN}"  # fits an MTU of 23
        self._stream.start(session, self._indicator.wearer("context"))
        return protocol.OK, ""

    async def _access(self, request: "Request", here: "Callable[[], None]") -> None:
        if self.access is None:
            known = set(sys.modules)
            try:
                from .record_access import RecordAccess  # here, for as long as somebody asks
            except MemoryError:
                unload_since(known)
                return  # whoever asked will ask again
            self.access = RecordAccess(self._gatt, self._stream, self, known)
        await self.access.take(request, here)

    async def _change_settings(self, request: "Request", here: "Callable[[], None]") -> None:
        known = set(sys.modules)
        try:
            from . import configuration  # here, since a running sock does without it

            result, text = configuration.change(request.data, self._gatt.mtu - 3)
        except MemoryError:
            result, text = protocol.BUSY, "no memory"
        finally:
            unload_since(known)
        answer = protocol.pack_answer(protocol.SETTINGS_WRITTEN, 0, result, text.encode())
        await self._gatt.answer(request.session, lambda: answer, here)
        if result == protocol.OK and text:
            await self._restart()

    async def _restart(self) -> None:
        """Come to rest and start anew, with what is stored."""
        for rest in self.before_restart:
            rest()
        waited_ms = 0
        while self._gatt.connected and self._gatt.indicating and waited_ms < _STOP_PATIENCE_MS:
            await asyncio.sleep_ms(_GOODBYE_MS // 2)
            waited_ms += _GOODBYE_MS // 2
        await asyncio.sleep_ms(_GOODBYE_MS // 2)
        self._gatt.leave()
        await asyncio.sleep_ms(_GOODBYE_MS // 2)
        if self._wiping:
            from . import owning

            owning.wipe()
        self._reset()

    async def _probe(self, request: "Request", token: int, payload: bytes, here: "Callable[[], None]") -> None:
        try:
            probe_id, minute = protocol.parse_probe(payload)
        except protocol.ProtocolError as error:
            answer = protocol.pack_answer(protocol.PROBE, token, protocol.BAD_VALUE, str(error).encode())
            await self._gatt.answer(request.session, lambda: answer, here)
            return
        received_ms = self._ticks.at(request.raw_ticks)
        self._stream.anchor(received_ms, payload)
        if minute is not None:
            self._indicator.tell_midnight(received_ms - minute * 60000)
        await asyncio.sleep_ms(os.urandom(1)[0] * protocol.PROBE_DELAY_MAX_MS >> 8)

        def make() -> bytes:
            times = protocol.pack_probe_answer(probe_id, received_ms, self._ticks.now())
            return protocol.pack_answer(protocol.PROBE, token, protocol.OK, times)

        await self._gatt.answer(request.session, make, here)
