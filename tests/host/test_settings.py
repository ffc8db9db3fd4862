"""Settings as the owner meets them: words, the page, what is sent, and the sock that restarts with them."""

import json
from dataclasses import replace

import pytest
from gradsock import cli
from gradsock.errors import LinkError, LinkLost, SockNotFound, SockRefused, UsageError, WrongSock
from gradsock.link import owned as owning
from gradsock.link.events import FitNow, SockInfo
from gradsock.link.owned import OwnedSock
from gradsock.owner.settings_page import PAGE, page
from sock import protocol, settings
from sock.explained import ABOUT


class OneSock:
    """A sock that takes a patch and restarts, as far as a link shows it."""

    def __init__(self, made):
        self.made, self.boot, self.name, self.mtu = made, 3, "sock-test", 247
        self.settings = settings.defaults()
        self.gone = 0  # so many tries to reach it fail
        self.refuses = self.loses = self.astray = None
        self.reached, self.asked = [], []

    def link(self, name):
        return OneLink(self, name)


class OneLink:
    rssi_dBm, protection = -60, "none"

    def __init__(self, sock, name):
        self.sock, self.name = sock, name

    async def __aenter__(self):
        self.sock.reached.append(self.name)
        if self.sock.gone:
            self.sock.gone -= 1
            raise SockNotFound("not there")
        self.info = self.sock.made.info(boot=self.sock.boot, name=self.sock.name)
        return self

    async def __aexit__(self, *_):
        self.sock.left = True

    async def mtu(self):
        return self.sock.mtu

    async def read(self, uuid):
        if uuid == protocol.SETTINGS_UUID:
            return json.dumps(self.sock.settings).encode()
        assert uuid == protocol.FIT_UUID
        return self.sock.made.fit(1000)

    async def battery(self):
        return 67

    async def ask(self, opcode, token, uuid, data):
        assert (opcode, token, uuid) == (protocol.SETTINGS_WRITTEN, 0, protocol.SETTINGS_UUID)
        self.sock.asked.append(json.loads(data))
        if self.sock.refuses:
            raise self.sock.refuses
        after = settings.validate_patch(self.sock.settings, json.loads(data))
        if after == self.sock.settings:
            return b""
        self.sock.settings = self.sock.settings if self.sock.loses else after
        self.sock.boot += 1
        self.sock.name = after["name"] or "sock-test"
        if self.sock.astray:
            raise LinkLost("the connection is gone")
        return self.sock.name.encode()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(owning, "BACK_PAUSE_S", 0.0)


@pytest.fixture
async def one(made):
    return OneSock(made)


async def connected(one):
    sock = OwnedSock(one.link, "sock-test")
    await sock.connect()
    return sock


def test_every_setting_is_documented_as_the_schema_says():
    assert PAGE.read_text() == page()
    assert list(ABOUT) == settings.keys()
    for key, default, _ in settings.SCHEMA:
        assert f"## {key}\n" in page()
        assert ABOUT[key][1:] in page()
        assert f"Default: `{json.dumps(default)}`" in page()


async def test_a_change_is_followed_through_the_restart_under_the_new_name(one):
    sock = await connected(one)
    one.gone = 3
    after = await sock.change({"side": "left", "name": "mine"})
    assert (after["side"], sock.info.name, sock.info.boot) == ("left", "mine", 4)
    assert one.reached == ["sock-test"] + ["mine"] * 4


@pytest.mark.parametrize(("patch", "name"), [({"name": "mine"}, "mine"), ({"side": "left"}, "sock-test")])
async def test_an_answer_that_went_astray_is_looked_for_on_the_sock(one, patch, name):
    sock = await connected(one)
    one.astray = True
    after = await sock.change(patch)
    assert {key: after[key] for key in patch} == patch
    assert (sock.info.name, sock.info.boot) == (name, 4)


async def test_a_sock_that_does_not_restart_is_not_waited_for_forever(one, monkeypatch):
    monkeypatch.setattr(owning, "BACK_WITHIN_S", -1.0)
    sock = await connected(one)
    one.refuses = LinkLost("the connection is gone")
    with pytest.raises(LinkError, match="has not restarted, so nothing was changed"):
        await sock.change({"side": "left"})


async def test_no_difference_no_restart(one):
    sock = await connected(one)
    assert await sock.change({"side": "unset"}) == settings.defaults()
    assert one.reached == ["sock-test"]


@pytest.mark.parametrize("patch", [{"rate_Hz": 3}, {"colour": 1}, {"allow_unprotected": True}])
async def test_what_makes_no_sense_is_never_sent(one, patch):
    sock = await connected(one)
    with pytest.raises(UsageError):
        await sock.change(patch)
    assert one.asked == []


async def test_what_does_not_fit_is_not_sent(one):
    sock, one.mtu = await connected(one), 40
    with pytest.raises(UsageError, match="set fewer keys at a time"):
        await sock.change({"side": "left", "name": "0123456789", "rate_Hz": 50})


async def test_a_refusal_and_a_lost_change_are_told(one):
    sock = await connected(one)
    one.refuses = SockRefused("no", protocol.BAD_VALUE)
    with pytest.raises(SockRefused, match="no"):
        await sock.change({"side": "left"})
    one.refuses, one.loses = None, True
    with pytest.raises(SockRefused, match="without the change of side"):
        await sock.change({"side": "left"})


async def test_a_sock_that_stays_away_is_told(one, monkeypatch):
    monkeypatch.setattr(owning, "BACK_WITHIN_S", -1.0)
    sock = await connected(one)
    one.gone = 1
    with pytest.raises(LinkError, match="not back yet"):
        await sock.change({"side": "left"})


async def test_a_firmware_without_settings_is_told(one, monkeypatch):
    sock = await connected(one)

    async def absent(_self, _uuid):
        raise LinkError("it cannot be read: Characteristic 10e5 was not found")

    monkeypatch.setattr(OneLink, "read", absent)
    with pytest.raises(WrongSock, match="gradsock flash"):
        await sock.settings()


async def test_vitals(one):
    vitals = await (await connected(one)).vitals()
    assert (vitals.battery_percent, vitals.rssi_dBm, vitals.mtu) == (67, -60, 247)
    assert vitals.fit.verdict == "good"


CHANNELS = settings.defaults()["channels"]


def call(capsys, *arguments):
    code = cli.run(list(arguments))
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["settings", "set"], "say list, get KEY or set KEY=VALUE"),
        (["settings", "get", "colour"], "unknown setting colour: one of name, side"),
        (["settings", "set", "colour=red"], "unknown setting colour: one of name, side"),
        (["settings", "set", "side=middle"], "side: one of left, right, unset"),
        (["doctor", "replay:last"], "is a recording: name a sock, ble:NAME"),
        (["settings", "set", "side"], "is not KEY=VALUE"),
        (["settings", "set", "name=25"], "25 is no text; to have it as one write name='\"25\"'"),
        (["settings", "set", "side=left", "side=right"], "side is given twice"),
        (["pair", "--passkey", "12345"], "a passkey has six digits, zeros in front too"),
        (["pair", "--passkey", "000000"], "a passkey has six digits"),
        (["settings", "set", "prescription=ral:II"], "only if a physician prescribed it; then say --physician"),
        (["settings", "sim:stand", "--port", "x"], "say either sim:stand or --port x"),
        (["prescription", "ral:V"], "ral has no class 'V'"),
        (["prescription", "ral:II"], "then say --physician"),
        (["side", "up"], "say left or right"),
        (["rename"], "say the new name"),
        (["mark"], "say what happened"),
        (["mark", "a\nb"], "a mark is one line of text"),
        (["identify", "--for", "10m"], "a sock blinks for 1s to 255s"),
        (["tare", "left"], "'left' names no sock"),
        (["status", "replay:last"], "is a recording"),
    ],
)
def test_wrong_words_are_told_before_any_sock_is_looked_for(capsys, arguments, said):
    code, _, err = call(capsys, *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (["channels=" + json.dumps(CHANNELS[1:])], ["note: no channel is at ankle, so nothing is read there"]),
        (["channels=" + json.dumps(CHANNELS)], []),
        (["side=left"], []),
    ],
)
def test_a_site_that_a_change_leaves_without_a_sensor_is_noted(capsys, monkeypatch, change, note):
    monkeypatch.setattr("gradsock.cli.settings._change", lambda _sock, _port, patch: settings.defaults() | patch)
    code, out, _ = call(capsys, "settings", "set", *change)
    assert (code, [line for line in out.splitlines() if line.startswith("note")]) == (0, note)


def test_a_symptom_is_answered_whatever_becomes_of_the_mark(capsys, monkeypatch):
    monkeypatch.setattr("gradsock.cli.owning.own", lambda *_a, **_b: (_ for _ in ()).throw(LinkError("no sock")))
    code, out, err = call(capsys, "mark", "tingling toes")
    assert (code, out) == (1, "Take the sock off. If it does not pass, ask a physician.\n")
    assert err == "gradsock: no sock\n"


def test_the_bands_of_a_prescription_are_shown_without_a_sock(capsys):
    code, out, _ = call(capsys, "prescription", "--show", "ral:II")
    assert code == 0
    assert "ankle     23-32 mmHg" in out
    assert "only as a physician prescribed it" in out
    code, out, _ = call(capsys, "prescription", "--show", "us:15-20", "--json")
    assert json.loads(out)["needs_physician"] is False


def test_status_fits_80_columns_and_says_what_to_do(made):
    from gradsock.link.owned import Vitals
    from gradsock.view.status import Status, as_dict, describe

    raw = made.info().raw | {"board": "SEEED_XIAO_ESP32S3", "reset": "watchdog", "crash": True, "calibration": None}
    raw["side"] = "unset"
    fit = FitNow(1000, "fold", 0.5, (("fold", "knee", "warning"),), "hydrate")
    status = Status(SockInfo.parse(json.dumps(raw)), "none", Vitals(fit, 9, -70, 247), settings.defaults())
    text = describe(status)
    assert max(map(len, text.splitlines())) <= 78
    for words in (
        "smooth the top edge",
        "drink something",
        "9 %, by its data sheet",
        "charge it, off the leg",
        "gradsock side left",
        "last by watchdog",
        "gradsock doctor --port",
        "gradsock calibrate",
    ):
        assert words in " ".join(text.split())
    waiting = replace(status, vitals=Vitals(FitNow(1000, "inconclusive", None, ()), 9, -70, 247))
    assert "verdict      none without a calibration\n" in describe(waiting)
    both = FitNow(1000, "bunched", 0.5, (("bunching", "calf", "notice"), ("over-range", "ankle", "warning")))
    words = " ".join(describe(replace(status, vitals=Vitals(both, 9, -70, 247))).split())
    assert "smooth the sock there. Also: warning over-range at the ankle." in words
    told = as_dict(status)
    assert (told["verdict"], told["battery_percent"], told["crashed"]) == ("fold", 9, True)
    assert told["reminder"] == "hydrate"
    assert set(told["hours_left"]) == {"250", "500", "1000"}
    named = replace(status, settings=settings.defaults() | {"battery_mAh": 500})
    assert as_dict(named)["hours_left"] == {"500": told["hours_left"]["500"]}
    assert f"9 %, by its data sheet {told['hours_left']['500']} h on 500 mAh: charge" in " ".join(
        describe(named).split()
    )
