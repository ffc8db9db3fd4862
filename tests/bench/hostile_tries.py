"""The classes of what a hostile central tries, each an endless supply of single operations."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import random
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from bumble.hci import Address
from bumble.keys import PairingKeys
from sock import protocol

from tests.bench.stranger import SMP, Stranger, Target, leaks, request_of

LENGTHS: Final = 513  # 0 to 512 bytes
MINIMA = {
    "connect": 0.01,
    "read": 0.08,
    "subscribe": 0.05,
    "write": 0.3,
    "control": 0.05,
    "packet": 0.05,
    "pair: just works": 0.001,
    "pair: wrong passkey": 0.001,
    "pair: short key": 0.001,
    "pair: without a bond": 0.001,
    "pair: begun anew": 0.001,
    "bond: replayed": 0.001,
    "second connection": 0.001,
    "left midway": 0.001,
}
"""Of all operations, at least so large a part in each class."""
_READ, _BLOB, _TYPED, _MULTIPLE, _WRITE, _COMMAND = 0x0A, 0x0C, 0x08, 0x0E, 0x12, 0x52
_PREPARE, _EXECUTE = 0x16, 0x18
_MTU = b"\x02\x05\x02"  # 517
_JUST_WORKS = bytes([0x01, 0x03, 0x00, 0x09, 16, 0x03, 0x03])  # a pairing request: no input, no output; bond, SC
_PURPOSE = (
    b'{"side":"left"}',
    b'{"allow_unprotected":true}',
    b'{"name":"mine"}',
    bytes([protocol.WIPE, 1]),
    bytes([protocol.START, 1, 1]),
    bytes([protocol.REMOVE_OWNER, 1, 0]),
    bytes([protocol.ALLOW_PAIRING, 1]),
    b"\x01\x01",
    b"\x02\x01",
    b"\x04\x01",
)
"""What would mean something if it were let in: settings, Control, Record access."""


class Tries:
    """Tries one thing after the other on a sock, and counts.

    find: its present address. passkey: the sock's own, for links that know it and are weak all the same. replayed: an
    owner's address, whose key the strangers do not have.
    """

    def __init__(
        self,
        hci: str,
        target: Target,
        find: Callable[[], Awaitable[Address]],
        passkey: int,
        replayed: Address,
        dice: random.Random,
    ) -> None:
        self._find = find
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._hci, self._target, self._passkey, self._replayed, self._dice = hci, target, passkey, replayed, dice
        self._stranger: Stranger
        ours = [
            target.of(uuid) for uuid in (protocol.CONTROL_UUID, protocol.SETTINGS_UUID, protocol.RECORD_ACCESS_UUID)
        ]
        self._writable = ours
        cells = [(handle, length) for handle in target.types for length in range(LENGTHS)]
        dice.shuffle(cells)
        cells.sort(key=lambda cell: cell[0] not in ours)  # those that take a write come first
        self._cells = itertools.cycle(cells)
        self.cells: set[tuple[int, int]] = set()
        self.cells_of_ours = len(ours) * LENGTHS
        self.cells_in_all = len(cells)
        self._opcodes = itertools.cycle([(handle, opcode) for opcode in range(256) for handle in (ours[0], ours[2])])
        self._packets = itertools.cycle(range(256))

    async def until(self, operations: int) -> None:
        """Go on until so many operations are done, or something is wrong."""
        plain = (self._read, self._subscribe, self._write, self._write, self._write, self._write, self._control)
        plain = (*plain, self._packet)
        special = (self._just_works, self._wrong_passkey, self._short_key, self._begun_anew, self._replay, self._second)
        special = (*special, self._leave_midway, self._without_a_bond)
        paired = itertools.cycle(special)
        while self.counts.total() < operations and not self.wrong:
            self._stranger = await Stranger.enter(self._hci, self._address())
            try:
                if await self._connect() and self._dice.random() < 0.8:
                    await self._asked(_MTU)
                for _ in range(self._dice.randrange(60)):
                    if self._stranger.connected:
                        await self._dice.choice(plain)()
                await self._one(next(paired))
                for _ in range(self._dice.randrange(12)):
                    if self._stranger.connected:
                        await self._dice.choice(plain)()
                if self._dice.random() < 0.5:
                    await self._stranger.leave()
            finally:
                self._look(b"")
                self._stranger.close()

    def _address(self) -> Address:
        return Address(bytes(self._dice.randrange(256) for _ in range(5)) + b"\xd0", Address.RANDOM_DEVICE_ADDRESS)

    def _look(self, asked: bytes) -> None:
        self.wrong += leaks(self._target, asked, self._stranger.heard)
        self._stranger.heard.clear()

    async def _connect(self) -> bool:
        self.counts["connect"] += 1
        if not await self._stranger.connect(self._target.address):
            self._target = dataclasses.replace(self._target, address=await self._find())  # it changes now and then
            await self._stranger.connect(self._target.address)
        return self._stranger.connected

    async def _asked(self, pdu: bytes) -> None:
        if request_of(pdu):
            await self._stranger.ask(pdu)
        else:
            self._stranger.send(pdu)
        self._look(pdu)

    async def _one(self, special: Callable[[], Awaitable[None]]) -> None:
        if not self._stranger.connected and not await self._connect():
            return
        await special()
        await self._linger()
        for uuid in (protocol.INFO_UUID, protocol.FIT_UUID, protocol.SETTINGS_UUID):
            if self._stranger.connected:
                self.counts["read"] += 1
                await self._asked(struct.pack("<BH", _READ, self._target.of(uuid)))
        if self._stranger.connected:
            self.counts["write"] += 1
            await self._asked(struct.pack("<BH", _WRITE, self._writable[1]) + _PURPOSE[0])

    async def _linger(self) -> None:
        """Long enough that the sock tries to tell something."""
        await asyncio.sleep(0.3)
        self._look(b"")

    # In any connection

    async def _read(self) -> None:
        self.counts["read"] += 1
        handle = self._dice.choice(list(self._target.types))
        other = self._dice.choice(list(self._target.types))
        await self._asked(
            self._dice.choice(
                [
                    struct.pack("<BH", _READ, handle),
                    struct.pack("<BHH", _BLOB, handle, self._dice.randrange(300)),
                    struct.pack("<BHH", _MULTIPLE, handle, other),
                    struct.pack("<BHH", _TYPED, 1, 0xFFFF) + bytes.fromhex(self._target.types[handle])[::-1],
                ]
            )
        )

    async def _subscribe(self) -> None:
        self.counts["subscribe"] += 1
        handle = self._dice.choice([handle for handle, kind in self._target.types.items() if kind == "2902"])
        await self._asked(struct.pack("<BHH", _WRITE, handle, self._dice.choice((1, 2, 3))))
        if self._dice.random() < 0.1:
            await self._linger()

    async def _write(self) -> None:
        self.counts["write"] += 1
        if self._dice.random() < 0.1:
            handle, data = self._dice.choice(self._writable), self._dice.choice(_PURPOSE)
        else:
            handle, length = next(self._cells)
            data = self._dice.randbytes(length)
            self.cells.add((handle, length))
        opcode = self._dice.choice((_WRITE, _WRITE, _COMMAND))
        if self._dice.random() < 0.02:
            await self._asked(struct.pack("<BHH", _PREPARE, handle, 0) + data[:200])
            await self._asked(bytes([_EXECUTE, 1]))
        await self._asked(struct.pack("<BH", opcode, handle) + data)

    async def _control(self) -> None:
        self.counts["control"] += 1
        handle, opcode = next(self._opcodes)
        data = bytes([opcode]) + self._dice.randbytes(self._dice.randrange(12))
        await self._asked(struct.pack("<BH", _WRITE, handle) + data)

    async def _packet(self) -> None:
        self.counts["packet"] += 1
        pdu = bytes([next(self._packets)]) + self._dice.randbytes(self._dice.randrange(24))
        self._stranger.send(pdu)
        if self._dice.random() < 0.1:
            self._stranger.send(bytes([self._dice.randrange(1, 15)]) + self._dice.randbytes(65), SMP)
        await asyncio.sleep(0.03)
        self._look(pdu)  # by chance it may be a request that makes sense, and its answer is data that leaves

    # Ways to a key

    async def _just_works(self) -> None:
        self.counts["pair: just works"] += 1
        await self._stranger.pair()

    async def _wrong_passkey(self) -> None:
        self.counts["pair: wrong passkey"] += 1
        await self._stranger.pair((self._passkey + self._dice.randrange(1, 999_999)) % 1_000_000)

    async def _short_key(self) -> None:
        self.counts["pair: short key"] += 1
        await self._stranger.pair(self._passkey, self._dice.randrange(7, 16))

    async def _without_a_bond(self) -> None:
        self.counts["pair: without a bond"] += 1
        await self._stranger.pair(self._passkey, bonding=False)

    async def _begun_anew(self) -> None:
        """Asked for the passkey, it begins again as one that has no keyboard."""
        self.counts["pair: begun anew"] += 1
        first = asyncio.ensure_future(self._stranger.pair(self._passkey, slow_s=1.0))
        await asyncio.sleep(self._dice.choice((0.02, 0.1, 0.3)))
        if self._dice.random() < 0.3:
            self._stranger.send(_JUST_WORKS, SMP)
        await self._stranger.pair()
        await first

    async def _replay(self) -> None:
        """An owner's address, or one's own, with a key that the sock does not have."""
        self.counts["bond: replayed"] += 1
        await self._stranger.leave()
        self._look(b"")
        self._stranger.close()
        self._stranger = await Stranger.enter(self._hci, self._dice.choice((self._replayed, self._address())))
        if not await self._connect():
            return
        keys = PairingKeys(ltk=PairingKeys.Key(self._dice.randbytes(16), authenticated=True))
        assert self._stranger.device.keystore is not None
        await self._stranger.device.keystore.update(str(self._target.address), keys)
        if not await self._stranger.encrypt() and self._stranger.connected and self._dice.random() < 0.5:
            await self._stranger.pair()

    async def _leave_midway(self) -> None:
        """Gone while pairing goes on, or while an answer is on its way."""
        self.counts["left midway"] += 1
        if self._dice.random() < 0.5:
            pairing = asyncio.ensure_future(self._stranger.pair(self._passkey, slow_s=1.0))
            await asyncio.sleep(self._dice.random() * 0.3)
            await self._stranger.leave()
            await pairing
        else:
            self._stranger.send(struct.pack("<BH", _READ, self._target.of(protocol.INFO_UUID)))
            await asyncio.sleep(self._dice.random() * 0.03)
            await self._stranger.leave()

    async def _second(self) -> None:
        self.counts["second connection"] += 1
        other = await Stranger.enter(self._hci, self._address())
        try:
            if await other.connect(self._target.address, 0.6):
                await other.ask(struct.pack("<BH", _READ, self._target.of(protocol.INFO_UUID)))
            asked = struct.pack("<BH", _READ, self._target.of(protocol.INFO_UUID))
            self.wrong += leaks(self._target, asked, other.heard)
        finally:
            other.close()


def told(counts: Counter[str]) -> str:
    """The table of what was tried."""
    return "\n".join(f"{name:22}{counts[name]:>9}   at least {least:.1%}" for name, least in MINIMA.items())
