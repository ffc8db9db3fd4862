"""The vectorised reducer gives what the sock's own gives, whatever the samples and however they are cut."""

from itertools import pairwise

import numpy as np
from gradsock.analysis.reduce import BulkReducer
from hypothesis import given
from hypothesis import strategies as st
from sock import MISSING
from sock.reducer import Reducer

VALUES = st.sampled_from([0, 0, 149, 150, 1800, 1801, -5, -2000, -2001, 19999, 20000, 32767, -32767, MISSING])
CHANNELS = 4  # one more than there are sites
ROWS = st.lists(st.tuples(st.integers(1, 1400), *[VALUES] * CHANNELS), min_size=0, max_size=120)


def one_by_one(times: list[int], rows: list[list[int]]) -> list[tuple]:
    reducer, seen = Reducer(CHANNELS), []
    for index, (t_ms, row) in enumerate(zip(times, rows, strict=True)):
        if reducer.add(t_ms, row):
            shown = (reducer.means, reducer.states, reducer.spans, reducer.stills, reducer.steps, reducer.falls)
            seen.append((index, reducer.second, *(value for row in shown for value in row)))
    return seen


@given(ROWS, st.lists(st.integers(0, 120), max_size=4), st.integers(1, 1000))
def test_seconds_are_equal(rows: list[tuple[int, ...]], cuts: list[int], slow: int) -> None:
    times, now = [], 0
    for step, *_ in rows:
        now += max(step // slow, 1)
        times.append(now)
    values = [list(row[1:]) for row in rows]
    bulk, seen = BulkReducer(CHANNELS), []
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    for first, last in pairwise(edges):
        part = np.array(values[first:last], np.int64).reshape(-1, CHANNELS)
        got = bulk.add(np.array(times[first:last], np.int64), part)
        tables = (got.means, got.states, got.spans, got.stills, got.steps, got.falls)
        for k in range(len(got.second)):
            seen.append(
                (
                    int(got.closes[k]) + first,
                    int(got.second[k]),
                    *(int(v) for table in tables for v in table[k]),
                )
            )
    assert seen == one_by_one(times, values)
