"""Wiping a sock: what it kept of its wearer is gone, however much that was."""

from pathlib import Path

import pytest

from tests.firmware.journal_bench import Os, boot, powered


def test_a_wiped_journal_is_empty_and_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from device import owning

    monkeypatch.chdir(tmp_path)  # where the small files lie
    with powered(tmp_path / "flash.img", 256 * 4096) as (_, volume):
        monkeypatch.setattr(owning, "os", Os(volume))
        sock = boot(1)
        sock.scan(25 * 60 * 62)
        assert sock.journal.newest > 33  # more than are removed at once
        owning.wipe()
        assert volume.call("fs.list", ["/journal"], b"")[0] == []
        again = boot(2)
        assert again.journal.held() == [1, 0, 0, 0, 0]
        again.scan(250)
        again.journal.close_block(True)
        assert again.journal.held()[:2] == [1, 2]
