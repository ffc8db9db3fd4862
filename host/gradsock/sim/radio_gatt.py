"""The board's GATT database: values as MicroPython keeps them, access rules and handles as NimBLE's.

MicroPython's buffers are part of what a program meets: 20 bytes at first, longer writes of a peer cut without a word,
grown by a longer local write or by `gatts_set_buffer`. A write has been answered before the program hears of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bumble import att, core, gatt
from gradsock.sim import radio_events as events

if TYPE_CHECKING:
    from bumble import gatt_server
    from gradsock.sim.radio_events import Events
    from gradsock.sim.radio_security import Peer, Peers

FLAG_READ = 0x0002
FLAG_WRITE_NO_RESPONSE = 0x0004
FLAG_WRITE = 0x0008
_READ_PROTECTED = 0x0200 | 0x0400  # encrypted, authenticated
_READ_AUTHENTICATED = 0x0400
_WRITE_PROTECTED = 0x1000 | 0x2000
_WRITE_AUTHENTICATED = 0x2000
_PROPERTIES = 0x007F  # the flags that a peer sees as properties

_Access = att.AttributeValueV2
_NOT_READABLE = att.ErrorCode.READ_NOT_PERMITTED
_NOT_WRITABLE = att.ErrorCode.WRITE_NOT_PERMITTED

DEFAULT_BUFFER = 20  # bytes
EINVAL = 22

Descriptor = tuple[str, int]
Characteristic = tuple[str, int, Sequence[Descriptor]]
Service = tuple[str, Sequence[Characteristic]]


class Value:
    """The buffer behind one attribute."""

    def __init__(self) -> None:
        self.data = b""
        self.limit = DEFAULT_BUFFER
        self.append = False
        self.unseen = asyncio.Lock()  # held from a peer's write until the program has heard of it

    def take(self) -> bytes:
        """The value for the program; appended writes are handed out once."""
        data = self.data
        if self.append:
            self.data = b""
        return data

    def set(self, data: bytes) -> None:
        """A write of the program: the buffer grows to hold it."""
        self.limit = max(self.limit, len(data))
        self.data = data

    def receive(self, data: bytes) -> None:
        """A write of a peer: what does not fit is cut."""
        self.data = ((self.data if self.append else b"") + data)[: self.limit]


class Database:
    """The attributes of one board, inside a Bumble GATT server."""

    def __init__(self, server: gatt_server.Server, happened: Events, peers: Peers) -> None:
        self.name = b"MPY ESP32"  # read as the GAP device name
        self._server = server
        self._events = happened
        self._peers = peers
        self._values: dict[int, Value] = {}
        self.register([])

    def value(self, handle: int) -> Value:
        """The buffer of a value handle; OSError EINVAL for any other number."""
        try:
            return self._values[handle]
        except KeyError:
            raise OSError(EINVAL, "no such value handle") from None

    def attribute(self, handle: int) -> gatt.Characteristic[bytes] | None:
        """The characteristic with that value handle."""
        found = self._server.get_attribute(handle)
        return found if isinstance(found, gatt.Characteristic) else None

    def register(self, services: Sequence[Service]) -> list[list[int]]:
        """Replace all services; per service the handles of its values, characteristics and descriptors in order."""
        server = self._server
        server.services.clear()
        server.attributes.clear()
        server.attributes_by_handle.clear()
        server.subscribers.clear()
        self._values.clear()
        for default in self._default_services():
            server.add_service(default)
        handles = [self._add(uuid, characteristics) for uuid, characteristics in services]
        for attribute in server.attributes:
            if not attribute.permissions & att.Attribute.WRITEABLE and not isinstance(attribute.value, _Access):
                attribute.value = _Access(_constant(attribute.value), _refuse_write)
        return handles

    def _default_services(self) -> tuple[gatt.Service, gatt.Service]:
        """GAP and GATT, which NimBLE registers before a program's own."""
        readable, properties = att.Attribute.READABLE, gatt.Characteristic.Properties
        name = _Access(lambda _: self.name, _refuse_write)
        name_is = gatt.Characteristic(gatt.GATT_DEVICE_NAME_CHARACTERISTIC, properties.READ, readable, name)
        appearance = gatt.Characteristic(gatt.GATT_APPEARANCE_CHARACTERISTIC, properties.READ, readable, bytes(2))
        changed = gatt.Characteristic(
            gatt.GATT_SERVICE_CHANGED_CHARACTERISTIC, properties.INDICATE, att.Attribute.Permissions(0), bytes(4)
        )
        return (
            gatt.Service(gatt.GATT_GENERIC_ACCESS_SERVICE, [name_is, appearance]),
            gatt.Service(gatt.GATT_GENERIC_ATTRIBUTE_SERVICE, [changed]),
        )

    def _add(self, uuid: str, characteristics: Sequence[Characteristic]) -> list[int]:
        ours: list[gatt.Characteristic[bytes]] = []
        values: list[tuple[att.Attribute[bytes], Value]] = []
        for characteristic_uuid, flags, descriptors in characteristics:
            characteristic = gatt.Characteristic[bytes](
                _uuid(characteristic_uuid), gatt.Characteristic.Properties(flags & _PROPERTIES), _permissions(flags)
            )
            values.append((characteristic, self._attach(characteristic, flags)))
            # NimBLE places the CCCD first, and protects no descriptor.
            placed: list[gatt.Descriptor] = []
            if characteristic.properties & (characteristic.NOTIFY | characteristic.INDICATE):
                placed.append(self._cccd(characteristic))
            for descriptor_uuid, descriptor_flags in descriptors:
                plain = descriptor_flags & (FLAG_READ | FLAG_WRITE | FLAG_WRITE_NO_RESPONSE)
                descriptor = gatt.Descriptor(_uuid(descriptor_uuid), _permissions(plain))
                values.append((descriptor, self._attach(descriptor, plain)))
                placed.append(descriptor)
            characteristic.descriptors = placed
            ours.append(characteristic)
        self._server.add_service(gatt.Service(_uuid(uuid), ours))
        self._values.update((attribute.handle, value) for attribute, value in values)
        return [attribute.handle for attribute, _ in values]

    def _cccd(self, characteristic: gatt.Characteristic[bytes]) -> gatt.Descriptor:
        return gatt.Descriptor(
            gatt.GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
            att.Attribute.READABLE | att.Attribute.WRITEABLE,
            self._server.make_descriptor_value(characteristic),
        )

    def _attach(self, attribute: att.Attribute[bytes], flags: int) -> Value:
        """Put a MicroPython buffer behind an attribute."""
        value = Value()

        async def read(bearer: att.Bearer) -> bytes:
            peer = self._peers.of(bearer)
            if not flags & FLAG_READ:
                raise att.ATT_Error(_NOT_READABLE)
            _require(peer, flags & _READ_PROTECTED, flags & _READ_AUTHENTICATED)
            refused = await self._events.put(events.GATTS_READ_REQUEST, peer.handle, attribute.handle)
            if refused:
                raise att.ATT_Error(att.ErrorCode(refused & 0xFF))
            return value.data

        async def write(bearer: att.Bearer, data: bytes) -> None:
            peer = self._peers.of(bearer)
            if not flags & (FLAG_WRITE | FLAG_WRITE_NO_RESPONSE):
                raise att.ATT_Error(_NOT_WRITABLE)
            _require(peer, flags & _WRITE_PROTECTED, flags & _WRITE_AUTHENTICATED)
            # A second write waits until the program has heard of the first, as NimBLE's task waits for the handler.
            await value.unseen.acquire()
            value.receive(data)
            heard = self._events.put(events.GATTS_WRITE, peer.handle, attribute.handle)
            heard.add_done_callback(lambda _: value.unseen.release())

        attribute.value = _Access(read, write)  # type: ignore[assignment]
        return value


def _uuid(little_endian_hex: str) -> core.UUID:
    return core.UUID.from_bytes(bytes.fromhex(little_endian_hex))


def _permissions(flags: int) -> att.Attribute.Permissions:
    """Open to Bumble, since the flags are checked here, the way NimBLE does."""
    permissions = att.Attribute.Permissions(0)
    if flags & FLAG_READ:
        permissions |= att.Attribute.READABLE
    if flags & (FLAG_WRITE | FLAG_WRITE_NO_RESPONSE):
        permissions |= att.Attribute.WRITEABLE
    return permissions


def _require(peer: Peer, protected: int, authenticated: int) -> None:
    """Refuse as NimBLE does: a peer with a bond is told to encrypt, one without to authenticate."""
    if protected and not peer.encrypted:
        code = att.ErrorCode
        raise att.ATT_Error(code.INSUFFICIENT_ENCRYPTION if peer.bonded else code.INSUFFICIENT_AUTHENTICATION)
    if authenticated and not peer.authenticated:
        raise att.ATT_Error(att.ErrorCode.INSUFFICIENT_AUTHENTICATION)


def _constant(value: object) -> Callable[[att.Bearer], bytes]:
    assert isinstance(value, bytes)
    return lambda _: value


def _refuse_write(_bearer: att.Bearer, _value: bytes) -> None:
    raise att.ATT_Error(_NOT_WRITABLE)
