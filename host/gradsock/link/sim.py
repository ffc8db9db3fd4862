"""A virtual sock: starts its board and the air, flashes it where needed, and then is a sock on the radio."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gradsock.errors import FlashError, LinkError, NoRadio, SimError, SockNotFound
from gradsock.link import Link, LinkEvent, Probe, Records, SockInfo
from gradsock.link.ble import BleLink
from gradsock.link.radio import Backend
from gradsock.link.shared_air import shared_air
from gradsock.link.slot import Slot, take_slot
from gradsock.sim.conductor import conductor
from gradsock.sim.launch import VirtualAir, VirtualBoard

SEED = 7
END_LOOKS, END_LOOK_S = 6, 0.1
BOOT_TIMEOUT_S = 60.0  # a busy machine takes its time; the sock is there, since its board is


class VirtualSock:
    """A virtual sock that runs from entering to leaving; :meth:`link` connects to it, as often as wanted.

    What it is told it keeps for the next virtual sock of its scenario, but for its journal, which is empty each time.
    It lies on the table until the first stream is asked for; then its scenario begins.
    """

    def __init__(self, scenario: str, *, tell: Callable[[str], None] = lambda _what: None) -> None:
        self.scenario = scenario
        self._scenario_key = str(Path(scenario).resolve()) if Path(scenario).suffix else scenario
        self._tell = tell
        self._stack = contextlib.AsyncExitStack()
        self._hci = ""
        self._air: VirtualAir | None = None
        self._name = ""
        self._slot: Slot | None = None
        self._renewed = False
        self.board: VirtualBoard | None = None
        self.worn_at_utc_us: int | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def link(self) -> Link:
        """A link to it, not yet connected: the code of a real radio, on another backend."""
        return self.link_to()

    def link_to(self, name: str = "") -> BleLink:
        """The same, under the name that the sock was given since."""
        from gradsock.link.bumble import backend

        scanner, client = backend(self._hci)
        return _Worn(self, name or self._name, Backend(scanner, client))

    def keep(self) -> None:
        """It is about to be told something that stays: its board is from now on that of its scenario."""
        if self._slot is not None:
            self._slot.keep_for(self._scenario_key)

    def renew(self) -> None:
        """When it is left its board is wiped: the next one is a new sock."""
        self._renewed = True

    async def _start(self) -> None:
        from gradsock.flash import calibration_from_curves
        from gradsock.sim.leg import WornSock

        worn = WornSock(self.scenario, SEED)
        calibration = calibration_from_curves(worn.curves, id="virtual")
        settings = {"side": worn.scenario.side}
        if worn.scenario.prescription:
            settings["prescription"] = worn.scenario.prescription
        stamp = _stamp(settings, calibration)
        setup = sha256(json.dumps([settings, calibration], sort_keys=True).encode()).hexdigest()
        slot = take_slot(stamp, self._scenario_key, setup)
        self._slot = slot
        self._stack.callback(slot.release)
        self._stack.callback(lambda: slot.wipe() if self._renewed else None)
        settings["name"] = self._name = f"sim{slot.number}-{worn.scenario.side}"[:10]
        kept: str | None = calibration
        if slot.scenario is not None:  # a newer firmware changes nothing of what it was told
            self._name = slot.name()
            settings, kept = {}, None
        self._tell("starting the air and a virtual board")
        air = await self._stack.enter_async_context(shared_air())
        self._hci, self._air = air.hci, air
        if slot.stamp != stamp and conductor() is not None:
            await asyncio.to_thread(asyncio.run, self._flash_before(slot, stamp, settings, kept))
        self.board = await self._board(slot, air)
        if slot.stamp != stamp:
            await self._flash(self.board, slot, stamp, settings, kept)

    async def _flash_before(self, slot: Slot, stamp: str, settings: dict[str, Any], calibration: str | None) -> None:
        """Speed 1, where mpremote belongs: meanwhile virtual time stands still."""
        slot.forget_truth()
        async with VirtualBoard(slot.board_folder) as board:
            await self._flash(board, slot, stamp, settings, calibration)

    async def _board(self, slot: Slot, air: VirtualAir) -> VirtualBoard:
        """The board of a slot; one whose folder is beyond use is made anew."""
        slot.forget_truth()
        slot.forget_journal()
        board = VirtualBoard(slot.board_folder, air=air, leg=self.scenario, seed=SEED)
        try:
            return await self._stack.enter_async_context(board)
        except SimError:
            if slot.stamp is None:
                raise
            slot.wipe()
            board = VirtualBoard(slot.board_folder, air=air, leg=self.scenario, seed=SEED)
            return await self._stack.enter_async_context(board)

    async def _flash(
        self, board: VirtualBoard, slot: Slot, stamp: str, settings: dict[str, Any], calibration: str | None
    ) -> None:
        from gradsock.flash import flash

        loop, tell = asyncio.get_running_loop(), self._tell

        def progress(done: int, whole: int, what: str) -> None:
            share = f" {100 * done // whole} %" if whole > 1 else ""
            loop.call_soon_threadsafe(tell, f"flashing the virtual board: {what}{share}")

        slot.clear_stamp()
        self._tell("flashing the virtual board (once; the next start is quicker)")
        try:
            report = await asyncio.to_thread(
                flash,
                board.serial_url,
                board="sim",
                settings=settings,
                calibration=calibration,
                allow_unprotected=True,
                progress=progress,
            )
        except FlashError as error:
            raise SimError(f"the virtual board cannot be flashed: {error}") from error
        if report.running is not None:
            slot.set_stamp(stamp)

    def did_not_start(self) -> SimError:
        """What to say when the sock never showed up on the air; its board is not trusted any longer."""
        if self._slot is not None:
            self._slot.clear_stamp()
        return SimError("the virtual sock did not start; try again, its board is then flashed anew")

    async def what_ended(self) -> SimError | None:
        """Which of its processes has ended, after a link to it failed; a process may end a little after its link."""
        for _ in range(END_LOOKS):
            if self.board is not None and self.board.ended:
                log = self.board.folder / "board.log"
                return SimError(f"the virtual board has ended: start it again; its last words are in {log}")
            if self._air is not None and self._air.ended:
                return SimError("the virtual air has ended: start it again")
            await asyncio.sleep(END_LOOK_S)
        return None

    async def wear(self) -> None:
        """Put it on, the first time that somebody looks."""
        if self.worn_at_utc_us is None and self.board is not None:
            self.worn_at_utc_us = int((await self.board.command("wear"))["t_us"])


@contextlib.asynccontextmanager
async def _ends_told(virtual: VirtualSock) -> AsyncGenerator[None, None]:
    """A link that failed because a process of the virtual sock ended says that, and never speaks of real Bluetooth."""
    try:
        yield
    except (LinkError, SimError) as error:
        ended = await virtual.what_ended()
        if ended is not None:
            raise ended from error
        if isinstance(error, NoRadio):
            raise SimError("the virtual air does not answer: try again") from error
        raise


class _Worn(BleLink):
    """A link over which the first START puts the sock on."""

    find_within_s = BOOT_TIMEOUT_S

    def __init__(self, virtual: VirtualSock, name: str, backend: Backend) -> None:
        super().__init__(name, backend=backend, moniker=f"sim:{virtual.scenario}", remembered=False)
        self._virtual = virtual

    async def __aenter__(self) -> Self:
        async with _ends_told(self._virtual):
            try:
                return await super().__aenter__()
            except SockNotFound as error:
                if self._virtual.worn_at_utc_us is None and await self._virtual.what_ended() is None:
                    raise self._virtual.did_not_start() from error
                raise

    async def start(self) -> None:
        async with _ends_told(self._virtual):
            await super().start()
            await self._virtual.wear()

    async def _events(self) -> AsyncGenerator[LinkEvent, None]:
        async with _ends_told(self._virtual), contextlib.aclosing(super()._events()) as events:
            async for event in events:
                yield event


class SimLink:
    """A virtual sock and one connection to it, as one :class:`gradsock.link.Link`."""

    def __init__(self, scenario: str) -> None:
        self.moniker = f"sim:{scenario}"
        self._virtual = VirtualSock(scenario)
        self._stack = contextlib.AsyncExitStack()
        self._link: Link | None = None

    @property
    def _connected(self) -> Link:
        if self._link is None:
            raise SimError(f"{self.moniker} is not connected")
        return self._link

    @property
    def info(self) -> SockInfo:
        """What the sock says of itself."""
        return self._connected.info

    @property
    def protection(self) -> str:
        """How the sock guards its data."""
        return self._connected.protection

    async def __aenter__(self) -> Self:
        try:
            await self._stack.enter_async_context(self._virtual)
            self._link = await self._stack.enter_async_context(self._virtual.link())
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def events(self) -> AsyncGenerator[LinkEvent, None]:
        """What happens on this link."""
        return self._connected.events()

    async def start(self) -> None:
        """Ask for live blocks; the first time the sock is put on."""
        await self._connected.start()

    async def stop(self) -> None:
        """Ask for no more live blocks."""
        await self._connected.stop()

    async def control(self, opcode: int, payload: bytes = b"") -> bytes:
        """Tell the sock something."""
        return await self._connected.control(opcode, payload)

    async def probe(self) -> Probe:
        """Exchange clocks once."""
        return await self._connected.probe()

    async def battery(self) -> int | None:
        """Read how full the battery is."""
        return await self._connected.battery()

    @property
    def records(self) -> Records:
        """What the sock kept."""
        return self._connected.records


def _stamp(settings: dict[str, Any], calibration: str) -> str:
    """What a board is flashed with, in one word: the firmware's sources, the settings and the calibration."""
    from gradsock.flash.firmware import BOARDS, FIRMWARE

    sources = [*FIRMWARE.rglob("*.py"), *(BOARDS / "sim").glob("board.*")]
    digest = sha256(json.dumps([settings, calibration], sort_keys=True).encode())
    for file in sorted(sources):
        digest.update(str(file.relative_to(FIRMWARE.parent)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
