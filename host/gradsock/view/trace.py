"""A window of a recording as few points: the least and the highest pressure of each stretch, never every sample.

Of a recording there are two grains: its samples, and an overview of two seconds a row that is made once and kept beside
the recordings, so that weeks are drawn without reading them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_PRESSURE = -32768
"""In hundredths of mmHg, where a stretch has no reading."""
OVERVIEW_US = 2_000_000
GAP_PERIODS = 2.5
"""Where nothing came for so many periods the line is broken."""


@dataclass(frozen=True)
class Grain:
    """Rows in order of time: utc_us (n,) int64; per site least and highest pressure, (n,) int16 or int32 cmmHg."""

    utc_us: "NDArray[np.int64]"
    low_cmmHg: "dict[str, NDArray[Any]]"
    high_cmmHg: "dict[str, NDArray[Any]]"
    span_us: int
    """How much time a row stands for; 0: a moment."""

    def __len__(self) -> int:
        return len(self.utc_us)


def of_samples(utc_us: "NDArray[np.int64]", pressure_mmHg: "dict[str, NDArray[np.float64]]") -> Grain:
    """Every sample as a row of its own; sorted by time."""
    order = np.argsort(utc_us, kind="stable")
    columns = {site: _whole(values[order]) for site, values in pressure_mmHg.items()}
    return Grain(utc_us[order], columns, columns, 0)


def overview(samples: Grain) -> Grain:
    """The same in stretches of two seconds; a stretch without samples has no row."""
    if not len(samples):
        return samples
    stretch = samples.utc_us // OVERVIEW_US
    first = np.flatnonzero(np.diff(stretch, prepend=stretch[0] - 1))
    low, high = _reduced(samples, first)
    return Grain(
        stretch[first] * OVERVIEW_US,
        {site: values.astype(np.int16) for site, values in low.items()},
        {site: values.astype(np.int16) for site, values in high.items()},
        OVERVIEW_US,
    )


def joined(grains: Sequence[Grain]) -> Grain:
    """Several recordings of a sock as one, in order of time; sites that one lacks are without pressure there.

    What more than one of them tells is taken from the one that began first.
    """
    grains = _once(sorted((grain for grain in grains if len(grain)), key=lambda grain: int(grain.utc_us[0])))
    if not grains:
        return Grain(np.empty(0, np.int64), {}, {}, 0)
    if len(grains) == 1:
        return grains[0]
    sites = {site: None for grain in grains for site in grain.low_cmmHg}
    utc_us = np.concatenate([grain.utc_us for grain in grains])
    order = np.argsort(utc_us, kind="stable")

    def all_of(side: str) -> "dict[str, NDArray[Any]]":
        return {
            site: np.concatenate(
                [getattr(g, side).get(site, np.full(len(g), NO_PRESSURE, np.int16)) for g in grains],
            )[order]
            for site in sites
        }

    return Grain(utc_us[order], all_of("low_cmmHg"), all_of("high_cmmHg"), max(grain.span_us for grain in grains))


def _once(grains: Sequence[Grain]) -> list[Grain]:
    """The same without the rows for which one before has a row near by."""
    kept: list[Grain] = []
    for grain in grains:
        new = np.ones(len(grain), np.bool_)
        for other in kept:
            if other.utc_us[-1] >= grain.utc_us[0]:
                after = np.searchsorted(other.utc_us, grain.utc_us)
                nearest_us = np.minimum(
                    np.abs(other.utc_us[np.minimum(after, len(other) - 1)] - grain.utc_us),
                    np.abs(other.utc_us[np.maximum(after - 1, 0)] - grain.utc_us),
                )
                new &= nearest_us > _usual_us(other)
        if new.any():
            kept.append(grain if new.all() else _picked(grain, new))
    return kept


def _picked(grain: Grain, rows: "NDArray[np.bool_]") -> Grain:
    low, high = ({site: values[rows] for site, values in side.items()} for side in (grain.low_cmmHg, grain.high_cmmHg))
    return Grain(grain.utc_us[rows], low, high, grain.span_us)


def window(grain: Grain, from_us: int, to_us: int, width: int) -> dict[str, Any]:
    """At most some 3 ``width`` rows between two times, for JSON: t in ms UTC, per site low and high in mmHg or null.

    ``gaps``: where nothing came, from and to in ms UTC. A row of nulls stands in each; those too short to be seen at
    this width are left out.
    """
    first, last = np.searchsorted(grain.utc_us, [from_us - grain.span_us, to_us])
    part = _cut(grain, max(0, int(first) - 1), int(last) + 1)
    if not len(part):
        return {"t": [], "sites": {}, "gaps": []}
    step_us = max(1, (to_us - from_us) // width)
    holes = np.flatnonzero(np.diff(part.utc_us) > max(_usual_us(part), step_us + part.span_us)) + 1
    gaps = np.stack([part.utc_us[holes - 1] + part.span_us, part.utc_us[holes]], axis=1) / 1000
    if len(part) > width:
        edges = np.linspace(from_us, to_us, width + 1).astype(np.int64)
        starts = np.unique(np.searchsorted(part.utc_us, edges[:-1]))
        starts = np.unique(np.concatenate([[0], starts[starts < len(part)], holes]))
        low, high = _reduced(part, starts)
        holes = np.searchsorted(starts, holes)
        part = Grain(part.utc_us[starts], low, high, step_us)
    return {**_told(part, holes), "gaps": gaps.tolist()}


def _usual_us(grain: Grain) -> float:
    """The longest step between two rows that is no gap."""
    if grain.span_us:
        return GAP_PERIODS * grain.span_us
    return GAP_PERIODS * float(np.median(np.diff(grain.utc_us))) if len(grain) > 1 else 0.0


def _cut(grain: Grain, first: int, last: int) -> Grain:
    def cut(columns: "dict[str, NDArray[Any]]") -> "dict[str, NDArray[Any]]":
        return {site: values[first:last] for site, values in columns.items()}

    return Grain(grain.utc_us[first:last], cut(grain.low_cmmHg), cut(grain.high_cmmHg), grain.span_us)


def _reduced(grain: Grain, starts: "NDArray[np.int64]") -> "tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]":
    """Least and highest of each stretch; those without any pressure have none."""
    low, high = {}, {}
    for site, lows in grain.low_cmmHg.items():
        there = np.where(lows == NO_PRESSURE, np.iinfo(lows.dtype).max, lows)
        least = np.minimum.reduceat(there, starts)
        high[site] = np.maximum.reduceat(grain.high_cmmHg[site], starts)
        low[site] = np.where(high[site] == NO_PRESSURE, NO_PRESSURE, least)
    return low, high


def _told(grain: Grain, breaks: "NDArray[np.int64]") -> dict[str, Any]:
    """breaks: rows before which nothing came."""
    t = np.insert(grain.utc_us, breaks, (grain.utc_us[breaks - 1] + grain.utc_us[breaks]) // 2)
    return {
        "t": (t / 1000).tolist(),
        "sites": {
            site: {"low": _mmHg(low, breaks), "high": _mmHg(grain.high_cmmHg[site], breaks)}
            for site, low in grain.low_cmmHg.items()
        },
    }


def _mmHg(cmmHg: "NDArray[Any]", breaks: "NDArray[np.int64]") -> list[float | None]:
    values = np.insert(cmmHg.astype(np.int32), breaks, NO_PRESSURE)
    return [None if value == NO_PRESSURE else value / 100 for value in values.tolist()]


def _whole(mmHg: "NDArray[np.float64]") -> "NDArray[np.int32]":
    return np.where(np.isnan(mmHg), NO_PRESSURE, np.rint(mmHg * 100)).astype(np.int32)
