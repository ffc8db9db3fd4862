"""A sock on the radio, through bleak. A virtual sock differs in the backend classes alone."""

import asyncio
import contextlib
import itertools
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sock import asking, protocol

from gradsock import clock, jsontext
from gradsock.errors import LinkError, LinkLost, SockRefused, WrongSock
from gradsock.link import known, proof
from gradsock.link.doubles import Doubles
from gradsock.link.events import (
    BatteryRead,
    BlockDoubled,
    BlockReceived,
    FitChanged,
    FitNow,
    LinkEvent,
    Probe,
    Probed,
    SockInfo,
)
from gradsock.link.radio import Backend, find, radio_errors, this_machine
from gradsock.link.record_access import RecordAccess
from gradsock.places import state_folder

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic

CONNECT_TIMEOUT_S = 15.0
ANSWER_TIMEOUT_S = 5.0
GOODBYE_TIMEOUT_S = 1.5
MTU_SETTLE_S = 2.0  # BlueZ learns the MTU of a connection a little after it stands
ATT_HEADER = 3  # of a write or notification, in bytes
BATTERY_LEVEL_UUID = "00002a19-0000-1000-8000-00805f9b34fb"
DEFAULT_ATT_PAYLOAD = 20  # MTU 23, which is also what a stack says that does not know yet
STALE_AFTER_S = 5.0  # no block for so long, although connected: the link is dead
LIVE_BLOCK_SAMPLES = 5

Passkey = Callable[[], Awaitable[int]]
"""Asks a person for the six digits that `gradsock flash` showed."""
_ANEW = "switch it off and on or press its button"
_NO_ROOM = (
    "took the passkey and closed the connection right after it, as a sock with three owners does: one of them can make"
    " room (gradsock owners --remove 1), then pair again"
)
_WHY_NOT = "its board cannot, or its owner let everybody in (gradsock settings)"


class _End(Enum):
    """Why nothing more comes."""

    LOST = "lost"
    STOPPED = "stopped"


class BleLink:
    """One connection over Bluetooth Low Energy; see :class:`gradsock.link.Link`."""

    find_within_s: float | None = None  # how long to look for the sock; None: as long as a person would wait

    def __init__(
        self,
        name: str = "",
        *,
        backend: Backend | None = None,
        moniker: str = "",
        remembered: bool = True,
        passkey: Passkey | None = None,
    ) -> None:
        """name: as advertised, or the serial of a sock met before; empty: the only sock near.

        backend: None is the radio of this machine. remembered: note the sock among those met. passkey: pair on
        connecting, and ask this for the sock's passkey, where not the system asks for it itself.
        """
        self._passkey = passkey
        self.moniker = moniker or f"ble:{name}"
        self._name = known.name_of(name) or name
        self._expected_serial = name if known.name_of(name) else ""
        self._backend = backend or this_machine()
        self._remembered = remembered
        self.rssi_dBm: int | None = None  # of its advertisement; None before it was found
        self._client: BleakClient | None = None
        self._info: SockInfo | None = None
        self._protection = "none"
        self.paired_now = False  # rather than known to the sock before
        self._queue: asyncio.Queue[LinkEvent | _End] = asyncio.Queue()
        self._doubles = Doubles()
        self._answers: dict[tuple[int, int], asyncio.Future[tuple[int, bytes, int]]] = {}
        self._tokens = itertools.cycle(range(256))
        self._subscribed = self._listening = self._fetching = False
        self._records = RecordAccess(
            self._name, self._write_record_access, silent=lambda: self._queue.put_nowait(_End.LOST)
        )
        self._last_block_s: float | None = None  # loop time; None while no live blocks are wanted

    @property
    def info(self) -> SockInfo:
        """What the sock says of itself; LinkError before connecting."""
        if self._info is None:
            raise LinkError(f"{self.moniker} is not connected")
        return self._info

    @property
    def protection(self) -> str:
        """How the sock guards its data: ``none`` or ``bonded``."""
        return self._protection

    async def __aenter__(self) -> Self:
        found = await find(self._name, self._backend, known.names().values(), within_s=self.find_within_s)
        self._name = found.name
        self.rssi_dBm = found.rssi_dBm
        try:
            await self._connect(found.device)
        except BaseException:
            await self._disconnect()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._last_block_s is not None and self._client is not None and self._client.is_connected:
            with contextlib.suppress(LinkError, TimeoutError):
                async with asyncio.timeout(GOODBYE_TIMEOUT_S):
                    await self.stop()
        await self._disconnect()

    async def _connect(self, device: Any) -> None:
        from bleak import BleakClient

        options: dict[str, Any] = {} if self._backend.client is None else {"backend": self._backend.client}
        self._client = BleakClient(device, self._on_disconnect, timeout=CONNECT_TIMEOUT_S, **options)
        with radio_errors(f"could not connect to {self._name}"):
            await self._client.connect()
        self._protection = await self._read_hello()
        taken = False
        if self._passkey is not None and not proof.protected(self._client, device):
            taken = await self._pair(self._client, self._passkey)
        try:
            info = await self._read_info()
        except LinkLost as error:
            if not taken:
                raise
            raise SockRefused(f"{self._name} {_NO_ROOM}", protocol.NOT_PERMITTED) from error
        proven = True if self.paired_now else proof.protected(self._client, device)
        proof.check(self._name, info.serial, self._protection, proven)
        self._info = info
        if self._expected_serial and self._info.serial != self._expected_serial:
            raise WrongSock(
                f"{self._name} is another sock ({self._info.serial}) than the {self._expected_serial} asked for"
            )
        if self._remembered:
            known.remember(self._info.serial, self._name)

    async def _pair(self, client: "BleakClient", passkey: "Passkey") -> bool:
        """Whether the passkey was taken; False where the system pairs by itself, later. SockRefused when it was not."""
        if self._protection != "bonded":
            raise SockRefused(f"{self._name} does not pair: {_WHY_NOT}", protocol.NOT_SUPPORTED)
        if stranger := proof.stranger(client):
            raise LinkError(f"cannot pair: {stranger}")
        options = {} if self._backend.client is None else {"passkey": passkey}
        try:
            with radio_errors(f"could not pair with {self._name}"):
                await client.pair(**options)
            self.paired_now = proof.protected(client, None) is not False
        except NotImplementedError:
            return False  # macOS pairs by itself, when something protected is read
        except LinkError as error:
            raise SockRefused(f"{self._name} did not pair: {_did_not_pair(error)}", protocol.NOT_PERMITTED) from error
        return True

    async def _read_hello(self) -> str:
        try:
            hello = jsontext.loads(await self.read(protocol.HELLO_UUID))
            version, protection = int(hello["protocol"]), str(hello["protection"])
        except (ValueError, TypeError, LookupError) as error:
            raise WrongSock(f"{self._name} does not greet as a sock does; flash it anew: gradsock flash") from error
        if version > protocol.PROTOCOL_VERSION:
            raise WrongSock(f"{self._name} speaks protocol {version}, newer than this gradsock: update gradsock")
        return protection

    async def _read_info(self) -> SockInfo:
        try:
            data = await self.read(protocol.INFO_UUID)
        except LinkError as error:
            if isinstance(error, LinkLost) or not _is_refusal(error):
                raise
            how = (
                f"gradsock pair ble:{self._name}, within two minutes of switching it on or pressing its button"
                if self._protection == "bonded"
                else "its owner can allow it over the cable: gradsock flash --allow-unprotected"
            )
            if (stranger := proof.stranger(self._client)) and self._protection == "bonded":
                raise LinkError(f"{self._name} tells nothing here: {stranger}") from error
            never = "" if proof.has_paired(self._name) else f", and {state_folder()} knows of no pairing with it"
            raise SockRefused(f"{self._name} tells strangers nothing{never}: {how}", protocol.NOT_PERMITTED) from error
        return SockInfo.parse(data)

    async def read(self, uuid: str) -> bytes:
        """The present value of a characteristic."""
        client = self._connected()
        with radio_errors(f"{self._name} cannot be read"):
            return bytes(await client.read_gatt_char(uuid))

    async def mtu(self) -> int:
        """The MTU of the connection, as far as this machine's stack tells; 23 when it does not."""
        client = self._connected()
        await self._settle_mtu(client)
        characteristic = client.services.get_characteristic(protocol.CONTROL_UUID)
        assert characteristic is not None
        return int(characteristic.max_write_without_response_size) + ATT_HEADER

    def events(self) -> AsyncGenerator[LinkEvent, None]:
        """What happens on this link; LinkLost when it is gone or silent."""
        return self._events()

    async def _events(self) -> AsyncGenerator[LinkEvent, None]:
        loop = asyncio.get_running_loop()
        stale_after_s = max(STALE_AFTER_S, 3 * LIVE_BLOCK_SAMPLES / max(1, self.info.rate_Hz))
        while True:
            deadline = None if self._last_block_s is None else self._last_block_s + stale_after_s
            try:
                async with asyncio.timeout_at(deadline):
                    event = await self._queue.get()
            except TimeoutError:
                if self._last_block_s is None or loop.time() < self._last_block_s + stale_after_s:
                    continue
                raise LinkLost(f"{self._name} is connected but has sent nothing for {stale_after_s:.0f} s") from None
            if event is _End.LOST:
                raise LinkLost(f"the connection to {self._name} is gone")
            if event is _End.STOPPED:
                return
            yield event

    async def start(self) -> None:
        """Subscribe, then ask for live blocks: what a sock sends before a subscription stands is lost."""
        if not self._subscribed:
            client = self._connected()
            await self._settle_mtu(client)
            with radio_errors(f"{self._name} lets nobody subscribe"):
                if not self._listening:
                    await client.start_notify(protocol.CONTROL_UUID, self._on_control)
                    self._listening = True
                await client.start_notify(protocol.FIT_UUID, self._on_fit)
                await client.start_notify(protocol.LIVE_UUID, self._on_live)
            self._subscribed = True
        self._last_block_s = asyncio.get_running_loop().time()
        try:
            await self.control(protocol.START, struct.pack("<B", protocol.START_LIVE))
        except SockRefused as error:
            if error.result != protocol.NOT_SUPPORTED:
                raise
            raise SockRefused(
                f"{error}: this radio's packets are too small; use another Bluetooth adapter", error.result
            ) from error

    async def stop(self) -> None:
        """Ask for no more live blocks; the answer comes behind the last of them."""
        self._last_block_s = None
        await self.control(protocol.STOP)
        self._queue.put_nowait(_End.STOPPED)

    async def control(self, opcode: int, payload: bytes = b"") -> bytes:
        """Write to Control and wait for the indicated answer; SockRefused when it is no."""
        token = next(self._tokens)
        return await self.ask(opcode, token, protocol.CONTROL_UUID, asking.pack_request(opcode, token, payload))

    async def ask(self, opcode: int, token: int, uuid: str, data: bytes) -> bytes:
        """Write to a characteristic what is answered on Control, with this opcode and token; SockRefused for a no."""
        return (await self._ask(opcode, token, uuid, data))[0]

    async def _ask(self, opcode: int, token: int, uuid: str, data: bytes) -> tuple[bytes, int]:
        """The same, and when the answer came."""
        client = self._connected()
        if not self._listening:
            with radio_errors(f"{self._name} lets nobody subscribe"):
                await client.start_notify(protocol.CONTROL_UUID, self._on_control)
            self._listening = True
        answer: asyncio.Future[tuple[int, bytes, int]] = asyncio.get_running_loop().create_future()
        self._answers[opcode, token] = answer
        try:
            with radio_errors(f"{self._name} cannot be told anything"):
                await client.write_gatt_char(uuid, data, response=True)
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    result, said, came_utc_us = await answer
        finally:
            self._answers.pop((opcode, token), None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # looked at, also when the write failed first: asyncio complains about it else
        if result != protocol.OK:
            words = asking.RESULT_TEXT[result] if result < len(asking.RESULT_TEXT) else f"result {result}"
            reason = f" ({said.decode(errors='replace')})" if said else ""
            raise SockRefused(f"{self._name} refuses: {words}{reason}", result)
        return said, came_utc_us

    async def probe(self) -> Probe:
        """Exchange clocks once."""
        probe_id = next(self._tokens)
        minute = clock.minute_of_day()
        sent_utc_us = clock.utc_us()
        token = next(self._tokens)
        request = asking.pack_request(protocol.PROBE, token, asking.pack_probe(probe_id, minute))
        answer, received_utc_us = await self._ask(protocol.PROBE, token, protocol.CONTROL_UUID, request)
        try:
            answered_id, received_ticks_ms, sent_ticks_ms = asking.parse_probe_answer(answer)
        except protocol.ProtocolError as error:
            raise WrongSock(f"{self._name}: {error}") from error
        if answered_id != probe_id:
            raise WrongSock(f"{self._name} answered another probe than it was asked")
        probe = Probe(self.info.boot, sent_utc_us, received_utc_us, received_ticks_ms, sent_ticks_ms)
        self._queue.put_nowait(Probed(probe, received_utc_us))
        return probe

    async def battery(self) -> int | None:
        """Read the standard Battery Level; empty means that the board cannot tell."""
        level = await self.read(BATTERY_LEVEL_UUID)
        percent = level[0] if level else None
        self._queue.put_nowait(BatteryRead(percent, clock.utc_us()))
        return percent

    @property
    def records(self) -> RecordAccess:
        """What the sock kept in its journal."""
        return self._records

    async def _write_record_access(self, data: bytes) -> None:
        client = self._connected()
        with radio_errors(f"{self._name} cannot be asked for what it kept"):
            if not self._fetching:
                if client.services.get_characteristic(protocol.RECORD_ACCESS_UUID) is None:
                    raise SockRefused(f"{self._name} keeps nothing; newer firmware does: gradsock flash")
                await self._settle_mtu(client)
                await client.start_notify(protocol.RECORD_ACCESS_UUID, self._on_record_access)
                await client.start_notify(protocol.JOURNAL_UUID, self._on_journal)
                self._fetching = True
            await client.write_gatt_char(protocol.RECORD_ACCESS_UUID, data, response=True)

    def _connected(self) -> "BleakClient":
        if self._client is None or not self._client.is_connected:
            raise LinkLost(f"the connection to {self._name} is gone")
        return self._client

    async def _settle_mtu(self, client: "BleakClient") -> None:
        """Wait for the MTU. ``mtu_size`` is 23 on BlueZ whatever was agreed; what fits into a write tells, in time."""
        characteristic = client.services.get_characteristic(protocol.CONTROL_UUID)
        if characteristic is None:
            raise WrongSock(f"{self._name} has no Control; flash it anew: gradsock flash")
        loop = asyncio.get_running_loop()
        until = loop.time() + MTU_SETTLE_S
        while characteristic.max_write_without_response_size <= DEFAULT_ATT_PAYLOAD and loop.time() < until:
            await asyncio.sleep(0.1)

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(LinkError, TimeoutError), radio_errors("disconnecting"):
                async with asyncio.timeout(GOODBYE_TIMEOUT_S):
                    await client.disconnect()
        self._on_disconnect(None)

    def _on_disconnect(self, _client: "BleakClient | None") -> None:
        self._queue.put_nowait(_End.LOST)
        self._records.lost()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(LinkLost(f"the connection to {self._name} is gone"))

    def _on_live(self, _from: "BleakGATTCharacteristic", data: bytearray) -> None:
        block, now_us = bytes(data), clock.utc_us()
        if self._last_block_s is not None:
            self._last_block_s = asyncio.get_running_loop().time()
        new = self._doubles.is_new(block)
        self._queue.put_nowait(BlockReceived(block, now_us) if new else BlockDoubled(block, now_us))

    def _on_record_access(self, _from: "BleakGATTCharacteristic", data: bytearray) -> None:
        self._records.on_answer(bytes(data))

    def _on_journal(self, _from: "BleakGATTCharacteristic", data: bytearray) -> None:
        self._records.on_journal(bytes(data))

    def _on_fit(self, _from: "BleakGATTCharacteristic", data: bytearray) -> None:
        with contextlib.suppress(ValueError):  # a verdict that cannot be read is none; the next comes within a second
            self._queue.put_nowait(FitChanged(FitNow.parse(bytes(data)), bytes(data), clock.utc_us()))

    def _on_control(self, _from: "BleakGATTCharacteristic", data: bytearray) -> None:
        now_us = clock.utc_us()
        try:
            opcode, token, result, payload = asking.parse_answer(bytes(data))
        except protocol.ProtocolError:
            return
        answer = self._answers.get((opcode, token))
        if answer is not None and not answer.done():
            answer.set_result((result, payload, now_us))


def _did_not_pair(error: LinkError) -> str:
    """What to do; the waits are those of the sock's `device/pairing.py`."""
    text = str(error)
    if proof.WRONG_PASSKEY in text:
        return f"the passkey is wrong. It takes another in 8 s, after a second wrong one in 16 s; or {_ANEW}"
    if proof.NOT_NOW in text:
        return f"it takes no passkey now. To have it take one for two minutes, {_ANEW}; after a wrong one, or wait 16 s"
    return f"look at the passkey; after a wrong one wait 16 s, or {_ANEW}"


def _is_refusal(error: LinkError) -> bool:
    """Whether a read failed because the sock wants a protected link; each system has its own words for it."""
    text = str(error).lower().replace(" ", "")
    return any(word in text for word in ("authenti", "encrypt", "authoriz", "notpermitted", "accessdenied"))
