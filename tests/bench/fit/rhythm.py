"""What swings: strides while walking, pedalling, a bouncing leg while sitting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .day import Day
from .draw import Rng
from .person import Person
from .recipe import SIT, WALK

Floats = NDArray[np.float64]


@dataclass
class Rhythm:
    """Cycles one after another: onset_s (n + 1,), and how high each swings, as a share of height."""

    onset_s: Floats
    share: Floats
    height_mmHg: Floats
    """Per sensor, max minus min of one cycle at share 1."""
    table: Floats
    """One cycle, (256, sensors)."""

    def add_to(self, t_s: Floats, out: NDArray[np.float32]) -> None:
        """Add it at times t_s (n, ascending) to out (sensors, n)."""
        first, last = np.searchsorted(t_s, (self.onset_s[0], self.onset_s[-1]))
        if first >= last:
            return
        phase = np.interp(t_s[first:last], self.onset_s, np.arange(len(self.onset_s)))
        cycle = phase.astype(np.intp)
        place = ((phase - cycle) * 256.0).astype(np.intp)
        share = self.share[np.minimum(cycle, len(self.share) - 1)]
        for channel in range(out.shape[0]):
            out[channel, first:last] += self.table[place, channel] * (share * self.height_mmHg[channel])


def draw_rhythms(rng: Rng, person: Person, day: Day) -> list[Rhythm]:
    """All that swings on this day, in order of time."""
    gaits = person.recipe.gaits
    sites = list(person.channel_site)
    height = person.gait_mmHg[sites] * np.sqrt(person.ring)
    rhythms = []
    for start_s, end_s, posture in day.bouts():
        if posture == WALK and end_s - start_s > 1.5:
            if rng.uniform() < gaits.cycling_share:
                smooth = np.sin(2 * np.pi * np.arange(256) / 256.0)[:, None] * np.full((1, len(sites)), 0.5)
                hertz, factor, table = person.stride_Hz * rng.uniform(0.6, 1.4), rng.uniform(0.7, 1.8), smooth
            else:
                hertz, factor, table = (
                    person.stride_Hz * rng.uniform(0.9, 1.1),
                    rng.uniform(0.85, 1.15),
                    person.waveform,
                )
            jitters = gaits.stride_jitter(rng), gaits.amplitude_jitter(rng)
            rhythms.append(_cycles(rng, start_s, end_s, hertz, jitters, height * factor, table))
        elif posture == SIT:
            for _ in range(rng.poisson(gaits.jiggle_per_h * (end_s - start_s) / 3600.0)):
                begin = rng.uniform(start_s, end_s)
                until = min(begin + rng.uniform(4.0, 120.0), end_s)
                wave = np.sin(2 * np.pi * (np.arange(256)[:, None] / 256.0 + rng.uniform(0, 1, (1, len(sites))))) * 0.5
                swing = gaits.jiggle_mmHg(rng) * rng.uniform(0.3, 1.0, len(sites))
                if until - begin > 2.0:
                    rhythms.append(_cycles(rng, begin, until, gaits.jiggle_Hz(rng), (0.03, 0.15), swing, wave))
    return rhythms


def _cycles(
    rng: Rng, start_s: float, end_s: float, hertz: float, jitters: tuple[float, float], height: Floats, table: Floats
) -> Rhythm:
    count = max(int((end_s - start_s) * hertz), 1)
    period = np.maximum(1.0 + jitters[0] * rng.standard_normal(count), 0.5) / hertz
    onset = start_s + np.concatenate(([0.0], np.cumsum(period)))
    keep = max(int(np.searchsorted(onset, end_s)), 2)
    share = np.maximum(1.0 + jitters[1] * rng.standard_normal(count), 0.2)
    share[0] *= 0.6
    share[-1] *= 0.6
    return Rhythm(onset[:keep], share[: keep - 1], height, table)
