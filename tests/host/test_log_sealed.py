"""A sealed file loses nothing, is read by every tool, notices every changed byte and gives what is left."""

import io
import json

import gradsock
import numpy as np
import pyarrow.parquet as pq
import pytest
from gradsock.errors import LogError
from gradsock.log import contents, frames, samples, sealed, table, told, trailer
from gradsock.log.frames import Kind, Record
from gradsock.log.recorder import Recorder
from gradsock.log.recording import Recording
from gradsock.log.timeline import UNDATED
from hypothesis import given, settings
from hypothesis import strategies as st
from sock import MISSING
from sock.block import quantise

from tests.host.log_bench import encoded

KINDS = [Kind.SESSION, Kind.INFO, Kind.EVENT, Kind.FIT, Kind.PROBE, Kind.LINK, Kind.LOSS, Kind.ARTEFACT, 77]


def packed(recording):
    """The bytes that a recording is sealed into."""
    return sealed.pack(table.to_table(recording.columns), recording.contents.records, told.told(recording, ["x"]))


@pytest.fixture
def sealed_file(recorded, tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(packed(gradsock.open(recorded)))
    return path


@st.composite
def block_files(draw):
    """Records of any kind between blocks of any boot, index, width, step and value, copies and gaps among them."""
    records = []
    for _ in range(draw(st.integers(1, 12))):
        t = draw(st.integers(0, 1 << 52))
        if draw(st.integers(0, 3)) == 0:
            records.append(Record(draw(st.sampled_from(KINDS)), t, draw(st.binary(max_size=300))))
            continue
        channels = draw(st.integers(1, 6))
        steps = tuple(draw(st.integers(1, 99)) for _ in range(channels))
        value = st.one_of(st.just(MISSING), st.integers(-32767, 32767))
        rows = draw(st.lists(st.tuples(*[value] * channels), min_size=1, max_size=5))
        rows = [[quantise(v, step) for v, step in zip(row, steps, strict=True)] for row in rows]
        data = encoded(
            draw(st.integers(1, 3)),
            draw(st.integers(0, 60)),
            rows,
            steps,
            draw(st.integers(-5, 32767)),
            draw(st.integers(0, 15)),
            draw(st.integers(0, 1 << 40)),
        )
        records.append(Record(draw(st.sampled_from([Kind.BLOCK, Kind.FETCHED])), t, bytes(data)))
    return records


@given(block_files())
@settings(max_examples=60)
def test_sealing_and_reading_back_is_the_same(tmp_path_factory, records):
    held = contents.of_records(records)
    recording = Recording(tmp_path_factory.getbasetemp() / "x.parquet", held)

    back = sealed.unpack(packed(recording), recording.path)

    assert samples.equal(back.samples, held.samples)
    assert back.records == held.records
    assert not back.damage
    again = Recording(recording.path, back)
    for name, counts in recording.counts.items():
        assert np.array_equal(counts, again.counts[name])
    assert np.array_equal(recording.utc_us, again.utc_us)


@pytest.mark.parametrize("text", [frames.MAGIC, frames.file_header(), trailer.build(b"", b"", [], [])])
def test_a_record_may_hold_what_looks_like_a_log(recorded, text):
    """Whether whole or with the end of the file damaged."""
    opened = gradsock.open(recorded)
    opened.contents.records.append(Record(77, 5, text + bytes(16) + text))
    data = packed(opened)
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    for damaged in (data, data[:-1], data[:-9] + b"?" + data[-8:], data[: end - 1] + b"?" + data[end:]):
        back = sealed.unpack(damaged, recorded)
        assert back.records == opened.contents.records
        assert bool(back.damage) == (damaged != data)


def test_every_changed_byte_is_noticed(sealed_file):
    data = sealed_file.read_bytes()
    broken = bytearray(data)
    for at in range(len(data)):
        broken[at] ^= 1 << at % 8
        assert trailer.inspect(bytes(broken)).damage, f"byte {at}"
        broken[at] = data[at]
    assert not trailer.inspect(data).damage


def test_a_footer_that_nothing_vouches_for_any_longer_is_believed_when_it_makes_sense(sealed_file):
    """All that lies between pages and footer is gone, as by a bad sector of the disk: the samples are still read."""
    data = bytearray(sealed_file.read_bytes())
    found = trailer.inspect(bytes(data))
    footer_at = bytes(data).rindex(found.footer)
    data[found.pages_end : footer_at] = bytes(footer_at - found.pages_end)

    left = sealed.unpack(bytes(data), sealed_file)
    assert left.damage and left.told_lost and not left.blank
    assert left.samples.index.tolist() == sealed.read_sealed(sealed_file).samples.index.tolist()

    data[footer_at + 20 : footer_at + 60] = bytes(40)
    with pytest.raises(LogError, match="damaged"):
        sealed.unpack(bytes(data), sealed_file)


def test_a_footer_is_read_alone_only_when_it_is_as_it_was_written(sealed_file):
    data = bytearray(sealed_file.read_bytes())
    footer = trailer.inspect(bytes(data)).footer
    assert trailer.sound_footer(sealed_file) == footer
    summary = sealed.read_summary(sealed_file)
    for at in (bytes(data).rindex(footer), len(data) - 60, len(data) - 6, len(data) - 1):
        broken = bytearray(data)
        broken[at] ^= 1
        sealed_file.write_bytes(broken)
        assert trailer.sound_footer(sealed_file) in (None, footer)
        assert sealed.read_summary(sealed_file) == summary
    for short in (b"", b"PAR1", bytes(data[:50])):
        sealed_file.write_bytes(short)
        assert trailer.sound_footer(sealed_file) is None


def test_whatever_byte_is_changed_the_rest_is_read(sealed_file):
    """Every 23rd byte here; tests/bench/log.py changes each."""
    data, whole = sealed_file.read_bytes(), sealed.read_sealed(sealed_file)
    for at in range(0, len(data), 23):
        broken = bytearray(data)
        broken[at] ^= 0x10
        assert_the_rest_is_read(sealed.unpack(bytes(broken), sealed_file), whole, at)


def test_what_the_rest_is_read_by_is_there_twice(sealed_file):
    data, whole = sealed_file.read_bytes(), sealed.read_sealed(sealed_file)
    piece = next(part for part in trailer._parts(data, trailer.Inspected())[0] if part.kind == trailer.RECORDS)
    first = data.find(piece.payload)
    assert data.find(piece.payload, first + 1) > first
    for at in range(first, first + len(piece.payload), 7):
        broken = bytearray(data)
        broken[at] ^= 0x10
        left = sealed.unpack(bytes(broken), sealed_file)
        assert left.damage
        assert left.records == whole.records


def assert_the_rest_is_read(left, whole, at):
    """All samples are there by identity, at most one column of counts is lost, or one piece of records."""
    assert left.damage, f"byte {at}"
    assert np.array_equal(left.samples.index, whole.samples.index), f"byte {at}"
    assert np.array_equal(left.samples.ticks_ms, whole.samples.ticks_ms), f"byte {at}"
    same = [np.array_equal(a, b) for a, b in zip(left.samples.counts.T, whole.samples.counts.T, strict=True)]
    read = all(same) and left.samples.runs.step_counts.any() == whole.samples.runs.step_counts.any()
    lost_records = left.records != whole.records
    lost_steps = not (left.samples.counts != MISSING).any()
    assert sum(not s for s in same) <= 1 or lost_steps, f"byte {at}"
    assert not (lost_records and not read), f"byte {at}"


@pytest.mark.parametrize("cut", [1, 4, 8, 100, 700])
def test_a_file_without_its_end_is_read_as_far_as_its_copy_of_the_footer_goes(sealed_file, cut):
    data = sealed_file.read_bytes()
    left = sealed.unpack(data[:-cut], sealed_file)
    assert left.damage
    assert samples.equal(left.samples, sealed.read_sealed(sealed_file).samples)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"nonsense" * 100, b"PAR1" + bytes(200) + b"PAR1"])
def test_what_is_no_sealed_session_says_so(tmp_path, content):
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(LogError, match=r"cannot read .*x\.parquet"):
        gradsock.open(path)
    with pytest.raises(LogError, match=r"cannot read .*x\.parquet"):
        sealed.read_summary(path)


def test_a_table_of_somebody_else_is_refused(tmp_path):
    import pyarrow as pa

    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"utc": [1, 2]}), path)
    with pytest.raises(LogError, match="cannot read"):
        gradsock.open(path)


def test_a_newer_format_is_refused_in_words(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr(sealed, "FORMAT", 9)
    path = tmp_path / "x.parquet"
    path.write_bytes(packed(gradsock.open(recorded)))
    monkeypatch.undo()
    with pytest.raises(LogError, match="format 9 is newer than this gradsock"):
        gradsock.open(path)


def test_the_pages_are_as_they_should_be(sealed_file):
    metadata = pq.read_metadata(sealed_file)
    columns = {metadata.row_group(0).column(n).path_in_schema: metadata.row_group(0).column(n) for n in range(17)}
    assert {c.compression for c in columns.values()} == {"ZSTD"}
    assert not any("DICTIONARY" in encoding for c in columns.values() for encoding in c.encodings)
    for name in ("utc", "boot", "index", "ticks_ms", "block.received", "block.reference"):
        assert "DELTA_BINARY_PACKED" in columns[name].encodings
    for name in ("ankle_steps", "calf_steps", "knee_steps", "ankle_mmHg"):
        assert "BYTE_STREAM_SPLIT" in columns[name].encodings
    schema = pq.read_schema(sealed_file)
    assert str(schema.field("utc").type) == "timestamp[us, tz=UTC]"


def test_the_metadata_tell_a_person_what_this_is(sealed_file, made):
    said = {
        key.decode().removeprefix("gradsock."): json.loads(value)
        for key, value in pq.read_metadata(sealed_file).metadata.items()
        if key.startswith(b"gradsock.")
    }
    assert said["format"] == 2
    assert said["summary"]["serial"] == "TESTSOCK"
    assert said["summary"]["held"] == [[made.boot, 0, 99]]
    assert said["firmware"] == "0.1.0"
    assert said["prescription"] == said["settings"]["prescription"] == "us:15-20"
    assert said["calibration"]["id"] == "test"
    assert len(said["probes"]) == 4 and said["probes"][0]["round_trip_us"] == 20_000
    assert said["loss"] == gradsock.open(sealed_file).account.as_dict()
    assert [span["verdict"] for span in said["verdicts"]] == ["good"]
    assert said["zone"] == gradsock.open(sealed_file).zone


def test_other_tools_read_it(sealed_file, made):
    import duckdb
    import pandas as pd
    import polars as pl

    recording = gradsock.open(sealed_file)
    seconds = [np.nanmean(recording.pressure_mmHg["ankle"][recording.ticks_ms // 1000 == s]) for s in range(1, 5)]
    for of in (pd.read_parquet(sealed_file), pl.read_parquet(sealed_file)):
        assert of["index"].to_list() == list(range(100)) if isinstance(of, pl.DataFrame) else len(of) == 100
        assert list(of["ankle_steps"]) == [made.counts(i)[0] for i in range(100)]
    told_by_duckdb = duckdb.sql(f"select ankle_mmHg from '{sealed_file}' where ankle_mmHg is not null order by utc")
    assert [row[0] for row in told_by_duckdb.fetchall()] == [round(mean * 8) / 8 for mean in seconds]
    first = duckdb.sql(f"select epoch_us(min(utc)), count(*) from '{sealed_file}'").fetchall()
    assert first == [(made.t0_us, 100)]


def test_undated_samples_have_no_time(made, tmp_path):
    with Recorder(tmp_path) as recorder:
        for happened in made.events(probes=False):
            recorder.take(happened)
    recording = gradsock.open(recorder.path)
    assert set(recording.utc_us.tolist()) == {UNDATED}
    data = packed(recording)
    assert pq.read_table(io.BytesIO(data))["utc"].null_count == 100
    assert set(Recording(recorder.path, sealed.unpack(data, recorder.path)).utc_us.tolist()) == {UNDATED}
