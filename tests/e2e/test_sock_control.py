"""What a host tells a sock, over the air: every request is answered, by the one who was asked, garbage included."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator

import pytest
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import asking, event, protocol

from tests.e2e.sock_bench import HANG_S, Listener, found, host


@pytest.fixture
async def listener(board: VirtualBoard, air: VirtualAir) -> AsyncIterator[Listener]:
    async with host(await found(air.hci), air.hci) as client:
        made = Listener(client)
        await made.subscribe()
        yield made


async def test_every_opcode_and_garbage_get_their_answers(listener: Listener) -> None:
    known = {
        (protocol.START, b"\x01"): protocol.OK,
        (protocol.START, b""): protocol.BAD_VALUE,
        (protocol.STOP, b""): protocol.OK,
        (protocol.PROBE, asking.pack_probe(1)): protocol.OK,
        (protocol.PROBE, b"\x00"): protocol.BAD_VALUE,
        (protocol.MARK, b"x" * 61): protocol.BAD_VALUE,
        (protocol.MARK, b"x" * 200): protocol.BAD_VALUE,
        (protocol.IDENTIFY, b"\x00"): protocol.OK,
        (protocol.TARE, b""): protocol.OK,
        (protocol.NEW_SESSION, b""): protocol.OK,
        (protocol.ALLOW_PAIRING, b""): protocol.OK,
        (protocol.SNOOZE, b"\x78\x00"): protocol.OK,
        (protocol.SNOOZE, b"\x78"): protocol.BAD_VALUE,
        (protocol.ACK, b""): protocol.OK,
        (protocol.FORGET_BASELINE, b""): protocol.OK,
    }
    for (opcode, payload), result in known.items():
        assert (await listener.ask(opcode, payload))[0] == result
    for opcode in (0, protocol.SETTINGS_WRITTEN, *range(protocol.WIPE + 1, 24), 0x7F):
        assert (await listener.ask(opcode, b"\xff" * (opcode % 40)))[0] == protocol.UNKNOWN_OPCODE
    for raw in (b"", b"\x01"):
        await listener.client.write_gatt_char(protocol.CONTROL_UUID, raw, response=True)
        data = await asyncio.wait_for(listener.answers.get(), HANG_S)
        assert asking.parse_answer(data)[1:3] == (0, protocol.BAD_VALUE)


async def test_a_burst_of_requests_is_answered_in_order(listener: Listener) -> None:
    for token in range(6):
        await listener.client.write_gatt_char(
            protocol.CONTROL_UUID, asking.pack_request(protocol.IDENTIFY, token, b"\x00"), response=False
        )
    tokens = [asking.parse_answer(await asyncio.wait_for(listener.answers.get(), HANG_S))[1] for _ in range(6)]
    assert tokens == list(range(6))


async def test_of_a_flood_what_fits_is_answered_and_the_stream_goes_on(listener: Listener) -> None:
    await listener.start()
    await listener.until_blocks(2)
    flood = 200
    for token in range(flood):
        request = asking.pack_request(protocol.IDENTIFY, token, b"\x00")
        await listener.client.write_gatt_char(protocol.CONTROL_UUID, request, response=False)
    await listener.until_blocks(10)
    answered = listener.answers.qsize()
    assert 8 <= answered < flood
    for _ in range(answered):
        listener.answers.get_nowait()
    await listener.stop()
    indices = [index for index, _, _ in listener.rows()]
    assert indices == list(range(indices[0], indices[0] + len(indices)))


async def test_probes_while_streaming_take_a_few_connection_events(listener: Listener) -> None:
    loop = asyncio.get_running_loop()
    await listener.start()
    delays_ms = []
    for number in range(20):
        sent_s = loop.time()
        result, said = await listener.ask(protocol.PROBE, asking.pack_probe(number, 600))
        probe_id, received_ms, left_ms = asking.parse_probe_answer(said)
        assert (result, probe_id) == (protocol.OK, number)
        assert 0 <= left_ms - received_ms <= 1000 * (loop.time() - sent_s) + 2
        delays_ms.append(left_ms - received_ms)
    await listener.stop()
    assert len(set(delays_ms)) > 5  # at random, so that connection events do not bias


async def test_a_mark_lies_where_it_was_made(listener: Listener) -> None:
    assert (await listener.ask(protocol.MARK, b"kept, and not streamed"))[0] == protocol.OK
    await listener.start()
    await listener.until_blocks(2)
    assert (await listener.ask(protocol.MARK, "Falte geglättet".encode()))[0] == protocol.OK
    await listener.until_blocks(2)
    await listener.stop()
    marks = [told for told in listener.events() if told.kind == event.MARK]
    assert [told.payload.decode() for told in marks] == ["Falte geglättet"]
    blocks = listener.blocks()
    assert blocks[0].ticks_ms < marks[0].ticks_ms < blocks[-1].ticks_ms + 200
    indices = [index for index, _, _ in listener.rows()]
    assert indices == list(range(indices[0], indices[0] + len(indices)))


async def test_identify_blinks(listener: Listener, board: VirtualBoard) -> None:
    assert (await listener.ask(protocol.IDENTIFY, b"\x03"))[0] == protocol.OK
    levels = []
    for _ in range(60):
        levels.append(json.dumps((await board.command("pins"))["pins"]))
        await asyncio.sleep(0.05)
    changes = sum(a != b for a, b in itertools.pairwise(levels))
    assert changes >= 8


async def test_below_an_mtu_of_100_the_host_is_told_why_nothing_streams(board: VirtualBoard, air: VirtualAir) -> None:
    """A host without an MTU exchange, which bleak always makes: Bumble's own client."""
    from bumble.core import UUID
    from bumble.device import Device, Peer
    from bumble.hci import Address
    from bumble.transport import open_transport

    address: Address = (await found(air.hci)).details
    async with await open_transport(air.hci) as hci:
        device = Device.with_hci("host", Address("C0:00:00:00:00:01"), hci.source, hci.sink)
        await device.power_on()
        connection = await device.connect(address, timeout=HANG_S)
        peer = Peer(connection)
        await peer.discover_all()
        (control,) = peer.get_characteristics_by_uuid(UUID(protocol.CONTROL_UUID))
        answers: asyncio.Queue[bytes] = asyncio.Queue()
        await control.subscribe(answers.put_nowait)
        await control.write_value(asking.pack_request(protocol.START, 5, b"\x01"), with_response=True)
        answer = asking.parse_answer(bytes(await asyncio.wait_for(answers.get(), HANG_S)))
        assert answer == (protocol.START, 5, protocol.NOT_SUPPORTED, b"MTU 23 < 100")
        await connection.disconnect()
