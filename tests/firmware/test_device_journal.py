"""What the journal keeps, for how long, and what it says when the flash refuses or was damaged."""

import contextlib
import itertools
import random
import shutil
from array import array
from pathlib import Path

from gradsock.sim.volume import Volume
from sock import MISSING, event
from sock.block import decode, kind_of
from sock.header import UNSCANNED

from tests.firmware.journal_bench import STEPS, boot, entries, powered, samples

STOCK = 512 * 4096
SMALL = 48 * 4096


def fill(volume: Volume, path: str, blocks: int) -> None:
    """Another file that takes so many blocks; fewer when there are no more."""
    number, _ = volume.call("fs.open", [path, "wb"], b"")
    try:
        for _ in range(blocks):
            volume.call("fs.write", [number], bytes(4096))
            volume.call("fs.sync", [number], b"")
    except OSError:
        pass
    with contextlib.suppress(OSError):
        volume.call("fs.close", [number], b"")


def free(volume: Volume) -> int:
    return volume.call("fs.statvfs", [], b"")[0][3]  # type: ignore[index,no-any-return]


def test_a_large_volume_is_flushed_every_five_seconds(tmp_path: Path) -> None:
    with powered(tmp_path / "flash.img", STOCK):
        sock = boot(1)
        for seconds in range(1, 61):
            sock.scan(25)
            assert len(samples(entries(boot(2).journal))) == seconds // 5 * 125


def test_a_small_volume_keeps_whole_segments_and_costs_an_erase_each(tmp_path: Path) -> None:
    with powered(tmp_path / "flash.img", SMALL) as (image, _):
        sock = boot(1)
        sock.scan(25 * 30)
        assert entries(boot(2).journal) == []
        before = image.counts.erases
        sock.scan(25 * 1200)
        segments = sock.journal.newest - 1
        kept = samples(entries(boot(3).journal))
        assert sock.index - len(kept) <= 25 * 110
        assert kept == [(1, index) for index in range(len(kept))]
        assert image.counts.erases - before <= 1.3 * segments


def test_rest_keeps_the_last_sample(tmp_path: Path) -> None:
    with powered(tmp_path / "flash.img", SMALL):
        sock = boot(1)
        sock.scan(777)
        sock.tell(event.MARK, b"good night")
        sock.journal.close_block(True)
        held = entries(boot(2).journal)
        assert samples(held) == [(1, index) for index in range(777)]
        assert held[-1][1] == event.encode_event(event.MARK, 1, 0, 1000 + 777 * 40, b"good night")


def test_slots_in_which_nobody_looked_are_kept_as_such(tmp_path: Path) -> None:
    gone = array("h", [MISSING] * 3)
    with powered(tmp_path / "flash.img", SMALL):
        sock = boot(1)
        sock.scan(40)
        for flag in [UNSCANNED] * 3 + [0] * 2 + [UNSCANNED] * 30:  # an erase, a plug that is out, a busy second
            sock.journal.add(sock.index, 1000 + 40 * sock.index, gone, 24000, STEPS, flag)
            sock.index += 1
        sock.scan(10)
        sock.journal.close_block(True)
        blocks = [decode(data) for _, data in entries(boot(2).journal) if kind_of(data) == "samples"]
        scanned = {block.index + row: block.scanned(row) for block in blocks for row in range(block.count)}
        assert sorted(scanned) == list(range(sock.index))
        assert [index for index, looked in scanned.items() if not looked] == [*range(40, 43), *range(45, 75)]


def test_the_oldest_makes_room_and_is_counted(tmp_path: Path) -> None:
    with powered(tmp_path / "flash.img", SMALL) as (_, volume):
        sock = boot(1)
        sock.scan(25 * 4000)
        sock.journal.close_block(True)
        found = samples(entries(sock.journal))
        first, last, overwritten, unkept, percent = sock.journal.held()
        assert found == [(1, index) for index in range(overwritten, sock.index)]
        assert (unkept, percent) == (0, 100)
        assert (first, last) == (entries(sock.journal)[0][0], entries(sock.journal)[-1][0])
        assert len(volume.call("fs.list", ["/journal"], b"")[0]) * 4096 <= SMALL * 0.6  # type: ignore[arg-type]
        assert boot(2).journal.held()[:3] == [first, last, overwritten]


def test_restarts_do_not_eat_the_ring(tmp_path: Path) -> None:
    with powered(tmp_path / "flash.img", STOCK):
        for number in range(1, 41):
            sock = boot(number)
            sock.tell(event.STARTED, b"watchdog")
            sock.scan(25 * 6)
        assert sock.journal.newest <= 6
        assert samples(entries(sock.journal)) == [(number, index) for number in range(1, 41) for index in range(125)]


def test_a_flash_that_others_fill_costs_the_oldest_and_then_what_comes(tmp_path: Path) -> None:
    """No crash, nothing half: it says what had to go and what could not be kept, and goes on when there is room."""
    with powered(tmp_path / "flash.img", STOCK) as (_, volume):
        sock = boot(1)
        sock.scan(25 * 1200)
        fill(volume, "/film", 480)
        sock.scan(25 * 3000)
        found = samples(entries(sock.journal))
        gone, unkept = sock.journal.overwritten, sock.journal.unkept
        assert gone > 0
        assert found[-1][1] >= sock.index - 125
        assert len(found) + gone + unkept in range(sock.index - 125, sock.index + 1)
        volume.call("fs.remove", ["/film"], b"")
        fill(volume, "/film", 600)
        while free(volume):  # and more, until the journal gives up
            sock.scan(125)
            fill(volume, f"/film{free(volume)}", 2)
        sock.scan(25 * 600)
        for name, *_ in volume.call("fs.list", ["/"], b"")[0]:  # type: ignore[attr-defined]
            if name.startswith("film"):
                volume.call("fs.remove", ["/" + name], b"")
        index = sock.index
        sock.scan(25 * 200)
        sock.journal.close_block(True)
        found = samples(entries(sock.journal))
        assert found == sorted(set(found))
        assert [each for each in found if each[1] >= index + 25 * 60] == [
            (1, at) for at in range(index + 25 * 60, sock.index)
        ]
        again = boot(2).journal
        assert len(samples(entries(again))) + again.overwritten + sock.journal.unkept == sock.index


def test_a_damaged_byte_is_noticed_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "flash.img"
    with powered(path, STOCK) as (_, volume):
        sock = boot(1)
        sock.scan(25 * 240)
        sock.tell(event.MARK, b"x")
        sock.journal.close_block(True)
        held = entries(sock.journal)
        data = _segment(volume, 1)
    dice = random.Random(3)
    for at in (3, 9, 30, 36, 37, 300, 301, 900, 2000, len(data) - 2):
        shutil.copy(path, tmp_path / "worn.img")
        with powered(tmp_path / "worn.img", STOCK) as (_, volume):
            broken = bytearray(data)
            broken[at] ^= 1 << dice.randrange(8)
            number, _ = volume.call("fs.open", ["/journal/00000001", "wb"], b"")
            volume.call("fs.write", [number], bytes(broken))
            volume.call("fs.close", [number], b"")
            found = entries(boot(2).journal)
            bodies = {body for _, body in found}
            lost = [body for _, body in held if body not in bodies]
            assert len(lost) <= (1 if at >= 36 else 0)
            assert bodies <= {body for _, body in held}
            assert len(found) == len(bodies) >= len(held) - 1


def test_damage_in_the_newest_segment_gives_no_number_twice(tmp_path: Path) -> None:
    with powered(tmp_path / "flash.img", STOCK) as (_, volume):
        sock = boot(1)
        sock.scan(25 * 60)
        given = sock.journal.next
        data = bytearray(_segment(volume, 1))
        data[300:700] = bytes(400)
        number, _ = volume.call("fs.open", ["/journal/00000001", "wb"], b"")
        volume.call("fs.write", [number], bytes(data))
        volume.call("fs.close", [number], b"")
        again = boot(2)
        assert again.journal.next > given
        again.scan(250)
        found = samples(entries(again.journal))
        assert [each for each in found if each[0] == 2] == [(2, index) for index in range(250)]


def test_the_context_is_due_once_a_boot_and_before_the_ring_has_gone_round(tmp_path: Path) -> None:
    with powered(tmp_path / "flash.img", SMALL):
        sock = boot(1)
        due, of_what = [], []
        for _ in range(6_000):
            if sock.journal.context_due:
                of_what.append(sock.journal.context_due)
                sock.journal.context_due = 0
                due.append(sock.journal.newest)
            sock.scan(25)
        assert of_what[0] == 1 and set(of_what[1:]) == {3}  # a boot begins with a fresh fit check
        gaps = [b - a for a, b in itertools.pairwise(due)]
        assert max(gaps) < sock.journal.limit


def test_blocks_fill_their_segments(tmp_path: Path) -> None:
    with powered(tmp_path / "flash.img", SMALL) as (_, volume):
        sock = boot(1)
        sock.scan(25 * 1200)
        sizes = [len(_segment(volume, number)) for number in range(1, sock.journal.newest)]
        assert min(sizes) > 4096 - 98
        blocks = [decode(data) for _, data in entries(sock.journal) if kind_of(data) == "samples"]
        assert max(block.count for block in blocks) > 100


def _segment(volume: Volume, number: int) -> bytes:
    file, _ = volume.call("fs.open", [f"/journal/{number:08x}", "rb"], b"")
    _, data = volume.call("fs.read", [file, -1], b"")
    volume.call("fs.close", [file], b"")
    return data
