"""What was exported from a recording is checked like the recording, under the prescription that it names."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gradsock.analysis.check import check
from gradsock.analysis.exported import read_export
from gradsock.errors import AnalysisError
from gradsock.export.exporting import export
from gradsock.link import BlockReceived, InfoRead, Probe, Probed
from gradsock.log.recorder import Recorder
from sock import MISSING, SITES

from tests.host.log_bench import counts_of, encoded

SIGEL = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"
SETTINGS = {"prescription": SIGEL}


@pytest.fixture
def recorded(made):
    """18 / 14 / 8 mmHg at 25 Hz with noise, folded from 130 s on; the ankle is missing for 2 s, 4 s never came."""
    rng = np.random.default_rng(1)
    with Recorder(moniker="ble:made") as recorder:
        recorder.take(InfoRead(made.info(**SETTINGS), made.t0_us))
        for data in made.context(**SETTINGS):
            recorder.take(BlockReceived(data, made.t0_us))
        for n in range(4):
            sent = made.t0_us + n * 250_000
            probe = Probe(made.boot, sent - 10_000, sent + 10_000, 1000 + n * 250, 1000 + n * 250)
            recorder.take(Probed(probe, sent + 10_000))
        for at in range(0, 25 * 180, 25):
            if 2000 <= at < 2100:
                continue
            knee = 16.0 if at >= 130 * 25 else 8.0
            rows = [[counts_of(p) for p in row] for row in rng.normal((18.0, 14.0, knee), 0.3, (25, 3)).tolist()]
            if 1500 <= at < 1550:
                rows = [[-32768, *row[1:]] for row in rows]
            recorder.take(BlockReceived(bytes(encoded(made.boot, at, rows)), made.t0_us + at * 40_000))
    return recorder.path


def told(checked):
    return [(f.kind, f.site, f.level, f.start_s, f.notified_s, f.end_s) for f in checked.findings]


@pytest.mark.parametrize("form", ["csv", "parquet", "edf"])
def test_an_export_is_checked_like_its_recording(recorded, tmp_path, form):
    whole = check(recorded)
    file = export(recorded, form, out=tmp_path)
    checked = check(file, prescription=SIGEL if form == "edf" else None)
    assert checked.prescription.text == whole.prescription.text == SIGEL
    assert checked.samples == whole.samples == 25 * 176
    seconds = [  # of a boot a second begins with the sock's own clock, of an export with its first sample
        (a[:3], [None if t is None else pytest.approx(t, abs=1.1) for t in a[3:]]) for a in told(whole)
    ]
    assert [(b[:3], list(b[3:])) for b in told(checked)] == seconds
    assert {"fold", "sensor-fault"} <= {f.kind for f in checked.findings}
    assert [(gap.start_s, gap.end_s) for gap in checked.gaps] == [(pytest.approx(80), pytest.approx(84))]


def test_a_prescription_that_is_asked_for_goes_before_the_one_beside_it(recorded, tmp_path):
    file = export(recorded, "csv", out=tmp_path)
    assert check(file, prescription="ral:II").prescription.text == "ral:II"
    file.with_suffix(".json").write_text('{"somebody": "else"}')
    assert check(file).prescription.text == "us:15-20"
    file.with_suffix(".json").write_text("{ broken")
    with pytest.raises(AnalysisError, match=r"cannot read .*json, which names its prescription"):
        check(file)
    assert check(file, prescription="ral:II").prescription.text == "ral:II"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
@pytest.mark.parametrize("column", ["t_s", "calf_mmHg"])
def test_numbers_that_can_be_none_are_refused(recorded, tmp_path, column, value):
    file = export(recorded, "parquet", out=tmp_path)
    table = pq.read_table(file)
    spoilt = table[column].to_pylist()
    spoilt[7] = value
    at = table.column_names.index(column)
    pq.write_table(table.set_column(at, column, pa.array(spoilt, pa.float64())), file)
    if column == "t_s" or value == 1e300:
        with pytest.raises(AnalysisError, match="no time and no pressure"):
            read_export(file)
    else:
        assert read_export(file)[0].pressures_cmmHg[7, SITES.index("calf")] == MISSING


def test_a_changed_byte_of_an_exported_table_is_noticed(recorded, tmp_path):
    file = export(recorded, "parquet", out=tmp_path)
    data = bytearray(file.read_bytes())
    data[400] ^= 1
    file.write_bytes(data)
    with pytest.raises(AnalysisError, match="cannot read"):
        check(file)


def test_an_edf_of_something_else_is_refused(tmp_path):
    file = tmp_path / "a.edf"
    file.write_bytes(b"0       nothing of the kind" + b" " * 300)
    with pytest.raises(AnalysisError, match=r"cannot read .*a\.edf as an export of gradsock"):
        check(file)


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        ({"standing": [(600, 720)]}, "--standing 600-720 lies outside of the recording: it goes from"),
        ({"lying": [(10, 15)]}, "--lying 10-15 is too short: 20 s at least"),
        ({"standing": [(10, 60)], "lying": [(50, 90)]}, "--lying 50-90 overlaps with --standing 10-60"),
    ],
)
def test_times_that_say_nothing_are_refused(recorded, spans, said):
    with pytest.raises(AnalysisError, match=said):
        check(recorded, postures=spans)
