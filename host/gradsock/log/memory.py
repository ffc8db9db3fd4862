"""Pressures without what earlier loads left in them: the sock's own load history, driven a second at a time.

Within a second its readings all lose the same number per channel, so numpy sums the seconds and the history itself goes
from second to second; a test holds this equal to the sock, which feeds it every scan.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from sock.history import GAP_MAX_S, HIGHEST_CMMHG, LOWEST_CMMHG, NOW, LoadHistory
from sock.recall import RecallError, recall

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.int32]


def without_history(
    history: LoadHistory,
    ticks_ms: "NDArray[np.int64]",
    pressure_cmmHg: "Mapping[int, Column]",
    states: Mapping[int, bytes],
    *,
    all_states: bool = True,
) -> "dict[int, Column]":
    """Pressures of one boot in the order of its samples, per channel; rails and MISSING stay.

    states: what the sock said it remembered, by second. all_states: False takes over only those before which nothing is
    known, for a calibration that the sock did not have.
    """
    if not len(ticks_ms):
        return dict(pressure_cmmHg)
    second = ticks_ms // 1000
    starts = np.flatnonzero(np.concatenate([[True], np.diff(second) != 0]))
    seconds = second[starts].tolist()
    of_second = {channel: _of_seconds(column, starts) for channel, column in pressure_cmmHg.items()}
    offsets = {channel: np.zeros(len(seconds), np.int32) for channel in pressure_cmmHg}
    for i, now in enumerate(seconds):
        unknown = i == 0 or now - seconds[i - 1] > GAP_MAX_S
        history.advance(now)
        if now in states and (all_states or unknown):
            _take_over(history, states[now])
        for channel, (number, total, lowest, highest) in of_second.items():
            offset = history.offsets[channel]
            offsets[channel][i] = offset
            if number[i]:
                _feed(history, channel, number[i], total[i], lowest[i], highest[i], offset)
    length = np.diff(np.append(starts, len(ticks_ms)))
    return {channel: _less(column, np.repeat(offsets[channel], length)) for channel, column in pressure_cmmHg.items()}


def _take_over(history: LoadHistory, state: bytes) -> None:
    try:
        recall(history, state)
    except RecallError:
        return  # of another number of channels: not of this calibration


def _feed(history: LoadHistory, channel: int, number: int, total: int, lowest: int, highest: int, offset: int) -> None:
    """What `LoadHistory.corrected` keeps of a second."""
    at = channel * NOW
    history.now[at] = total - number * offset
    history.now[at + 1] = number
    history.now[at + 2] = lowest - offset
    history.now[at + 3] = highest - offset


def _of_seconds(column: "Column", starts: "NDArray[np.intp]") -> tuple[list[int], list[int], list[int], list[int]]:
    """Per second: how many pressures, their sum, the lowest and the highest."""
    read = _read(column)
    wide = column.astype(np.int64)
    return (
        np.add.reduceat(read, starts, dtype=np.int64).tolist(),
        np.add.reduceat(np.where(read, wide, 0), starts).tolist(),
        np.minimum.reduceat(np.where(read, wide, HIGHEST_CMMHG), starts).tolist(),
        np.maximum.reduceat(np.where(read, wide, LOWEST_CMMHG), starts).tolist(),
    )


def _less(column: "Column", offset: "Column") -> "Column":
    return np.where(_read(column), np.maximum(column - offset, LOWEST_CMMHG + 1), column).astype(np.int32)


def _read(column: "Column") -> "NDArray[np.bool_]":
    """Where a pressure stands, and no broken wire."""
    return np.asarray((column > LOWEST_CMMHG) & (column < HIGHEST_CMMHG))
