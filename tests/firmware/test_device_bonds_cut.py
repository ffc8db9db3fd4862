"""The power cut at every flash operation of pairing, of removing an owner, and of wiping: never half of it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from device import owning, store
from device.pairing import Pairing
from sock import settings

from tests.firmware.test_device_power_cut import powered

A, B = [1, b"\x01host-a", b"secret of a" * 3], [1, b"\x01host-b", b"secret of b" * 3]
OUR_KEY = [10, b"irk", bytes(16)]
KEPT = {
    "wearer.json": "{}",
    "zero.json": "{}",
    "settings.json": '{"name":"mine","side":"left","prescription":"ral:II","rate_Hz":50}',
    "identity.json": '{"passkey":123456}',
}


@pytest.fixture
def flash(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Do something on a flash, which may be cut: what it gave, and whether it was cut."""

    def do_on(image: Path, cut_after: int | None, do: Callable[[], Any]) -> tuple[Any, bool]:
        def with_owning() -> Any:
            folder = SimpleNamespace(remove=lambda path: store.os.remove(path.lstrip("/")), ilistdir=store.os.ilistdir)
            with monkeypatch.context() as patch:
                patch.setattr(owning, "os", folder)
                return do()

        return powered(monkeypatch, image, cut_after, with_owning)

    return do_on


def put(files: dict[str, str]) -> None:
    for name, text in files.items():
        with store.open(name, "w") as file:
            file.write(text)


def every_cut(flash: Any, tmp_path: Path, before: Path, do: Callable[[], Any]) -> Any:
    """An image for each operation at which the power may go, until it is done before."""
    for cut_after in range(400):
        image = Path(shutil.copy(before, tmp_path / "flash.img"))
        _, cut = flash(image, cut_after, do)
        yield image
        if not cut:
            assert cut_after >= 2
            return
    raise AssertionError("it never ends")


@pytest.mark.parametrize(
    ("was", "will"), [([OUR_KEY], [OUR_KEY, A]), ([OUR_KEY, A], [OUR_KEY, A, B]), ([OUR_KEY, A, B], [OUR_KEY, B])]
)
def test_owners_are_as_they_were_or_as_they_are_to_be(flash: Any, tmp_path: Path, was: Any, will: Any) -> None:
    before = tmp_path / "before.img"
    flash(before, None, lambda: (put(KEPT), store.keep_pairing(Pairing(123456, was, 0))))
    seen = []
    for image in every_cut(flash, tmp_path, before, lambda: store.keep_pairing(Pairing(123456, will, 0))):
        found, _ = flash(image, None, store.load_pairing)
        assert found.secrets in (was, will)
        assert found.passkey == 123456
        seen.append(found.secrets)
    assert seen[0] == was
    assert seen[-1] == will


def test_a_wipe_that_has_begun_is_ended_by_the_next_start(flash: Any, tmp_path: Path) -> None:
    before = tmp_path / "before.img"

    def fill() -> None:
        store.os.mkdir("journal")
        put(KEPT | {f"journal/{number:08x}": "segment" for number in range(1, 6)})
        store.keep_pairing(Pairing(123456, [OUR_KEY, A, B], 0))
        put({"bonds.json.new": "of a power cut"})

    def look() -> tuple[int, list[str], list[str], dict[str, Any]]:
        owners = len(store.load_pairing().owners())
        journal = sorted(entry[0] for entry in store.os.ilistdir("/journal"))
        names = {entry[0] for entry in store.os.ilistdir("/")} - {"boot.py", "wiping.new"}
        return owners, journal, sorted(names), store.load_settings()

    wiped = (0, [], ["identity.json", "journal", "settings.json"], settings.defaults() | {"rate_Hz": 50})

    flash(before, None, fill)
    full, _ = flash(before, None, look)
    seen = []
    for image in every_cut(flash, tmp_path, before, owning.wipe):
        flash(image, None, owning.finish_wiping)
        found, _ = flash(image, None, look)
        assert found in (full, wiped)
        seen.append(found)
    assert seen[0] == full
    assert seen[-1] == wiped
