"""A sock that never was: it says what a sock would, without a board or a radio."""

import asyncio
import json
import struct
from array import array

import pytest
from gradsock.errors import LinkLost
from gradsock.link import BlockReceived, FitChanged, FitNow, InfoRead, Probe, Probed, SockInfo
from sock import MISSING, block, event, protocol, settings
from sock.calibration import Q14, Calibration

CALIBRATION = Calibration("test", (((0, 0), (Q14, 6000)),) * 3)
T0_US = 1_760_000_000_000_000


class MadeSock:
    """Blocks, events and verdicts of one sock: sample i of boot b is at (b, i), 40 ms apart."""

    calibration = CALIBRATION
    t0_us = T0_US

    def __init__(self, serial="TESTSOCK", side="left", boot=3):
        self.serial, self.side, self.boot = serial, side, boot

    def info(self, **changes):
        raw = {
            "protocol": 2,
            "serial": self.serial,
            "name": f"sock-{self.serial[:4].lower()}",
            "firmware": "0.1.0",
            "board": "sim",
            "boot": self.boot,
            "side": self.side,
            "channels": [["ankle", 72, 0, 0], ["calf", 72, 1, 0], ["knee", 72, 2, 0], ["reference", 72, 3, 0]],
            "rate_Hz": 25,
            "prescription": "us:15-20",
            "calibration": "test",
            "journal": None,
            "dropped": 0,
        }
        return SockInfo.parse(json.dumps(raw | changes))

    def counts(self, index):
        """Three counts that depend on the index alone, every hundredth reading of the knee missing."""
        return (6000 + index % 700, 5000 + index % 350, MISSING if index % 100 == 99 else 4000 + index % 90)

    def block(self, index, count=5, boot=None, flags=0):
        encoder = block.BlockEncoder(3, 240)
        encoder.begin(self.boot if boot is None else boot, index, 1000 + 40 * index, 40, 24000, (1, 1, 1), flags)
        for i in range(count):
            assert encoder.add(array("h", self.counts(index + i)))
        return bytes(encoder.finish())

    def context(self, **changed):
        wanted = settings.defaults() | {"side": self.side} | changed
        parts = [
            *((event.CONTEXT_CALIBRATION, part) for part in event.context_parts(CALIBRATION.pack(), 240)),
            *((event.CONTEXT_SETTINGS, part) for part in event.context_parts(json.dumps(wanted).encode(), 240)),
        ]
        return [event.encode_event(kind, self.boot, n, 900, part) for n, (kind, part) in enumerate(parts)]

    def fit(self, ticks_ms, verdict="good", findings=()):
        return protocol.pack_fit(ticks_ms, verdict, 980, list(findings), 240)

    def events(self, samples=100, first=0, drop=(), probes=True):
        """What a link tells: Info, context, then blocks of five; those beginning at an index in ``drop`` never come."""
        yield InfoRead(self.info(), T0_US)
        for data in self.context():
            yield BlockReceived(data, T0_US)
        if probes:
            for n in range(4):
                sent = T0_US + n * 250_000
                ticks = 1000 + n * 250
                yield Probed(Probe(self.boot, sent - 10_000, sent + 10_000, ticks, ticks), sent + 10_000)
        for index in range(first, first + samples, 5):
            t = T0_US + (index + 5) * 40_000
            if index not in drop:
                yield BlockReceived(self.block(index), t)
            if index % 25 == 20:
                said = self.fit(1000 + 40 * index)
                yield FitChanged(FitNow.parse(said), said, t)


class MadeLink:
    """A link in memory that plays given events, then is lost (or ends, with ``ends=True``)."""

    def __init__(self, sock, events, *, fails=None, ends=False, moniker="ble:made"):
        self.moniker, self.protection = moniker, "none"
        self._sock, self._events, self._fails, self._ends = sock, events, fails, ends
        self.info = sock.info()
        self.started = self.stopped = self.left = False

    async def __aenter__(self):
        if self._fails is not None:
            raise self._fails
        return self

    async def __aexit__(self, *_):
        self.left = True

    async def events(self):
        for happened in self._events:
            await asyncio.sleep(0)
            yield happened
        if not self._ends:
            raise LinkLost("the connection to made is gone")

    async def start(self):
        self.started = True

    async def stop(self):
        self.stopped = True

    async def control(self, opcode, payload=b""):
        return struct.pack("<B", opcode) + payload

    async def probe(self):
        raise LinkLost("no clock here")


@pytest.fixture
def made():
    return MadeSock()


@pytest.fixture
def made_right():
    return MadeSock("RIGHTSOC", "right", boot=8)


@pytest.fixture
def made_link():
    return MadeLink


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(tmp_path, monkeypatch):
    """Each test has a home and a log folder of its own."""
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRADSOCK_LOGS", str(tmp_path / "logs"))


@pytest.fixture
def call(capsys):
    """Run the command in this process: (exit code, stdout, stderr)."""
    from gradsock import cli

    def run(*arguments):
        code = cli.run([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def holed(made):
    """A closed recording of two minutes with a gap of ten seconds in them, 40 s after its start; its path."""
    from gradsock.log.recorder import Recorder

    with Recorder() as recorder:
        for happened in made.events(3000, drop=range(1000, 1250, 5)):
            recorder.take(happened)
    return recorder.path


@pytest.fixture
def recorded(made):
    """A closed recording of 100 samples; its path."""
    from gradsock.log.recorder import Recorder

    with Recorder(moniker="ble:made") as recorder:
        for happened in made.events():
            recorder.take(happened)
    return recorder.path
