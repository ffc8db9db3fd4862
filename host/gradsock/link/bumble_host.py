"""One HCI device shared by all scanners and clients of this process: a dongle has one owner, and two socks one host."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref
from collections.abc import Callable

from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from bumble import hci
from bumble.core import BaseBumbleError
from bumble.device import Advertisement, Connection, ConnectionParametersPreferences, Device, DeviceConfiguration
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.smp import Session
from bumble.transport.common import Transport

from gradsock.hci import QuietHost, open_hci
from gradsock.link.bumble_identity import Identity, identity

# Bumble logs whatever a peer does wrong; what matters of it reaches callers as an error.
logging.getLogger("bumble").setLevel(logging.CRITICAL)

# Milliseconds. Short while services are discovered, as phones do it; then what a sock and its battery like.
FIRST_INTERVAL_MS = 7.5
INTERVAL_MS = 30.0
SUPERVISION_TIMEOUT_MS = 2000

_CLOSE_S = 0.5

_Heard = Callable[[Advertisement], None]

_hosts: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, BumbleHost]] = weakref.WeakKeyDictionary()
_identities: dict[str, Identity] = {}  # by HCI name: one for as long as this process lives


class BumbleHost:
    """The host on one HCI device; it is open while anybody uses it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._users = 0
        self._transport: Transport | None = None
        self._opening = asyncio.Lock()
        self._connecting = asyncio.Lock()  # HCI makes one connection at a time
        self._heard: dict[_Heard, bool] = {}  # who wants advertisements, and whether scan responses too
        self._delegates: dict[int, PairingDelegate] = {}
        self.device: Device

    @classmethod
    async def acquire(cls, name: str) -> BumbleHost:
        """The host on the HCI device of that Bumble transport name, open; to be released once.

        BleakBluetoothNotAvailableError when there is no such device.
        """
        here = _hosts.setdefault(asyncio.get_running_loop(), {})
        host = here.setdefault(name, cls(name))
        host._users += 1
        try:
            async with host._opening:
                if host._transport is None:
                    await host._open()
        except BaseException:
            await host.release()
            raise
        return host

    async def release(self) -> None:
        """One user less; the last one closes the device."""
        self._users -= 1
        if self._users == 0 and self._transport is not None:
            transport, self._transport = self._transport, None
            await _close(transport)

    async def _open(self) -> None:
        reasons = BleakBluetoothNotAvailableReason
        try:
            transport = await open_hci(self._name)
        except Exception as error:  # each kind of transport has its own
            text = f"no Bluetooth device at {self._name} ({error})"
            raise BleakBluetoothNotAvailableError(text, reasons.NO_BLUETOOTH) from error
        if self._name not in _identities:
            _identities[self._name] = identity()
        own = _identities[self._name]
        config = DeviceConfiguration(name="gradsock", address=own.address, irk=own.irk)
        device = Device(config=config, host=QuietHost(transport.source, transport.sink))
        device.keystore = own.bonds
        device.smp_manager.pairing_config_factory = self._pairing_config
        device.on(Device.EVENT_ADVERTISEMENT, self._advertised)
        try:
            await device.power_on()
        except (BaseBumbleError, TimeoutError) as error:
            await _close(transport)
            text = f"the Bluetooth device at {self._name} does not answer"
            raise BleakBluetoothNotAvailableError(text, reasons.UNKNOWN) from error
        except BaseException:
            await _close(transport)
            raise
        self.device, self._transport = device, transport
        transport.source.terminated.add_done_callback(lambda _: self._lost(transport))

    def _lost(self, transport: Transport) -> None:
        """The device was pulled out: whoever comes next opens it anew."""
        if self._transport is transport:
            self._transport = None
            self._heard.clear()

    # Scanning

    async def listen(self, heard: _Heard, active: bool) -> None:
        """Call `heard` for every advertisement from now on."""
        self._heard[heard] = active
        await self._scan()

    async def stop_listening(self, heard: _Heard) -> None:
        """Call `heard` no more."""
        if self._heard.pop(heard, None) is not None:
            await self._scan()

    async def _scan(self) -> None:
        if self.device.is_scanning:
            await self.device.stop_scanning()
        if self._heard:
            await self.device.start_scanning(active=any(self._heard.values()))

    def _advertised(self, advertisement: Advertisement) -> None:
        for heard in tuple(self._heard):
            heard(advertisement)

    # Connections

    async def connect(self, address: hci.Address) -> Connection:
        """Connect, however long it takes until the peer is heard; a caller that is cancelled takes it back."""
        async with self._connecting:
            preferences = ConnectionParametersPreferences(
                connection_interval_min=FIRST_INTERVAL_MS,
                connection_interval_max=FIRST_INTERVAL_MS,
                supervision_timeout=SUPERVISION_TIMEOUT_MS,
            )
            connecting = self.device.connect_le(address, {hci.Phy.LE_1M: preferences}, timeout=None)
            attempt = asyncio.ensure_future(connecting)
            try:
                return await asyncio.shield(attempt)
            except asyncio.CancelledError:
                caller = asyncio.current_task()
                if attempt.cancelled() and not (caller and caller.cancelling()):
                    raise BleakError("the Bluetooth device is gone") from None
                await asyncio.shield(self._give_up(attempt))
                raise
            except BaseBumbleError as error:
                raise BleakError(f"cannot connect to {address.to_string(False)}: {error}") from error

    async def _give_up(self, attempt: asyncio.Future[Connection]) -> None:
        """Take back a connection that nobody waits for any more, in whatever state it is."""
        if not attempt.done():
            with contextlib.suppress(BaseBumbleError):  # it is connected already, or the device is gone
                await self.device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
        with contextlib.suppress(BaseBumbleError, asyncio.CancelledError):
            await (await attempt).disconnect()

    async def settle(self, connection: Connection) -> None:
        """Go over to the interval for streaming."""
        with contextlib.suppress(BaseBumbleError):  # some devices keep their own
            await connection.update_parameters(INTERVAL_MS, INTERVAL_MS, 0, SUPERVISION_TIMEOUT_MS)

    # Security

    async def bonded(self, connection: Connection) -> bool:
        """Whether the keys of this peer are known."""
        assert self.device.keystore is not None
        return await self.device.keystore.get(str(connection.peer_address)) is not None

    async def authenticated(self, connection: Connection) -> bool:
        """Whether the key of this peer is one that a passkey was entered for."""
        assert self.device.keystore is not None
        keys = await self.device.keystore.get(str(connection.peer_address))
        ltk = keys and (keys.ltk or keys.ltk_central)
        return bool(ltk and ltk.authenticated)

    async def forget(self, connection: Connection) -> None:
        """Forget the keys of this peer."""
        assert self.device.keystore is not None
        with contextlib.suppress(KeyError):
            await self.device.keystore.delete(str(connection.peer_address))

    async def pair(self, connection: Connection, delegate: PairingDelegate) -> None:
        """Pair (LE Secure Connections) and keep the bond."""
        self._delegates[connection.handle] = delegate
        try:
            await connection.pair()
        finally:
            self._delegates.pop(connection.handle, None)

    def pairing(self, connection: Connection) -> Session | None:
        """The pairing that goes on."""
        return self.device.smp_manager.sessions.get(connection.handle)

    @property
    def stranger(self) -> str:
        """Why no sock knows this program; see `Identity`."""
        return _identities[self._name].stranger

    def _pairing_config(self, connection: Connection) -> PairingConfig:
        delegate = self._delegates.get(connection.handle) or PairingDelegate()
        mitm = delegate.io_capability != PairingDelegate.NO_OUTPUT_NO_INPUT
        return PairingConfig(sc=True, mitm=mitm, bonding=True, delegate=delegate)


async def _close(transport: Transport) -> None:
    """Close it and see it closed; some kinds never say so."""
    await transport.close()
    await asyncio.wait({transport.source.terminated}, timeout=_CLOSE_S)
