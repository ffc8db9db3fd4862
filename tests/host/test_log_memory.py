"""The bulk way of taking off what earlier loads left is the sock's own way."""

import numpy as np
import pytest
from gradsock.log.memory import without_history
from hypothesis import given, settings
from hypothesis import strategies as st
from sock import MISSING
from sock.history import LoadHistory

RAILS = (MISSING, 30000, -30000)


def history() -> LoadHistory:
    return LoadHistory((592, 0, 1966), ((1600, 1600, 1600), (3000, 2000, 6000), (0, 0, 0)))


def scan_by_scan(ticks_ms: list[int], rows: list[tuple[int, ...]]) -> tuple[list[list[int]], dict[int, bytes]]:
    """What the sock reads, and what it would tell at the beginning of each second."""
    memory, read, states = history(), [], {}
    for t_ms, row in zip(ticks_ms, rows, strict=True):
        memory.advance(t_ms // 1000)
        states[t_ms // 1000] = memory.pack()
        read.append([memory.corrected(channel, pressure) for channel, pressure in enumerate(row)])
    return read, states


def in_bulk(ticks_ms: list[int], rows: list[tuple[int, ...]], states: dict[int, bytes]) -> list[list[int]]:
    columns = {channel: np.array([row[channel] for row in rows], np.int32) for channel in range(3)}
    found = without_history(history(), np.array(ticks_ms), columns, states)
    return [list(row) for row in zip(*(found[channel].tolist() for channel in range(3)), strict=True)]


pressures = st.one_of(st.sampled_from(RAILS), st.integers(-1999, 19999), st.integers(2000, 3000))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from((40, 40, 40, 960, 5000, 200_000)), pressures, pressures, pressures), max_size=150
    )
)
def test_equal_to_the_sock_whatever_it_reads(scans: list[tuple[int, int, int, int]]) -> None:
    ticks_ms = np.cumsum([scan[0] for scan in scans]).tolist()
    rows = [scan[1:] for scan in scans]
    expected, _ = scan_by_scan(ticks_ms, rows)
    assert in_bulk(ticks_ms, rows, {}) == expected


def walk(seconds: int) -> tuple[list[int], list[tuple[int, ...]]]:
    rng = np.random.default_rng(5)
    base = 2500 + np.cumsum(rng.normal(0, 30, seconds * 5)).astype(int)
    return [200 * i for i in range(len(base))], [(int(p), int(p) // 2, 4000) for p in base]


@pytest.mark.parametrize("cut", (7, 500, 1003))
def test_a_log_that_begins_late_reads_the_same_from_its_first_whole_second(cut: int) -> None:
    ticks_ms, rows = walk(600)
    expected, states = scan_by_scan(ticks_ms, rows)
    first = ticks_ms[cut] // 1000
    told = {first: states[first], first + 1: states[first + 1]}
    assert in_bulk(ticks_ms[cut:], rows[cut:], told) == expected[cut:]


def test_after_a_gap_the_next_state_puts_it_right() -> None:
    ticks_ms, rows = walk(600)
    expected, states = scan_by_scan(ticks_ms, rows)
    gone = slice(1000, 1400)
    del ticks_ms[gone], rows[gone], expected[gone]
    told = {360: states[360]}
    found = in_bulk(ticks_ms, rows, told)
    back = next(i for i, t_ms in enumerate(ticks_ms) if t_ms >= 360_000)
    assert found[back:] == expected[back:]
    assert found[1000:back] != expected[1000:back]
    assert max(abs(a[0] - b[0]) for a, b in zip(found[1000:back], expected[1000:back], strict=True)) < 300


def test_under_another_calibration_only_the_beginning_is_taken_over() -> None:
    ticks_ms, rows = walk(200)
    _, states = scan_by_scan(ticks_ms, rows)
    columns = {channel: np.array([row[channel] for row in rows], np.int32) for channel in range(3)}
    told = {100: LoadHistory((0,) * 3, ((0, 0, 0),) * 3).pack()}  # nothing at all, in the middle
    kept = without_history(history(), np.array(ticks_ms), columns, told, all_states=False)
    assert kept[2].tolist() == [row[2] for row in scan_by_scan(ticks_ms, rows)[0]]
    assert states


def test_a_state_of_another_sock_is_passed_over() -> None:
    ticks_ms, rows = walk(20)
    expected, _ = scan_by_scan(ticks_ms, rows)
    assert in_bulk(ticks_ms, rows, {5: LoadHistory((0,), ((0, 0, 0),)).pack()}) == expected
