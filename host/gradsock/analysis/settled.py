"""Pressure while the sock was worn and had settled: its spread at each site, and how much of it lay in the band."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sock import SITES
from sock.bands import Prescription
from sock.curves import PRESSURE_MAX_CMMHG

from gradsock.analysis.checked import Settled, VerdictSpan
from gradsock.analysis.stretch import Stretch

NOT_SETTLED = ("not worn", "settling")
PERCENTILES = (5, 50, 95)


def settled(stretches: Sequence[Stretch], verdicts: Iterable[VerdictSpan], bands: Prescription) -> Iterator[Settled]:
    """Per site that was read then, over all verdicts but those of a sock that is not worn or has not settled."""
    spans = [(span.start_s, span.end_s) for span in verdicts if span.verdict not in NOT_SETTLED]
    rows = [_within(stretch, spans) for stretch in stretches]
    for number, site in enumerate(SITES):
        pairs = zip(stretches, rows, strict=True)
        read = np.concatenate([stretch.pressures_cmmHg[chosen, number] for stretch, chosen in pairs])
        read = read[np.abs(read) < PRESSURE_MAX_CMMHG]
        if len(read):
            low, median, high = (float(value) / 100 for value in np.percentile(read, PERCENTILES))
            yield Settled(site, low, median, high, _share(read, bands.bands[number]))


def _within(stretch: Stretch, spans: Iterable[tuple[float, float]]) -> NDArray[np.bool_]:
    """Which of its rows lie in one of some spans, in seconds on the common axis."""
    chosen = np.zeros(len(stretch.t_ms), np.bool_)
    for start_s, end_s in spans:
        ends_ms = [round(1000 * (at_s - stretch.offset_s)) for at_s in (start_s, end_s)]
        first, last = np.searchsorted(stretch.t_ms, ends_ms)
        chosen[first:last] = True
    return chosen


def _share(read_cmmHg: NDArray[np.int64], band: Sequence[int | None] | None) -> float | None:
    """How much of it lies in a band, 0 to 1; None where there is none."""
    if band is None:
        return None
    low, high = band
    inside = np.ones(len(read_cmmHg), np.bool_)
    if low is not None:
        inside &= read_cmmHg >= low
    if high is not None:
        inside &= read_cmmHg <= high
    return float(inside.mean())
