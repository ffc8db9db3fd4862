"""Somebody on the air who keeps to nothing: raw ATT packets, any way of pairing, and an ear for all that comes back."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass

from bumble import att
from bumble.core import BaseBumbleError
from bumble.device import Connection, ConnectionParametersPreferences, Device, DeviceConfiguration
from bumble.hci import Address, Phy
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from gradsock.hci import QuietHost, open_hci
from sock import protocol

ANSWER_S = 3.0  # of the virtual world; an ATT server has thirty, this one is quick or gone
PAIRING_PACKETS = 200  # twenty rounds of three packets, and some
ATT = 4
SMP = 6
_ERROR, _FIND, _FOUND, _MTU = 0x01, 0x04, 0x05, 0x02
_NOTIFIED = (0x1B, 0x1D, 0x23)
_TYPED, _READ, _BLOB, _MULTIPLE, _GROUPED, _VARIABLE = 0x09, 0x0B, 0x0D, 0x0F, 0x11, 0x21
_PUBLIC = (0x2800, 0x2801, 0x2803, 0x2902, 0x2A00, 0x2A01, 0x2A05)
"""Declarations, subscriptions, and what GAP and GATT themselves say."""

RADIO_ERRORS = (BaseBumbleError, TimeoutError, asyncio.CancelledError, asyncio.InvalidStateError, OSError)


@dataclass(frozen=True)
class Target:
    """A sock as everybody sees it: its address, and the type of each handle, as 4 or 32 hex digits."""

    address: Address
    types: dict[int, str]

    def of(self, uuid: str) -> int:
        """The value handle of a characteristic of ours."""
        return next(handle for handle, kind in self.types.items() if kind == uuid.replace("-", ""))

    def public(self, handle: int) -> bool:
        """Whether a stranger may read that handle."""
        kind = self.types.get(handle, "")
        return kind == protocol.HELLO_UUID.replace("-", "") or (len(kind) == ATT and int(kind, 16) in _PUBLIC)


class Keyboard(PairingDelegate):
    """Enters a passkey, or has no keyboard."""

    def __init__(self, passkey: int | None, key_size: int, slow_s: float) -> None:
        io = self.NO_OUTPUT_NO_INPUT if passkey is None else self.KEYBOARD_INPUT_ONLY
        super().__init__(io, maximum_encryption_key_size=key_size)
        self._passkey = passkey
        self._slow_s = slow_s

    async def get_number(self) -> int | None:
        """The passkey, after a while."""
        await asyncio.sleep(self._slow_s)
        return self._passkey


class Stranger:
    """One host on the air, and at most one connection."""

    def __init__(self, device: Device, close: Callable[[], object]) -> None:
        self.device = device
        self.close = close
        self.connection: Connection | None = None
        self.heard: list[bytes] = []  # every ATT packet since it was last looked at
        self._came = asyncio.Event()
        device.keystore = MemoryKeyStore()
        self._patience = 0  # for so many more packets of a pairing
        device.l2cap_channel_manager.register_fixed_channel(ATT, self._hear)
        device.l2cap_channel_manager.register_fixed_channel(SMP, self._negotiate)

    @classmethod
    async def enter(cls, hci: str, address: Address | None = None) -> Stranger:
        """Onto the air, with a random address unless told."""
        transport = await open_hci(f"{hci}#stranger")
        config = DeviceConfiguration(name="x", address=address or Address.generate_static_address())
        device = Device(config=config, host=QuietHost(transport.source, transport.sink))
        await device.power_on()
        return cls(device, transport.source.close)  # type: ignore[attr-defined]

    def _hear(self, _handle: object, pdu: bytes) -> None:
        self.heard.append(bytes(pdu))
        self._came.set()

    def _negotiate(self, connection: int, pdu: bytes) -> None:
        """Not for ever: two security managers can refuse each other's refusals without end."""
        self._patience -= 1
        if self._patience > 0:
            self.device.on_smp_pdu(connection, pdu)  # type: ignore[no-untyped-call]

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self.connection is not None

    async def connect(self, address: Address, patience_s: float = 5.0) -> bool:
        """Whether the sock took it."""
        preferences = {Phy.LE_1M: ConnectionParametersPreferences(7.5, 7.5, supervision_timeout=2000)}
        with contextlib.suppress(*RADIO_ERRORS):
            made = await self.device.connect_le(address, preferences, timeout=patience_s)
            self.connection = made
            made.on(made.EVENT_DISCONNECTION, lambda _: self._gone())
        return self.connected

    def _gone(self) -> None:
        self.connection = None
        self._came.set()

    async def leave(self) -> None:
        """End the connection, if there is one."""
        if self.connection is not None:
            with contextlib.suppress(*RADIO_ERRORS):
                await asyncio.wait_for(self.connection.disconnect(), ANSWER_S)
        self.connection = None

    def send(self, pdu: bytes, channel: int = ATT) -> None:
        """A packet, as it is."""
        if self.connection is not None:
            self.device.send_l2cap_pdu(self.connection.handle, channel, pdu)

    async def ask(self, pdu: bytes) -> bytes:
        """The answer to a request; empty when none comes: then the connection is over."""
        at = len(self.heard)
        self.send(pdu)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while self.connected:
                    for answer in self.heard[at:]:
                        if answer[:1] and answer[0] not in _NOTIFIED:
                            return answer
                    at = len(self.heard)
                    self._came.clear()
                    await self._came.wait()
        await self.leave()
        return b""

    async def pair(
        self, passkey: int | None = None, key_size: int = 16, slow_s: float = 0.0, bonding: bool = True
    ) -> bool:
        """Pair as somebody with a keyboard, or without one (just works)."""
        keyboard = Keyboard(passkey, key_size, slow_s)
        config = PairingConfig(sc=True, mitm=passkey is not None, bonding=bonding, delegate=keyboard)
        self.device.smp_manager.pairing_config_factory = lambda _: config
        self._patience = PAIRING_PACKETS
        if self.connection is None:
            return False
        with contextlib.suppress(*RADIO_ERRORS):
            await asyncio.wait_for(self.connection.pair(), 2 * ANSWER_S)
            return True
        self._patience = 0
        return False

    async def encrypt(self) -> bool:
        """With the bond that the key store has."""
        if self.connection is not None:
            with contextlib.suppress(*RADIO_ERRORS):
                await asyncio.wait_for(self.connection.encrypt(), ANSWER_S)
                return True
        return False


async def look_around(stranger: Stranger, address: Address) -> Target:
    """The table of attributes, which everybody may have."""
    types: dict[int, str] = {}
    assert await stranger.connect(address)
    first = 1
    while (answer := await stranger.ask(struct.pack("<BHH", _FIND, first, 0xFFFF)))[:1] == bytes([_FOUND]):
        size = 4 if answer[1] == 1 else 18
        for at in range(2, len(answer), size):
            handle = int.from_bytes(answer[at : at + 2], "little")
            types[handle] = answer[at + 2 : at + size][::-1].hex()
            first = handle + 1
    await stranger.leave()
    return Target(address, types)


def leaks(target: Target, asked: bytes, heard: list[bytes]) -> list[str]:
    """What of the answers to a packet a stranger must not have got."""
    wrong = []
    for pdu in heard:
        kind = pdu[0] if pdu else _ERROR
        handle = struct.unpack_from("<H", pdu, 1)[0] if kind in _NOTIFIED and len(pdu) > 2 else 0
        if kind in _NOTIFIED and not target.public(handle):
            wrong.append(f"sent by itself: {pdu.hex()}")
        elif kind in (_READ, _BLOB, _MULTIPLE, _VARIABLE) and len(pdu) > 1:
            wanted = [handle for (handle,) in struct.iter_unpack("<H", asked[1 : 1 + (len(asked) - 1 & ~1)])]
            wanted = wanted[:1] if kind in (_READ, _BLOB) else wanted
            if not wanted or not all(target.public(handle) for handle in wanted):
                wrong.append(f"read by {asked.hex()}: {pdu.hex()}")
        elif kind in (_TYPED, _GROUPED) and len(pdu) > 1 and pdu[1]:
            for at in range(2, len(pdu), pdu[1]):
                if not target.public(struct.unpack_from("<H", pdu, at)[0]):
                    wrong.append(f"read by {asked.hex()}: {pdu.hex()}")
    return wrong


def request_of(pdu: bytes) -> bool:
    """Whether an ATT server answers that packet: an even opcode that is neither a command nor a confirmation."""
    return bool(pdu) and not pdu[0] & 0x41 and pdu[0] in att.Opcode._value2member_map_ and pdu[0] != 0x1E
