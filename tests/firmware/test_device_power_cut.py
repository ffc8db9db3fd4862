"""The power cut at every flash operation of a start: it stays the same sock, and no boot has a number twice."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from device import store
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.volume import Volume

SIZE = 64 * 4096


class File:
    """A file of the volume, as far as the store uses one."""

    def __init__(self, volume: Volume, name: str, mode: str) -> None:
        self._volume = volume
        self._number, _ = volume.call("fs.open", ["/" + name, mode], b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._volume.call("fs.close", [self._number], b"")

    def read(self) -> str:
        return self._volume.call("fs.read", [self._number, 10000], b"")[1].decode()

    def write(self, text: str) -> None:
        self._volume.call("fs.write", [self._number], text.encode())


def powered(
    monkeypatch: pytest.MonkeyPatch, path: Path, cut_after: int | None, do: Callable[[], Any]
) -> tuple[Any, bool]:
    """What `do` gave on this flash (None when it did not get so far), and whether the power was cut under it."""
    image = FlashImage(path, SIZE)
    try:
        volume = Volume(image)
        image.cut_after = cut_after

        def change(name: str) -> Callable[..., None]:
            return lambda *paths: (volume.call("fs." + name, ["/" + path for path in paths], b""), None)[1]

        with monkeypatch.context() as patch:
            patch.setattr(store, "open", lambda name, mode="r": File(volume, name, mode), raising=False)
            patch.setattr(
                store,
                "os",
                SimpleNamespace(
                    rename=change("rename"),
                    remove=change("remove"),
                    mkdir=change("mkdir"),
                    ilistdir=lambda path: volume.call("fs.list", [path], b"")[0],
                    urandom=os.urandom,
                ),
            )
            try:
                return do(), image.dead
            except OSError:
                if not image.dead:
                    raise
                return None, True
    finally:
        image.close()


def boot() -> tuple[str, int]:
    """What a start does to the flash; the first line is that of device.update, which main.py calls before anything."""
    with contextlib.suppress(OSError):
        store.os.remove("none")
    return store.serial(), store.next_boot()


@pytest.mark.parametrize("boots_before", [0, 1, 5])
def test_wherever_the_power_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boots_before: int) -> None:
    before = tmp_path / "before.img"
    powered(monkeypatch, before, None, lambda: None)
    known = [powered(monkeypatch, before, None, boot)[0] for _ in range(boots_before)]
    for cut_after in range(1000):
        path = shutil.copy(before, tmp_path / "flash.img")
        first, cut = powered(monkeypatch, path, cut_after, boot)
        again, _ = powered(monkeypatch, path, None, boot)
        last, _ = powered(monkeypatch, path, None, boot)
        numbers = [number for _, number in filter(None, (*known, first, again, last))]
        assert numbers == sorted(set(numbers))
        assert len({serial for serial, _ in filter(None, (*known, first, again, last))}) == 1
        if not cut:
            break
    assert cut_after >= 2
