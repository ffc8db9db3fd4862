"""The first evening: every step asks, can be left, is gone on with, and never sets what was not said."""

import asyncio
import io
import json
import sys
from types import SimpleNamespace

import pytest
from gradsock import cli
from gradsock.cli import evening as steps
from gradsock.cli import pairing
from gradsock.cli.pairing import Paired
from gradsock.errors import GradsockError, SockRefused
from gradsock.link.events import FitNow
from gradsock.link.known import remember
from gradsock.owner import donning
from gradsock.owner import evening as state
from gradsock.owner import leg as legs
from gradsock.owner.evening import STEPS, Evening
from sock import protocol


class Sock:
    """What the evening does to a sock, noted."""

    def __init__(self, made):
        self.info, self.told, self.settings = made.info(), [], {}

    async def tell(self, opcode, payload=b""):
        self.told.append((opcode, payload))
        return b""

    async def change(self, patch):
        self.settings.update(patch)
        return self.settings


@pytest.fixture
def evening(made, monkeypatch):
    """The evening's world: what is flashed, told and said; `type(*lines)` runs `gradsock start`."""
    world = SimpleNamespace(sock=Sock(made), flashed=[], verdicts=["settling", "good"], near=["sock-test"])
    world.board, world.passkey, world.paired = "RPI_PICO_W", None, []

    def flash(port, board, **options):
        world.flashed.append((port, board, options))
        running = "sock TESTSOCK firmware 0 running"
        return SimpleNamespace(serial="TESTSOCK", sent={"/main.py": 1}, running=running, passkey=world.passkey)

    async def scan(_seconds):
        return [SimpleNamespace(name=name) for name in world.near]

    def pair_with(name, passkey):
        world.paired.append((name, passkey))
        return Paired(world.sock.info, True)

    async def verdicts(_moniker, _serial):
        for verdict in world.verdicts:
            yield FitNow(0, verdict, None, ())

    monkeypatch.setattr("gradsock.flash.flash", flash)
    monkeypatch.setattr("gradsock.link.radio.scan", scan)
    monkeypatch.setattr(steps, "pair_with", pair_with)
    monkeypatch.setattr(donning, "verdicts", verdicts)
    monkeypatch.setattr(steps, "with_sock", lambda _moniker, do: asyncio.run(do(world.sock)))

    def type_(*lines):
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return cli.run(["start", "--port", "/dev/x", "--board", world.board, *world.__dict__.get("options", [])])

    world.type = type_
    return world


READ, FLASH, SIDE, PRESCRIBED = ["y"], ["y"], ["y", "left"], [""]
LEG, CALIBRATE, DON = ["22@10", "36", ""], ["skip"], [""]
ALL = READ + FLASH + SIDE + PRESCRIBED + LEG + CALIBRATE + DON


def test_the_whole_evening(evening, capsys):
    assert evening.type(*ALL) == 0
    said = capsys.readouterr().out
    assert [f"{n} of 7" in said for n in range(1, 8)] == [True] * 7
    assert evening.flashed == [("/dev/x", "RPI_PICO_W", evening.flashed[0][2])]
    assert evening.flashed[0][2]["allow_unprotected"] is True
    assert evening.sock.told == [(protocol.IDENTIFY, bytes([20]))]
    assert evening.sock.settings == {"side": "left", "prescription": "us:15-20"}
    assert "Cramp, tingling, numbness, pain or a cold foot: take the sock off." in said
    assert "good. The pressure falls from ankle to knee" in said
    assert "Skipped: calibrate" in said
    assert max(len(line) for line in said.splitlines()) <= 79


def test_a_board_that_pairs_is_paired_with_at_once_and_streams_to_nobody_else(evening, capsys):
    evening.board, evening.passkey = "ESP32_GENERIC", 42
    assert evening.type(*READ, "", *SIDE) == 1  # nobody is asked whether it may stream without
    said = capsys.readouterr().out
    assert "Its passkey is 000042: write it down" in said
    assert evening.flashed[0][2]["allow_unprotected"] is False
    assert evening.paired == [("sock-test", 42)]
    assert Evening.load().next_step() == "prescription"
    assert "42" not in (state.state_folder() / "first-evening.json").read_text()


@pytest.mark.parametrize(("stranger", "paired"), [(True, [("sock-test", None)]), (False, [])])
def test_a_sock_that_has_its_passkey_for_longer_is_paired_with_unless_it_knows_us(
    evening, monkeypatch, stranger, paired
):
    evening.board = "ESP32_GENERIC"
    reach = steps.with_sock

    def with_sock(moniker, do):
        if stranger and not evening.paired:
            raise SockRefused("it tells strangers nothing")
        return reach(moniker, do)

    monkeypatch.setattr(steps, "with_sock", with_sock)
    evening.type(*READ, "", *SIDE)
    assert evening.paired == paired
    assert evening.sock.settings["side"] == "left"


def test_another_sock_near_is_not_taken_for_the_one_on_the_cable(evening, made_right, capsys):
    evening.board, evening.passkey, evening.sock.info = "ESP32_GENERIC", 42, made_right.info()
    assert evening.type(*READ, "", *SIDE) == 2
    assert "is not the sock just flashed" in capsys.readouterr().err
    assert Evening.load().next_step() == "flash"


@pytest.mark.parametrize("left_after", range(len(ALL)))
def test_it_can_be_left_anywhere_and_goes_on_there(evening, capsys, left_after):
    assert evening.type(*ALL[:left_after]) == 1
    said = capsys.readouterr()
    assert "nobody answers: call this again in a terminal, it goes on where it stopped" in said.err
    finished = Evening.load().finished
    assert finished == list(STEPS[: len(finished)])
    given = sum(len(lines) for lines in (READ, FLASH, SIDE, PRESCRIBED, LEG, CALIBRATE, DON)[: len(finished)])
    assert evening.type(*ALL[given:]) == 0
    assert evening.sock.settings == {"side": "left", "prescription": "us:15-20"}
    assert Evening.load().finished == list(STEPS)


def test_nothing_begins_before_the_page_is_confirmed(evening, capsys):
    assert evening.type("n") == 1
    assert "ask a physician first" in capsys.readouterr().err
    assert (evening.flashed, evening.sock.settings) == ([], {})


def test_the_page_is_shown_once_until_it_says_something_else(evening, capsys, monkeypatch, tmp_path):
    evening.type("y")
    evening.options = ["--again", "all"]
    evening.type()
    assert "You have confirmed" in capsys.readouterr().out
    page = tmp_path / "page.md"
    page.write_text("# New\n\n- **one**\n- two\n")
    monkeypatch.setattr(state, "BEFORE_YOU_WEAR_IT", page)
    assert evening.type() == 1
    assert "New\n\n- one\n- two\n" in capsys.readouterr().out


def test_twenty_mmHg_asks_for_the_physician_s_word(evening, capsys):
    evening.type(*READ, *FLASH, *SIDE, "ral:II", "n", "nonsense", "us:15-20")
    assert evening.sock.settings["prescription"] == "us:15-20"
    said = capsys.readouterr().out
    assert "Then take a lighter one, or ask a physician first." in said
    assert "unknown standard 'nonsense'" in said
    evening.options = ["--again", "prescription"]
    evening.type("ral:II", "y")
    assert evening.sock.settings["prescription"] == "ral:II"


def test_another_sock_than_the_one_flashed_is_not_touched(evening, made_right, capsys):
    evening.sock.info = made_right.info()
    assert evening.type(*READ, *FLASH, *SIDE) == 2
    assert "is not the sock just flashed" in capsys.readouterr().err
    assert evening.sock.told == []


def test_of_several_socks_one_says_which(evening, capsys):
    evening.near = ["sock-one", "sock-two"]
    evening.type(*READ, *FLASH, "sock-two", "y", "up", "right")
    assert "ble:sock-two blinks now" in capsys.readouterr().out
    assert evening.sock.settings["side"] == "right"


def test_a_sock_that_has_another_name_by_now_is_the_same_sock(evening, capsys):
    evening.type(*READ, *FLASH, *SIDE)
    remember("TESTSOCK", "renamed")
    evening.options = ["--again", "side"]
    evening.type("y", "up", "r")
    said = capsys.readouterr().out
    assert "ble:renamed blinks now" in said
    assert "Please answer left or right." in said
    assert evening.sock.settings["side"] == "right"


def test_a_calibration_from_a_file_goes_over_the_cable(evening, tmp_path):
    evening.type(*READ, *FLASH, *SIDE, *PRESCRIBED, *LEG, "what?", "file", str(tmp_path / "c.json"), "")
    assert evening.flashed[-1][:2] == ("/dev/x", "RPI_PICO_W")
    assert evening.flashed[-1][2]["calibration"] == tmp_path / "c.json"


def test_the_guided_calibration_is_called_with_the_sock_its_cable_and_what_was_typed(evening, monkeypatch, capsys):
    called, real = [], cli.run

    def run(arguments):
        called.append(list(arguments))
        return real(arguments) if arguments[0] == "start" else 0

    monkeypatch.setattr(cli, "run", run)
    assert evening.type(*READ, *FLASH, *SIDE, *PRESCRIBED, *LEG, "calibrate --quick", *DON) == 0
    assert called[1:] == [["calibrate", "ble:sock-test", "--port", "/dev/x", "--quick"]]
    assert "Skipped" not in capsys.readouterr().out


def test_a_calibration_that_failed_is_gone_on_with(evening, monkeypatch, capsys):
    real = cli.run
    monkeypatch.setattr(cli, "run", lambda arguments: real(arguments) if arguments[0] == "start" else 1)
    assert evening.type(*READ, *FLASH, *SIDE, *PRESCRIBED, *LEG, "calibrate") == 1
    assert "there is no calibration yet. gradsock start goes on from here." in capsys.readouterr().err
    assert Evening.load().next_step() == "calibrate"


def test_without_a_calibration_there_is_no_verdict_and_nobody_puts_it_on_for_one(evening, monkeypatch, capsys):
    calibrated = dict(evening.sock.info.raw)
    del evening.sock.info.raw["calibration"]
    assert evening.type(*READ, *FLASH, *SIDE, *PRESCRIBED, *LEG, *CALIBRATE) == 0
    said = capsys.readouterr().out
    assert "No verdict without a calibration: gradsock start --again calibrate" in said
    assert "Press Enter when you begin" not in said
    assert "Skipped: calibrate, donning" in said
    real = cli.run
    monkeypatch.setattr(cli, "run", lambda arguments: real(arguments) if arguments[0] == "start" else 0)
    evening.sock.info.raw.update(calibrated)
    evening.options = ["--again", "calibrate"]
    assert evening.type("calibrate", *DON) == 0  # and the verdict that it was for
    said = capsys.readouterr().out
    assert "good. The pressure falls" in said
    assert "Skipped" not in said


def test_nothing_is_flashed_and_no_passkey_shown_where_nobody_answers(evening, capsys):
    evening.board, evening.passkey = "ESP32_GENERIC", 42
    evening.type(*READ)
    assert evening.type() == 1
    assert evening.flashed == []
    assert "passkey" not in capsys.readouterr().out


def test_another_board_than_the_one_flashed_is_not_passed_over(evening, capsys):
    evening.type(*READ, *FLASH)
    evening.board = "RPI_PICO2_W"
    assert evening.type(*SIDE) == 2
    assert "it was flashed as RPI_PICO_W; anew: gradsock start --again flash --board RPI_PICO2_W" in (
        capsys.readouterr().err
    )
    evening.options = ["--again", "flash"]
    assert evening.type(*FLASH) == 1
    assert evening.flashed[-1][1] == "RPI_PICO2_W"


def test_of_a_leg_one_can_go_back_to_the_answer_before(evening, capsys):
    evening.type(*READ, *FLASH, *SIDE, *PRESCRIBED, "back", "36", "back", "22,5 @ 10", "36", "")
    assert legs.leg_of("left") == {"ankle": legs.Measure(22.5, 10.0), "calf": legs.Measure(36.0)}


def test_a_state_that_cannot_be_read_begins_anew_and_one_that_cannot_be_written_is_told(monkeypatch):
    Evening().save()
    file = state.state_folder() / "first-evening.json"
    for content in ("", "[]", '{"finished": 3}'):
        file.write_text(content)
        assert Evening.load() == Evening()
    file.write_text(json.dumps({"finished": ["read", "gone"], "of a later version": 1}))
    assert Evening.load().next_step() == "flash"
    monkeypatch.setenv("GRADSOCK_HOME", "/dev/null/x")
    with pytest.raises(GradsockError, match="GRADSOCK_HOME"):
        Evening().save()


@pytest.mark.parametrize(
    ("passkey", "typed", "entered"),
    [(None, "12345\n1234567\n012345\n", 12345), (42, "", 42)],
)
def test_a_passkey_of_fewer_digits_is_asked_for_again_and_not_tried(monkeypatch, made, passkey, typed, entered):
    tried = []

    class Link:
        def __init__(self, _name, passkey):
            self.ask, self.info, self.paired_now = passkey, made.info(), True

        async def __aenter__(self):
            tried.append(await self.ask())
            return self

        async def __aexit__(self, *_):
            return None

    monkeypatch.setattr(pairing, "BleLink", Link)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert pairing.pair_with("sock-test", passkey).anew
    assert tried == [entered]
