"""A calibration onto a sock over its cable: the right sock, the right number of sensors, whole or not at all."""

import asyncio
import contextlib
import json
from types import SimpleNamespace

import pytest
from gradsock.calibrate import onto_sock
from gradsock.errors import CalibrateError, FlashError
from sock.calibration import Calibration, from_json
from sock.settings import defaults

THREE = Calibration("newer", (((320, 0), (16000, 6000)),) * 3)


class Cable:
    """The files of a sock at rest; ``loses`` is what does not arrive whole."""

    def __init__(self, serial="TESTSOCK"):
        self.port, self.loses, self.done = "/dev/x", 0, []
        self.files = {
            "/manifest.json": b"{}",
            "/settings.json": json.dumps(defaults()).encode(),
            "/identity.json": json.dumps({"serial": serial}).encode(),
            "/calibration.json": b"old",
        }

    def read(self, path):
        return self.files.get(path)

    def write(self, path, data):
        self.files[path] = data[: len(data) - self.loses]
        self.done.append(("write", path))

    def rename(self, old, new):
        self.files[new] = self.files.pop(old)
        self.done.append(("rename", new))


@pytest.fixture
def cable(monkeypatch):
    made = Cable()
    monkeypatch.setattr(onto_sock, "at_rest", lambda port: contextlib.nullcontext(made))
    return made


def test_it_is_stored_beside_and_renamed(cable):
    onto_sock.put("/dev/x", THREE, "TESTSOCK")
    assert cable.done == [("write", "/calibration.json.new"), ("rename", "/calibration.json")]
    assert from_json(cable.files["/calibration.json"].decode()).pack() == THREE.pack()


@pytest.mark.parametrize(
    ("change", "wanted", "said"),
    [
        ({"/identity.json": b'{"serial":"OTHERONE"}'}, THREE, "the sock at /dev/x is OTHERONE, not TESTSOCK"),
        ({"/identity.json": b"{"}, THREE, "is another one, not TESTSOCK"),
        ({}, Calibration("two", THREE.knots[:2]), "two has 2 curves for 3 sensors"),
    ],
)
def test_another_sock_is_left_alone(cable, change, wanted, said):
    cable.files |= change
    with pytest.raises(CalibrateError, match=said):
        onto_sock.put("/dev/x", wanted, "TESTSOCK")
    assert cable.files["/calibration.json"] == b"old"
    assert cable.done == []


def test_what_did_not_arrive_whole_is_not_used(cable):
    cable.loses = 3
    with pytest.raises(FlashError, match="did not arrive as it was sent"):
        onto_sock.put("/dev/x", THREE)
    assert cable.files["/calibration.json"] == b"old"


def test_it_is_done_when_the_sock_says_so_on_the_air(cable, monkeypatch):
    waited = []

    async def until(id):
        waited.append(id)

    readout = SimpleNamespace(serial="TESTSOCK", until_calibration=until)
    asyncio.run(onto_sock.put_and_see(readout, "/dev/x", THREE))
    assert waited == ["newer"]

    async def never(_id):
        await asyncio.sleep(3600)

    readout.until_calibration = never
    monkeypatch.setattr(onto_sock, "IN_FORCE_S", 0.01)
    with pytest.raises(CalibrateError, match="look with gradsock status"):
        asyncio.run(onto_sock.put_and_see(readout, "/dev/x", THREE))
