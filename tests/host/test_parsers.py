"""What comes from outside is read, or refused in one line; nothing of it gets further than that."""

import json
from pathlib import Path
from typing import Any

import gradsock
import pytest
from gradsock.analysis.check import check
from gradsock.analysis.csv_file import HEADER, read_csv
from gradsock.analysis.exported import read_export
from gradsock.calibrate.artefact import read, read_calibration
from gradsock.errors import GradsockError
from gradsock.export.exporting import export
from gradsock.link.moniker import parse
from gradsock.log import entry, frames
from gradsock.log.frames import Kind
from gradsock.log.seal import seal
from gradsock.view import recorded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sock import prescription
from sock import settings as sock_settings

from tests.host.conftest import MadeSock
from tests.host.log_bench import record

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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("t_s;ankle;calf;knee\n0;1;2;3\n", "by commas, not by semicolons"),
        ("t_s\tankle\tcalf\tknee\n0\t1\t2\t3\n", "by commas, not by tabs"),
        ("0,18,14,9\n1,18,14,9\n", "put that line above '0,18,14,9'"),
        ("t_s,knee,calf,ankle\n0,9,14,18\n", "in that order"),
        ('t_s,ankle,calf,knee\n0,"18,5",14,9\n', "line 2: ankle is '18,5'.*: write 18.5"),
        ("t_s,ankle,calf,knee\n0,5,18,5,14,2,9,1\n", "line 2: .* not 8; a number is written 12.5, not 12,5"),
        ("t_s,ankle,calf,knee\n1760000000,18,14,9\n", "line 2: .*seconds since the file began"),
        ("t_s,ankle,calf,knee\n2026-11-04 10:00:00,18,14,9\n", "line 2: .*seconds since the file began"),
        ("t_s,ankle,calf,knee\n0,,,\n1,,,\n", "no reading: all its cells of ankle, calf, knee are empty"),
    ],
)
def test_a_usual_slip_in_a_csv_is_named_with_what_to_do(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "wear.csv"
    file.write_text(text)
    with pytest.raises(GradsockError, match=said):
        check(file)


def test_the_header_of_a_csv_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "wear.csv").write_text("T_S, Ankle ,CALF,knee\n0,18,14,9\n1,18,14,9\n")
    assert read_csv(tmp_path / "wear.csv").pressures_cmmHg.tolist() == [[1800, 1400, 900]] * 2


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short recording, sealed and not, and as each of the formats that are read again."""
    folder = tmp_path_factory.mktemp("exports")
    log = record(folder / "logs", *MadeSock().events(samples=50))
    (folder / "whole.gslog").write_bytes(log.read_bytes())
    (session,) = seal(log)
    (folder / "whole.sealed").write_bytes(session.read_bytes())
    for form in ("edf", "parquet"):
        export(session, form, out=folder / f"whole.{form}")
    return folder


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """Something to do to the bytes of a file: cut it, change some of it, put something in."""
    cut = draw(st.none() | st.floats(0, 1))
    changes = draw(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6))
    extra = draw(st.binary(max_size=20))

    def break_it(data: bytes) -> bytes:
        changed = bytearray(data[: None if cut is None else round(cut * len(data))])
        for share, value in changes:
            if changed:
                changed[int(share * len(changed))] = value
        return bytes(changed + extra)

    return break_it


@given(break_it=broken())
@FILES
@pytest.mark.parametrize("form", ["edf", "parquet"])
def test_a_broken_export_is_read_or_refused_and_nobody_else_speaks(
    form: str, break_it: Any, exports: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = exports / f"broken.{form}"
    file.write_bytes(break_it((exports / f"whole.{form}").read_bytes()))
    try:
        series, _ = read_export(file)
    except GradsockError as error:
        refused_in_one_line(error)
        assert "\n" not in str(error)
    else:
        assert len(series.t_ms) == len(series.pressures_cmmHg) > 0
    assert capfd.readouterr() == ("", "")


@given(break_it=broken())
@FILES
@pytest.mark.parametrize(("form", "suffix"), [("gslog", ".gslog"), ("sealed", ".parquet")])
def test_a_broken_recording_is_read_as_far_as_it_is_whole_or_refused(
    form: str, suffix: str, break_it: Any, exports: Path
) -> None:
    whole = (exports / f"whole.{form}").read_bytes()
    file = exports / f"recording{suffix}"
    file.write_bytes(break_it(whole))
    try:
        opened = gradsock.open(file)
        assert len(opened) <= 50
        recorded.describe(opened)
    except GradsockError as error:
        refused_in_one_line(error)
    else:
        if file.read_bytes() != whole:
            assert opened.harm is not None or opened.damage
            assert opened.damage or opened.unreadable
    assert entry.of(file).path == file


DEEP = b'{"a":' * 3000 + b"1" + b"}" * 3000


@pytest.mark.parametrize("kind", [Kind.SESSION, Kind.INFO, Kind.FIT, Kind.PROBE, Kind.LINK, Kind.LOSS, Kind.ARTEFACT])
def test_what_is_nested_too_deeply_is_passed_over(kind: Kind, tmp_path: Path) -> None:
    file = record(tmp_path, *MadeSock().events(samples=50))
    with file.open("ab") as appended:
        appended.write(frames.pack(frames.Record(kind, MadeSock.t0_us, DEEP)))
    opened = gradsock.open(file)
    recorded.describe(opened)
    assert len(opened) == 50
    assert entry.of(file).serial == "TESTSOCK"
    assert len(gradsock.open(*seal(file))) == 50


def test_a_file_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_bytes(DEEP)
    for reader in (read, read_calibration):
        with pytest.raises(GradsockError, match=r"not JSON|no calibration"):
            reader(file)
    (tmp_path / "wear.csv").write_text("t_s,ankle,calf,knee\n0,1,2,3\n")
    file.rename(tmp_path / "wear.json")
    with pytest.raises(GradsockError, match="which names its prescription"):
        check(tmp_path / "wear.csv")
