"""From the sock's ticks to UTC, per boot, by the probes that came back fastest.

Arrival times are never used: a radio delays as it likes. Of a probe only the round trip is uncertain, so the shortest
ones fix the line, and drift is fitted once they span long enough for a slope to mean something.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsock.link.events import Probe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNDATED = -(1 << 63)
"""UTC of a sample in a boot that no host ever probed; as ``datetime64[us]`` it is NaT."""

DRIFT_SPAN_US = 600e6  # below ten minutes 20 ppm are 12 ms, less than the spread of single probes
BUCKETS = 64  # the span is cut into so many parts at most; the best probe of each takes part in the fit
MAX_DRIFT = 200e-6  # a crystal is within 200 ppm; a steeper line comes from bad probes


@dataclass(frozen=True, slots=True)
class TimeLine:
    """UTC of one boot: ``offset_us + ticks_ms * 1000 * (1 + drift)`` about ``at_ticks_ms``."""

    at_ticks_ms: int
    at_utc_us: int
    drift: float
    probes: int
    best_round_trip_us: int

    def utc_us(self, ticks_ms: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """UTC in microseconds of an array of ticks, shape kept."""
        import numpy as np

        since_us = (ticks_ms - self.at_ticks_ms) * 1000
        utc_us: NDArray[np.int64] = self.at_utc_us + since_us + np.rint(since_us * self.drift).astype(np.int64)
        return utc_us


def fit(probes: Iterable[Probe]) -> dict[int, TimeLine]:
    """A line per boot that was probed."""
    by_boot: dict[int, list[Probe]] = {}
    for probe in probes:
        if probe.round_trip_us >= 0:
            by_boot.setdefault(probe.boot, []).append(probe)
    return {boot: _line(of_boot) for boot, of_boot in by_boot.items()}


def _line(probes: Sequence[Probe]) -> TimeLine:
    """The line through the fastest probes of one boot."""
    best = min(probes, key=lambda probe: probe.round_trip_us)
    chosen = _best_per_bucket(probes)
    ticks_ms, utc_us = _middle(best)
    drift = 0.0
    span_us = chosen[-1].sent_utc_us - chosen[0].sent_utc_us
    points = [(host - utc_us, (tick - ticks_ms) * 1000) for tick, host in map(_middle, chosen)]
    if span_us >= DRIFT_SPAN_US and len(points) > 2:
        drift, shift_us = _regress(points)
    else:
        shift_us = sum(host - sock for host, sock in points) / len(points)
    return TimeLine(ticks_ms, utc_us + round(shift_us), drift, len(probes), best.round_trip_us)


def _best_per_bucket(probes: Sequence[Probe]) -> list[Probe]:
    """Of each stretch of time the probe with the shortest round trip, among those not much slower than the best."""
    ordered = sorted(probes, key=lambda probe: probe.sent_utc_us)
    trips = sorted(probe.round_trip_us for probe in ordered)
    limit = trips[len(trips) // 4] if len(trips) >= 4 else trips[0]
    start, width = ordered[0].sent_utc_us, max(1, (ordered[-1].sent_utc_us - ordered[0].sent_utc_us) // BUCKETS + 1)
    if ordered[-1].sent_utc_us - start < DRIFT_SPAN_US:
        return [probe for probe in ordered if probe.round_trip_us <= limit]
    buckets: dict[int, Probe] = {}
    for probe in ordered:
        bucket = (probe.sent_utc_us - start) // width
        if bucket not in buckets or probe.round_trip_us < buckets[bucket].round_trip_us:
            buckets[bucket] = probe
    return list(buckets.values())


def _middle(probe: Probe) -> tuple[int, int]:
    """Ticks and UTC of the middle of an exchange, both in whole units (ms, us)."""
    half_sock_us = 500 * (probe.sock_sent_ticks_ms - probe.sock_received_ticks_ms)
    middle_us = (probe.sent_utc_us + probe.received_utc_us) // 2
    return probe.sock_received_ticks_ms, middle_us - half_sock_us


def _regress(points: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Least squares of host - sock over sock: (drift, shift in us); the drift is held within what a crystal can do."""
    n = len(points)
    mean_x = sum(sock for _, sock in points) / n
    mean_y = sum(host - sock for host, sock in points) / n
    sxx = sum((sock - mean_x) ** 2 for _, sock in points)
    sxy = sum((sock - mean_x) * (host - sock - mean_y) for host, sock in points)
    drift = max(-MAX_DRIFT, min(MAX_DRIFT, sxy / sxx)) if sxx else 0.0
    return drift, mean_y - drift * mean_x
