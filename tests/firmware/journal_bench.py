"""The sock's journal (device.journal) on a real littlefs whose power can go at any operation, and scans to feed it.

While a flash is powered, `open` of what lies in the journal's folder and the journal's `os` are those of its littlefs.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.volume import Volume
from sock import event
from sock.block import decode, kind_of

PERIOD_MS = 40
SITES = 3
STEPS = (16, 20, 15)
REFERENCE = 24000
OPEN = open


class File:
    """A file of the volume in binary mode, as far as the journal uses one."""

    def __init__(self, volume: Volume, name: str, mode: str) -> None:
        self._volume = volume
        self._number, _ = volume.call("fs.open", [name, mode], b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, size: int) -> bytes:
        return self._volume.call("fs.read", [self._number, size], b"")[1]

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> None:
        self._volume.call("fs.write", [self._number], bytes(data))

    def seek(self, at: int) -> None:
        self._volume.call("fs.seek", [self._number, at, 0], b"")

    def flush(self) -> None:
        self._volume.call("fs.sync", [self._number], b"")

    def close(self) -> None:
        self._volume.call("fs.close", [self._number], b"")


class Os:
    """MicroPython's `os` on a volume."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume

    def ilistdir(self, path: str) -> Iterator[tuple[str, int, int, int]]:
        for name, kind, size in self._volume.call("fs.list", [path], b"")[0]:  # type: ignore[attr-defined]
            yield name, kind, 0, size

    def statvfs(self, _path: str) -> tuple[int, ...]:
        return tuple(self._volume.call("fs.statvfs", [], b"")[0])  # type: ignore[arg-type]

    def mkdir(self, path: str) -> None:
        self._volume.call("fs.mkdir", [path], b"")

    def remove(self, path: str) -> None:
        self._volume.call("fs.remove", [path], b"")


def row(boot: int, index: int) -> tuple[int, int, int]:
    """The quantised counts of a scan: a walk with noise that anybody can make again."""
    noise = (index * 2654435761 + boot * 40503) >> 7
    return 500 + index % 37 + (noise & 3), 400 + (noise >> 2 & 3), 300 - index % 23 + (noise >> 4 & 3)


@dataclass
class Sock:
    """One boot of a sock that only keeps its journal."""

    journal: Any
    boot: int
    index: int = 0
    sequence: int = 0
    counts: array[int] = field(default_factory=lambda: array("h", [0] * SITES))

    def scan(self, count: int = 1) -> None:
        for _ in range(count):
            self.counts[:] = array("h", row(self.boot, self.index))
            self.journal.add(self.index, 1000 + self.index * PERIOD_MS, self.counts, REFERENCE, STEPS)
            self.index += 1

    def tell(self, kind: int, payload: bytes = b"") -> None:
        at_ms = 1000 + self.index * PERIOD_MS
        self.journal.note(event.encode_event(kind, self.boot, self.sequence, at_ms, payload))
        self.sequence += 1


def modules() -> list[dict[str, Any]]:
    """Where a journal looks that will be started. Modules are loaded anew at times, the one it is of as well."""
    from device import journal, journal_start

    return [vars(journal), vars(journal_start), journal_start.Journal.add.__globals__]


@contextmanager
def powered(path: Path, size: int, cut_after: int | None = None) -> Iterator[tuple[FlashImage, Volume]]:
    """The flash of a board that is switched on; with cut_after its power goes at that operation (OSError)."""
    image = FlashImage(path, size)
    try:
        volume = Volume(image)
        image.cut_after = cut_after
        for module in modules():
            module["os"] = Os(volume)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("builtins.open", opener(volume))
            yield image, volume
    finally:
        image.close()


def opener(volume: Volume) -> Any:
    """`open` for a while."""

    def opened(name: Any, mode: str = "r", *more: Any, **others: Any) -> Any:
        if isinstance(name, str) and name.startswith("/journal/"):
            return File(volume, name, mode)
        return OPEN(name, mode, *more, **others)

    return opened


def boot(number: int) -> Sock:
    """A start of the sock on the flash that is powered."""
    from device import journal_start

    started = journal_start.start(SITES, number, PERIOD_MS)
    assert started is not None
    return Sock(started, number)


def entries(journal: Any) -> list[tuple[int, bytes]]:
    """(number, bytes) of everything that is held and flushed, from the oldest on."""
    from device.journal import FOLDER, header_of
    from sock.segment import name_of
    from sock.segment_reader import SegmentReader

    found = []
    number = journal.first
    for segment in range(journal.oldest, journal.newest + 1):
        header = header_of(segment)
        number = header[0] if header else number
        try:
            file = open(FOLDER + name_of(segment), "rb")  # noqa: SIM115, PTH123
        except OSError:
            continue
        with file:
            reader = SegmentReader(file, number)
            while (entry := reader.take()) is not None:
                if journal.first <= reader.number < journal.kept:
                    found.append((reader.number, bytes(entry)))
            number = reader.number + 1
    return found


def samples(held: list[tuple[int, bytes]]) -> list[tuple[int, int]]:
    """(boot, index) of every sample in the entries; each is what was scanned."""
    found = []
    for _, data in held:
        if kind_of(data) == "samples":
            block = decode(data)
            for at, counts in enumerate(block.samples):
                index = block.index + at
                assert counts == tuple(
                    value * step for value, step in zip(row(block.boot, index), block.step_counts, strict=True)
                )
                found.append((block.boot, index))
    return found
