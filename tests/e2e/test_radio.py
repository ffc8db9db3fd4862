"""Virtual radios and bleak over Bumble: many socks, much data, peers that come and go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakBluetoothNotAvailableError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bumble.att import ATT_Error
from bumble.device import Peer
from bumble.hci import Address
from gradsock.link.bumble import backend
from gradsock.sim.air import Air
from gradsock.sim.launch import VirtualAir, VirtualBoard

from tests.e2e.conftest import HANG_S, Bench, Serial
from tests.e2e.radio_bench import (
    ADDRESS,
    CONTROL,
    PERIPHERAL,
    SERVICE,
    VALUE,
    Program,
    advertising,
    find,
    host,
    on_air,
    peripheral,
    until,
)

CONNECTED, DISCONNECTED, READ = 1, 2, 4
ENOMEM, EBUSY = 12, 16


@pytest.fixture
async def air() -> AsyncIterator[Air]:
    air = Air()
    await air.start()
    yield air
    await air.stop()


@pytest.fixture
async def sock(air: Air) -> AsyncIterator[Program]:
    async with peripheral(air) as program:
        yield program


def client_of(air: Air, device: BLEDevice, **options: object) -> BleakClient:
    return BleakClient(device, backend=backend(air.hci)[1], **options)  # type: ignore[arg-type]


# Scanning


async def test_a_scan_tells_name_services_signal_and_address(air: Air, sock: Program) -> None:
    uuid = bytes(reversed(bytes.fromhex(SERVICE.replace("-", ""))))
    data = b"\x02\x01\x06" + b"\x11\x07" + uuid + b"\x04\xff\x59\x00\x07" + b"\x02\x0a\xf8"
    response = b"\x05\x09sock" + b"\x12\x21" + uuid + b"\x11"
    await sock.do("advertise", 30000, True, len(data), len(response), data=data + response)
    scanner, _ = backend(air.hci)

    device = await BleakScanner.find_device_by_filter(lambda *_: True, HANG_S, backend=scanner, service_uuids=[SERVICE])
    found: dict[str, object] = {}
    async with BleakScanner(lambda device, data: found.setdefault(device.address, data), backend=scanner):
        await until(lambda: bool(found))

    assert device is not None and device.name == "sock"
    advertised = found[device.address]
    assert advertised._replace(platform_data=()) == (  # type: ignore[attr-defined]
        "sock",
        {0x59: b"\x07"},
        {SERVICE: b"\x11"},
        [SERVICE],
        -8,
        -50,
        (),
    )


async def test_a_scan_for_a_service_leaves_out_the_others(air: Air, sock: Program) -> None:
    scanner, _ = backend(air.hci)
    seen: list[str] = []
    async with (
        BleakScanner(lambda device, _: seen.append("wanted"), [VALUE], backend=scanner),
        BleakScanner(lambda device, _: seen.append("any"), backend=scanner),
    ):
        await until(lambda: seen.count("any") > 3)
    assert "wanted" not in seen


async def test_no_device_at_all_is_an_error_that_says_which() -> None:
    scanner, _ = backend("tcp-client:127.0.0.1:1")
    with pytest.raises(BleakBluetoothNotAvailableError, match=r"tcp-client:127\.0\.0\.1:1"):
        await BleakScanner.discover(0, backend=scanner)


# Connections


async def test_a_connection_has_services_and_an_mtu(air: Air, sock: Program) -> None:
    async with client_of(air, await find(air)) as client:
        value = client.services.get_characteristic(VALUE)
        assert value is not None
        assert set(value.properties) == {"read", "notify"}
        assert value.max_write_without_response_size == client.mtu_size - 3 == 244
        assert [service.uuid[4:8] for service in client.services][:2] == ["1800", "1801"]
        assert await client.read_gatt_char("2a00") == b"MPY ESP32"
        assert client.name == "sock"


async def test_values_longer_than_the_mtu_are_read_and_written_whole(air: Air, sock: Program) -> None:
    await sock.do("write", sock.value, False, data=bytes(range(256)) * 2)
    await sock.do("buffer", sock.control, 512, False)
    async with client_of(air, await find(air)) as client:
        assert await client.read_gatt_char(VALUE) == bytes(range(256)) * 2
        await client.write_gatt_char(CONTROL, bytes(400), response=True)
        with pytest.raises(BleakError, match="245 bytes"):
            await client.write_gatt_char(CONTROL, bytes(245), response=False)
    assert await sock.do("read", sock.control) == bytes(400)


async def test_what_the_peer_refuses_is_a_gatt_error(air: Air, sock: Program) -> None:
    async with client_of(air, await find(air)) as client:
        with pytest.raises(BleakGATTProtocolError) as refusal:
            await client.write_gatt_char(VALUE, b"x", response=True)
    assert refusal.value.code == BleakGATTProtocolErrorCode.WRITE_NOT_PERMITTED


async def test_a_peer_cannot_write_to_what_describes_the_services(air: Air, sock: Program) -> None:
    async with host(air) as central:
        peer = Peer(await central.connect(Address(ADDRESS)))
        await peer.discover_services()
        before = [service.uuid for service in peer.services]
        for handle in range(1, sock.value):
            with contextlib.suppress(ATT_Error):
                await peer.gatt_client.write_value(handle, b"x", with_response=True)
        peer.gatt_client.services.clear()
        await peer.discover_services()
        assert [service.uuid for service in peer.services] == before


async def test_a_peer_that_is_not_there_is_a_timeout(air: Air) -> None:
    with pytest.raises(TimeoutError):
        await BleakClient("F0:00:00:00:00:77", backend=backend(air.hci)[1], timeout=0.2).connect()


async def test_a_connect_that_was_cancelled_leaves_the_device_free(air: Air, sock: Program) -> None:
    nobody = BleakClient("F0:00:00:00:00:77", backend=backend(air.hci)[1])
    connecting = asyncio.create_task(nobody.connect())
    await asyncio.sleep(0.1)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting

    async with client_of(air, await find(air)) as client:
        assert client.is_connected


async def test_a_disconnection_is_told_on_both_sides(air: Air, sock: Program) -> None:
    gone: list[BleakClient] = []
    client = client_of(air, await find(air), disconnected_callback=gone.append)
    await client.connect()
    await sock.do("disconnect", 0)
    await until(lambda: gone == [client])
    assert not client.is_connected
    assert sock.seen(DISCONNECTED)[0][0] == 0
    with pytest.raises(BleakError):
        await client.read_gatt_char(VALUE)


async def test_a_request_that_a_disconnection_interrupts_fails(air: Air, sock: Program) -> None:
    client = client_of(air, await find(air))
    await client.connect()
    sock.answers[READ] = asyncio.get_running_loop().create_future()  # a program that takes its time
    reading = asyncio.create_task(client.read_gatt_char(VALUE))
    await until(lambda: bool(sock.seen(READ)))
    await sock.do("disconnect", 0)
    with pytest.raises(BleakError, match="disconnected"):
        await asyncio.wait_for(reading, HANG_S)


async def test_a_device_that_is_pulled_out_disconnects(sock: Program, air: Air) -> None:
    gone = asyncio.Event()
    client = client_of(air, await find(air), disconnected_callback=lambda _: gone.set())
    await client.connect()
    await air.stop()
    await asyncio.wait_for(gone.wait(), HANG_S)
    with pytest.raises(BleakError):
        await client.connect()


async def test_a_client_can_reconnect_again_and_again(air: Air, sock: Program) -> None:
    client = client_of(air, await find(air))
    for time in range(1, 6):
        await client.connect()
        assert await client.read_gatt_char(VALUE) == b""
        await client.disconnect()
        await until(lambda: len(sock.seen(DISCONNECTED)) == time)  # noqa: B023 - awaited before the next round
        await sock.advertise()
    assert len(sock.seen(CONNECTED)) == 5


async def test_a_callback_that_fails_stops_neither_the_radio_nor_the_next_call(air: Air, sock: Program) -> None:
    trouble: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context["exception"]))
    heard: list[bytes] = []

    def listen(_: object, data: bytearray) -> None:
        heard.append(bytes(data))
        raise RuntimeError("in a callback")

    async with client_of(air, await find(air)) as client:
        await client.start_notify(VALUE, listen)
        for number in range(3):
            await sock.do("notify", 0, sock.value, True, data=bytes([number]))
        await until(lambda: len(heard) == 3)
    assert [str(error) for error in trouble] == ["in a callback"] * 3


async def test_stopping_ends_the_notifications_and_starting_again_replaces_the_callback(
    air: Air, sock: Program
) -> None:
    first: list[bytes] = []
    second: list[bytes] = []
    async with client_of(air, await find(air)) as client:
        await client.start_notify(VALUE, lambda _, data: first.append(bytes(data)))
        await client.start_notify(VALUE, lambda _, data: second.append(bytes(data)))
        await sock.do("write", sock.value, True, data=b"published")
        await until(lambda: second == [b"published"])
        await client.stop_notify(VALUE)
        await sock.do("write", sock.value, True, data=b"to nobody")
        await client.read_gatt_char(VALUE)
    assert (first, second) == ([], [b"published"])


# Many


async def test_ten_socks_and_one_host(air: Air) -> None:
    async with contextlib.AsyncExitStack() as stack:
        socks = [
            await stack.enter_async_context(peripheral(air, f"F0:00:00:00:01:{n:02X}", f"sock{n}")) for n in range(10)
        ]
        heard: dict[int, list[bytes]] = {n: [] for n in range(10)}
        clients = [client_of(air, await find(air, f"sock{n}")) for n in range(10)]
        await asyncio.gather(*(client.connect() for client in clients))
        for n, client in enumerate(clients):
            await client.start_notify(VALUE, lambda _, data, n=n: heard[n].append(bytes(data)))  # type: ignore[misc]

        for count in range(20):
            for n, sock in enumerate(socks):
                await sock.do("notify", 0, sock.value, True, data=bytes([n, count]))
        await until(lambda: all(len(got) == 20 for got in heard.values()))

        assert all(heard[n] == [bytes([n, count]) for count in range(20)] for n in range(10))
        await asyncio.gather(*(client.disconnect() for client in clients))


async def test_thousands_of_notifications_arrive_in_order_and_none_is_lost(air: Air, sock: Program) -> None:
    heard: list[int] = []
    async with client_of(air, await find(air)) as client:
        await client.start_notify(VALUE, lambda _, data: heard.append(int.from_bytes(data[:4], "little")))

        def burst() -> None:
            for number in range(3000):
                while True:
                    try:
                        sock._call("ble.notify", [0, sock.value, True], number.to_bytes(4, "little"))
                        break
                    except OSError as error:
                        if error.errno != ENOMEM:
                            raise

        await asyncio.to_thread(burst)
        await until(lambda: len(heard) >= 3000)
    assert heard == list(range(3000))


async def test_two_centrals_on_one_sock_each_get_their_own(sock: Program, air: Air) -> None:
    device = await find(air)
    got: dict[str, list[bytes]] = {"first": [], "second": []}
    async with client_of(air, device) as first:
        await first.start_notify(VALUE, lambda _, data: got["first"].append(bytes(data)))
        await sock.advertise()
        other_host = f"tcp-client:localhost:{air.address[1]}"  # another name: another host on another controller
        async with BleakClient(device, backend=backend(other_host)[1]) as second:
            await second.start_notify(VALUE, lambda _, data: got["second"].append(bytes(data)))
            await sock.do("notify", 0, sock.value, True, data=b"to the first")
            await sock.do("notify", 1, sock.value, True, data=b"to the second")
            await until(lambda: all(got.values()))
    assert got == {"first": [b"to the first"], "second": [b"to the second"]}
    assert [data[0] for data in sock.seen(CONNECTED)] == [0, 1]


async def test_services_can_only_be_registered_while_nobody_sees_them(air: Air, sock: Program) -> None:
    with pytest.raises(OSError) as advertised:
        await sock.do("register", [])
    async with client_of(air, await find(air)):
        with pytest.raises(OSError) as connected:
            await sock.do("register", [])
    assert advertised.value.errno == connected.value.errno == EBUSY


# Boards that end


async def test_a_soft_reset_is_silence_to_the_host_and_the_board_can_be_found_again(air: Air, bench: Bench) -> None:
    async with on_air(air, bench):
        await bench.serial.value(PERIPHERAL)
        gone = asyncio.Event()
        client = client_of(air, await find(air), disconnected_callback=lambda _: gone.set())
        await client.connect()

        bench.serial.send(b"\x04")
        await asyncio.wait_for(gone.wait(), HANG_S)
        assert not advertising(air)

        await bench.serial.raw()
        await bench.serial.value(PERIPHERAL)
        async with client_of(air, await find(air)) as again:
            assert await again.read_gatt_char("2a00") == b"a sock"


async def test_a_power_cut_takes_the_radio_along(air: Air, bench: Bench) -> None:
    async with on_air(air, bench):
        await bench.serial.value(PERIPHERAL)
        gone = asyncio.Event()
        client = client_of(air, await find(air), disconnected_callback=lambda _: gone.set())
        await client.connect()
        await bench.serial.value("advertise()")

        await bench.board.power_cut()

        await until(lambda: not advertising(air))
        await asyncio.wait_for(gone.wait(), HANG_S)


async def test_a_killed_board_leaves_the_others_and_its_host_standing(tmp_path: Path) -> None:
    async with VirtualAir() as air, VirtualBoard(tmp_path / "board", air=air) as board:
        scanner, client_class = backend(air.hci)
        serial = Serial(int(board.serial_url.rsplit(":", 1)[1]))
        await serial.open()
        await serial.raw()
        await serial.value(PERIPHERAL)
        device = await BleakScanner.find_device_by_name("sock", HANG_S, backend=scanner)
        assert device is not None
        gone = asyncio.Event()
        client = BleakClient(device, lambda _: gone.set(), backend=client_class)
        await client.connect()

        os.kill(board.pid, signal.SIGKILL)

        await asyncio.wait_for(gone.wait(), HANG_S)
        await serial.close()
        async with VirtualBoard(tmp_path / "board", air=air) as reborn:
            assert reborn.bluetooth_address == device.address
            serial = Serial(int(reborn.serial_url.rsplit(":", 1)[1]))
            await serial.open()
            await serial.raw()
            await serial.value(PERIPHERAL)
            async with BleakClient(device, backend=client_class) as again:
                assert await again.read_gatt_char("2a00") == b"a sock"
            await serial.close()
