"""Recordings of every format that was ever written are read for ever: these files are never made anew."""

from pathlib import Path

import gradsock
import numpy as np
import pytest
from gradsock.log.samples import equal
from gradsock.log.verify import verify
from sock import MISSING

GOLDEN = Path(__file__).parents[1] / "golden"
FORMS = [GOLDEN / version / f"session.{form}" for version in ("log-v1", "log-v2") for form in ("gslog", "parquet")]
BLOCKS = [index for index in range(0, 60, 5) if index != 25]  # of boot 3, five samples each; 20 came from the journal


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name}-{path.suffix[1:]}")
def test_each_version_says_what_it_always_said(path, made):
    opened = gradsock.open(path)
    held = [index + n for index in BLOCKS for n in range(5)]
    assert opened.boot.tolist() == [3] * 55 + [4] * 2
    assert opened.index.tolist() == [*held, 0, 1]
    assert opened.ticks_ms.tolist() == [1000 + 40 * index for index in [*held, 0, 1]]
    for channel, site in enumerate(("ankle", "calf", "knee")):
        expected = [made.counts(index)[channel] for index in held]
        last = {"ankle": [4096, 5120], "calf": [2048, 3072], "knee": [MISSING, 1024]}[site]
        assert opened.counts[site].tolist() == expected + last
    assert opened.utc_us[0] == made.t0_us
    assert opened.utc_us[-2] == made.t0_us + 600_000_000
    assert opened.pressure_mmHg["ankle"][0] == 19.99
    assert np.isnan(opened.pressure_mmHg["knee"][-2])
    assert (opened.serial, opened.side, opened.prescription, opened.zone) == (
        "GOLDEN01",
        "left",
        "us:15-20",
        "Europe/Berlin",
    )
    assert opened.calibration.id == "test"
    assert [(event.name, event.payload) for event in opened.events] == [("mark", b"smooth")]
    assert [fit.verdict for _, fit in opened.fits] == ["good"]
    assert [state for _, state, _ in opened.links] == ["lost"]
    assert len(opened.probes) == 6
    account = opened.account
    assert (account.received, account.recovered, account.lost) == (57, 5, 5)
    assert verify(path).sound


@pytest.mark.parametrize("version", ["log-v1", "log-v2"])
def test_both_forms_are_one_recording(version):
    block_file, sealed = (gradsock.open(path) for path in FORMS if path.parent.name == version)
    assert equal(block_file.contents.samples, sealed.contents.samples)
    assert block_file.contents.records == sealed.contents.records


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name}-{path.suffix[1:]}")
def test_they_are_played_again(path):
    from gradsock.log.frames import Kind
    from gradsock.log.playing import Played
    from sock import block

    samples = [block.decode(record.payload) for record in Played(path) if record.kind == Kind.BLOCK]
    assert [each.boot for each in samples] == sorted(each.boot for each in samples)
    assert sum(each.count for each in samples) == 57
    assert {each.boot for each in samples} == {3, 4}
