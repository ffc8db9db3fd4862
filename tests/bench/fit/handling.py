"""Hands on the sock: pulled on site by site, smoothed, rolled off again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .draw import Rng
from .person import Person
from .track import Track, strokes

Floats = NDArray[np.float64]


@dataclass
class Donning:
    """From the table to the leg, or back."""

    start_s: float
    """First hand on the sock."""
    end_s: float
    """Last one off."""
    on_s: Floats
    """(3, 2): per site, from when to when it comes to press (or stops to)."""
    hands: list[Track]


def don(rng: Rng, person: Person) -> Donning:
    """Over the foot to the ankle, up the calf, to the knee; then tugs and strokes until it sits."""
    hands = person.recipe.hands
    start = now = hands.table_s(rng)
    on = np.empty((3, 2))
    for site in range(3):
        now += hands.pull_s(rng)
        on[site] = now, now + rng.uniform(0.3, 2.5)
        now = on[site, 1]
    count = int(hands.tugs(rng))
    end = now + count * rng.uniform(0.8, 2.5) + 1.0
    heights = np.array([hands.tug_mmHg(rng) for _ in range(count)])
    channels = len(person.channel_site)
    tracks = [strokes(rng, on[0, 0], end - on[0, 0], heights, channels)]
    return Donning(start, end, on, tracks)


def doff(rng: Rng, person: Person, start_s: float) -> Donning:
    """The top edge goes first; the rolled sock presses on each site just before it lets go of it."""
    hands = person.recipe.hands
    length = hands.doff_s(rng)
    on = np.empty((3, 2))
    tracks = []
    channels = len(person.channel_site)
    for place, site in enumerate((2, 1, 0)):
        let_go = start_s + length * (place + rng.uniform(0.3, 0.9)) / 3.0
        on[site] = let_go, let_go + rng.uniform(0.1, 1.0)
        tracks.append(strokes(rng, let_go - 0.5, 0.8, np.array([hands.tug_mmHg(rng)]), channels))
    return Donning(start_s, float(on[:, 1].max()) + 0.5, on, tracks)


def smooth(rng: Rng, person: Person, start_s: float) -> tuple[float, list[Track]]:
    """A finger round the edge, a pull here and there; (when the hands are off, tracks)."""
    hands = person.recipe.hands
    length = hands.smoothing_s(rng)
    heights = np.array([hands.tug_mmHg(rng) for _ in range(max(int(length), 2))])
    return start_s + length, [strokes(rng, start_s, length, heights, len(person.channel_site))]
