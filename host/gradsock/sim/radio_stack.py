"""What a board's radio is while it is active: a Bumble peripheral on a controller of the air."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from bumble import hci
from bumble.device import AdvertisingType, Connection, Device, DeviceConfiguration
from bumble.smp import AddressResolver
from bumble.transport.common import Transport
from gradsock.hci import QuietHost, open_hci
from gradsock.sim import radio_events as events
from gradsock.sim.radio_events import Events
from gradsock.sim.radio_gatt import EINVAL, Database
from gradsock.sim.radio_security import Peer, Peers, Security, SecuritySettings
from gradsock.sim.radio_updates import Updates

ETIMEDOUT = 116  # newlib's number, as on an ESP32
_ADVERTISING_DATA_OCTETS = 31
_INTERVAL_UNIT_US = 625
_INTERVALS = range(0x20, 0x4001)  # units (Core Vol 4, Part E, 7.8.5)
_DEFAULT_MTU = 256  # what ESP-IDF's NimBLE prefers
ADDRESS_S = 900.0  # how long a resolvable address stays (ESP-IDF: CONFIG_BT_NIMBLE_RPA_TIMEOUT)


class Stack:
    """Host, GATT server, security manager and peers, from `BLE.active(True)` to `BLE.active(False)` or a reset."""

    def __init__(self, transport: Transport, address: str, security: SecuritySettings, happened: Events) -> None:
        config = DeviceConfiguration(
            address=hci.Address(address), gap_service_enabled=False, gatt_service_enabled=False
        )
        self._transport = transport
        self._events = happened
        self._tasks: set[asyncio.Task[None]] = set()
        self.device = Device(config=config, host=QuietHost(transport.source, transport.sink))
        self.device.gatt_server.max_mtu = _DEFAULT_MTU
        self.peers = Peers()
        self.database = Database(self.device.gatt_server, happened, self.peers)
        self.security = Security(self.device, happened, security, self.peers, self.vanish)
        self.security.secrets.changed = self.recognise
        self.updates = Updates(self.device, self.database, self.peers, happened)
        self.alive = True
        self.resolvable = False
        self._advertised: tuple[int, bool, bytes | None, bytes | None] | None = None
        self._address_until_s = 0.0
        self._renewal: asyncio.TimerHandle | None = None
        self.device.on(Device.EVENT_CONNECTION, self._connected)
        transport.source.terminated.add_done_callback(lambda _: self._air_lost())

    @classmethod
    async def open(cls, air: str, address: str, security: SecuritySettings, happened: Events) -> Stack:
        """Attach to the air; OSError ETIMEDOUT when it does not answer."""
        try:
            transport = await open_hci(air)
        except OSError as error:
            raise OSError(ETIMEDOUT, f"no air at {air}") from error
        stack = cls(transport, address, security, happened)
        try:
            await stack.device.power_on()
        except BaseException:
            stack.vanish()
            raise
        return stack

    @property
    def advertising(self) -> bool:
        """Whether the radio advertises now."""
        return self.device.legacy_advertiser is not None

    async def advertise(self, interval_us: int, connectable: bool, data: bytes | None, response: bytes | None) -> None:
        """Advertise from now on; None keeps the data of the last time."""
        if any(len(part) > _ADVERTISING_DATA_OCTETS for part in (data, response) if part):
            raise OSError(EINVAL, "more than 31 bytes of advertising data")
        if interval_us // _INTERVAL_UNIT_US not in _INTERVALS:
            raise OSError(EINVAL, "no such advertising interval")
        self._advertised = interval_us, connectable, data, response
        if self.resolvable and asyncio.get_running_loop().time() >= self._address_until_s:
            await self._change_address()
        kinds = AdvertisingType
        await self.device.start_advertising(
            advertising_type=kinds.UNDIRECTED_CONNECTABLE_SCANNABLE if connectable else kinds.UNDIRECTED_SCANNABLE,
            advertising_data=data,
            scan_response_data=response,
            advertising_interval_min=interval_us / 1000,
            advertising_interval_max=interval_us / 1000,
        )

    async def be_resolvable(self) -> None:
        """Advertise under addresses that change, and that only those recognise who have the key."""
        self.resolvable = True
        await self._change_address()

    async def _change_address(self) -> None:
        """Not within a connection, which keeps the address that it began with."""
        if self.advertising:
            await self.device.stop_advertising()
        self.device.random_address = hci.Address.generate_private_address(self.device.irk)
        await self.device.send_sync_command(hci.HCI_LE_Set_Random_Address_Command(self.device.random_address))
        loop = asyncio.get_running_loop()
        self._address_until_s = loop.time() + ADDRESS_S
        if self._renewal is not None:
            self._renewal.cancel()
        self._renewal = loop.call_later(ADDRESS_S, self._renew_address)

    def _renew_address(self) -> None:
        if self.alive and self.advertising and self._advertised is not None:
            self._spawn(self.advertise(*self._advertised))

    def recognise(self) -> None:
        """Peers with a bond are known by whatever address they come with."""
        self.device.address_resolver = AddressResolver(self.security.secrets.resolving_keys())

    def disconnect(self, peer: Peer) -> None:
        """End the connection; the event follows."""
        self._spawn(peer.connection.disconnect())

    async def close(self) -> None:
        """Leave the air politely: peers are disconnected. The program hears nothing of it."""
        self.alive = False
        self.device.remove_listener(Device.EVENT_CONNECTION, self._connected)
        for peer in self.peers:
            peer.connection.remove_all_listeners(Connection.EVENT_DISCONNECTION)
            with contextlib.suppress(Exception):  # it is gone already
                await peer.connection.disconnect()
        self.vanish()

    def vanish(self) -> None:
        """Leave the air as a board does that lost its power: nobody is told."""
        self.alive = False
        if self._renewal is not None:
            self._renewal.cancel()
        self.peers.clear()
        self._transport.sink.transport.abort()  # type: ignore[attr-defined]

    async def gone(self) -> None:
        """Wait until the way to the air is closed."""
        await asyncio.wait({self._transport.source.terminated})

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        async def quietly() -> None:
            with contextlib.suppress(Exception):  # the peer was faster
                await work

        task = asyncio.get_running_loop().create_task(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _connected(self, connection: Connection) -> None:
        peer = self.peers.add(connection)
        self.security.watch(peer)
        connection.on(connection.EVENT_DISCONNECTION, lambda _: self._disconnected(peer))
        connection.on(connection.EVENT_CONNECTION_ATT_MTU_UPDATE, lambda: self._mtu_exchanged(peer))
        connection.on(connection.EVENT_CONNECTION_PARAMETERS_UPDATE, lambda: self._parameters_updated(peer))
        address_type = connection.peer_address.address_type
        self._events.put(events.CENTRAL_CONNECT, peer.handle, address_type, data=peer.address)

    def _disconnected(self, peer: Peer) -> None:
        self.peers.remove(peer)
        address_type = peer.connection.peer_address.address_type
        self._events.put(events.CENTRAL_DISCONNECT, peer.handle, address_type, data=peer.address)

    def _mtu_exchanged(self, peer: Peer) -> None:
        self._events.put(events.MTU_EXCHANGED, peer.handle, peer.connection.att_mtu)

    def _parameters_updated(self, peer: Peer) -> None:
        now = peer.connection.parameters
        interval, timeout = round(now.connection_interval / 1.25), round(now.supervision_timeout / 10)
        self._events.put(events.CONNECTION_UPDATE, peer.handle, interval, now.peripheral_latency, timeout, 0)

    def _air_lost(self) -> None:
        """The air process is gone: to the program it looks as if all peers had walked away."""
        if self.alive:
            self.alive = False
            for peer in self.peers:
                self._disconnected(peer)
