"""Records packed are the records."""

from gradsock.log.frames import Record
from gradsock.log.packing import pack, unpack
from hypothesis import given
from hypothesis import strategies as st

records = st.lists(
    st.builds(Record, st.integers(0, 255), st.integers(0, (1 << 64) - 1), st.binary(max_size=90)), max_size=30
)


@given(records)
def test_what_is_packed_comes_out(some):
    assert unpack(pack(some)) == some
