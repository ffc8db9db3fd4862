"""The air: what virtual controllers hear of each other."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from bumble import hci
from bumble.core import TimeoutError as BumbleTimeoutError
from bumble.device import Advertisement, AdvertisingType, Connection, Device, Peer
from bumble.hci import Address, HCI_ErrorCode
from gradsock.errors import SimError
from gradsock.sim.air import Air
from gradsock.sim.air_link import airtime_us
from gradsock.sim.launch import VirtualAir

from tests.e2e.conftest import HANG_S
from tests.e2e.radio_bench import host, until

PERIPHERAL, CENTRAL, RIVAL = "F0:00:00:00:00:01", "F0:00:00:00:00:02", "F0:00:00:00:00:03"
FLAGS, NAME = bytes([2, 1, 6]), bytes([5, 9]) + b"sock"


@pytest.fixture
async def air() -> AsyncIterator[Air]:
    air = Air()
    await air.start()
    yield air
    await air.stop()


@pytest.fixture
async def peripheral(air: Air) -> AsyncIterator[Device]:
    async with host(air, PERIPHERAL) as device:
        yield device


@pytest.fixture
async def central(air: Air) -> AsyncIterator[Device]:
    async with host(air, CENTRAL) as device:
        yield device


async def advertise(device: Device, **options: object) -> None:
    await device.start_advertising(
        advertising_data=FLAGS,
        scan_response_data=NAME,
        advertising_interval_min=20,
        advertising_interval_max=20,
        **options,  # type: ignore[arg-type]
    )


async def join(central: Device, peripheral: Device) -> tuple[Connection, Connection]:
    """A connection, as both of its ends know it."""
    await advertise(peripheral)
    ours = await asyncio.wait_for(central.connect(Address(PERIPHERAL)), HANG_S)
    await until(lambda: bool(peripheral.connections))
    return ours, next(iter(peripheral.connections.values()))


def ended(connection: Connection) -> asyncio.Future[int]:
    """The reason for which a connection ends."""
    reason: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    connection.once(connection.EVENT_DISCONNECTION, reason.set_result)
    return reason


async def heard(scanner: Device, active: bool) -> Advertisement:
    first: asyncio.Future[Advertisement] = asyncio.get_running_loop().create_future()
    scanner.once(Device.EVENT_ADVERTISEMENT, first.set_result)
    await scanner.start_scanning(active=active)
    advertisement = await asyncio.wait_for(first, HANG_S)
    await scanner.stop_scanning()
    return advertisement


# Advertising


async def test_an_active_scanner_gets_the_scan_response_too(central: Device, peripheral: Device) -> None:
    await advertise(peripheral)
    advertisement = await heard(central, active=True)
    assert bytes(advertisement.data) == FLAGS + NAME
    assert advertisement.address == Address(PERIPHERAL)
    assert -100 < advertisement.rssi < 0


async def test_a_passive_scanner_gets_no_scan_response(central: Device, peripheral: Device) -> None:
    await advertise(peripheral)
    assert bytes((await heard(central, active=False)).data) == FLAGS


async def test_nobody_connects_to_what_is_not_connectable(central: Device, peripheral: Device) -> None:
    await advertise(peripheral, advertising_type=AdvertisingType.UNDIRECTED_SCANNABLE)
    assert not (await heard(central, active=True)).is_connectable
    with pytest.raises(BumbleTimeoutError):
        await central.connect(Address(PERIPHERAL), timeout=0.2)


async def test_a_connection_that_does_not_come_about_can_be_taken_back(central: Device, peripheral: Device) -> None:
    with pytest.raises(BumbleTimeoutError):
        await central.connect(Address(PERIPHERAL), timeout=0.1)
    await join(central, peripheral)


async def test_of_two_centrals_that_want_one_peripheral_one_gets_it(
    air: Air, central: Device, peripheral: Device
) -> None:
    async with host(air, RIVAL) as rival:
        attempts = [asyncio.ensure_future(device.connect(Address(PERIPHERAL))) for device in (central, rival)]
        await advertise(peripheral)

        done, waiting = await asyncio.wait(attempts, return_when=asyncio.FIRST_COMPLETED, timeout=HANG_S)
        await until(lambda: bool(peripheral.connections))
        assert (len(done), len(waiting), len(peripheral.connections)) == (1, 1, 1)

        await advertise(peripheral)  # the second one waits until it is advertised again
        await asyncio.wait(waiting, timeout=HANG_S)
        await until(lambda: len(peripheral.connections) == 2)


# Connections


async def test_both_ends_agree_on_the_parameters_also_after_an_update(central: Device, peripheral: Device) -> None:
    ours, theirs = await join(central, peripheral)
    assert ours.parameters == theirs.parameters

    await ours.update_parameters(15, 15, 0, 4000)
    await until(lambda: theirs.parameters.supervision_timeout == 4000)
    assert ours.parameters.connection_interval == theirs.parameters.connection_interval == 15


async def test_mtu_is_the_smaller_of_both(central: Device, peripheral: Device) -> None:
    peripheral.gatt_server.max_mtu = 247
    ours, theirs = await join(central, peripheral)
    assert await Peer(ours).request_mtu(517) == ours.att_mtu == theirs.att_mtu == 247


@pytest.mark.parametrize("by", ["central", "peripheral"])
async def test_who_disconnects_is_told_so_and_the_other_gets_the_reason(
    by: str, central: Device, peripheral: Device
) -> None:
    ours, theirs = await join(central, peripheral)
    active, passive = (ours, theirs) if by == "central" else (theirs, ours)
    reasons = ended(active), ended(passive)

    await active.disconnect(HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR)

    assert await reasons[0] == HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
    assert await reasons[1] == HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR


async def test_a_peer_that_vanishes_is_missed_after_the_supervision_timeout(air: Air, central: Device) -> None:
    async with host(air, PERIPHERAL) as peripheral:
        ours, _ = await join(central, peripheral)
        await ours.update_parameters(30, 30, 0, 500)
        reason = ended(ours)
        gone_s = asyncio.get_running_loop().time()

    assert await asyncio.wait_for(reason, HANG_S) == HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
    assert asyncio.get_running_loop().time() - gone_s >= 0.5


async def test_a_reset_is_a_disappearance(central: Device, peripheral: Device) -> None:
    ours, _ = await join(central, peripheral)
    reason = ended(ours)
    await peripheral.send_sync_command(hci.HCI_Reset_Command())
    assert await asyncio.wait_for(reason, HANG_S) == HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR


async def test_data_waits_for_the_next_connection_event(central: Device, peripheral: Device) -> None:
    ours, theirs = await join(central, peripheral)
    await ours.update_parameters(100, 100, 0, 2000)
    await until(lambda: theirs.parameters.connection_interval == 100)
    loop = asyncio.get_running_loop()
    peer, began_s = Peer(ours), loop.time()

    for _ in range(3):
        await peer.gatt_client.discover_services()

    assert loop.time() - began_s >= 0.4  # every request and every answer took an event


def test_airtime_is_that_of_le_1m() -> None:
    assert airtime_us(0) == 80 + 150  # an empty packet and the space after it
    assert airtime_us(251) == 2088 + 150


# The process


async def test_the_air_process_says_where_it_is_and_ends_with_its_input() -> None:
    async with VirtualAir() as air:
        assert air.hci.startswith("tcp-client:127.0.0.1:")
        process = air._process
    assert process is not None and process.returncode == 0


async def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimError, match=f"port {port} is in use"):
            await Air().start(port)
        command = [sys.executable, "-m", "gradsock.sim.air", "--port", str(port)]
        ran = await asyncio.to_thread(subprocess.run, command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.startswith("gradsock: port ") and ran.stderr.count("\n") == 1


async def test_the_air_process_ends_quietly_on_ctrl_c() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gradsock.sim.air", "--stay"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), HANG_S)
    process.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(process.communicate(), HANG_S)
    assert errors == b""


async def test_rubbish_on_an_hci_connection_disturbs_nobody(air: Air, central: Device, peripheral: Device) -> None:
    _, writer = await asyncio.open_connection(*air.address)
    writer.write(b"GET / HTTP/1.0\r\n\r\n" + bytes(range(256)))
    await writer.drain()
    await join(central, peripheral)
    writer.close()
    await writer.wait_closed()
