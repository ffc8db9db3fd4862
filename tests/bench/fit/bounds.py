"""Bounds and quantiles that the table needs, without a statistics package."""

import math
from collections.abc import Sequence


def poisson_upper(count: int, confidence: float = 0.95) -> float:
    """The largest mean that still gives `count` or fewer with probability 1 - confidence: a one-sided upper bound."""
    low, high = float(count), 10.0 + 2.0 * count + 6.0 * math.sqrt(count + 1.0)
    for _ in range(80):
        middle = (low + high) / 2
        if _poisson_below(count, middle) > 1.0 - confidence:
            low = middle
        else:
            high = middle
    return high


def _poisson_below(count: int, mean: float) -> float:
    logs = [k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1)] if mean > 0 else [0.0]
    top = max(logs)
    return math.exp(top) * math.fsum(math.exp(value - top) for value in logs)


def wilson_lower(hits: int, n: int, z: float = 1.645) -> float:
    """One-sided 95 % lower bound of a share."""
    if not n:
        return 0.0
    share = hits / n
    middle = share + z * z / (2 * n)
    return max(middle - z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)), 0.0) / (1 + z * z / n)


def quantile(values: Sequence[float | None], q: float) -> float:
    """The q-quantile (nearest rank, upward); None counts as never (infinite). nan for an empty sequence."""
    ordered = sorted(math.inf if value is None else value for value in values)
    if not ordered:
        return math.nan
    return ordered[min(max(math.ceil(q * len(ordered)) - 1, 0), len(ordered) - 1)]
