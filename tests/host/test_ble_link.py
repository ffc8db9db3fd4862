"""The radio link and what radio stacks do to it; the stack is a stand-in that does it on demand."""

import asyncio
import json
import logging

import pytest
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from gradsock.errors import LinkError, LinkLost, NoRadio, SockNotFound, SockRefused, WrongSock
from gradsock.link import BlockDoubled, BlockReceived, FitChanged, Probed, ble, known, proof, radio
from gradsock.link.ble import BleLink
from gradsock.link.radio import Backend, scan
from sock import asking, protocol


class Stack:
    """One radio stack with one sock in reach; tests change what it does."""

    def __init__(self, made):
        self.made = made
        self.info = json.dumps(made.info().raw)
        self.hello = '{"protocol":1,"protection":"none"}'
        self.near = {"sock-test": "AA:01"}
        self.scan_fails = self.info_fails = self.connect_fails = self.pair_fails = self.protected = None
        self.stranger = ""
        self.room = [20, 20, 244]  # what a characteristic says of the MTU, asked again and again
        self.written, self.subscribed, self.answers, self.silent = [], [], {}, False
        self.client = None

    def backend(self):
        stack = self

        class Scanner(FakeScanner):
            pass

        class Client(FakeClient):
            pass

        Scanner.stack = Client.stack = stack
        return Backend(Scanner, Client)

    def notify(self, uuid, data):
        dict(self.subscribed)[uuid](bytearray(data))

    def on_control(self, data):
        opcode, token, payload = protocol.parse_request(data)
        result, said = self.answers.get(opcode, (protocol.OK, b""))
        if opcode == protocol.PROBE and not said:
            said = protocol.pack_probe_answer(protocol.parse_probe(payload)[0], 5000, 5010)
        if not self.silent:
            self.notify(protocol.CONTROL_UUID, protocol.pack_answer(opcode, token, result, said))


class FakeScanner(BaseBleakScanner):
    stack: Stack

    def __init__(self, detection_callback, service_uuids, scanning_mode, **_):
        super().__init__(detection_callback, service_uuids)

    async def start(self):
        if self.stack.scan_fails:
            raise self.stack.scan_fails
        self._task = asyncio.create_task(self._advertise())

    async def stop(self):
        self._task.cancel()

    async def _advertise(self):
        while True:
            for name, address in self.stack.near.items():
                for local_name in (None, name):  # the name comes with the scan response, a little later
                    advertisement = AdvertisementData(
                        local_name, {}, {protocol.SERVICE_UUID: b"\x10"}, [protocol.SERVICE_UUID], None, -50, ()
                    )
                    device = self.create_or_update_device(address, address, local_name, None, advertisement)
                    self.call_detection_callbacks(device, advertisement)
            await asyncio.sleep(0.01)


class FakeClient(BaseBleakClient):
    stack: Stack
    connected = False

    @property
    def name(self):
        return "fake"

    @property
    def mtu_size(self):
        return 23  # as BlueZ says whatever was agreed

    @property
    def is_connected(self):
        return self.connected

    async def connect(self, pair, **_):
        if self.stack.connect_fails:
            raise self.stack.connect_fails
        self.connected = True
        self.stack.client = self
        self.services = BleakGATTServiceCollection()
        service = BleakGATTService(None, 1, protocol.SERVICE_UUID)
        self.services.add_service(service)
        uuids = [protocol.HELLO_UUID, protocol.INFO_UUID, protocol.LIVE_UUID, protocol.FIT_UUID, protocol.CONTROL_UUID]
        for handle, uuid in enumerate(uuids, 2):
            characteristic = BleakGATTCharacteristic(None, handle, uuid, ["read"], self.room, service)
            self.services.add_characteristic(characteristic)

    def room(self):
        return self.stack.room.pop(0) if len(self.stack.room) > 1 else self.stack.room[0]

    async def disconnect(self):
        self.drop()

    def drop(self):
        if self.connected:
            self.connected = False
            self._disconnected_callback()

    async def read_gatt_char(self, characteristic, **_):
        if characteristic.uuid == protocol.HELLO_UUID:
            return bytearray(self.stack.hello.encode())
        if self.stack.info_fails:
            raise self.stack.info_fails
        return bytearray(self.stack.info.encode())

    async def write_gatt_char(self, characteristic, data, response):
        assert response
        self.stack.written.append(bytes(data))
        self.stack.on_control(bytes(data))

    async def start_notify(self, characteristic, callback, **_):
        self.stack.subscribed.append((characteristic.uuid, callback))

    async def stop_notify(self, characteristic):
        raise AssertionError("nobody unsubscribes")

    async def pair(self, *_, **__):
        if self.stack.pair_fails is None:
            raise AssertionError("nobody pairs")
        if self.stack.pair_fails:
            raise self.stack.pair_fails

    unpair = read_gatt_descriptor = write_gatt_descriptor = pair

    @property
    def is_protected(self):
        return self.stack.protected

    @property
    def stranger(self):
        return self.stack.stranger


@pytest.fixture
def stack(made, monkeypatch):
    monkeypatch.setattr(radio, "FIND_TIMEOUT_S", 2.0)
    monkeypatch.setattr(radio, "ONLY_SOCK_TIMEOUT_S", 0.1)
    logging.getLogger("bleak").setLevel(logging.ERROR)
    return Stack(made)


def link_to(stack, name="sock-test"):
    return BleLink(name, backend=stack.backend())


def opcodes(stack):
    return [data[0] for data in stack.written]


async def test_start_is_written_after_everything_is_subscribed(stack):
    async with link_to(stack) as link:
        await link.start()
        assert [uuid for uuid, _ in stack.subscribed] == [protocol.CONTROL_UUID, protocol.FIT_UUID, protocol.LIVE_UUID]
        assert stack.written == [asking.pack_request(protocol.START, 0, b"\x01")]
    assert opcodes(stack) == [protocol.START, protocol.STOP]
    assert not stack.client.connected


async def test_what_the_sock_sends_is_told_in_order(stack, made):
    async with link_to(stack) as link:
        await link.start()
        stack.notify(protocol.LIVE_UUID, made.block(0))
        stack.notify(protocol.FIT_UUID, made.fit(1000))
        stack.notify(protocol.LIVE_UUID, made.block(5))
        await link.stop()
        told = [event async for event in link.events()]
    assert [type(event) for event in told] == [BlockReceived, FitChanged, BlockReceived]
    assert [told[0].data, told[2].data] == [made.block(0), made.block(5)]
    assert told[1].fit.verdict == "good"


async def test_callbacks_that_come_twice_are_told_as_copies(stack, made):
    async with link_to(stack) as link:
        await link.start()
        for index in (0, 0, 5, 0, 10):
            stack.notify(protocol.LIVE_UUID, made.block(index))
        await link.stop()
        told = [type(event) async for event in link.events()]
    assert told == [BlockReceived, BlockDoubled, BlockReceived, BlockDoubled, BlockReceived]


async def test_a_link_that_is_dead_though_connected_is_noticed(stack, made, monkeypatch):
    monkeypatch.setattr(ble, "STALE_AFTER_S", 0.05)
    stack.info = json.dumps(made.info(rate_Hz=100).raw | {"rate_Hz": 1000})
    async with link_to(stack) as link:
        await link.start()
        stack.notify(protocol.LIVE_UUID, made.block(0))
        with pytest.raises(LinkLost, match="connected but has sent nothing"):
            async for _ in link.events():
                pass
        assert stack.client.connected


async def test_a_disconnect_ends_the_events(stack, made):
    async with link_to(stack) as link:
        await link.start()
        stack.notify(protocol.LIVE_UUID, made.block(0))
        stack.client.drop()
        told = []
        with pytest.raises(LinkLost, match="the connection to sock-test is gone"):
            async for event in link.events():
                told.append(event)
        assert [event.data for event in told] == [made.block(0)]
        with pytest.raises(LinkLost):
            await link.control(protocol.IDENTIFY, b"\x05")


async def test_a_disconnect_does_not_leave_a_question_open(stack):
    stack.silent = True
    async with link_to(stack) as link:
        asking = asyncio.create_task(link.control(protocol.IDENTIFY, b"\x05"))
        await asyncio.sleep(0.01)
        stack.client.drop()
        with pytest.raises(LinkLost, match="is gone"):
            await asking


async def test_an_answer_that_never_comes_is_not_waited_for_forever(stack, monkeypatch):
    monkeypatch.setattr(ble, "ANSWER_TIMEOUT_S", 0.01)
    stack.silent = True
    async with link_to(stack) as link:
        with pytest.raises(LinkLost, match="no answer in time"):
            await link.control(protocol.IDENTIFY, b"\x05")


async def test_a_refusal_is_told_with_its_reason(stack):
    stack.answers[protocol.IDENTIFY] = (protocol.BAD_VALUE, b"seconds: one byte")
    async with link_to(stack) as link:
        with pytest.raises(SockRefused, match=r"sock-test refuses: bad value \(seconds: one byte\)") as caught:
            await link.control(protocol.IDENTIFY)
    assert caught.value.result == protocol.BAD_VALUE


async def test_an_mtu_too_small_is_said_as_what_it_is(stack, monkeypatch):
    monkeypatch.setattr(ble, "MTU_SETTLE_S", 0.01)
    stack.room = [20]
    stack.answers[protocol.START] = (protocol.NOT_SUPPORTED, b"MTU 23 < 100")
    async with link_to(stack) as link:
        with pytest.raises(SockRefused, match=r"MTU 23 < 100\).*use another Bluetooth adapter"):
            await link.start()


async def test_a_probe_carries_both_clocks(stack):
    async with link_to(stack) as link:
        await link.start()
        probe = await link.probe()
        told = await anext(link.events())
    assert (probe.boot, probe.sock_received_ticks_ms, probe.sock_sent_ticks_ms) == (3, 5000, 5010)
    assert probe.sent_utc_us <= probe.received_utc_us
    assert isinstance(told, Probed)
    assert told.probe == probe


async def test_a_sock_that_tells_nothing_over_an_open_link_says_how_to_allow_it(stack):
    stack.info_fails = BleakError("Read not permitted: Insufficient Authentication")
    with pytest.raises(SockRefused, match="gradsock flash --allow-unprotected"):
        async with link_to(stack):
            pass
    assert not stack.client.connected


@pytest.mark.parametrize(
    ("hello", "said"),
    [
        ('{"protocol":9,"protection":"none"}', "speaks protocol 9, newer than this gradsock: update gradsock"),
        ("gibberish", "does not greet as a sock does"),
        ('{"protection":"none"}', "does not greet as a sock does"),
    ],
)
async def test_a_sock_of_another_protocol_is_told_so(stack, hello, said):
    stack.hello = hello
    with pytest.raises(WrongSock, match=said):
        async with link_to(stack):
            pass


@pytest.mark.parametrize("info", ["", "[]", "{}", '{"serial":"../x","boot":1,"rate_Hz":25,"channels":[]}'])
async def test_an_info_that_makes_no_sense_is_refused(stack, info):
    stack.info = info
    with pytest.raises(WrongSock, match="flash it anew"):
        async with link_to(stack):
            pass


@pytest.mark.parametrize(
    ("failure", "kind", "said"),
    [
        (BleakError("failed to discover services, device disconnected"), LinkLost, "could not connect to sock-test"),
        (BleakError("br-connection-canceled"), LinkError, "br-connection-canceled"),
        (TimeoutError(), LinkLost, "no answer in time"),
        (OSError(5, "Input/output error"), LinkError, "Input/output error"),
    ],
)
async def test_a_failed_connection_is_one_line(stack, failure, kind, said):
    stack.connect_fails = failure
    with pytest.raises(kind, match=said) as caught:
        async with link_to(stack):
            pass
    assert "\n" not in str(caught.value)


async def test_the_only_sock_near_needs_no_name(stack):
    async with link_to(stack, "") as link:
        assert link.info.serial == "TESTSOCK"


async def test_the_only_sock_near_may_take_its_time_to_show(stack, monkeypatch):
    monkeypatch.setattr(radio, "FIND_TIMEOUT_S", 60.0)
    near, stack.near = stack.near, {}
    asyncio.get_running_loop().call_later(3 * radio.ONLY_SOCK_TIMEOUT_S, lambda: setattr(stack, "near", near))
    async with link_to(stack, "") as link:
        assert link.info.serial == "TESTSOCK"


async def test_of_several_socks_one_must_be_named(stack):
    stack.near = {"sock-a": "AA:01", "sock-b": "AA:02"}
    with pytest.raises(SockNotFound, match="several socks are near: say which, ble:sock-a or ble:sock-b"):
        async with link_to(stack, ""):
            pass


async def test_of_several_socks_the_one_known_here_is_meant(stack):
    stack.near = {"sock-a": "AA:01", "sock-test": "AA:02"}
    known.remember("TESTSOCK", "sock-test")
    async with link_to(stack, "") as link:
        assert link.info.serial == "TESTSOCK"


async def test_a_sock_that_is_not_there_is_said_with_those_that_are(stack):
    with pytest.raises(SockNotFound, match="no sock called 'sock-zzzz' answers; near are: sock-test"):
        async with link_to(stack, "sock-zzzz"):
            pass
    stack.near = {}
    with pytest.raises(SockNotFound, match="no sock is near: wake it and come closer"):
        async with link_to(stack, ""):
            pass


async def test_a_sock_is_found_by_its_serial_once_it_has_been_met(stack):
    async with link_to(stack):
        pass
    assert known.names() == {"TESTSOCK": "sock-test"}
    async with link_to(stack, "TESTSOCK") as link:
        assert link.info.name == "sock-test"


async def test_another_sock_under_a_known_name_is_not_mistaken(stack):
    known.remember("OTHER", "sock-test")
    with pytest.raises(WrongSock, match=r"sock-test is another sock \(TESTSOCK\) than the OTHER asked for"):
        async with link_to(stack, "OTHER"):
            pass


async def test_scan_lists_each_sock_once(stack):
    stack.near = {"sock-a": "AA:01", "sock-b": "AA:02"}
    found = await scan(0.1, stack.backend())
    assert [(sock.name, sock.protocol, sock.protection, sock.rssi_dBm) for sock in found] == [
        ("sock-a", 1, "none", -50),
        ("sock-b", 1, "none", -50),
    ]


@pytest.mark.parametrize(
    "failure",
    [
        BleakBluetoothNotAvailableError("powered off", BleakBluetoothNotAvailableReason.POWERED_OFF),
        FileNotFoundError(2, "No such file or directory"),
        BleakError("[org.freedesktop.DBus.Error.ServiceUnknown] org.bluez was not provided"),
    ],
)
async def test_a_machine_without_bluetooth_says_so(stack, failure):
    stack.scan_fails = failure
    with pytest.raises(NoRadio, match=r"no Bluetooth here: .*switch it on, or try a virtual sock: gradsock demo"):
        await scan(0.1, stack.backend())


async def digits():
    return 123456


def guarded(stack):
    stack.hello = '{"protocol":1,"protection":"bonded"}'
    return stack


async def test_a_sock_that_knows_this_machine_is_not_paired_with_again(stack):
    guarded(stack).protected = True
    async with BleLink("sock-test", backend=stack.backend(), passkey=digits) as link:
        assert not link.paired_now


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        ("org.bluez.Error.AuthenticationFailed", "did not pair: the passkey is wrong. It takes another in 8 s"),
        (
            proof.NOT_NOW,
            "did not pair: it takes no passkey now. To have it take one for two minutes, switch it off",
        ),
        ("org.bluez.Error.AuthenticationCanceled", "did not pair: look at the passkey; after a wrong one wait 16 s"),
    ],
)
async def test_why_a_sock_did_not_pair(stack, failed, told):
    guarded(stack).pair_fails = BleakError(failed)
    with pytest.raises(SockRefused, match=told):
        await BleLink("sock-test", backend=stack.backend(), passkey=digits).__aenter__()


async def test_a_sock_without_room_for_another_owner_says_who_can_make_some(stack):
    guarded(stack).pair_fails = False
    stack.info_fails = BleakError("disconnected")
    with pytest.raises(SockRefused, match=r"three owners does: one of them can make room \(gradsock owners --remove 1"):
        await BleLink("sock-test", backend=stack.backend(), passkey=digits).__aenter__()
    with pytest.raises(LinkLost, match="cannot be read: disconnected"):  # nobody paired
        await BleLink("sock-test", backend=stack.backend()).__aenter__()


@pytest.mark.parametrize("passkey", [None, digits])
async def test_a_program_that_has_not_got_this_machines_bonds_says_so(stack, passkey):
    guarded(stack).info_fails = BleakError("Insufficient authentication")
    stack.stranger = "another gradsock has them"
    with pytest.raises(LinkError, match="another gradsock has them") as told:
        await BleLink("sock-test", backend=stack.backend(), passkey=passkey).__aenter__()
    assert "pair ble:" not in str(told.value)


async def test_a_stranger_is_told_where_its_pairings_are_kept(stack, monkeypatch, tmp_path):
    guarded(stack).info_fails = BleakError("Insufficient authentication")
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "mistyped"))
    link = BleLink("sock-test", backend=stack.backend())
    with pytest.raises(SockRefused, match=f"{tmp_path / 'mistyped'}/state knows of no pairing with it: gradsock pair"):
        await link.__aenter__()
    known.remember("TESTSOCK", "sock-test")
    proof._note("TESTSOCK", True)
    with pytest.raises(SockRefused, match="tells strangers nothing: gradsock pair ble:sock-test"):
        await link.__aenter__()


async def test_a_sock_looked_for_under_its_former_name_is_said_with_the_new_one(stack):
    known.remember("TESTSOCK", "sock-a1b2")
    known.remember("TESTSOCK", "sock-test")
    with pytest.raises(SockNotFound, match="'Sock-A1B2' answers: it is called ble:sock-test now; near are: sock-test"):
        await link_to(stack, "Sock-A1B2").__aenter__()
    known.remember("TESTSOCK", "sock-a1b2")  # and back
    assert known.renamed("sock-a1b2") is None
    assert known.renamed("sock-test") == "sock-a1b2"


async def test_a_mistyped_name_is_told_the_near_one(stack):
    with pytest.raises(SockNotFound, match="no sock called 'sock-tets' answers; did you mean ble:sock-test\\?"):
        await link_to(stack, "sock-tets").__aenter__()
