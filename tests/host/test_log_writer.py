"""Nothing that was written is lost, whatever becomes of the writer."""

import errno
import os
import signal
import subprocess
import sys

import pytest
from gradsock.errors import LogError
from gradsock.log import frames
from gradsock.log.contents import read_frames
from gradsock.log.frames import Damage, Record
from gradsock.log.writer import FSYNC_EVERY_US, Writer

FIRST = Record(1, 0, b"{}")

WRITES_UNTIL_KILLED = """
import sys
from pathlib import Path
from gradsock.log.frames import Record
from gradsock.log.writer import Writer
writer = Writer(Path(sys.argv[1]), Record(1, 0, b"{}"))
for n in range(10**9):
    writer.append(Record(3, n, n.to_bytes(8, "little") * 6))
    sys.stdout.write(f"{n}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("after", [0, 1, 250, 1000])
def test_a_killed_writer_leaves_all_it_had_written(tmp_path, after):
    path = tmp_path / "a.gslog"
    with subprocess.Popen([sys.executable, "-c", WRITES_UNTIL_KILLED, path], stdout=subprocess.PIPE) as writer:
        for _ in range(after + 1):
            said = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        said = max([said, *(int(line) for line in writer.stdout.read().split(b"\n")[:-1])])

    found = read_frames(path)

    numbers = [int.from_bytes(item.payload[:8], "little") for item in found[1:] if isinstance(item, Record)]
    assert numbers[: said + 1] == list(range(said + 1))
    assert all(item.torn for item in found if isinstance(item, Damage))


def test_a_file_is_never_written_over(tmp_path):
    path = tmp_path / "a.gslog"
    Writer(path, FIRST).close()
    with pytest.raises(LogError, match="file exists; choose another folder with --logs"):
        Writer(path, FIRST)
    assert read_frames(path) == [FIRST]


def test_a_full_disk_keeps_the_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.gslog"
    writer = Writer(path, FIRST)
    writer.append(Record(3, 1, b"kept"))
    real, room = os.write, [10]

    def nearly_full(handle, data):
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(handle, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", nearly_full)
    with pytest.raises(LogError, match="the disk is full"):
        writer.append(Record(3, 2, bytes(100)))
    monkeypatch.undo()
    writer.append(Record(3, 3, b"space again"))
    writer.close()

    assert read_frames(path) == [FIRST, Record(3, 1, b"kept"), Record(3, 3, b"space again")]


def test_a_log_that_cannot_begin_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(LogError, match="the disk is full"):
        Writer(tmp_path / "a.gslog", FIRST)
    assert list(tmp_path.iterdir()) == []


def test_the_disk_is_told_every_five_seconds_and_at_the_end(tmp_path, monkeypatch):
    told = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (told.append(handle), real(handle)))
    with Writer(tmp_path / "a.gslog", FIRST) as writer:
        told.clear()
        for n in range(101):
            writer.append(Record(3, n * 200_000, b"block"))
        assert len(told) == 100 * 200_000 // FSYNC_EVERY_US
    assert len(told) == 1 + 100 * 200_000 // FSYNC_EVERY_US


def test_a_closed_log_may_be_closed_again(tmp_path):
    writer = Writer(tmp_path / "a.gslog", FIRST)
    writer.close()
    writer.close()
    assert frames.last_record(writer.path.read_bytes()) == FIRST
