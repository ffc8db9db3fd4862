"""Sealing loses nothing, whatever stops it, and whoever else is at it."""

import errno
import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import gradsock
import numpy as np
import pytest
from gradsock import cli, lock
from gradsock.errors import LogError
from gradsock.log import layout, seal, sealing
from gradsock.log.recorder import Recorder
from gradsock.log.verify import verify

from tests.host.log_bench import fetched, live, record, said, same

HOUR_US = 3_600_000_000


def test_a_sealed_recording_is_the_same_and_takes_its_place(made, tmp_path):
    path = record(tmp_path, *made.events(samples=500, drop={25, 60}))
    before = gradsock.open(path)

    (session,) = seal.seal(path)

    assert session == path.with_suffix(".parquet")
    assert not path.exists()
    after = gradsock.open(before.id, logs=tmp_path)
    assert same(before, after)
    assert after.closing == before.closing
    assert after.fits == before.fits
    for site in before.sites:
        assert np.array_equal(before.pressure_mmHg[site], after.pressure_mmHg[site], equal_nan=True)
    assert verify(session).sound


def test_what_was_cut_off_is_sealed_with_an_account(made, tmp_path):
    recorder = Recorder(tmp_path)
    for happened in made.events(drop={50}):
        recorder.take(happened)
    recorder._writer.close()  # as a killed process leaves it
    (session,) = seal.seal(recorder.path)
    assert gradsock.open(session).closing["lost"] == 5


@pytest.mark.parametrize("step", ["write", "fsync", "replace", "unlink"])
def test_a_seal_that_is_cut_off_anywhere_loses_nothing_and_is_done_again(made, tmp_path, monkeypatch, step):
    path = record(tmp_path, *made.events(samples=200, drop={20}))
    expected = gradsock.open(path)

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patched:
        if step in ("write", "fsync"):
            patched.setattr(os, step, killed)
        else:
            real = getattr(Path, step)

            def only_ours(self, *arguments, **named):
                if self.suffix == ".gslog" or step == "replace":
                    killed()
                return real(self, *arguments, **named)

            patched.setattr(Path, step, only_ours)
        with pytest.raises(Killed):
            seal.seal(path)

    assert path.exists()
    assert len(layout.files(tmp_path)) == 1
    (session,) = seal.seal(path)
    assert same(expected, gradsock.open(session))
    assert sorted(file.suffix for file in session.parent.iterdir()) == [".parquet"]


SEALS = "import sys; from pathlib import Path; from gradsock.log.seal import seal; seal(Path(sys.argv[1]))"


def test_killed_at_any_moment_it_leaves_the_recording_or_its_seal(made, tmp_path):
    path = record(tmp_path, *made.events(samples=2000))
    expected = gradsock.open(path)
    for pause_s in (0.25, 0.5, 0.7, 0.9):
        with subprocess.Popen([sys.executable, "-c", SEALS, path]) as process:
            time.sleep(pause_s)
            os.kill(process.pid, signal.SIGKILL)
        (found,) = layout.files(tmp_path)
        assert same(expected, gradsock.open(found))
    for _ in sealing.seal_all((), tmp_path):
        pass
    assert [file.suffix for file in layout.files(tmp_path)] == [".parquet"]


def test_two_processes_seal_the_same_recording_once(made, tmp_path):
    path = record(tmp_path, *made.events(samples=1000))
    expected = gradsock.open(path)
    processes = [
        subprocess.Popen([sys.executable, "-c", SEALS, path], stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said_by = [process.communicate()[1] for process in processes]
    assert sorted(process.returncode for process in processes) in ([0, 0], [0, 1])
    assert all("Error" not in text or "SealedElsewhere: " in text for text in said_by)
    (found,) = layout.files(tmp_path)
    assert same(expected, gradsock.open(found))


def test_a_recorder_finds_what_another_process_sealed(made, tmp_path):
    recorder = Recorder(tmp_path)
    for happened in made.events():
        recorder.take(happened)
    recorder.close()
    (session,) = seal.seal(recorder.path)
    assert recorder.seal() == [session] == [recorder.path]


def test_who_asks_whether_it_is_recorded_is_not_taken_for_a_recorder(made, tmp_path):
    path = record(tmp_path, *made.events())
    with path.open("rb") as asks:
        assert lock.lock(asks.fileno(), shared=True)  # as `logs` does for a moment
        assert not lock.is_locked(path)
        assert seal.seal(path)


def test_what_is_being_recorded_is_neither_sealed_nor_deleted(made, tmp_path):
    recorder = Recorder(tmp_path)
    for happened in made.events():
        recorder.take(happened)
    with pytest.raises(LogError, match="is being recorded"):
        seal.seal(recorder.path)
    with pytest.raises(LogError, match="is being recorded: end that first"):
        layout.delete(recorder.path)
    assert [outcome.left for outcome in sealing.seal_all((), tmp_path)] == ["it is being recorded"]
    recorder.close()
    assert len(seal.seal(recorder.path)) == 1


def test_a_full_disk_leaves_the_recording_as_it_is(made, tmp_path, monkeypatch):
    path = record(tmp_path, *made.events())
    before = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(LogError, match="the disk is full; its recording stays as it is"):
            seal.seal(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("folder", ["my logs", "", None])
def test_what_could_not_be_sealed_is_sealed_by_the_command_that_is_told(made, tmp_path, monkeypatch, capsys, folder):
    logs = layout.logs_folder() if folder is None else tmp_path / folder
    path = record(logs, *made.events())
    if folder == "":  # somebody took it out of its folder
        path = path.rename(tmp_path / "my wear.gslog")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(LogError, match="mend that, then gradsock logs seal ") as failed:
            seal.seal(path)
    words = shlex.split(str(failed.value).partition("then gradsock ")[2])
    assert ("--logs" in words) == (folder == "my logs")
    assert cli.run(words) == 0
    assert "sealed into" in capsys.readouterr().out
    assert not path.exists()


def test_what_was_not_written_as_meant_removes_nothing(made, tmp_path, monkeypatch):
    path = record(tmp_path, *made.events())
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data[:50]) + b"?" + bytes(data[51:])))
    with pytest.raises(LogError, match="which stays as it is"):
        seal.seal(path)
    assert path.exists() and not path.with_suffix(".parquet").exists()


def test_a_folder_that_refuses_says_so(made, tmp_path, monkeypatch):
    path = record(tmp_path, *made.events())

    def refused(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(lock.os, "open", refused)
        with pytest.raises(LogError, match=r"cannot write into .*: read-only file system"):
            seal.seal(path)
    assert len(gradsock.open(path)) == 100


def test_damage_stays_beside_what_could_be_read(made, tmp_path):
    path = record(tmp_path, *made.events())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    left = len(gradsock.open(path))

    (session,) = seal.seal(path)

    assert len(gradsock.open(session)) == left
    assert path.with_name(path.name + "-damaged").read_bytes() == data
    assert layout.files(tmp_path) == [session]

    layout.delete(session)
    assert not list(tmp_path.glob("sock=*"))


def test_a_damaged_session_that_is_filled_up_is_kept_beside_the_new_one(made, tmp_path):
    (session,) = seal.seal(record(tmp_path, *made.events(drop={20})))
    data = bytearray(session.read_bytes())
    data[300] ^= 1
    session.write_bytes(data)
    late = record(tmp_path, *said(made, at_us=made.t0_us + HOUR_US), *fetched([made.block(0, 25)], made.t0_us))
    assert seal.seal(late) == [session]
    assert session.with_name(session.name + "-damaged").read_bytes() == data
    assert verify(session).sound


def test_the_next_recording_seals_what_a_killed_one_left(made, tmp_path):
    killed = Recorder(tmp_path)
    for happened in made.events():
        killed.take(happened)
    killed._writer.close()
    with Recorder(tmp_path) as recorder:
        for happened in (*said(made, at_us=made.t0_us + HOUR_US), *live([made.block(500)], made.t0_us + HOUR_US)):
            recorder.take(happened)
    recorder.seal()
    assert [path.suffix for path in layout.files(tmp_path)] == [".parquet"] * 2


def test_files_are_private(made, tmp_path):
    logs = tmp_path / "a" / "b"
    path = record(logs, *made.events())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (session,) = seal.seal(path)
    for file in logs.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600), file
    assert stat.S_IMODE(logs.stat().st_mode) == stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert session.is_file()


def test_synced_means_on_the_disk(made, tmp_path, monkeypatch):
    told = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (told.append(handle), real(handle)))
    with Recorder(tmp_path) as recorder:
        recorder.sync()
        for happened in (*said(made), *fetched([made.block(0)], made.t0_us)):
            recorder.take(happened)
        told.clear()
        recorder.sync()
        assert len(told) == 1


def test_the_commands_seal_verify_and_delete(made, tmp_path, capsys, monkeypatch):
    def call(*arguments):
        return (cli.run(list(arguments)), *capsys.readouterr())

    monkeypatch.setenv("GRADSOCK_LOGS", str(tmp_path))
    path = record(tmp_path, *made.events())
    code, out, _ = call("logs", "seal", "--json")
    assert code == 0 and json.loads(out)[0]["sessions"] == [str(path.with_suffix(".parquet"))]
    assert call("logs", "seal")[1] == "everything is sealed\n"
    assert call("logs", "verify")[0] == 0
    assert json.loads(call("logs", "rebuild", "--json")[1])[0]["sealed"] is True
    assert call("check", "last", "--json")[0] == 0
    assert json.loads(call("logs", "show", "last", "--json")[1])["samples"] == 100
    session = path.with_suffix(".parquet")
    broken = bytearray(session.read_bytes())
    broken[200] ^= 1
    session.write_bytes(broken)
    code, out, err = call("logs", "verify")
    assert code == 1 and "damaged" in out and "what is left of it is still read" in err
    code, _, err = call("logs", "delete", "last", "--yes")
    assert code == 2 and f"say the id, which is {session.stem} at the moment" in err and session.exists()
    assert json.loads(call("logs", "delete", session.stem, "--yes", "--json")[1]) == {"deleted": [str(session)]}
    assert json.loads(call("logs", "--json")[1]) == []
