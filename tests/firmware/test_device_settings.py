"""Settings changed over the air: all or nothing, answered on Control, and what can be read is what is in force."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sock import asking, protocol, settings


class Sock:
    """The sock's server, and its settings on a flash that is a folder."""

    def __init__(self, world: Any) -> None:
        from device import store
        from device.configuration import settings_json
        from device.control import Control
        from device.gate import Gate
        from device.gatt import Gatt

        self.world, self.radio, self.resets = world, world.radio, 0
        self.gate = Gate(True)
        self.gatt = Gatt(None)
        self.gatt.serve("sock-0001", "gradsock test", ["ankle"], self.gate)
        self.gatt.publish(self.gatt.settings, settings_json(store.load_settings()))
        self.at_rest = 0
        nobody: Any = None
        self.control = Control(self.gatt, nobody, nobody, nobody, self.reset)
        self.control.before_restart.append(self.rest)
        self.handle = self.radio.uuids[protocol.SETTINGS_UUID]

    def reset(self) -> None:
        assert self.radio.peer is None, "the host was left without a word"
        self.resets += 1

    def rest(self) -> None:
        self.at_rest += 1

    def write(self, *patches: bytes) -> list[tuple[int, str]]:
        """Write patches one after the other; result and text of each answer."""

        async def work() -> None:
            task = asyncio.create_task(self.control.run(lambda: None))
            for patch in patches:
                self.radio.write(self.handle, patch)
            await asyncio.sleep(3)
            task.cancel()

        before = len(self.radio.indicated)
        self.world.run(work())
        answers = [asking.parse_answer(data) for data in self.radio.indicated[before:]]
        assert all((opcode, token) == (protocol.SETTINGS_WRITTEN, 0) for opcode, token, _, _ in answers)
        return [(result, said.decode()) for _, _, result, said in answers]


@pytest.fixture
def sock(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sock]:
    monkeypatch.chdir(tmp_path)
    made = Sock(world)
    made.radio.come()
    yield made


def stored() -> Any:
    return json.loads(Path("settings.json").read_text())


def test_what_can_be_read_is_what_is_in_force(sock: Sock) -> None:
    assert json.loads(sock.radio.read(sock.handle)) == settings.defaults()


def test_a_change_is_stored_answered_and_followed_by_a_boot(sock: Sock) -> None:
    assert sock.write(b'{"side":"left","name":"mine"}') == [(protocol.OK, "mine")]
    assert stored() == settings.defaults() | {"side": "left", "name": "mine"}
    assert (sock.at_rest, sock.resets) == (1, 1)


@pytest.mark.parametrize("confirmed", [True, False], ids=["late", "never"])
def test_a_host_that_is_slow_to_confirm_is_waited_for(sock: Sock, confirmed: bool) -> None:
    sock.radio.confirms = False
    rests: list[float] = []

    def rest() -> None:
        loop = asyncio.get_running_loop()
        rests.append(loop.time())
        if confirmed:
            loop.call_later(1.0, sock.radio.handler, 20, (sock.radio.peer, 0, 0))

    sock.control.before_restart.append(rest)
    leave, left = sock.radio.leave, []

    def leaves() -> None:
        left.append(asyncio.get_running_loop().time() - rests[0])
        leave()

    sock.radio.leave = leaves
    assert sock.write(b'{"side":"left"}')[0][0] == protocol.OK
    assert sock.resets == 1
    assert (1.0 if confirmed else 2.0) <= left[0] <= (1.5 if confirmed else 2.5)


def test_no_change_needs_no_boot(sock: Sock) -> None:
    assert sock.write(b'{"side":"unset"}', b"{}") == [(protocol.OK, ""), (protocol.OK, "")]
    assert (sock.resets, Path("settings.json").exists()) == (0, False)


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        (b'{"side":"left","rate_Hz":3}', "rate_Hz: one of"),
        (b'{"side":"left","allow_unprotected":true}', "over the cable only"),
        (b'{"colour":1}', "unknown setting colour"),
        (b"[]", "a JSON object"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"", "not JSON"),
        (b'{"name":"' + b"x" * 250 + b'"}', "at most 244 bytes"),
    ],
)
def test_a_bad_change_changes_nothing_and_says_why(sock: Sock, patch: bytes, reason: str) -> None:
    ((result, said),) = sock.write(patch)
    assert result == protocol.BAD_VALUE
    assert reason in said
    assert (sock.resets, Path("settings.json").exists()) == (0, False)
    assert json.loads(sock.radio.read(sock.handle)) == settings.defaults()


def test_a_flash_that_refuses_leaves_the_old_settings(sock: Sock, monkeypatch: pytest.MonkeyPatch) -> None:
    from device import store

    def full(_name: str, _text: str) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(store, "write", full)
    ((result, said),) = sock.write(b'{"side":"left"}')
    assert (result, sock.resets) == (protocol.BUSY, 0)
    assert "the flash refuses" in said


def test_behind_a_shut_gate_nothing_is_changed_answered_or_readable(sock: Sock) -> None:
    sock.radio.leave()
    sock.gate._allow_unprotected = False
    sock.radio.come()
    assert sock.write(b'{"side":"left"}') == []
    assert sock.radio.read(sock.handle) is None
    assert sock.radio.values[sock.handle] == b""
    assert not Path("settings.json").exists()


def test_settings_that_are_too_long_to_read_leave_the_channels_to_info(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from device import configuration

    wide = settings.defaults()
    wide["channels"] = [["reference", 72, 0], *(["ankle", 72 + at // 4, at % 4] for at in range(1, 16))]
    assert json.loads(configuration.settings_json(wide)) == wide
    monkeypatch.setattr(configuration, "SETTINGS_MAX_BYTES", 300)
    told = configuration.settings_json(wide)
    assert json.loads(told) == {key: value for key, value in wide.items() if key != "channels"}
