"""What the doctor finds, and that each finding says in a line what to do."""

import json
import sys

import pytest
from gradsock import cli
from gradsock.cli.doctor import describe
from gradsock.errors import FlashError, NoRadio, SockNotFound
from gradsock.flash.usb import Port
from gradsock.link.owned import Vitals
from gradsock.owner.doctor import FAULT, NOTE, OK, channels, computer, on_air, on_cable
from gradsock.owner.doctor import computer as computer_
from gradsock.owner.doctor.checks import Check, failed
from sock import settings
from sock.calibration import Q14

KNOTS = [[[1000, 0], [Q14, 6000]]] * 3
ARTEFACT = {"calibration": 1, "id": "test", "knots": KNOTS}
REST = 1500  # counts of an unloaded sensor, with a reference of 24000


def levels(checks):
    return {check.what: check.level for check in checks}


def found(checks, what):
    return next(check for check in checks if check.what == what)


@pytest.fixture
def quiet(monkeypatch):
    """A computer in order."""
    module = sys.modules[computer.__module__]

    async def nothing(_seconds):
        return []

    monkeypatch.setattr(module.radio, "scan", nothing)
    monkeypatch.setattr(module, "ports", lambda: [Port("/dev/null", "a board")])
    return module


def test_a_computer_in_order(quiet):
    checks = computer_()
    assert {check.level for check in checks if check.what != "node"} == {OK}
    assert {"Python", "mpremote", "mpy-cross", "node", "Bluetooth", "serial port", "recordings"} == set(levels(checks))


def test_what_a_computer_lacks_is_told_with_what_to_do(quiet, monkeypatch, tmp_path):
    async def forbidden(_seconds):
        raise NoRadio("no Bluetooth here: access was denied; switch it on")

    monkeypatch.setattr(quiet.radio, "scan", forbidden)
    monkeypatch.setattr(quiet, "ports", list)
    monkeypatch.setattr(quiet, "LOGS_MIN_MiB", 1 << 40)
    monkeypatch.setattr(quiet, "PYTHON", (9, 0))
    checks = computer_(tmp_path)
    told = levels(checks)
    assert (told["Bluetooth"], told["serial ports"], told["recordings"], told["Python"]) == (FAULT, NOTE, FAULT, FAULT)
    assert levels(computer_(tmp_path, radio_needed=False))["Bluetooth"] == NOTE
    assert found(checks, "Bluetooth").found == "no Bluetooth here: access was denied"
    assert all(check.do for check in checks if check.level != OK)


def test_an_error_is_split_into_what_is_and_what_to_do():
    check = failed("board", FlashError("nothing answers at socket://1:2, or another program has it: close that one"))
    assert (check.found, check.do) == (
        "nothing answers at socket://1:2, or another program has it",
        "close that one",
    )
    assert failed("board", FlashError("no")).found == "no"


class Cable:
    """A board's prompt with converters behind it."""

    port, lost = "/dev/x", False

    def __init__(self, there=(72,), **counts):
        self.there = list(there)
        self.counts = {"ankle": REST, "calf": REST, "knee": REST, "reference": 24000} | counts

    def read(self, path):
        roles = [*("ankle", "calf", "knee", "reference"), *(["temperature"] if "thermistor" in self.counts else [])]
        wired = json.dumps({"channels": [[role, 72 + at // 4, at % 4] for at, role in enumerate(roles)]})
        return {"/manifest.json": b"{}", "/settings.json": wired.encode()}.get(path)

    def answer(self, source):
        if "scan()" in source:
            return self.there
        address, pin = (int(part) for part in source.rsplit("_read(", 1)[1].split(",")[:2])
        base = list(self.counts.values())[pin + 4 * (address - 72)]
        if base is None:
            raise FlashError("the board could not do it: OSError")
        noise = 1500 if base == 3001 else 2
        return [base + (noise if at & 1 else -noise) for at in range(40)]


@pytest.mark.parametrize(
    ("counts", "what", "level", "words"),
    [
        ({}, "ankle (0x48 input 0)", OK, "mmHg, noise 0.0"),
        ({}, "reference (0x48 input 3)", OK, "1.500 V"),
        ({"calf": 4}, "calf (0x48 input 1)", FAULT, "open wire"),
        ({"knee": 24100}, "knee (0x48 input 2)", FAULT, "short"),
        ({"knee": 32765}, "knee (0x48 input 2)", FAULT, "limit"),
        ({"ankle": 3001}, "ankle (0x48 input 0)", NOTE, "noise"),
        ({"ankle": None}, "ankle (0x48 input 0)", FAULT, "cannot be read"),
        ({"reference": 3}, "reference (0x48 input 3)", FAULT, "0.000 V"),
        ({"reference": 30000}, "reference (0x48 input 3)", NOTE, "1.875 V"),
    ],
)
def test_each_channel_is_read_and_judged(counts, what, level, words):
    check = found(list(channels.channels(Cable(**counts), ARTEFACT)), what)
    assert check.level == level
    assert words in check.found
    assert bool(check.do) == (level != OK)


@pytest.mark.parametrize(
    ("counts", "shares", "level", "words"),
    [
        (12000, [3775] * 3, OK, "25.0 degC"),
        (12000, [0] * 3, NOTE, "25.0 degC, but the calibration"),
        (3, [3775] * 3, FAULT, "no temperature"),
        (23999, [3775] * 3, FAULT, "no temperature"),
    ],
)
def test_a_thermistor_is_read(counts, shares, level, words):
    wired = Cable(there=(72, 73), thermistor=counts)
    check = found(list(channels.channels(wired, ARTEFACT | {"per_degC_q20": shares})), "temperature (0x49 input 0)")
    assert (check.level, bool(check.do)) == (level, level != OK)
    assert words in check.found


def test_a_chip_that_does_not_answer_is_one_fault_and_nothing_hangs():
    checks = list(channels.channels(Cable(there=()), ARTEFACT))
    assert found(checks, "bus").found == "nothing answers, where 0x48 should: so no ankle, calf, knee, reference"
    assert [check.what for check in checks if check.level == FAULT] == ["bus"]


@pytest.mark.parametrize("artefact", [None, {"calibration": 1}, ARTEFACT | {"knots": KNOTS[:2]}])
def test_without_a_calibration_that_fits_the_readings_are_shares(artefact):
    checks = list(channels.channels(Cable(), artefact))
    assert found(checks, "calibration").level == (NOTE if artefact is None else FAULT)
    assert "% of the excitation" in found(checks, "ankle (0x48 input 0)").found


@pytest.mark.parametrize("rest", [0, -8])
def test_without_a_calibration_an_input_at_nothing_may_be_an_open_wire(rest):
    checks = list(channels.channels(Cable(calf=rest), None))
    calf = found(checks, "calf (0x48 input 1)")
    assert (calf.level, calf.found) == (NOTE, "0.0 % of the excitation, noise 2 counts")
    assert "wire broken" in calf.do
    assert found(checks, "ankle (0x48 input 0)").level == OK


def test_a_port_that_is_not_there_is_a_finding():
    (check,) = on_cable("/dev/nix")
    assert (check.level, check.do) == (FAULT, "gradsock flash --list shows those that there are")


class Sock:
    protection = "none"

    def __init__(self, made, vitals, **info):
        self.info, self._vitals = made.info(**info), vitals

    async def vitals(self):
        return self._vitals

    async def probe(self):
        from gradsock.link import Probe

        return Probe(3, 0, 60_000, 1000, 1010)


@pytest.fixture
def reached(monkeypatch):
    """Has `own` give a sock, or raise."""

    def give(what):
        class Own:
            async def __aenter__(self):
                if isinstance(what, Exception):
                    raise what
                return what

            async def __aexit__(self, *_):
                return None

        monkeypatch.setattr(sys.modules[on_air.__module__], "own", lambda *_a, **_b: Own())

    return give


def test_a_sock_on_the_air(reached, made):
    reached(Sock(made, Vitals(None, 5, -90, 60), calibration=None, crash=True, reset="watchdog"))
    checks = on_air("ble:")
    told = levels(checks)
    assert told == {
        "sock": OK,
        "signal": NOTE,
        "MTU": FAULT,
        "protection": NOTE,
        "clock": OK,
        "battery": NOTE,
        "start": OK,
        "crash": NOTE,
        "calibration": NOTE,
        "verdict": OK,
    }
    assert "by watchdog" in found(checks, "start").found
    assert all(check.do for check in checks if check.level != OK)


def test_a_sock_that_is_not_there_is_a_finding(reached):
    reached(SockNotFound("no sock is near: wake it and come closer"))
    (check,) = on_air("ble:")
    assert (check.level, check.do) == (FAULT, "wake it and come closer")


def test_the_command(quiet, capsys, monkeypatch):
    monkeypatch.setattr(quiet, "ports", list)
    assert cli.run(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {check["what"] for check in told["this computer"]} >= {"Python", "Bluetooth"}
    assert cli.run(["doctor"]) == 0
    assert "-> plug one in" in capsys.readouterr().out
    assert cli.run(["doctor", "--port", "/dev/nix"]) == 1
    assert "-> plug one in" not in capsys.readouterr().out  # one was named
    monkeypatch.setattr(quiet, "LOGS_MIN_MiB", 1 << 40)
    assert cli.run(["doctor", "--json"]) == 1
    captured = capsys.readouterr()
    assert {check["level"] for check in json.loads(captured.out)["this computer"]} >= {OK, FAULT}
    assert captured.err == "gradsock: 1 fault: recordings\n"
    assert cli.run(["doctor", "left"]) == 2
    assert "such as: gradsock doctor ble:" in capsys.readouterr().err


def test_it_fits_80_columns():
    text = describe("this computer", [Check("x", FAULT, "word " * 40, "do " * 40)])
    assert max(map(len, text.splitlines())) <= 78


def test_settings_are_the_schema_s(monkeypatch):
    """The doctor reads what the settings say is wired, whatever that is."""
    wired = settings.defaults()
    wired["channels"] = [["ankle", 73, 1], ["reference", 72, 3]]
    monkeypatch.setattr(channels, "settings_on", lambda _cable: wired)
    checks = list(channels.channels(Cable(), None))
    assert found(checks, "bus").found == "0x48 answers, but not 0x49: so no ankle"
