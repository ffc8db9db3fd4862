"""Files with any bytes changed, or cut off anywhere: read, or refused in one line; nothing of it gets further."""

import random

import pytest
from gradsock.analysis.check import check
from gradsock.errors import GradsockError
from gradsock.export.exporting import FORMATS, export
from gradsock.log import recording as recordings
from gradsock.log.seal import seal

TIMES = 40


def damaged(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data[: dice.randrange(len(data)) if dice.random() < 0.3 else len(data)])
    reach = min(len(changed), dice.choice((4000, len(data))))
    for _ in range(dice.choice((1, 1, 5, 40)) if reach else 0):
        changed[dice.randrange(reach)] = dice.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("kind", ["gslog", "sealed", *FORMATS])
def test_a_damaged_file_is_read_or_refused(kind, recorded, tmp_path) -> None:
    whole = recorded
    if kind != "gslog":
        (whole,) = seal(recorded)
    if kind in FORMATS:
        whole = export(whole, kind, out=tmp_path)
    data = whole.read_bytes()
    dice = random.Random(kind)
    refused = 0
    for number in range(TIMES):
        file = tmp_path / f"{number}{whole.suffix}"
        file.write_bytes(damaged(data, dice))
        for read in (check, recordings.open) if kind not in FORMATS else (check,):
            try:
                read(file)
            except GradsockError as error:
                refused += 1
                assert "\n" not in str(error)
                assert 0 < len(str(error)) < 1000
    assert refused
