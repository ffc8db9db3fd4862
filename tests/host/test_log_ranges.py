"""Stretches of index say what a plain set of identities would."""

import itertools

from gradsock.log.ranges import Ranges
from hypothesis import given
from hypothesis import strategies as st

stretches = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(0, 12)), max_size=30)


@given(stretches, st.integers(0, 70), st.integers(0, 70))
def test_what_is_missing_is_what_a_set_lacks(put_in, first, last):
    ranges, identities = Ranges(), set()
    for boot, index, count in put_in:
        ranges.add(boot, index, count)
        identities |= {(boot, i) for i in range(index, index + count)}

    for boot in range(3):
        lacking = ranges.missing(boot, first, last)
        assert {i for a, b in lacking for i in range(a, b + 1)} == {
            i for i in range(first, last + 1) if (boot, i) not in identities
        }
        assert all(b + 1 < c for (_, b), (c, _) in itertools.pairwise(lacking))
        assert {(boot, i) for a, b in ranges.of(boot) for i in range(a, b + 1)} == {
            identity for identity in identities if identity[0] == boot
        }
    assert len(ranges) == len(identities)
    assert {boot for boot, _ in identities} == set(ranges.boots())


@given(stretches, stretches)
def test_a_union_is_the_same_in_any_order(some, others):
    def ranges(put_in):
        return Ranges((boot, index, index + count) for boot, index, count in put_in)

    there, back = ranges(some), ranges(others)
    there.update(ranges(others))
    back.update(ranges(some))
    assert list(there) == list(back) == list(ranges([*some, *others]))
