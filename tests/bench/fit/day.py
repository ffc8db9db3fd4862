"""A day on the leg: which posture when, and where that puts the pressures at each site."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .draw import Rng, pick
from .person import Person
from .recipe import LIE, SIT, STAND, WALK, Days, Style
from .track import Track, strokes

Floats = NDArray[np.float64]


@dataclass
class Day:
    """Bouts, ascending; a bout is one posture held in one way."""

    start_s: Floats
    posture: NDArray[np.int8]
    level_mmHg: Floats
    """(bouts, 3): how far each site lies from standing."""
    ramp_s: Floats
    end_s: float
    moves: list[Track]
    """The bumps while a posture changes."""

    def bouts(self) -> Iterator[tuple[float, float, int]]:
        """(start_s, end_s, posture) of each."""
        ends = np.append(self.start_s[1:], self.end_s)
        for start, end, posture in zip(self.start_s, ends, self.posture, strict=True):
            yield float(start), float(end), int(posture)

    def posture_at(self, t_s: Floats) -> NDArray[np.int8]:
        """The posture at each time; the first bout's before, the last one's after."""
        return self.posture[np.clip(np.searchsorted(self.start_s, t_s, side="right") - 1, 0, len(self.posture) - 1)]

    def level_at(self, t_s: Floats) -> Floats:
        """(3, n): difference from standing at each time, mmHg."""
        knots = np.column_stack((self.start_s, self.start_s + self.ramp_s)).ravel()
        before = np.vstack((self.level_mmHg[:1], self.level_mmHg[:-1]))
        values = np.stack((before, self.level_mmHg), axis=1).reshape(-1, 3)
        return np.stack([np.interp(t_s, knots, values[:, site]) for site in range(3)])

    def changes_s(self) -> Floats:
        """When the posture itself changed, without mere fidgets."""
        changed: Floats = self.start_s[1:][self.posture[1:] != self.posture[:-1]]
        return changed


def draw_day(rng: Rng, person: Person, start_s: float, end_s: float) -> Day:
    """Postures from start to end, in the style of one kind of day."""
    days = person.recipe.days
    style = days.styles[pick(rng, [weight for weight, _ in days.styles])][1]
    sequence = _markov(rng, style) if days.model == "markov" else _timetable(rng, style)
    starts, postures, levels, ramps, moves = [], [], [], [], []
    now, previous = start_s, -1
    for posture, length in sequence:
        if now >= end_s:
            break
        until = min(now + length, end_s)
        home = person.posture_mmHg[posture] + _sd(days, posture, person) * rng.standard_normal(3)
        shift_s = now
        while shift_s < until:
            next_shift_s = until if posture == WALK else min(shift_s + days.fidget_s(rng), until)
            fresh = shift_s == now
            level = home if fresh else home + 0.5 * _sd(days, posture, person) * rng.standard_normal(3)
            starts.append(shift_s)
            postures.append(posture)
            levels.append(level)
            ramps.append(min(days.ramp_s(rng), 0.8 * (next_shift_s - shift_s)))
            if fresh and previous not in (-1, posture):
                moves.append(_move(rng, person, shift_s))
            shift_s = next_shift_s
        now, previous = until, posture
    return Day(np.array(starts), np.array(postures, np.int8), np.array(levels), np.array(ramps), end_s, moves)


def _sd(days: Days, posture: int, person: Person) -> Floats:
    return np.array(days.bout_sd[posture]) * person.scale


def _move(rng: Rng, person: Person, start_s: float) -> Track:
    heights = np.array([person.recipe.days.move_mmHg(rng) for _ in range(int(rng.integers(1, 4)))])
    return strokes(rng, start_s, float(rng.uniform(1.0, 4.0)), heights, len(person.channel_site))


def _markov(rng: Rng, style: Style) -> Iterator[tuple[int, float]]:
    posture = int(rng.choice((SIT, STAND)))
    while True:
        yield posture, style.duration_s[posture](rng)
        posture = pick(rng, style.follows[posture])


def _timetable(rng: Rng, style: Style) -> Iterator[tuple[int, float]]:
    """Blocks with one main posture; every few minutes something comes up."""
    block = int(rng.choice((SIT, STAND)))
    while True:
        left = style.duration_s[block](rng)
        calm_s = {LIE: 2400.0, SIT: 1200.0, STAND: 150.0, WALK: 70.0}[block]
        while left > 0:
            stretch = min(rng.exponential(calm_s) + 4.0, left)
            yield block, stretch
            left -= stretch
            if left > 0:
                for posture, length in _interruption(rng, block):
                    yield posture, length
                    left -= length
        block = pick(rng, style.follows[block])


def _interruption(rng: Rng, block: int) -> list[tuple[int, float]]:
    if block == WALK:
        return [(STAND, rng.uniform(2.0, 30.0))]
    if block == STAND:
        return [(WALK, rng.uniform(3.0, 25.0))]
    if block == LIE:
        return [(SIT, rng.uniform(10.0, 200.0))]
    there, back = rng.uniform(5.0, 90.0), rng.uniform(5.0, 90.0)
    return [(STAND, rng.uniform(2.0, 20.0)), (WALK, there), (STAND, rng.uniform(3.0, 120.0)), (WALK, back)]
