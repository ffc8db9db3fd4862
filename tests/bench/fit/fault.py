"""Sensors that fail: what a broken wire, a short, a stuck or noisy input read; and samples that are lost."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sock import SITES

from .draw import Rng
from .label import Label
from .person import Person

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass
class Fault:
    """One sensor, broken from start to end."""

    kind: str
    channel: int
    start_s: float
    end_s: float
    level_mmHg: float
    """What it reads when it reads a constant."""
    unread: bool
    """The calibration gives no pressure at all there: missing instead of a rail."""
    sd_mmHg: float = 0.0
    toggles_s: Floats = field(default_factory=lambda: np.empty(0))
    """Intermittent: contact is lost at even ones and back at odd ones."""

    def apply(self, rng: Rng, t_s: Floats, reading: Floats32, missing: Bools) -> None:
        """Change reading and missing (sensors, n) at times t_s (n)."""
        first, last = np.searchsorted(t_s, (self.start_s, self.end_s))
        if first >= last:
            return
        row, lost = reading[self.channel, first:last], missing[self.channel, first:last]
        if self.kind == "noisy":
            row += rng.standard_normal(last - first, dtype=np.float32) * np.float32(self.sd_mmHg)
            return
        broken = np.ones(last - first, bool)
        if self.kind == "intermittent":
            broken = np.searchsorted(self.toggles_s, t_s[first:last]) % 2 == 1
        row[broken] = self.level_mmHg
        if self.unread:
            lost[broken] = True


def draw_fault(
    rng: Rng, person: Person, kind: str, channel: int, start_s: float, end_s: float, held_mmHg: float
) -> tuple[Fault, Label]:
    """A fault of that kind on that sensor; held_mmHg: what it read when it got stuck."""
    level = {"open": 0.0, "intermittent": 0.0, "stuck": held_mmHg}.get(kind, person.rail_mmHg)
    if kind in ("open", "intermittent") and not person.clipped:
        level = float(rng.uniform(-1.0, 0.5))
    fault = Fault(
        kind, channel, start_s, end_s, level, kind in ("open", "short", "intermittent") and rng.uniform() < 0.2
    )
    if kind == "noisy":
        fault.sd_mmHg = float(rng.uniform(12.0, 40.0))
    if kind == "intermittent":
        lost, back = rng.uniform(0.05, 1.0), rng.uniform(0.05, 3.0)
        count = int((end_s - start_s) / (lost + back)) + 1
        lengths = rng.exponential((lost, back), (count, 2)) + 0.04
        fault.toggles_s = start_s + np.concatenate(([0.0], np.cumsum(lengths.ravel())))
    begin_ms = int(start_s * 1000)
    label = Label("sensor-fault", (SITES[person.channel_site[channel]],), begin_ms, begin_ms, int(end_s * 1000))
    label.size_class = kind
    return fault, label


def draw_gaps(rng: Rng, person: Person, length_s: float) -> list[tuple[float, float, bool]]:
    """(start_s, end_s, absent): stretches that were not read; absent: not even as missing samples (a reboot)."""
    sensors = person.recipe.sensors
    gaps = []
    for _ in range(rng.poisson(sensors.gaps_per_h(rng) * length_s / 3600.0)):
        start_s = rng.uniform(0.0, length_s)
        gaps.append((start_s, start_s + sensors.gap_s(rng), bool(rng.uniform() < 0.5)))
    return gaps
