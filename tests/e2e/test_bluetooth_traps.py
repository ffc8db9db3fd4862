"""The traps of MicroPython's `bluetooth` on a board, met by real MicroPython code on the virtual one."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator

import pytest
from bleak import BleakClient
from bleak.exc import BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bumble.hci import Address
from gradsock.link.bumble import backend
from gradsock.sim.air import Air

from tests.e2e.conftest import HANG_S, Bench
from tests.e2e.radio_bench import (
    ADDRESS,
    CONTROL,
    GUARDED,
    PERIPHERAL,
    VALUE,
    advertising,
    find,
    host,
    on_air,
    until,
)

DISCONNECTED, WRITTEN, INDICATED, UPDATED = 2, 3, 20, 27


@pytest.fixture
async def air() -> AsyncIterator[Air]:
    air = Air()
    await air.start()
    yield air
    await air.stop()


@pytest.fixture
async def sock(air: Air, bench: Bench) -> AsyncIterator[Bench]:
    """A board that advertises as "sock", whose program logs its events."""
    async with on_air(air, bench):
        await bench.serial.value(PERIPHERAL)
        yield bench


@pytest.fixture
async def client(air: Air, sock: Bench) -> AsyncIterator[BleakClient]:
    """A host that is connected to it."""
    async with BleakClient(await find(air), backend=backend(air.hci)[1]) as client:
        await until_seen(sock, UPDATED)  # the last of what a connection brings by itself
        yield client


async def until_seen(sock: Bench, event: int, times: int = 1) -> None:
    """Wait until the program has heard of something."""
    async with asyncio.timeout(HANG_S):
        while int(await sock.serial.value(f"print(len(seen({event})))")) < times:
            await asyncio.sleep(0.02)


# 1. Notifications go to anybody, in clear


async def test_a_peer_that_never_subscribed_is_notified_all_the_same(air: Air, sock: Bench) -> None:
    handle = int(await sock.serial.value("print(value)"))
    async with host(air) as central:
        connection = await central.connect(Address(ADDRESS))
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        connection.gatt_client.notification_subscribers[handle] = {heard.put_nowait}

        await sock.serial.value("ble.gatts_notify(0, value, b'out')")

        assert await heard.get() == b"out"


async def test_a_characteristic_that_cannot_be_read_without_encryption_is_notified_in_clear(
    sock: Bench, client: BleakClient
) -> None:
    with pytest.raises(BleakGATTProtocolError) as refusal:
        await client.read_gatt_char(GUARDED)
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    await client.start_notify(GUARDED, lambda _, data: heard.put_nowait(bytes(data)))
    await sock.serial.value("ble.gatts_notify(0, guarded, b'about a body')")

    assert refusal.value.code == BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION
    assert await heard.get() == b"about a body"


# 2. What there is no event for


async def test_no_event_tells_of_a_subscription_or_of_a_notification_that_went_out(
    sock: Bench, client: BleakClient
) -> None:
    before = await sock.serial.value("print(len(events))")
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    await client.start_notify(VALUE, lambda _, data: heard.put_nowait(bytes(data)))
    await sock.serial.value("ble.gatts_notify(0, value, b'x')")
    await heard.get()
    await client.stop_notify(VALUE)

    assert await sock.serial.value("print(len(events))") == before


async def test_a_disconnection_comes_without_a_reason(sock: Bench, client: BleakClient) -> None:
    await client.disconnect()
    await until_seen(sock, DISCONNECTED)

    connected, disconnected = (await sock.serial.value("print(seen(1) + seen(2))")).strip("[]").split("), (")

    assert disconnected.strip("()") == connected.strip("()")  # handle, kind of address, address: nothing more


async def test_advertising_ends_with_a_connection_and_does_not_come_back(
    air: Air, sock: Bench, client: BleakClient
) -> None:
    assert not advertising(air)

    await client.disconnect()
    await until_seen(sock, DISCONNECTED)
    assert not advertising(air)

    await sock.serial.value("advertise()")
    assert await find(air)


# 3. A handler that raises


async def test_a_handler_that_raises_is_heard_of_once_and_never_called_again(sock: Bench, client: BleakClient) -> None:
    await sock.serial.value("""
calls = []
def broken(event, data):
    calls.append(event)
    raise ValueError("in the handler")
ble.irq(broken)
""")

    for _ in range(3):
        await client.write_gatt_char(CONTROL, b"x", response=True)
    sock.serial.send(b'print("now")\x04')
    out = (await sock.serial.until(b"now")).decode()
    await sock.serial.until(b">")

    assert out.count("ValueError: in the handler") == 1
    assert await sock.serial.value("print(calls)") == f"[{WRITTEN}]"
    assert await sock.serial.value("print(ble.gatts_read(control))") == "b'x'"  # the stack goes on, deaf


# 4. What a handler may not keep


async def test_what_a_handler_keeps_without_a_copy_is_something_else_later(air: Air, sock: Bench) -> None:
    await sock.serial.value("""
kept, copied = [], []
def keeping(event, data):
    if event == 1:
        kept.append(data[2])
        copied.append(bytes(data[2]))
ble.irq(keeping)
""")
    async with BleakClient(await find(air), backend=backend(air.hci)[1]):
        assert await sock.serial.value("print(type(kept[0]))") == "<class 'memoryview'>"
        assert await sock.serial.value("print(len(copied[0]), bytes(kept[0]) == copied[0])") == "6 False"


# 5. Buffers


async def test_a_write_longer_than_the_buffer_is_cut_and_acknowledged(sock: Bench, client: BleakClient) -> None:
    await client.write_gatt_char(CONTROL, bytes(range(30)), response=True)
    await until_seen(sock, WRITTEN)
    assert await sock.serial.value("print(len(ble.gatts_read(control)))") == "20"

    await sock.serial.value("ble.gatts_set_buffer(control, 100)")
    await client.write_gatt_char(CONTROL, bytes(range(30)), response=True)
    await until_seen(sock, WRITTEN, 2)
    assert await sock.serial.value("print(ble.gatts_read(control) == bytes(range(30)))") == "True"


async def test_appended_writes_are_handed_out_once(sock: Bench, client: BleakClient) -> None:
    await sock.serial.value("ble.gatts_set_buffer(control, 10, True)")

    for part in (b"one ", b"two ", b"three"):
        await client.write_gatt_char(CONTROL, part, response=True)
    await until_seen(sock, WRITTEN, 3)

    assert await sock.serial.value("print(ble.gatts_read(control), ble.gatts_read(control))") == "b'one two th' b''"


# 6. The MTU


async def test_a_notification_longer_than_the_mtu_allows_is_cut_without_an_error(
    sock: Bench, client: BleakClient
) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    await client.start_notify(VALUE, lambda _, data: heard.put_nowait(bytes(data)))

    await sock.serial.value("ble.gatts_notify(0, value, bytes(300))")

    assert client.mtu_size == 247
    assert await heard.get() == bytes(244)


# 7. Back-pressure


async def test_a_full_stack_says_enomem_takes_more_later_and_loses_nothing(air: Air, sock: Bench) -> None:
    handle = int(await sock.serial.value("print(value)"))
    async with host(air) as central:
        connection = await central.connect(Address(ADDRESS))
        heard: list[int] = []
        connection.gatt_client.notification_subscribers[handle] = {
            lambda data: heard.append(int.from_bytes(data[:2], "little"))
        }
        await connection.update_parameters(4000, 4000, 0, 32000)  # for so long the air carries nothing away
        sock.serial.send(b"""
sent = 0
def fill():
    global sent
    while sent < 300:
        try:
            ble.gatts_notify(0, value, sent.to_bytes(2, "little") + bytes(18))
        except OSError as error:
            return error.errno
        sent += 1

print("full", fill(), sent)
while fill():
    pass
print("all", sent)
\x04""")
        full = (await sock.serial.until(b"full")) + await sock.serial.until(b"\n")
        errno, sent = map(int, full.split()[-2:])
        await connection.update_parameters(7.5, 7.5, 0, 2000)

        assert errno == 12
        assert 70 <= sent < 300
        assert b"300" in await sock.serial.until(b"\x04")
        await until(lambda: len(heard) >= 300)
        assert heard == list(range(300))


async def test_a_notification_to_nobody_raises_the_error_number_of_an_esp32(sock: Bench) -> None:
    assert (
        await sock.serial.value("""
try:
    ble.gatts_notify(0, value, b"x")
except OSError as error:
    print(error.errno)
""")
        == "-128"
    )


# 8. Events and their numbers


async def test_every_event_has_its_number_and_its_fields(air: Air, sock: Bench, client: BleakClient) -> None:
    answered = asyncio.Event()
    await client.start_notify(CONTROL, lambda *_: answered.set())
    await client.write_gatt_char(CONTROL, b"hello", response=True)
    await client.read_gatt_char(VALUE)
    await sock.serial.value("ble.gatts_indicate(0, control, b'hello yourself')")
    await answered.wait()
    await until_seen(sock, INDICATED)
    value, control = (await sock.serial.value("print(value, control)")).split()
    await client.disconnect()
    await until_seen(sock, DISCONNECTED)

    events = await sock.serial.value("for event in events: print(event)")

    asked, offered, *told = events.splitlines()
    assert asked == "(29, 10, 0, b'irk')"  # for the key of its addresses
    assert offered.startswith("(30, 10, b'irk', b")  # a new one, to be kept
    address = ", ".join(told[0].split(", ")[2:])
    assert told == [
        f"(1, 0, {address}",  # connected: handle, random address
        "(21, 0, 247)",  # MTU
        "(27, 0, 24, 0, 200, 0)",  # parameters: 30 ms, no latency, 2 s, success
        f"(3, 0, {control})",  # written
        f"(4, 0, {value})",  # asked to read
        f"(20, 0, {control}, 0)",  # indication confirmed
        f"(2, 0, {address}",  # disconnected
    ]


async def test_a_handler_can_refuse_a_read(sock: Bench, client: BleakClient) -> None:
    await sock.serial.value("ble.gatts_write(value, b'yours'); answers[4] = 0x08")
    with pytest.raises(BleakGATTProtocolError) as refusal:
        await client.read_gatt_char(VALUE)
    assert refusal.value.code == BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION

    await sock.serial.value("answers[4] = 0")
    assert await client.read_gatt_char(VALUE) == b"yours"


async def test_a_handler_can_write_what_is_about_to_be_read(sock: Bench, client: BleakClient) -> None:
    await sock.serial.value("""
def fresh(event, data):
    if event == 4:
        ble.gatts_write(value, b"made for you")
ble.irq(fresh)
""")
    assert await client.read_gatt_char(VALUE) == b"made for you"


# Pre-emption: events come in the middle


async def test_an_event_comes_between_two_flash_operations(sock: Bench, client: BleakClient) -> None:
    sock.serial.send(b"""
before = len(seen(3))
writes = 0
with open("busy", "w") as file:
    while len(seen(3)) == before:
        file.write("x" * 256)
        file.flush()
        writes += 1
        if writes == 1:
            print("go")
print("came after", writes)
\x04""")
    await sock.serial.until(b"go")

    await client.write_gatt_char(CONTROL, b"x", response=True)

    assert b"came after" in await sock.serial.until(b"\x04")


async def test_an_event_comes_between_two_awaits(sock: Bench, client: BleakClient) -> None:
    sock.serial.send(b"""
import asyncio
async def main():
    flag = asyncio.ThreadSafeFlag()
    def handler(event, data):
        flag.set()
    ble.irq(handler)
    print("go")
    await flag.wait()
    print("woken")
asyncio.run(main())
\x04""")
    await sock.serial.until(b"go")

    await client.write_gatt_char(CONTROL, b"x", response=True)

    assert b"woken" in await sock.serial.until(b"\x04")


async def test_two_writes_in_a_row_are_both_seen(sock: Bench, client: BleakClient) -> None:
    await sock.serial.value("""
got = []
def collect(event, data):
    if event == 3:
        got.append(ble.gatts_read(data[1]))
ble.irq(collect)
""")
    for number in range(20):
        await client.write_gatt_char(CONTROL, bytes([number]), response=False)
    await client.write_gatt_char(CONTROL, b"last", response=True)

    async with asyncio.timeout(HANG_S):
        while "last" not in (got := await sock.serial.value("print(got)")):
            await asyncio.sleep(0.02)
    assert ast.literal_eval(got) == [bytes([number]) for number in range(20)] + [b"last"]
