"""The power cut while a firmware is moved into place: main.py finds what finishes it, wherever the cut came."""

import builtins
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.volume import Volume
from littlefs.errors import LittleFSError

MAIN = Path(__file__).parents[2] / "firmware/main.py"
FILES = ("/main.py", "/device/starting.mpy", "/device/ticks.mpy", "/device/update.mpy", "/device/wearer.mpy")
SIZE = 64 * 4096


def volume_of(path: Path) -> tuple[FlashImage, Volume]:
    image = FlashImage(path, SIZE)
    return image, Volume(image)


def write(volume: Volume, path: str, text: bytes) -> None:
    number, _ = volume.call("fs.open", [path, "w"], b"")
    volume.call("fs.write", [number], text)
    volume.call("fs.close", [number], b"")


def first_words_of_main(volume: Volume) -> None:
    """Run main.py on that flash as far as its first import of ours."""
    words, found, _ = MAIN.read_text(encoding="utf-8").partition("from device import update")
    assert found
    os = SimpleNamespace(remove=lambda path: volume.call("fs.remove", [path], b""))

    def importing(name: str, *_: Any) -> Any:
        assert name == "os"
        return os

    exec(words, {"__builtins__": {**vars(builtins), "__import__": importing}})


MOVES = [("/new" + path, path) for path in FILES]
MOVES += [(path, "/old" + path) for path in FILES if path.startswith("/device") and path != "/device/update.mpy"]
BESIDE = ("/device/ticks.mpy", "/old/device/ticks.mpy")


@pytest.mark.parametrize("moved", MOVES)
def test_what_finishes_an_update_is_found_wherever_the_power_went(tmp_path: Path, moved: tuple[str, str]) -> None:
    before = tmp_path / "before.img"
    image, volume = volume_of(before)
    for folder in ("/device", "/new", "/new/device", "/old", "/old/device"):
        volume.call("fs.mkdir", [folder], b"")
    for path in FILES:
        write(volume, path, b"old")
        write(volume, "/new" + path, b"new")
    image.close()
    hidden = 0
    for cut_after in range(100):
        image, volume = volume_of(Path(shutil.copy(before, tmp_path / "flash.img")))
        image.cut_after = cut_after
        try:
            volume.call("fs.rename", list(moved), b"")
            done = not image.dead
        except OSError:
            done = False
        image.close()
        image, volume = volume_of(tmp_path / "flash.img")
        try:
            volume.call("fs.stat", ["/device/update.mpy"], b"")
        except (OSError, LittleFSError):
            hidden += 1
        first_words_of_main(volume)
        for path in set(FILES) - set(moved[:1]):
            volume.call("fs.stat", [path], b"")
        image.close()
        if done:
            break
    assert done
    assert (hidden > 0) == (moved == BESIDE)  # the trap is real: that file stands next to what finishes an update
