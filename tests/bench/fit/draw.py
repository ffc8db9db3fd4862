"""Distributions as small values, so that a recipe is a table that can be read.

Each is called with a numpy generator and gives one float. Units are those of the field it stands in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

Rng = np.random.Generator


class Draw(Protocol):
    """Anything that gives one number."""

    def __call__(self, rng: Rng) -> float: ...


@dataclass(frozen=True)
class Fixed:
    value: float

    def __call__(self, rng: Rng) -> float:
        return self.value


@dataclass(frozen=True)
class Uniform:
    low: float
    high: float

    def __call__(self, rng: Rng) -> float:
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class LogUniform:
    low: float
    high: float

    def __call__(self, rng: Rng) -> float:
        return float(math.exp(rng.uniform(math.log(self.low), math.log(self.high))))


@dataclass(frozen=True)
class Normal:
    """Normal, cut (not folded) at low and high."""

    mean: float
    sd: float
    low: float = -math.inf
    high: float = math.inf

    def __call__(self, rng: Rng) -> float:
        return float(min(max(rng.normal(self.mean, self.sd), self.low), self.high))


@dataclass(frozen=True)
class LogNormal:
    """Log-normal by its median and the SD of its logarithm, cut at low and high."""

    median: float
    sigma: float
    low: float = 0.0
    high: float = math.inf

    def __call__(self, rng: Rng) -> float:
        return float(min(max(self.median * math.exp(rng.normal(0.0, self.sigma)), self.low), self.high))


@dataclass(frozen=True)
class Student:
    """Heavy tails: Student's t with three degrees of freedom, cut at low and high."""

    centre: float
    scale: float
    low: float = -math.inf
    high: float = math.inf

    def __call__(self, rng: Rng) -> float:
        return float(min(max(self.centre + self.scale * rng.standard_t(3), self.low), self.high))


@dataclass(frozen=True)
class Triangular:
    low: float
    mode: float
    high: float

    def __call__(self, rng: Rng) -> float:
        return float(rng.triangular(self.low, self.mode, self.high))


@dataclass(frozen=True)
class Ring:
    """Log of (one sensor / mean of the ring) when the pressure round the leg is 1 + a cos(angle), the sensor anywhere.

    a is drawn uniformly; 0.37 gives the range that six cells round B showed: 74 to 137 % of their mean (Veraart 1997).
    """

    low: float
    high: float

    def __call__(self, rng: Rng) -> float:
        return math.log1p(rng.uniform(self.low, self.high) * math.cos(rng.uniform(0.0, 2.0 * math.pi)))


@dataclass(frozen=True)
class Mix:
    """One of several distributions, by weight."""

    weights: Sequence[float]
    parts: Sequence[Draw]

    def __call__(self, rng: Rng) -> float:
        return self.parts[pick(rng, self.weights)](rng)


def pick(rng: Rng, weights: Sequence[float]) -> int:
    """An index drawn with these weights, which need not add up to one."""
    point = rng.uniform(0.0, math.fsum(weights))
    for index, weight in enumerate(weights):
        point -= weight
        if point < 0.0:
            return index
    return len(weights) - 1
