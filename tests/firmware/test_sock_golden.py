"""Flash images of socks as earlier versions left them: this one reads on where they stopped, and loses nothing."""

import json
from pathlib import Path

import pytest
from sock.block import decode, kind_of
from sock.event_reader import decode_event

from tests.firmware.journal_bench import boot, entries, powered, samples

GOLDEN = Path(__file__).parents[1] / "golden"
VERSIONS = sorted(folder.name for folder in GOLDEN.glob("journal-v*"))


def told(number: int, data: bytes) -> list[object]:
    """An entry as the golden file tells it."""
    if kind_of(data) == "samples":
        block = decode(data)
        return [
            number,
            "samples",
            block.boot,
            block.index,
            block.count,
            list(block.samples[0]),
            list(block.samples[-1]),
        ]
    happened = decode_event(data)
    return [number, happened.name, happened.boot, happened.sequence, happened.ticks_ms, happened.payload.hex()]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_journal_of_each_version_is_read_and_gone_on_with(version: str, tmp_path: Path) -> None:
    what = json.loads((GOLDEN / version / "what.json").read_text())
    with powered(tmp_path / "flash.img", 512 * 4096) as (_, volume):
        volume.call("fs.mkdir", ["/journal"], b"")
        for file in sorted((GOLDEN / version).glob("0*")):
            number, _ = volume.call("fs.open", [f"/journal/{file.name}", "wb"], b"")
            volume.call("fs.write", [number], file.read_bytes())
            volume.call("fs.close", [number], b"")
        sock = boot(9)
        held = entries(sock.journal)
        assert [told(number, data) for number, data in held] == what["entries"]
        assert (sock.journal.held(), sock.journal.next) == (what["held"], what["next"])
        sock.scan(1000)
        sock.journal.close_block(True)
        after = entries(sock.journal)
        assert after[: len(held)] == held
        assert samples(after)[-1000:] == [(9, index) for index in range(1000)]


def test_there_is_one_of_each_version() -> None:
    assert VERSIONS == ["journal-v1", "journal-v2"]
