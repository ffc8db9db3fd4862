"""Boards that cannot be flashed, and what is said of each in one line. The board here is a socket that answers."""

import ast
import json
import re
import socket
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256

import pytest
from gradsock.cli.flash import flash as command
from gradsock.errors import FlashError, GradsockError, UsageError
from gradsock.flash import Firmware, calibration_from_curves, flash
from gradsock.flash import usb as finding
from gradsock.flash.cable import About, Cable
from gradsock.flash.install import check_board

GOOD = ("micropython", (1, 29, 0), 6, "webassembly", "a board", 4096, 1 << 20)


class Double:
    """A prompt that answers each piece of source as told: the raw REPL of MicroPython without the MicroPython."""

    def __init__(self, answer: Callable[[str], tuple[str, str]] | None) -> None:
        self.answer, self.asked = answer, list[str]()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        try:
            client, _ = self._server.accept()
            with client:
                while self._talk(client):
                    pass
        except OSError:
            pass

    def _talk(self, client: socket.socket) -> bool:
        source = b""
        while not source.endswith((b"\x04", b"\x01")):
            data = client.recv(1)
            if not data:
                return False
            source += data
        if self.answer is None:
            return True
        if source.endswith(b"\x05A\x01"):
            client.sendall(b"R\x00")
        elif source.endswith(b"\x01"):
            client.sendall(b"raw REPL; CTRL-B to exit\r\n>")
        else:
            self.asked.append(source[:-1].decode())
            said, error = self.answer(self.asked[-1])
            client.sendall(b"OK" + said.encode() + b"\x04" + error.encode() + b"\x04>")
        return True


def board_that_is(about: tuple, **files: bytes) -> Callable[[str], tuple[str, str]]:
    """A board that says so of itself and holds these files."""

    def answer(source: str) -> tuple[str, str]:
        if "sys.implementation" in source:
            return f"{about}\r\n", ""
        if "_read(" in source:
            path = re.search(r"print\(_read\('/(.*)'\)\)", source)[1]
            return f"{files.get(path)}\r\n", ""
        if "print({p: _hash" in source:
            return "{}\r\n", ""
        if "print(_tree" in source:
            return "[]\r\n", ""
        return "", ""

    return answer


@pytest.fixture
def board() -> Iterator[Callable[..., Double]]:
    doubles = []

    def make(answer: Callable[[str], tuple[str, str]] | None) -> Double:
        doubles.append(Double(answer))
        return doubles[-1]

    yield make
    for double in doubles:
        double.close()


FIRMWARE = Firmware("sim", {"/main.py": b"pass\n", "/sock/__init__.mpy": b"M\x06" + bytes(20_000)})


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """A double that falls silent need not be waited for, and what is sent to it may be small."""
    monkeypatch.setattr("gradsock.flash.install.build", lambda _board: FIRMWARE)
    monkeypatch.setattr("gradsock.flash.install.START_S", 0.2)
    monkeypatch.setattr("gradsock.flash.cable.PATIENCE_S", 0.5)
    monkeypatch.setattr("gradsock.flash.cable.RETURN_S", 0.2)
    monkeypatch.setattr("gradsock.flash.cable.KNOCK_S", 0.3)


def why(error: pytest.ExceptionInfo[GradsockError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        (("micropython", (1, 28, 0), 6, "webassembly", "", 4096, 1 << 20), "runs MicroPython 1.28.0, which is too old"),
        (("micropython", (1, 30, 0), 7, "webassembly", "", 4096, 1 << 20), "cannot load what is compiled for 1.29"),
        (("circuitpython", (10, 0, 0), 6, "RP2040", "", 4096, 1 << 20), "runs circuitpython 10.0.0: put MicroPython"),
        (
            ("micropython", (1, 29, 0), 6, "esp32", "XIAO with ESP32C3", 4096, 1 << 20),
            "is built on esp32c3 (XIAO with ESP32C3)",
        ),
        (("micropython", (1, 29, 0), 6, "webassembly", "", 4096, 20_000), "19 KiB free, the new firmware needs"),
    ],
    ids=["too old", "too new", "another Python", "another board", "full"],
)
def test_a_board_that_cannot_take_the_firmware_says_why(board, about, reason) -> None:
    double = board(board_that_is(about))
    with pytest.raises(FlashError) as error:
        flash(double.port)
    assert reason in why(error)
    assert not any("open('/new/main.py'" in source for source in double.asked)


@pytest.mark.parametrize(
    ("name", "machine", "fits"),
    [
        ("SEEED_XIAO_ESP32C3", "ESP32C3 module with ESP32C3", True),
        ("SEEED_XIAO_ESP32C3", "XIAO ESP32S3 with ESP32S3", False),
        ("ESP32_GENERIC", "Generic ESP32 module with ESP32", True),
        ("ESP32_GENERIC", "ESP32C3 module with ESP32C3", False),
        ("RPI_PICO_W", "Raspberry Pi Pico W with RP2040", True),
        ("RPI_PICO2_W", "Raspberry Pi Pico W with RP2040", False),
        ("sim", "Raspberry Pi Pico W with RP2040", False),
    ],
)
def test_a_firmware_goes_only_onto_the_controller_it_is_for(name: str, machine: str, fits: bool) -> None:
    """The pins of another board may be wired to something else."""
    platform = "rp2" if "RP2" in machine else "esp32"
    about, firmware = (
        About("micropython", (1, 29, 0), 6, platform, machine, 4096, 1 << 20),
        Firmware(name, FIRMWARE.files),
    )
    if fits:
        check_board(about, firmware, "/dev/ttyACM0")
    else:
        with pytest.raises(FlashError, match="name the right one with --board"):
            check_board(about, firmware, "/dev/ttyACM0")


def test_a_failed_run_lets_the_sock_start_again(board) -> None:
    double = board(board_that_is(("micropython", (1, 20, 0), 6, "webassembly", "", 4096, 1 << 20)))
    with pytest.raises(FlashError):
        flash(double.port)
    assert "machine.reset()" in double.asked[-1]


@pytest.mark.parametrize("files", [{}, {"manifest.json": b"{}"}])
def test_a_refusal_that_restarted_a_sock_says_that_its_pairing_is_shut(board, files) -> None:
    about = ("micropython", (1, 20, 0), 6, "webassembly", "", 4096, 1 << 20)
    with pytest.raises(FlashError) as error:
        flash(board(board_that_is(about, **files)).port)
    assert ("to pair, press its button or power it anew" in why(error)) == bool(files)


def test_a_dry_run_touches_no_board_and_invents_no_serial(board) -> None:
    double = board(board_that_is(GOOD))
    report = flash(double.port, settings={"side": "left"}, dry_run=True)
    assert set(report.sent) == {*report.manifest, "/settings.json"}
    assert report.serial == ""
    assert double.asked == []


def test_a_dry_run_needs_no_board(monkeypatch) -> None:
    monkeypatch.setattr(finding, "ports", list)
    assert set(flash(None, dry_run=True).sent) == set(FIRMWARE.files)
    with pytest.raises(FlashError, match="no board is connected"):
        flash(None)


def test_the_command_says_what_it_would_send(monkeypatch, capsys) -> None:
    monkeypatch.setattr(finding, "ports", list)
    command(board="sim", dry_run=True)
    assert "would send /main.py  5 B" in capsys.readouterr().out
    monkeypatch.setattr("gradsock.cli.flash.FEW", 1)
    command(board="sim", dry_run=True)
    said = capsys.readouterr().out
    assert re.search(r"^/ +\d+ +\d+$", said, re.MULTILINE)  # by folder: files and bytes
    assert "/main.py" not in said
    assert "no board was touched" in said
    command(board="sim", dry_run=True, json=True)
    assert json.loads(capsys.readouterr().out)["sent"]["/main.py"] == 5


@pytest.mark.parametrize("options", [{"settings": {"side": "middle"}}, {"calibration": "{}"}])
def test_what_was_asked_wrongly_is_said_before_a_board_is_looked_for(monkeypatch, options) -> None:
    monkeypatch.setattr(finding, "ports", list)
    with pytest.raises(UsageError):
        flash(None, **options)


def test_a_silent_board_is_told_apart(board) -> None:
    with pytest.raises(FlashError) as error:
        Cable(board(None).port)
    assert "does not answer: is it a MicroPython board? Press its reset button" in why(error)


def test_what_answers_but_is_no_micropython_is_told_apart(board) -> None:
    with pytest.raises(FlashError) as error:
        flash(board(lambda _source: ("login: \r\n", "")).port)
    assert "answers, but not as MicroPython does: 'login:'" in why(error)


def test_nobody_there_or_somebody_else_connected() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        number = taken.getsockname()[1]
    with pytest.raises(FlashError) as error:
        Cable(f"socket://127.0.0.1:{number}")
    assert "or another program is connected to it" in why(error)


def test_a_port_that_does_not_exist_points_to_the_list(tmp_path) -> None:
    with pytest.raises(FlashError) as error:
        Cable(str(tmp_path / "ttyACM9"))
    assert "there is no port" in why(error)
    assert "--list" in why(error)


def test_a_port_in_use_is_said(monkeypatch) -> None:
    import serial

    def busy(*_args: object, **_options: object) -> None:
        raise serial.SerialException(11, "could not lock port")

    monkeypatch.setattr(serial, "serial_for_url", busy)
    with pytest.raises(FlashError) as error:
        Cable("/dev/ttyACM0")
    assert "/dev/ttyACM0 is in use: close the other program" in why(error)


def test_a_port_without_permission_is_said(monkeypatch) -> None:
    import serial

    def forbidden(*_args: object, **_options: object) -> None:
        raise serial.SerialException(13, "could not open port: Permission denied")

    monkeypatch.setattr(serial, "serial_for_url", forbidden)
    with pytest.raises(FlashError) as error:
        Cable("/dev/ttyACM0")
    assert "no permission to open /dev/ttyACM0: add yourself to the group" in why(error)


def test_a_board_that_goes_away_can_be_flashed_on_later(board) -> None:
    def dies(_source: str) -> tuple[str, str]:
        raise OSError

    with pytest.raises(FlashError) as error:
        flash(board(dies).port)
    assert "lost the board" in why(error)
    assert "goes on where it stopped" in why(error)


def test_mpremote_does_not_chatter(board, capsys) -> None:
    with pytest.raises(FlashError):
        Cable(board(None).port)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"side": "middle"}, "side: one of left, right, unset"),
        ({"rate_Hz": 3}, "rate_Hz: one of"),
        ({"colour": "red"}, "unknown setting colour"),
        ({"prescription": "din:II"}, "prescription:"),
    ],
)
def test_a_setting_that_is_refused_stops_before_anything_is_sent(board, settings, reason) -> None:
    double = board(board_that_is(GOOD))
    with pytest.raises(UsageError) as error:
        flash(double.port, settings=settings)
    assert reason in why(error)
    assert not any("'wb'" in source for source in double.asked)


CURVE = [(0.02, 0.0), (0.5, 30.0), (1.0, 60.0)]


@pytest.mark.parametrize(
    ("calibration", "reason"),
    [
        ("{}", "calibration: not a calibration of version"),
        ("{nonsense", "calibration: a calibration is a JSON object"),
        ("no-such-file.json", "calibration no-such-file.json cannot be read"),
        (calibration_from_curves([CURVE, CURVE]), "has 2 curves for 3 sensors"),
    ],
)
def test_a_calibration_that_does_not_fit_is_refused(board, calibration, reason) -> None:
    with pytest.raises(UsageError) as error:
        flash(board(board_that_is(GOOD)).port, calibration=calibration)
    assert reason in why(error)


@pytest.mark.parametrize(("content", "reason"), [(b"t_s,ankle\n0,1\n", "is a JSON object"), (b"\xff\x00", "not text")])
def test_a_file_that_is_no_calibration_is_named(board, tmp_path, content, reason) -> None:
    file = tmp_path / "good.csv"
    file.write_bytes(content)
    with pytest.raises(UsageError) as error:
        flash(board(board_that_is(GOOD)).port, calibration=file)
    assert f"{file} is no file of gradsock calibrate: " in why(error)
    assert reason in why(error)


def test_one_board_is_found_by_itself(monkeypatch) -> None:
    monkeypatch.setattr(finding, "ports", lambda: [finding.Port("/dev/ttyACM0", "a board")])
    assert finding.only_port() == "/dev/ttyACM0"


@pytest.mark.parametrize(("devices", "reason"), [([], "no board is connected"), (["a", "b"], "choose one with --port")])
def test_no_board_or_several_is_said(monkeypatch, devices, reason) -> None:
    monkeypatch.setattr(finding, "ports", lambda: [finding.Port(device, "") for device in devices])
    with pytest.raises(FlashError, match=reason):
        finding.only_port()


def test_the_bytes_that_arrive_are_the_firmware(board, monkeypatch) -> None:
    """What is written to the staging folder, put together again, is what was built."""
    files = {"/main.py": b"pass\n", "/sock/a.mpy": b"M\x06" + bytes(range(256)) * 30, "/sock/empty.mpy": b"M\x06"}
    firmware = Firmware("sim", files)
    monkeypatch.setattr("gradsock.flash.install.build", lambda _board: firmware)
    written: dict[str, bytes] = {}
    told: list[tuple[int, int]] = []
    looks = board_that_is(GOOD)

    def answer(source: str) -> tuple[str, str]:
        if match := re.search(r"open\('(.*?)', 'wb'\)", source):
            written[match[1]] = b""
        elif match := re.search(r"_f\.write\(_d\((.*)\)\)", source):
            written[list(written)[-1]] += b64decode(ast.literal_eval(match[1]))
        elif match := re.search(r"print\(\{p: _hash\(p\) for p in (.*)\}\)", source):
            have = {p: sha256(written[p]).hexdigest() for p in ast.literal_eval(match[1]) if p in written}
            return f"{have}\r\n", ""
        elif "\nfinish()" in source and written:
            for path in list(written):
                final = path.removeprefix("/new").replace("manifest.part", "manifest.json")
                written[final] = written.pop(path)
        return looks(source)

    report = flash(board(answer).port, progress=lambda done, total, _what: told.append((done, total)))
    assert {path: written[path] for path in files} == files
    assert json.loads(written["/manifest.json"]) == firmware.manifest == report.manifest
    assert len(json.loads(written["/identity.json"])["serial"]) == 8
    assert sum(map(len, files.values())) < report.bytes_sent < max(total for _, total in told)
    assert max(done for done, _ in told) == max(total for _, total in told)
