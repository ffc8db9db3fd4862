"""Safe mode: after starts that failed again and again the sock only lets its owners fetch what it kept.

It measures nothing and judges nothing. The gate and the owners are as ever.
"""

import gc
import json
import sys

import board
from sock import SITES, VERSION, const, protocol

from . import configuration, journal_start, store
from .gate import Gate
from .gatt import Gatt
from .record_access import RecordAccess
from .supervisor import Supervisor, note_crash

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .gatt import Request
    from .journal import Journal

_WATCHDOG_MS = const(8000)
_REFUSED = b"safe mode"  # fits an MTU of 23


class Safe:
    """Stands where a sock has Control and the stream."""

    waiting = 0
    """Live blocks: there are none."""

    def __init__(self, gatt: Gatt, journal: "Journal | None", info: "dict[str, Any]") -> None:
        self._gatt = gatt
        self.journal = journal
        self._info = info
        self.access: RecordAccess | None = None

    def poke(self) -> None:
        """Have the task report in."""
        self._gatt.requests_waiting.set()

    async def run(self, here: "Callable[[], None]") -> None:
        """Answer requests for ever."""
        while True:
            if self.journal is not None:
                self._info["journal"] = self.journal.held()
            self._gatt.publish(self._gatt.info, json.dumps(self._info).encode())
            await self._gatt.requests_waiting.wait()
            here()
            request = self._gatt.take_request()
            while request is not None:
                if request.session == self._gatt.session:
                    await self._serve(request, here)
                request = self._gatt.take_request()

    async def _serve(self, request: "Request", here: "Callable[[], None]") -> None:
        if request.handle == self._gatt.records:
            if self.access is None:
                self.access = RecordAccess(self._gatt, self, self, set(sys.modules))  # type: ignore[arg-type]
            await self.access.take(request, here)
            return
        head = bytes(request.data[:2])
        if request.handle == self._gatt.settings:
            head = bytes([protocol.SETTINGS_WRITTEN, 0])
        if len(head) == 2:
            answer = protocol.pack_answer(head[0], head[1], protocol.NOT_PERMITTED, _REFUSED)
            await self._gatt.answer(request.session, lambda: answer, here)


async def main() -> None:
    """Be a sock in safe mode, for ever."""
    try:
        supervisor = _assemble()
    except Exception as error:
        from . import starting

        starting.failed(error)
        return
    gc.collect()
    await supervisor.watch()


def _assemble() -> Supervisor:
    pairing = store.load_pairing() if board.PAIRS else None
    gatt = Gatt(pairing)
    settings = store.load_settings()
    serial = store.serial()
    boot = store.next_boot()
    gate = Gate(settings["allow_unprotected"], board.PAIRS)
    info = configuration.info(settings, serial, boot, gate.protection)
    gatt.serve(info["name"], f"gradsock {board.NAME}", [], gate)
    info["crash"] = info["safe"] = True
    info["channels"] = [channel[:3] + [1] for channel in settings["channels"]]
    gatt.publish(gatt.settings, configuration.settings_json(settings))
    sites = [channel for channel in settings["channels"] if channel[0] in SITES]
    safe = Safe(gatt, journal_start.start(len(sites), boot, 1000 // settings["rate_Hz"]), info)
    supervisor = Supervisor(board.wdt(_WATCHDOG_MS).feed, gc.collect, note_crash)
    supervisor.add("control", safe.run, safe.poke)
    supervisor.add("advertise", gatt.advertise)
    if pairing is not None:
        supervisor.add("pairing", pairing.run)
        if info["reset"] == "power-on":
            pairing.powered_on()
    sys.stdout.write(f"sock {serial} firmware {VERSION} in safe mode\n")
    return supervisor
