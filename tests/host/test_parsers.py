"""What comes from outside is read, or refused in one line; nothing of it gets further than that."""

import json
from pathlib import Path
from typing import Any

import pytest
from gradsock.analysis.csv_file import HEADER, read_csv
from gradsock.calibrate.artefact import read, read_calibration
from gradsock.errors import GradsockError
from gradsock.link.moniker import parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sock import prescription
from sock import settings as sock_settings

FILES = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = st.integers() | st.floats()
THINGS = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=10), inner, max_size=6),
    max_leaves=20,
)
CELLS = st.text(max_size=12) | NUMBERS.map(str) | st.sampled_from(["", "nan", "inf", "-1e400", '"', "0x10", "1_0"])
ROWS = st.lists(st.lists(CELLS, max_size=6).map(",".join), max_size=8).map("\n".join)
MONIKERS = st.text(max_size=60) | st.builds(
    "{}:{}?{}={}".format,
    st.sampled_from(["ble", "sim", "replay", "REPLAY", ""]),
    st.text(max_size=20),
    st.sampled_from(["speed", "loop", ""]),
    CELLS,
)


def refused_in_one_line(error: Exception) -> None:
    assert str(error)
    assert len(str(error)) < 1000


@given(MONIKERS)
@settings(max_examples=200)
def test_a_moniker_is_one_or_none(text: str) -> None:
    try:
        parse(text)
    except GradsockError as error:
        refused_in_one_line(error)


@given(st.dictionaries(st.sampled_from(sorted(sock_settings.defaults())) | st.text(max_size=8), THINGS, max_size=6))
@settings(max_examples=150)
def test_settings_are_taken_whole_or_not_at_all(patch: dict[str, Any]) -> None:
    before = sock_settings.defaults()
    try:
        after = sock_settings.validate_patch(before, patch)
    except ValueError as error:
        refused_in_one_line(error)
    else:
        assert sock_settings.load(json.loads(json.dumps(after))) == after
    assert before == sock_settings.defaults()


@given(THINGS)
@settings(max_examples=300)
def test_stored_settings_are_valid_or_refused(stored: object) -> None:
    try:
        loaded = sock_settings.load(stored)
    except ValueError as error:
        refused_in_one_line(error)
    else:
        assert set(loaded) == set(sock_settings.defaults())


@given(st.text(max_size=60) | st.builds("{}:{}-{}".format, st.sampled_from(["us", "custom", "eu"]), CELLS, CELLS))
@settings(max_examples=200)
def test_a_prescription_is_one_or_none(text: str) -> None:
    try:
        prescription.parse(text)
    except ValueError as error:
        refused_in_one_line(error)


@given(data=st.binary(max_size=200) | THINGS.map(lambda thing: json.dumps(thing).encode()))
@FILES
@pytest.mark.parametrize("reader", [read, read_calibration])
def test_a_calibration_file_is_one_or_none(reader: Any, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_bytes(data)
    with pytest.raises(GradsockError) as caught:
        reader(file)
    refused_in_one_line(caught.value)


@given(data=st.binary(max_size=200) | ROWS.map(lambda rows: f"{','.join(HEADER)}\n{rows}\n".encode()))
@FILES
def test_pressures_are_numbers_that_a_leg_can_have_or_there_are_none(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "walk.csv"
    file.write_bytes(data)
    try:
        series = read_csv(file)
    except GradsockError as error:
        refused_in_one_line(error)
    else:
        assert len(series.t_ms) == len(series.pressures_cmmHg) > 0
        assert (series.t_ms[1:] > series.t_ms[:-1]).all()
