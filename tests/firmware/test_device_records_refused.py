"""What Record access does not serve: it is answered with its code, and changes nothing."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sock import fetching, records

from tests.firmware.records_bench import Rig, rigged


@pytest.fixture
def rig(world: Any, tmp_path: Path) -> Iterator[Rig]:
    with rigged(world, tmp_path) as made:
        yield made


def test_below_an_mtu_of_100_nothing_is_reported(rig: Rig) -> None:
    rig.scan(1000)
    rig.gatt.mtu = 23
    assert rig.run(rig.ask(fetching.request(records.REPORT))) == (records.REPORT, records.NOT_COMPLETED)
    assert rig.radio.notified == []


def test_the_gate_holds(rig: Rig) -> None:
    rig.scan(1000)
    rig.gate._allow_unprotected = False
    rig.gate._judge()

    async def go() -> None:
        rig.radio.write(rig.records_handle, fetching.request(records.REPORT))
        rig.radio.write(rig.records_handle, fetching.request(records.DELETE))
        await asyncio.sleep(5)

    rig.run(go())
    assert (rig.radio.notified, rig.radio.indicated) == ([], [])
    assert len(rig.held()) > 5


REFUSED = [
    (b"", records.UNKNOWN_OPCODE),
    (b"\x00\x01", records.UNKNOWN_OPCODE),
    (b"\x05\x00", records.UNKNOWN_OPCODE),
    (b"\xff\xff\xff", records.UNKNOWN_OPCODE),
    (b"\x01", records.BAD_OPERATOR),
    (b"\x01\x00", records.BAD_OPERATOR),
    (b"\x01\x07", records.BAD_OPERATOR),
    (b"\x03\x01", records.BAD_OPERATOR),
    (b"\x01\x05", records.OPERATOR_NOT_SUPPORTED),
    (b"\x01\x06", records.OPERATOR_NOT_SUPPORTED),
    (b"\x02\x03\x01\x01\x00\x00\x00", records.OPERATOR_NOT_SUPPORTED),
    (b"\x01\x01\x01", records.BAD_OPERAND),
    (b"\x03\x00\x00", records.BAD_OPERAND),
    (b"\x01\x03", records.BAD_OPERAND),
    (b"\x01\x03\x01\x01\x00\x00", records.BAD_OPERAND),
    (b"\x01\x04\x01\x01\x00\x00\x00", records.BAD_OPERAND),
    (b"\x01\x04\x01\x05\x00\x00\x00\x04\x00\x00\x00", records.BAD_OPERAND),
    (b"\x01\x04\x02" + bytes(8), records.BAD_OPERAND),
    (b"\x01\x03\x02" + bytes(12), records.FILTER_NOT_SUPPORTED),
    (b"\x02\x04\x02" + bytes(12), records.FILTER_NOT_SUPPORTED),
    (b"\x04\x04\x03" + bytes(8), records.FILTER_NOT_SUPPORTED),
    (b"\x01\x04\x00" + bytes(8), records.FILTER_NOT_SUPPORTED),
    (b"\x01\x04\x04" + bytes(8), records.FILTER_NOT_SUPPORTED),
]


@pytest.mark.parametrize(("request_", "code"), REFUSED)
def test_what_cannot_be_served_is_answered_with_its_code(rig: Rig, request_: bytes, code: int) -> None:
    rig.scan(300)
    assert rig.run(rig.ask(request_)) == (request_[0] if request_ else 0, code)


def test_garbage_is_answered_and_changes_nothing(rig: Rig) -> None:
    rig.scan(2000)
    rig.journal.close_block(True)
    held = rig.held()
    dice = random.Random(5)

    async def go() -> None:
        for _ in range(400):
            request = bytes([dice.choice((0, 1, 1, 3, 4, 4, 5, 6, 9)), dice.randrange(9)])[: dice.randrange(3)]
            request += dice.randbytes(dice.choice((0, 1, 5, 9, 13, dice.randrange(20)))) if len(request) == 2 else b""
            assert (await rig.ask(request))[0] <= 2**32

    rig.run(go())
    assert rig.held() == held
    assert rig.gatt.handler_errors == 0
