"""A log's bytes: what is damaged is noticed, and everything else is still read."""

import pytest
from gradsock.log import frames
from gradsock.log.frames import Damage, Record
from hypothesis import given
from hypothesis import strategies as st

records = st.lists(st.builds(Record, st.integers(0, 255), st.integers(0, 2**63), st.binary(max_size=300)), max_size=20)


def log_of(written):
    return frames.file_header() + b"".join(map(frames.pack, written))


@given(records)
def test_what_is_written_is_read(written):
    assert list(frames.read(log_of(written))) == written


@given(records, st.data())
def test_a_log_cut_off_anywhere_keeps_every_whole_record(written, data):
    whole = log_of(written)
    cut = data.draw(st.integers(16, len(whole)))

    found = list(frames.read(whole[:cut]))

    kept = [item for item in found if isinstance(item, Record)]
    assert kept == written[: len(kept)]
    assert len(log_of(kept)) <= cut
    if len(kept) < len(written):
        assert cut < len(log_of(written[: len(kept) + 1]))
    torn = [item for item in found if isinstance(item, Damage)]
    assert all(damage.torn for damage in torn)
    assert bool(torn) == (len(log_of(kept)) != cut)


def test_every_byte_flipped_is_noticed_and_costs_one_record():
    written = [Record(3, 1_000_000 + n, bytes([0xA5, n] * (n % 7))) for n in range(30)]
    whole = log_of(written)
    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        found = list(frames.read(bytes(broken)))
        kept = [item for item in found if isinstance(item, Record)]
        assert any(isinstance(item, Damage) for item in found), f"byte {at} changed unnoticed"
        assert set(kept) < set(written) or (at < 16 and kept == written)
        assert len(kept) >= len(written) - 1, f"byte {at} cost more than its record"


@given(records.filter(bool), st.binary(max_size=200), st.data())
def test_rubbish_between_records_is_passed_over(written, rubbish, data):
    at = data.draw(st.integers(0, len(written)))
    broken = log_of(written[:at]) + rubbish + b"".join(map(frames.pack, written[at:]))

    kept = [item for item in frames.read(broken) if isinstance(item, Record)]

    assert [record for record in kept if record in written][-1] == written[-1]
    assert len(kept) >= len(written)


def test_a_newer_format_says_so():
    start = bytearray(frames.file_header())
    start[8] = frames.VERSION + 1
    newer = bytes(start[:12]) + frames.struct.pack("<I", frames.crc32(start[:12]))
    with pytest.raises(frames.WrongFormat, match="newer than this gradsock"):
        list(frames.read(newer))


@pytest.mark.parametrize("data", [b"", b"\x89GSL", b"t_s,ankle,calf,knee\n0,1,2,3\n", bytes(4096)])
def test_what_is_no_log_is_refused(data):
    with pytest.raises(frames.WrongFormat, match=r"not a gradsock log|it is empty|a CSV file and no recording"):
        list(frames.read(data))


@given(records.filter(bool), st.integers(0, 200))
def test_the_last_record_is_found_in_a_tail(written, before):
    whole = log_of(written)
    tail = whole[max(0, len(whole) - before - len(frames.pack(written[-1]))) :]
    assert frames.last_record(tail) == written[-1]
    assert frames.last_record(tail[:-1]) is None or len(written) > 1


def test_a_record_too_long_is_refused_when_written():
    with pytest.raises(ValueError, match="at most 65535 bytes"):
        frames.pack(Record(1, 0, bytes(65536)))
