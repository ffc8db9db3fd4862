"""Pairing, bonds and what is known of each connected peer, as MicroPython's `bluetooth` on NimBLE reports them.

The stack keeps no secrets: bonds live where the program puts them (the SET_SECRET and GET_SECRET events).
"""

from __future__ import annotations

import asyncio
import dataclasses
import struct
from collections.abc import Awaitable, Callable, Iterator

from bumble import att, smp
from bumble.device import Connection, Device
from bumble.hci import Address, AddressType
from bumble.keys import KeyStore, PairingKeys
from bumble.pairing import PairingConfig, PairingDelegate
from gradsock.sim import radio_events as events
from gradsock.sim.radio_events import Events

PASSKEY_INPUT = 2
PASSKEY_DISPLAY = 3
PASSKEY_NUMERIC_COMPARISON = 4
KEY_SIZE = 16  # bytes, at most
_KEY_SIZE_AT = 4  # in a pairing request or response (Core Vol 3, Part H, 3.5.1)

OUR_SECRET = 1  # NimBLE's BLE_STORE_OBJ_TYPE_OUR_SEC
_SECRET = struct.Struct("<B?16s16sB7s")
"""Identity address type, authenticated, long term key, identity resolving key, size of the long term key in bytes, and
the key under which it is kept."""
_AGAIN_MAX = 100
"""So often the program is asked to remove a bond; NimBLE's host task would go on for ever, and do nothing else."""

_PASSKEY_TIMEOUT_S = 30.0  # SMP's own (Core Vol 3, Part H, 3.4)


class Peer:
    """A connected central, as the program on the board knows it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.authenticated = False
        self.bonded = False
        self.key_size = KEY_SIZE
        self.indications = 0  # that wait for their confirmation
        self._asked: tuple[int, asyncio.Future[int]] | None = None

    @property
    def handle(self) -> int:
        """MicroPython's connection handle: counted from 0, as on an ESP32, so that taking 0 for "none" shows."""
        return self.connection.handle - 1

    @property
    def address(self) -> bytes:
        """The peer's address, most significant byte first as MicroPython has it."""
        return bytes(self.connection.peer_address)[::-1]

    @property
    def encrypted(self) -> bool:
        """Whether the link is encrypted now."""
        return bool(self.connection.encryption)

    async def ask(self, action: int, happened: Events, number: int = 0) -> int:
        """The program's answer to a passkey action; TimeoutError when it gives none."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._asked = (action, answer)
        happened.put(events.PASSKEY_ACTION, self.handle, action, number)
        try:
            return await asyncio.wait_for(answer, _PASSKEY_TIMEOUT_S)
        finally:
            self._asked = None

    def answer(self, action: int, passkey: int) -> bool:
        """Take the program's answer; whether that was what is asked for."""
        if self._asked is None or self._asked[0] != action or self._asked[1].done():
            return False
        self._asked[1].set_result(passkey)
        return True


class Peers:
    """All connected centrals."""

    def __init__(self) -> None:
        self._peers: dict[int, Peer] = {}

    def __iter__(self) -> Iterator[Peer]:
        return iter(tuple(self._peers.values()))

    def add(self, connection: Connection) -> Peer:
        """A central has connected."""
        peer = self._peers[connection.handle] = Peer(connection)
        return peer

    def remove(self, peer: Peer) -> None:
        """It has disconnected."""
        self._peers.pop(peer.connection.handle, None)

    def clear(self) -> None:
        """The radio is off."""
        self._peers.clear()

    def of(self, bearer: att.Bearer) -> Peer:
        """The peer behind an ATT bearer."""
        assert isinstance(bearer, Connection)
        return self._peers[bearer.handle]

    def at(self, handle: int) -> Peer | None:
        """The peer with MicroPython's connection handle `handle`."""
        return self._peers.get(handle + 1)


@dataclasses.dataclass
class SecuritySettings:
    """What `BLE.config` sets about pairing; MicroPython's defaults on NimBLE."""

    bond: bool = False
    mitm: bool = False
    io: int = 3  # no input, no output; numbered as in SMP
    le_secure: bool = False


class Secrets(KeyStore):
    """Bonds, kept by the program on the board."""

    def __init__(self, happened: Events) -> None:
        self.fetched = b""  # what the program gave in answer to the last GET_SECRET
        self._events = happened
        self.changed: Callable[[], object] = lambda: None
        self.known: dict[str, PairingKeys] = {}
        self.key_sizes: dict[str, int] = {}

    async def get(self, name: str) -> PairingKeys | None:
        """Ask the program for the keys of the peer with that address."""
        self.fetched = b""
        found = await self._events.put(events.GET_SECRET, OUR_SECRET, 0, data=_key(name))
        if not found or len(self.fetched) != _SECRET.size:
            return None
        return self.restore(self.fetched, name)

    def restore(self, secret: bytes, name: str = "") -> PairingKeys | None:
        """What the program kept of a bond."""
        if len(secret) != _SECRET.size:
            return None
        address_type, authenticated, ltk, irk, size, key = _SECRET.unpack(secret)
        keys = PairingKeys(
            address_type=AddressType(address_type),
            ltk=PairingKeys.Key(ltk, authenticated),
            irk=PairingKeys.Key(irk, authenticated),
        )
        name = name or str(Address(key[1:], AddressType(key[0])))
        self.known[name] = keys
        self.key_sizes[name] = size
        return keys

    def resolving_keys(self) -> list[tuple[bytes, Address]]:
        """Those of peers that have one, with the address that each stands for."""
        return [
            (keys.irk.value, Address(name, keys.address_type or Address.RANDOM_DEVICE_ADDRESS))
            for name, keys in self.known.items()
            if keys.irk is not None and any(keys.irk.value)
        ]

    async def let_go(self, name: str) -> bool:
        """Have the program remove the bond of a peer that pairs anew, as NimBLE does; False: that never ends."""
        key = _key(name)
        for _ in range(_AGAIN_MAX):
            if await self.get(name) is None:
                self.known.pop(name, None)
                return True
            for _ in range(_AGAIN_MAX):
                if not await self._events.put(events.SET_SECRET, OUR_SECRET, len(key), data=key):
                    break
            else:
                return False
        return False

    async def update(self, _name: str, _keys: PairingKeys) -> None:
        """Nothing yet: as with NimBLE the program hears of a bond after it has heard of the protection."""

    def keep(self, name: str, keys: PairingKeys, key_size: int) -> None:
        """Have the program keep the keys of a new bond, in place of any it has for that peer."""
        ltk = keys.ltk or keys.ltk_peripheral
        if ltk is None:
            return
        irk = keys.irk.value if keys.irk else bytes(KEY_SIZE)
        key = _key(name)
        secret = _SECRET.pack(int(keys.address_type or 0), ltk.authenticated, ltk.value, irk, key_size, key)
        self.known[name], self.key_sizes[name] = keys, key_size
        self.changed()
        self._events.put(events.SET_SECRET, OUR_SECRET, len(key), data=key + secret)


def _key(name: str) -> bytes:
    address = Address(name)
    return bytes([address.address_type]) + bytes(address)


class Security:
    """The security manager of a board: pairs by its settings, asks the program for passkeys, reports encryption."""

    def __init__(
        self,
        device: Device,
        happened: Events,
        settings: SecuritySettings,
        peers: Peers,
        hung: Callable[[], None],
    ) -> None:
        """hung: called when the stack would be busy with itself for ever."""
        self._hung = hung
        self.secrets = Secrets(happened)
        self.settings = settings
        self._device = device
        self._events = happened
        self._peers = peers
        device.keystore = self.secrets
        device.smp_manager.pairing_config_factory = self._pairing_config

    def watch(self, peer: Peer) -> None:
        """Report what becomes of this peer's encryption."""
        connection = peer.connection
        connection.on(connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, lambda: self._encryption_changed(peer))
        connection.on(connection.EVENT_CONNECTION_ENCRYPTION_FAILURE, lambda _: self._report(peer))
        connection.on(connection.EVENT_PAIRING_FAILURE, lambda _: self._report(peer))
        connection.on(connection.EVENT_PAIRING, lambda keys: self._paired(peer, keys))

    def pair(self, peer: Peer) -> None:
        """Ask the central to pair, or to encrypt with the bond there is."""
        self._device.request_pairing(peer.connection)

    def _pairing_config(self, connection: Connection) -> PairingConfig:
        settings = self.settings
        delegate = _Delegate(settings.io, self._events, self._peers.of(connection), self._begin_anew)
        return PairingConfig(settings.le_secure, settings.mitm, settings.bond, delegate)

    async def _begin_anew(self, peer: Peer) -> None:
        if not await self.secrets.let_go(str(peer.connection.peer_address)):
            self._hung()

    def _session(self, peer: Peer) -> smp.Session | None:
        return self._device.smp_manager.sessions.get(peer.connection.handle)

    def _encryption_changed(self, peer: Peer) -> None:
        session = self._session(peer)
        if session is not None and not session.completed:
            return  # keys are exchanged next; NimBLE reports when that is done, with a bond or without
        name = str(peer.connection.peer_address)
        if session is None and (keys := self.secrets.known.get(name)) and keys.ltk:
            peer.bonded, peer.authenticated = True, keys.ltk.authenticated
            peer.key_size = self.secrets.key_sizes[name]
        self._report(peer)

    def _paired(self, peer: Peer, keys: PairingKeys) -> None:
        ltk = keys.ltk or keys.ltk_peripheral
        session = self._session(peer)
        peer.authenticated = ltk is not None and ltk.authenticated
        peer.bonded = session is not None and session.bonding
        if session is not None:
            peer.key_size = min(session.preq[_KEY_SIZE_AT], session.pres[_KEY_SIZE_AT])
        self._report(peer)
        if peer.bonded:
            self.secrets.keep(str(peer.connection.peer_address), keys, peer.key_size)

    def _report(self, peer: Peer) -> None:
        facts = (peer.authenticated, peer.bonded) if peer.encrypted else (False, False)
        authenticated, bonded = map(int, facts)
        key_size = peer.key_size if peer.encrypted else 0
        self._events.put(events.ENCRYPTION_UPDATE, peer.handle, int(peer.encrypted), authenticated, bonded, key_size)


class _Delegate(PairingDelegate):
    """Lets the program on the board show, enter or compare the passkey."""

    def __init__(self, io: int, happened: Events, peer: Peer, begin: Callable[[Peer], Awaitable[None]]) -> None:
        super().__init__(PairingDelegate.IoCapability(io))
        self._begin = begin
        self._events = happened
        self._peer = peer

    async def accept(self) -> bool:
        """A pairing begins: what bond there is with that peer goes first (ble_sm_chk_repeat_pairing)."""
        await self._begin(self._peer)
        return True

    async def generate_passkey(self) -> int:
        """The passkey that the program shows."""
        return await self._peer.ask(PASSKEY_DISPLAY, self._events)

    async def get_number(self) -> int | None:
        """The passkey that was entered on the board."""
        return await self._peer.ask(PASSKEY_INPUT, self._events)

    async def compare_numbers(self, number: int, digits: int = 6) -> bool:  # noqa: ARG002 - Bumble's signature
        """Whether the board's user says that both numbers are the same."""
        return bool(await self._peer.ask(PASSKEY_NUMERIC_COMPARISON, self._events, number))
