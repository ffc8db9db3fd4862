"""The power cut at every flash operation of a journal's life: what was flushed is read back exactly once."""

import random
import shutil
from copy import deepcopy
from pathlib import Path

import pytest
from sock import event

from tests.firmware.journal_bench import Sock, boot, entries, modules, powered, samples

FLASH_BYTES = 40 * 4096
SEGMENT_BYTES = 400  # the same life with fewer operations: segments fill up and the ring goes round within seconds
RING_SEGMENTS = 4
FLUSH_SLOTS = 10
SCANS = 400


class Witness:
    """Stands beside the sock and knows what its flash must hold."""

    def __init__(self) -> None:
        self.numbers: dict[int, bytes] = {}  # flushed entries
        self.flushed: list[tuple[int, int]] = []  # (boot, index), all that ever were
        self.in_doubt: list[tuple[int, int]] = []  # scanned since
        self.overwritten = 0
        self.forgotten = 0  # samples deleted for certain
        self.forgetting = 0  # and those that a cut may have left

    def saw_scan(self, sock: Sock, alive: bool) -> None:
        self.in_doubt.append((sock.boot, sock.index - 1))
        if alive and sock.journal.kept == sock.journal.next and not sock.journal._begun:
            self.flushed += self.in_doubt
            self.in_doubt = []

    def check(self, sock: Sock) -> None:
        """After a start: the flash holds the newest of what was flushed, each sample once, and tells what had to go."""
        held = entries(sock.journal)
        for number, data in held:
            assert self.numbers.setdefault(number, data) == data
        assert sock.journal.next > max(self.numbers, default=0)
        found = samples(held)
        saved = self.in_doubt[: len([each for each in found if each in self.in_doubt])]
        lost = self.in_doubt[len(saved) :]
        assert len(lost) <= FLUSH_SLOTS
        self.flushed += saved
        self.in_doubt = []
        assert found == self.flushed[len(self.flushed) - len(found) :]
        self.overwritten = sock.journal.overwritten
        gone = len(self.flushed) - len(found) - self.overwritten
        assert gone in (self.forgotten, self.forgotten + self.forgetting)
        self.forgotten, self.forgetting = gone, 0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small segments, a small ring, a flush every ten scans."""
    from device import journal_start

    for module in modules():
        monkeypatch.setitem(module, "SEGMENT_BYTES", SEGMENT_BYTES)
    monkeypatch.setattr(journal_start, "SEGMENT_BYTES", FLASH_BYTES * 60 // 100 // RING_SEGMENTS)
    monkeypatch.setattr(journal_start, "_OFTEN_FROM_BYTES", 0)
    monkeypatch.setattr(journal_start, "_FLUSH_MS", FLUSH_SLOTS * 40)


def life(path: Path, witness: Witness, number: int, cut_after: int | None, scans: int) -> bool:
    """One boot: scans, events, half of it forgotten. False: the power was cut."""
    with powered(path, FLASH_BYTES, cut_after) as (image, _):
        try:
            sock = boot(number)
        except AssertionError:
            return not image.dead
        witness.check(sock)
        sock.tell(event.STARTED, b"power-on")
        for at in range(scans):
            sock.scan()
            witness.saw_scan(sock, not image.dead)
            if at == scans // 2:
                forget(sock, witness)
            if image.dead:
                return False
        return True


def forget(sock: Sock, witness: Witness) -> None:
    """Have the older half of what is held deleted."""
    from device import forgetting

    sock.journal.close_block()  # that may make something old go
    held = entries(sock.journal)
    first = held[len(held) // 2][0]
    witness.forgetting = len(samples([each for each in held if each[0] < first]))
    try:
        forgetting.forget(sock.journal, first, sock.journal.first_total + witness.forgetting)
    except OSError:
        return
    witness.forgotten += witness.forgetting
    witness.forgetting = 0


def test_one_cut_anywhere(tmp_path: Path, small: None) -> None:
    """The flash is that of a sock whose ring has just gone round."""
    before, known = tmp_path / "before.img", Witness()
    assert life(before, known, 1, None, 600)
    cut_after = 0
    while True:
        path, witness = shutil.copy(before, tmp_path / "flash.img"), deepcopy(known)
        whole = life(path, witness, 2, cut_after, SCANS)
        assert life(path, witness, 3, None, 30)
        if whole:
            break
        cut_after += 1
    assert cut_after > 100  # flash operations there were
    assert min(witness.forgotten, witness.overwritten) > 100


def test_two_cuts_here_and_there(tmp_path: Path, small: None) -> None:
    dice = random.Random(1)
    for _ in range(60):
        path, witness = tmp_path / "flash.img", Witness()
        path.unlink(missing_ok=True)
        life(path, witness, 1, None, 400)
        for number in (2, 3):
            life(path, witness, number, dice.randrange(160), SCANS)
        assert life(path, witness, 4, None, 30)
