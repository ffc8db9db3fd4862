"""The command: exit codes, one line for a failure, JSON for programs, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from gradsock import cli

SUBCOMMANDS = {"logs": ["list", "show", "verify", "delete"]}


def gradsock(*arguments, **options):
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "gradsock", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def test_help_loads_nothing_that_takes_time():
    """How fast it is, `make bench` says; here is why."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gradsock", "--help"], capture_output=True, text=True, check=True
    )
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert not loaded & {"numpy", "bleak", "bumble", "asyncio", "mpremote", "serial", "sock", "platformdirs", "pyarrow"}


def test_help_names_every_command_as_its_docstring_does(call):
    code, said, _ = call("--help")
    assert code == 0
    for name, line in cli.COMMANDS.items():
        function = getattr(import_module(f"gradsock.cli.{name.replace('-', '_')}"), name.replace("-", "_"))
        help_text = function.help if name in SUBCOMMANDS else function.__doc__
        assert help_text.splitlines()[0] == line
        assert name in said


@pytest.mark.parametrize("command", [[name] for name in cli.COMMANDS] + [["logs", sub] for sub in SUBCOMMANDS["logs"]])
def test_every_command_explains_itself(call, command):
    code, said, _ = call(*command, "--help")
    assert code == 0
    assert said.startswith("Usage: gradsock " + " ".join(command))
    if len(command) == 1 and command[0] not in SUBCOMMANDS:
        function = command[0].replace("-", "_")
        whole = getattr(import_module(f"gradsock.cli.{function}"), function).__doc__.partition("Parameters\n")[0]
        assert " ".join(whole.split()) in " ".join(said.split())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["lgs"], 2, 'Unknown command "lgs". Did you mean "logs"?'),
        (["live", "--speed", "3"], 2, "Unknown option"),
        (["check"], 2, "RECORDING is missing (see gradsock check --help)"),
        (["live", "--for", "-3s"], 2, "'-3s' lies in the past"),
        (["live", "--for"], 2, "--for wants a value"),
        (
            ["mark", "ä" * 40],
            2,
            "at most 60 letters (others than a to z count for two and more): of these 40 the first 30",
        ),
        (["scan", "extra", "more"], 2, "'extra more' is more than this takes"),
        (["snooze", "-2h"], 2, "'-2h' is below 0"),
        (["owners", "--remove", "x"], 2, "--remove: 'x' is no whole number"),
        (["recalibrate", "last"], 2, "--calibration is missing"),
        (["check", "/dev/zero"], 1, "is a device or a pipe"),
        (["live", "sock-a1b2"], 2, "did you mean ble:sock-a1b2?"),
        (["live", "sim:moonwalk"], 2, "no scenario is called 'moonwalk'"),
        (["record", "sim:stand", "--for", "soon"], 2, "'soon' is not a span of time: write 90s, 10m or 2h"),
        (["live", "replay:a", "replay:a"], 2, "replay:a is named twice"),
        (["record", "sim:left", "sim:left"], 2, "sim:left is named twice"),
        (["record", "ble:sock-A1B2", "ble:sock-a1b2"], 2, "is named twice, the other time as ble:sock-A1B2"),
        (["serve", "ble:", "ble:mine"], 2, "with several, say each by its name"),
        (["live", "replay:nix"], 1, "no recording 'nix': there are no logs yet in"),
        (["record", "sim:stand", "--logs", "/dev/null/logs"], 1, "cannot record into /dev/null/logs: not a directory"),
        (["demo", "--logs", "/dev/null/logs"], 1, "choose another folder with --logs"),
        (["demo", "moonwalk"], 2, "no scenario is called 'moonwalk'"),
        (["demo", "moonwalk.txt"], 2, "there is no file moonwalk.txt; without .txt there are: "),
        (["report", "yesterday"], 1, "a day is written 2026-05-01 or today, several 2026-05-01..2026-05-14"),
        (["report", "23.11.2026"], 1, "a day is written 2026-05-01 or today"),
        (["logs", "show", "nix"], 1, "make one: gradsock demo"),
        (["logs", "show", "nix.gslog"], 1, "there is no file 'nix.gslog'"),
        (["logs", "delete"], 2, "say which: gradsock logs delete ID"),
        (["check", "nix.csv"], 1, "cannot read nix.csv: no such file or directory"),
        (["check", "nix"], 1, "no recording 'nix'"),
    ],
)
def test_what_fails_says_in_one_line_what_to_do(call, arguments, code, said):
    got, out, err = call(*arguments)
    assert got == code
    assert said in err
    assert err.startswith("gradsock: ")
    assert err.count("\n") == 1
    assert "Traceback" not in out + err


def test_a_fault_of_ours_is_one_line_too(call, monkeypatch):
    monkeypatch.delenv("GRADSOCK_DEBUG", raising=False)
    monkeypatch.setattr("gradsock.log.catalogue.entries", lambda _logs: 1 / 0)
    code, _, err = call("logs")
    assert code == 1
    assert "this is a fault of gradsock (ZeroDivisionError: division by zero)" in err


def test_recordings_are_listed_shown_verified_and_deleted(call, recorded):
    code, out, _ = call("logs")
    assert code == 0
    assert recorded.stem in out
    assert "left" in out

    code, out, _ = call("logs", "--json")
    listed = json.loads(out)
    assert [(entry["id"], entry["samples"], entry["lost"], entry["state"]) for entry in listed] == [
        (recorded.stem, 100, 0, "not sealed")
    ]

    code, out, _ = call("logs", "show", "last", "--json")
    shown = json.loads(out)
    assert (shown["samples"], shown["side"], shown["closed"], shown["damage"]) == (100, "left", True, [])

    code, out, _ = call("logs", "show", "last")
    assert "0 of 100 lost" in out

    assert call("logs", "verify")[0] == 0

    code, out, err = call("logs", "delete", recorded.stem)
    assert (code, recorded.exists()) == (2, True)
    assert "say --yes" in err

    code, out, _ = call("logs", "delete", recorded.stem, "--yes")
    assert code == 0
    assert not recorded.exists()
    assert not recorded.parent.parent.exists()

    code, out, _ = call("logs")
    assert "no logs yet" in out
    assert "gradsock demo" in out


def test_a_damaged_recording_is_verified_as_such_and_still_shown(call, recorded):
    broken = bytearray(recorded.read_bytes())
    broken[-400] ^= 1
    recorded.write_bytes(broken)

    code, out, err = call("logs", "verify")
    assert code == 1
    assert f"damaged: {recorded.stem}; what is left of it is still read" in err
    assert "damaged" in out

    code, out, _ = call("logs", "show", recorded.stem)
    assert code == 0
    assert "damage" in out


def test_a_file_that_is_no_log_is_listed_as_such(call, recorded):
    recorded.write_bytes(b"not a log at all, but long enough to be looked at")
    code, out, _ = call("logs")
    assert code == 0
    assert "not a gradsock log" in out
    code, _, err = call("check", recorded)
    assert code == 1
    assert "not a gradsock log" in err


def test_a_replay_can_be_recorded_and_checked(call, recorded):
    code, out, _ = call("record", f"replay:{recorded}?speed=1000")
    assert code == 0
    assert "100 received, 0 lost, 0 doubled" in out

    code, out, _ = call("check", "last", "--json")
    assert code == 0
    assert json.loads(out)["samples"] == 100


def test_live_keeps_nothing(call, recorded, tmp_path):
    before = sorted((tmp_path / "logs").rglob("*"))
    code, out, _ = call("live", f"replay:{recorded}?speed=1000")
    assert code == 0
    assert "100 received" in out
    assert sorted((tmp_path / "logs").rglob("*")) == before


def test_for_ends_a_recording(call, recorded):
    code, out, _ = call("record", f"replay:{recorded}?speed=0.5", "--for", "0.6s")
    assert code == 0
    assert "log" in out
    assert json.loads(call("logs", "--json")[1])[-1]["state"] == "replayed"


def test_fail_on_makes_a_finding_a_failure(call, tmp_path):
    lines = ["t_s,ankle,calf,knee", *(f"{t},10,15,30" for t in range(400))]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    assert call("check", tmp_path / "a.csv")[0] == 0
    findings = json.loads(call("check", tmp_path / "a.csv", "--json")[1])["findings"]
    code, _, err = call("check", tmp_path / "a.csv", "--fail-on", "notice")
    assert code == bool([found for found in findings if found["level"] != "info"])
    assert bool(err) == bool(code)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_recording_that_is_interrupted_is_closed(recorded, number, code):
    command = [sys.executable, "-m", "gradsock", "record", f"replay:{recorded}?speed=0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            if "lost 0 of" in line:
                break
        running.send_signal(number)
        out, err = running.communicate(timeout=30)

    assert running.returncode == code
    assert err == ""
    assert "look at it again: gradsock logs show" in out
    listed = json.loads(gradsock("logs", "--json").stdout)
    assert [entry["state"] for entry in listed] == ["", "replayed"]


def test_a_recording_that_is_killed_is_there(recorded):
    command = [sys.executable, "-m", "gradsock", "record", f"replay:{recorded}?speed=0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            if "lost 0 of" in line:
                break
        os.kill(running.pid, signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    listed = json.loads(gradsock("logs", "--json").stdout)
    assert [entry["state"] for entry in listed] == ["not sealed", "cut off"]
    assert gradsock("logs", "verify").returncode == 0
    assert json.loads(gradsock("logs", "show", "last", "--json").stdout)["samples"] > 0


@pytest.mark.parametrize("disk", [disk for disk in ("/dev/full",) if Path(disk).is_char_device()])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_no_fault_of_gradsock(recorded, disk, unbuffered):
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path(disk).open("w") as out:
        command = [sys.executable, "-m", "gradsock", "check", str(recorded), "--json"]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, env=env, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "gradsock: cannot write: the disk is full\n")


def test_an_export_never_takes_the_place_of_a_device(recorded, call):
    code, _, err = call("export", str(recorded), "--out", os.devnull, "--overwrite")
    assert code == 1 and "is a device" in err
    assert Path(os.devnull).is_char_device()
    assert not Path(os.devnull).with_suffix(".json").exists()


def test_a_reader_that_leaves_is_no_failure_to_complain_about(recorded):
    command = f"{sys.executable} -m gradsock live 'replay:{recorded}?speed=0.5' | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""


def test_scan_without_bluetooth_says_so(call, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    if sys.platform != "linux":
        return
    code, _, err = call("scan", "--for", "1s")
    assert code == 1
    assert "no Bluetooth here" in err
    assert "gradsock demo" in err


def test_a_folder_that_is_none_is_said_in_one_line(call, tmp_path, recorded):
    (tmp_path / "file").write_text("x")
    for folder, said in ((tmp_path / "file", "is a file, not a folder"), (tmp_path / "gone", "there is no folder")):
        for command in (["logs"], ["logs", "verify"], ["logs", "show", "last"], ["check", "last"]):
            code, _, err = call(*command, "--logs", folder)
            assert (code, err.count("\n")) == (1, 1)
            assert said in err
    code, _, err = call("check", tmp_path)
    assert code == 1
    assert "is a folder, not a recording" in err
    recorded.write_bytes(recorded.read_bytes()[:20])
    for command in (["logs", "verify", recorded], ["check", recorded]):
        code, _, err = call(*command)
        assert (code, err.count("\n")) == (1, 1)
        assert "fault of gradsock" not in err


def test_what_the_system_forbids_is_no_fault_of_gradsock(call, tmp_path, monkeypatch):
    def forbidden(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gradsock.log.layout.os.listdir", forbidden)
    (tmp_path / "logs").mkdir()
    code, _, err = call("logs")
    assert code == 1
    assert "cannot read" in err
    assert "permission denied" in err


def test_a_time_before_now_says_so(call):
    code, _, err = call("record", "sim:stand", "--for=-5s")
    assert code == 2
    assert "above 0" in err


@pytest.mark.parametrize("prescription", ["xx", ""])
def test_a_prescription_that_makes_no_sense_is_wrong_usage(call, recorded, prescription):
    code, _, err = call("check", recorded, "--prescription", prescription)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("gradsock: prescription")
