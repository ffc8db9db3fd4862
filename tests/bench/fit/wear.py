"""One wear: a sock from the table to the leg and back, its readings at 25 Hz in chunks, and the truth about it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .day import Day, draw_day
from .draw import Rng
from .event import Event
from .fault import Fault, draw_gaps
from .handling import Donning, doff, don, smooth
from .label import Condition, Label
from .person import Person
from .press import Pressing, draw_presses
from .rhythm import Rhythm, draw_rhythms
from .sensor import noise, rounded, slow_reading
from .track import Track, Tracks

Floats = NDArray[np.float64]

RATE_HZ = 25
CHUNK_S = 600
"""Seconds per chunk: small enough for the cache, so an 11 h wear never lies in memory at 25 Hz."""


@dataclass
class Chunk:
    """A stretch of samples on the full 25 Hz grid; `present` says which rows a check is given."""

    t_ms: NDArray[np.int64]
    pressure_cmmHg: NDArray[np.int16]
    """(n, sensors), MISSING where unread."""
    present: NDArray[np.bool_]


@dataclass
class Wear:
    """Drawn in steps (see `draw_wear`), then read out by `chunks`."""

    person: Person
    seed: tuple[int, ...]
    donning: Donning
    doffing: Donning
    day: Day
    length_s: int
    still_mmHg: Floats
    """(sensors, seconds): true pressure at each sensor with postures, without events, presses, hands and strides."""
    ring_mmHg: Floats
    """(3, seconds): the same for the mean of each ring."""
    rhythms: list[Rhythm]
    presses: list[Pressing]
    hands: list[Track]
    settled_s: float = 0.0
    events: list[Event] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    gaps: list[tuple[float, float, bool]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)
    """(t_ms, text): what the wearer told the sock."""

    @property
    def worn_s(self) -> float:
        """From the hands off after donning to the first hand at doffing."""
        return self.doffing.start_s - self.donning.end_s

    def chunks(self) -> Iterator[Chunk]:
        """The readings, from the table and back to it."""
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence((*self.seed, 1))))
        seconds = np.arange(self.still_mmHg.shape[1], dtype=np.float64)
        log, added = self._courses()
        slow = self.still_mmHg.copy()
        factor = np.zeros_like(slow)
        if log.add_to(seconds, factor):
            slow *= np.exp(factor)
        added.add_to(seconds, slow)
        error = slow_reading(rng, self.person, np.maximum(slow, 0.0), self.donning.on_s[0, 0]) - slow
        lost_share = self.person.recipe.sensors.lost_share(rng)
        for first in range(0, self.length_s, CHUNK_S):
            yield self._chunk(rng, first, min(first + CHUNK_S, self.length_s), error, (log, added), lost_share)

    def _courses(self) -> tuple[Tracks, Tracks]:
        """Tracks of log factors, and of what is added."""
        added = [*self.hands, *(pressing.track for pressing in self.presses), *self.day.moves]
        return Tracks([event.log for event in self.events]), Tracks(added)

    def _chunk(
        self, rng: Rng, first: int, last: int, error: Floats, courses: tuple[Tracks, Tracks], lost_share: float
    ) -> Chunk:
        n = (last - first) * RATE_HZ
        t_ms = first * 1000 + np.arange(n, dtype=np.int64) * (1000 // RATE_HZ)
        t_s = t_ms / 1000.0
        reading = _fine(self.still_mmHg[:, first : last + 1])
        for rhythm in self.rhythms:
            if rhythm.onset_s[0] < last and rhythm.onset_s[-1] > first:
                rhythm.add_to(t_s, reading)
        factor = np.zeros_like(reading)
        if courses[0].add_to(t_s, factor):
            reading *= np.exp(factor)
        courses[1].add_to(t_s, reading)
        np.maximum(reading, 0.0, out=reading)
        reading += _fine(error[:, first : last + 1])
        reading += noise(rng, self.person, n) * self._loaded(first, last)
        missing = np.zeros(reading.shape, bool)
        for fault in self.faults:
            fault.apply(rng, t_s, reading, missing)
        if lost_share > 0:
            missing[:, rng.random(n, np.float32) < lost_share] = True
        present = np.ones(n, bool)
        for start_s, end_s, absent in self.gaps:
            hole = slice(*np.searchsorted(t_s, (start_s, end_s)))
            (present if absent else missing.T)[hole] = not absent
        return Chunk(t_ms, np.ascontiguousarray(rounded(self.person, reading, missing).T), present)

    def _loaded(self, first: int, last: int) -> NDArray[np.float32]:
        """Noise is that of a loaded sensor; a free one is quiet (its conductance is next to nothing)."""
        loaded = np.minimum(_fine(self.still_mmHg[:, first : last + 1]) / np.float32(4.0), np.float32(1.0))
        share: NDArray[np.float32] = np.float32(0.1) + np.float32(0.9) * loaded
        return share


def _fine(slow: Floats) -> NDArray[np.float32]:
    """(sensors, seconds + 1) at 1 Hz to (sensors, seconds * 25), linear between."""
    base = slow[:, :-1].astype(np.float32)
    rise = np.diff(slow, axis=1).astype(np.float32)
    share = (np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    return (base[:, :, None] + rise[:, :, None] * share).reshape(len(slow), -1)


def draw_wear(person: Person, seed: tuple[int, ...], worn_s: float) -> Wear:
    """A wear without events or faults, worn for about worn_s; conditions are known, labels of presses are set."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence((*seed, 0))))
    donning = don(rng, person)
    doffing = doff(rng, person, donning.end_s + worn_s)
    length_s = math.ceil(doffing.end_s + person.recipe.hands.table_s(rng))
    day = draw_day(rng, person, donning.end_s, doffing.start_s)
    seconds = np.arange(length_s + 1, dtype=np.float64)
    ring_mmHg = _ring(rng, person, day, donning, doffing, seconds)
    sites = list(person.channel_site)
    still = ring_mmHg[sites] * person.ring[:, None] + _wandering(rng, person, seconds) * (ring_mmHg[sites] > 2.0)
    wear = Wear(
        person=person,
        seed=seed,
        donning=donning,
        doffing=doffing,
        day=day,
        length_s=length_s,
        still_mmHg=np.maximum(still, 0.0),
        ring_mmHg=ring_mmHg,
        rhythms=draw_rhythms(rng, person, day),
        presses=draw_presses(rng, person, day),
        hands=donning.hands + doffing.hands,
        gaps=draw_gaps(rng, person, length_s),
    )
    wear.settled_s = _settled_s(wear)
    return wear


def _ring(rng: Rng, person: Person, day: Day, donning: Donning, doffing: Donning, seconds: Floats) -> Floats:
    days = person.recipe.days
    upright = np.where(day.posture_at(seconds) == 0, -3.0, 1.0)  # lying undoes it three times as fast
    filled = _bounded(np.cumsum(upright), 36000.0) / 36000.0
    swelling = 1.0 + days.swelling(rng) * filled[None, :] * rng.uniform(0.8, 1.2, (3, 1))
    since = np.maximum(seconds - donning.end_s, 0.0)
    relaxing = 1.0 + days.relax(rng) * rng.uniform(0.5, 1.5, (3, 1)) * np.exp(-since / days.relax_s(rng))[None, :]
    on = np.stack(
        [
            np.interp(seconds, donning.on_s[site], (0.0, 1.0)) * np.interp(seconds, doffing.on_s[site], (1.0, 0.0))
            for site in range(3)
        ]
    )
    levels = person.site_mmHg[:, None] * swelling * relaxing + day.level_at(seconds)
    return np.maximum(levels, 1.5) * on


def _bounded(x: Floats, high: float, block: int = 600) -> Floats:
    """A running sum kept within 0 and high, decided every ten minutes."""
    out, level = np.empty_like(x), 0.0
    steps = np.diff(x, prepend=0.0)
    for first in range(0, len(x), block):
        part = level + np.cumsum(steps[first : first + block])
        out[first : first + block] = np.clip(part, 0.0, high)
        level = float(out[min(first + block, len(x)) - 1])
    return out


def _wandering(rng: Rng, person: Person, seconds: Floats) -> Floats:
    days = person.recipe.days
    out = np.empty((len(person.channel_site), len(seconds)))
    for channel in range(len(out)):
        step = days.wander_s(rng)
        knots = np.arange(0.0, seconds[-1] + 2 * step, step)
        out[channel] = np.interp(seconds, knots, rng.normal(0.0, days.wander_mmHg(rng), len(knots)))
    return out


def _settled_s(wear: Wear) -> float:
    """When the sock counts as settled: slope under 1 mmHg/min for 60 s, at the latest five minutes after donning."""
    first = math.ceil(wear.donning.end_s)
    level = wear.ring_mmHg[:, first : first + 300]
    for second in range(60, level.shape[1]):
        if np.abs(level[:, second] - level[:, second - 60]).max() < 1.0:
            return first + second
    return wear.donning.end_s + 300.0


def smoothed(rng: Rng, wear: Wear, end_s: float) -> None:
    """Hands that end an event."""
    wear.hands += smooth(rng, wear.person, end_s - 0.5)[1]
