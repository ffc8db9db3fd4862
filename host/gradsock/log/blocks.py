"""Samples as blocks again: what a sealed session is played from."""

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from sock import MISSING
from sock.block import BLOCK_MAX_BYTES, BlockEncoder

from gradsock.log.frames import Kind, Record
from gradsock.log.samples import Samples

if TYPE_CHECKING:
    from numpy.typing import NDArray


def blocks_of(samples: Samples, played_utc_us: "NDArray[np.int64] | None" = None) -> Iterator[Record]:
    """A record per run, in the order in which they came: the same samples, received at the end of that millisecond.

    played_utc_us: when each run is to come instead, all of them live. Each is made when it is asked for. The bytes may
    differ from those that the sock sent, since an encoder chooses its hints by what it saw before.
    """
    encoders: dict[int, BlockEncoder] = {}
    runs = samples.runs
    ends = [*runs.first[1:].tolist(), len(samples)]
    came_utc_us = runs.received_utc_us // 1000 * 1000 + 999 if played_utc_us is None else played_utc_us
    for run in np.argsort(came_utc_us, kind="stable").tolist():
        start, end = int(runs.first[run]), ends[run]
        channels = int(runs.channels[run])
        encoder = encoders.setdefault(channels, BlockEncoder(channels, BLOCK_MAX_BYTES))
        kind = Kind.FETCHED if runs.fetched[run] and played_utc_us is None else Kind.BLOCK
        t_utc_us = int(came_utc_us[run])
        steps = tuple(runs.step_counts[run, :channels].tolist())
        counts = samples.counts[start:end, :channels].astype(np.int64)
        stored = np.where(counts == MISSING, MISSING, counts // runs.step_counts[run, :channels]).tolist()
        at = 0
        while at < len(stored):
            row = start + at
            encoder.begin(
                int(samples.boot[row]),
                int(samples.index[row]),
                int(samples.ticks_ms[row]),
                int(runs.period_ms[run]),
                int(runs.reference_counts[run]),
                steps,
                int(runs.flags[run]),
            )
            while at < len(stored) and encoder.add(array("h", stored[at])):
                at += 1
            yield Record(kind, t_utc_us, bytes(encoder.finish()))
