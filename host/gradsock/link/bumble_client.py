"""bleak's client over Bumble: one connection to one peripheral."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ClassVar, TypeVar, cast

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble import att, hci
from bumble.core import UUID, BaseBumbleError
from bumble.device import Connection, Peer
from bumble.gatt_client import CharacteristicProxy, ServiceProxy
from bumble.pairing import PairingDelegate
from bumble.smp import Session

from gradsock.link.bumble_host import BumbleHost
from gradsock.link.proof import NOT_NOW, WRONG_PASSKEY

LARGEST_MTU = 517
_WRITE_HEADER = 3  # octets of an ATT write: opcode, handle

_Result = TypeVar("_Result")
Passkey = Callable[[], Awaitable[int]]


class BumbleClient(BaseBleakClient):
    """A client on the HCI device `hci`, which `gradsock.link.bumble.backend` fills in."""

    hci: ClassVar[str]

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        services: set[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout, **kwargs)
        device = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._peer_address = device.details if device else hci.Address(self.address)
        self._name = (device and device.name) or self.address.replace(":", "-")
        self._wanted_services = services
        self._host: BumbleHost | None = None
        self._connection: Connection | None = None
        self._authenticated = False
        self._ready = False  # connect() has succeeded; only then is there anybody to tell of a disconnection
        self._subscribed: dict[int, Callable[[bytes], None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._releasing: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """As advertised, else the address."""
        return self._name

    @property
    def mtu_size(self) -> int:
        """The MTU that was agreed on; 23 without a connection."""
        return self._connection.att_mtu if self._connection else att.ATT_DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """Whether the link stands."""
        return self._connection is not None

    @property
    def is_protected(self) -> bool:
        """Whether the link is encrypted with the key of a bond that a passkey was entered for."""
        connection = self._connection
        return connection is not None and connection.is_encrypted and self._authenticated

    @property
    def stranger(self) -> str:
        """Why no sock knows this program; see `gradsock.link.bumble_identity`."""
        return self._host.stranger if self._host else ""

    async def connect(self, pair: bool, **_kwargs: Any) -> None:
        """Connect, agree on the MTU, discover services; TimeoutError when the peer is not heard in time."""
        if self._connection is not None:
            raise BleakError("already connected")
        async with asyncio.timeout(self._timeout):
            host = await BumbleHost.acquire(self.hci)
            try:
                connection = await host.connect(self._peer_address)
            except BaseException:
                await host.release()
                raise
            self._host, self._connection = host, connection
            connection.once(connection.EVENT_DISCONNECTION, lambda _: self._disconnected())
            try:
                await self._get_ready(host, connection, pair)
            except BaseException:
                await asyncio.shield(self.disconnect())
                raise
            self._ready = True

    async def _get_ready(self, host: BumbleHost, connection: Connection, pair: bool) -> None:
        peer = Peer(connection)
        await self._done(peer.request_mtu(LARGEST_MTU))
        if await host.bonded(connection):
            await self._use_bond(host, connection)
        elif pair:
            await self.pair()
        await self._done(peer.discover_all())  # type: ignore[no-untyped-call]
        self.services = self._collect(peer.services)
        await self._done(host.settle(connection))

    async def _use_bond(self, host: BumbleHost, connection: Connection) -> None:
        """Encrypt with the bond; where the peer has it no more, it is forgotten here, too, and said so."""
        self._authenticated = await host.authenticated(connection)
        try:
            await self._done(connection.encrypt())
        except BleakError as error:
            if "KEY_MISSING" not in str(error):
                raise
            await host.forget(connection)
            raise BleakError("it does not know this machine any more; pair with it anew (gradsock pair)") from None

    async def disconnect(self) -> None:
        """End the connection; nothing when there is none."""
        if self._connection is not None:
            with contextlib.suppress(BleakError):  # the peer was faster
                await self._done(self._connection.disconnect())
        if self._releasing is not None:
            await self._releasing

    def _disconnected(self) -> None:
        host, self._host, self._connection, self.services = self._host, None, None, None
        ready, self._ready = self._ready, False
        self._subscribed.clear()
        if host is not None:
            self._releasing = asyncio.get_running_loop().create_task(host.release())
        if ready and self._disconnected_callback is not None:
            self._disconnected_callback()

    async def pair(self, *_args: Any, passkey: Passkey | None = None, **_kwargs: Any) -> None:
        """Pair by LE Secure Connections; `passkey` gives the number that the peer shows, without it it just works."""
        host, connection = self._link()
        delegate = _Delegate(passkey, lambda: host.pairing(connection))
        try:
            await self._done(host.pair(connection, delegate))
        except BleakError as error:
            raise BleakError(f"{delegate.why_not}: {error}".removeprefix(": ")) from error
        self._authenticated = await host.authenticated(connection)

    async def unpair(self) -> None:
        """Forget the bond, and disconnect."""
        host, connection = self._link()
        await host.forget(connection)
        await self.disconnect()

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_kwargs: Any) -> bytearray:
        """Read a value, long ones in parts."""
        return await self._read(characteristic.handle)

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_kwargs: Any) -> bytearray:
        """Read a descriptor."""
        return await self._read(descriptor.handle)

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:
        """Write a value; without a response only what fits into one packet."""
        if not response and len(data) > self.mtu_size - _WRITE_HEADER:
            raise BleakError(f"{len(data)} bytes do not fit into a write without response")
        await self._write(characteristic.handle, data, response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor."""
        await self._write(descriptor.handle, data, True)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_kwargs: Any
    ) -> None:
        """Subscribe; a second time replaces the callback."""
        _, connection = self._link()
        client, proxy = connection.gatt_client, cast(CharacteristicProxy[bytes], characteristic.obj)

        def heard(value: bytes) -> None:
            try:
                callback(bytearray(value))
            except Exception as error:  # the radio goes on whatever its listeners do
                context = {"message": "a notification callback failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)

        before = self._subscribed.get(characteristic.handle)
        try:
            await self._done(client.subscribe(proxy, heard))
        except BaseException:
            for subscribers in (client.notification_subscribers, client.indication_subscribers):
                subscribers.get(characteristic.handle, set()).discard(heard)
            raise
        for subscribers in (client.notification_subscribers, client.indication_subscribers):
            subscribers.get(characteristic.handle, set()).discard(before)
        self._subscribed[characteristic.handle] = heard

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Subscribe no longer."""
        _, connection = self._link()
        if heard := self._subscribed.pop(characteristic.handle, None):
            await self._done(connection.gatt_client.unsubscribe(characteristic.obj, heard))

    def _link(self) -> tuple[BumbleHost, Connection]:
        if self._host is None or self._connection is None:
            raise BleakError("not connected")
        return self._host, self._connection

    async def _read(self, handle: int) -> bytearray:
        _, connection = self._link()
        return bytearray(await self._done(connection.gatt_client.read_value(handle)))

    async def _write(self, handle: int, data: SizedBuffer, response: bool) -> None:
        _, connection = self._link()
        await self._done(connection.gatt_client.write_value(handle, bytes(data), with_response=response))

    async def _done(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Wait for Bumble and speak bleak's language about how it went.

        A caller that is cancelled leaves the work going on: an ATT request cannot be taken back, its answer must not be
        taken for that of the next. What a disconnection interrupts Bumble cancels; to the caller that is an error.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if task.cancelled() and not (caller and caller.cancelling()):
                raise BleakError("disconnected") from None
            raise
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(int(error.error_code)) from error
        except BaseBumbleError as error:
            raise BleakError(str(error) or type(error).__name__) from error

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even when the caller has gone

    def _collect(self, services: list[ServiceProxy]) -> BleakGATTServiceCollection:
        """The discovered services in bleak's terms."""
        collection = BleakGATTServiceCollection()
        for service in services:
            service_uuid = _text(service.uuid)
            if self._wanted_services is not None and service_uuid not in self._wanted_services:
                continue
            listed = BleakGATTService(service, service.handle, service_uuid)
            collection.add_service(listed)
            for proxy in service.characteristics:
                characteristic = BleakGATTCharacteristic(
                    proxy,
                    proxy.handle,
                    _text(proxy.uuid),
                    list(gatt_char_props_to_strs(int(proxy.properties))),
                    lambda: self.mtu_size - _WRITE_HEADER,
                    listed,
                )
                collection.add_characteristic(characteristic)
                for descriptor in proxy.descriptors:
                    collection.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, _text(descriptor.type), characteristic)
                    )
        return collection


class _Delegate(PairingDelegate):
    """Enters the passkey that the peer shows, where there is somebody who knows it.

    Only by Secure Connections: in the older way the passkey can be computed from what goes over the air, by a listener
    or by whoever pretends to be the peer: so it is not even asked for.
    """

    def __init__(self, passkey: Passkey | None, pairing: Callable[[], Session | None]) -> None:
        super().__init__(PairingDelegate.NO_OUTPUT_NO_INPUT if passkey is None else PairingDelegate.KEYBOARD_INPUT_ONLY)
        self._passkey = passkey
        self._pairing = pairing
        self._session: Session | None = None  # of which the passkey was wanted

    async def get_number(self) -> int | None:
        """The passkey; None refuses."""
        self._session = self._pairing()
        if self._passkey is None or self._session is None or not self._session.sc:
            return None
        return await self._passkey()

    @property
    def why_not(self) -> str:
        """Why a pairing failed, as far as its course tells: a peer that shows no passkey compares nothing with one."""
        if self._session is None or not self._session.sc:
            return ""
        return NOT_NOW if self._session.confirm_value is None else WRONG_PASSKEY


def _text(number: UUID) -> str:
    return str(uuid.UUID(bytes=bytes(reversed(number.uuid_128_bytes))))
