"""Folds, bunches and slips: how they rise, last, move and are smoothed away, as log factors on the pressure."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sock import SITES

from .day import Day
from .draw import Rng, pick
from .label import LARGE, LEAST_MMHG, SIZES, SMALL, Label
from .person import Person
from .recipe import POSTURES, SIT, STAND, WALK, Events
from .track import Track

Floats = NDArray[np.float64]

FIRST_S = 75.0
"""An event keeps its size this long after its rise, then may move with posture: the goals' 60 s and some."""


@dataclass
class Event:
    """One of them: a label, and log factors per sensor."""

    label: Label
    log: Track


@dataclass
class Wish:
    """What is to be drawn."""

    kind: str
    site: str
    size_class: str
    earliest_s: float
    latest_s: float
    """Last moment to begin; it may last until end_s."""
    end_s: float
    lasts_to_the_end: bool = False


def rise(rng: Rng, shape: str, length_s: float) -> tuple[Floats, Floats]:
    """(seconds from begin, share of the full log factor), ending at 1: one of the recipe's shapes."""
    if shape == "linear":
        return np.array([0.0, length_s]), np.array([0.0, 1.0])
    if shape == "sigmoid":
        x = np.linspace(0.0, 1.0, 15)
        return x * length_s, (1 - np.cos(np.pi * x)) / 2
    if shape == "exponential":
        x = np.linspace(0.0, 1.0, 15)
        return x * length_s, (1 - np.exp(-4 * x)) / (1 - math.exp(-4))
    if shape == "steps":
        levels = np.sort(np.append(rng.uniform(0.15, 0.9, int(rng.integers(1, 4))), 1.0))
        return _stairs(np.sort(np.append(rng.uniform(0.0, length_s, len(levels) - 1), 0.0)), levels, 0.15)
    if shape == "overshoot":
        over = rng.uniform(1.05, 1.4)
        return np.array([0.0, 0.3 * length_s, 0.5 * length_s, length_s + 12.0]), np.array([0.0, over, over, 1.0])
    if shape == "pause":
        low, wait = rng.uniform(0.3, 0.75), rng.uniform(2.0, 15.0)
        return np.array([0.0, 0.3, 0.3 + wait, 0.6 + wait + length_s]), np.array([0.0, low, low, 1.0])
    if shape == "strides":
        count = max(int(length_s / 1.1), 2)
        return _stairs(1.1 * np.arange(count, dtype=np.float64), np.cumsum(rng.dirichlet(np.ones(count))), 0.3)
    raise ValueError(f"no shape is called {shape}")


def _stairs(at_s: Floats, levels: Floats, width_s: float) -> tuple[Floats, Floats]:
    before = np.concatenate(([0.0], levels[:-1]))
    times = np.column_stack((at_s, at_s + width_s)).ravel()
    return np.maximum.accumulate(times), np.column_stack((before, levels)).ravel()


def draw_event(rng: Rng, person: Person, day: Day, still_mmHg: Floats, wish: Wish) -> Event | None:
    """An event as wished; None when this wearer at this time cannot have it (less than 5 mmHg).

    still_mmHg (sensors, seconds): pressure at each sensor without the event.
    """
    events = person.recipe.events
    begin_s, aligned = _begin(rng, events, day, wish)
    low, high = SIZES[wish.size_class]
    high = min(high, events.largest)
    factor = low + (high - low) * min(max(events.within_class(rng), 0.0), 0.999)
    by_site = _by_site(rng, events, wish, math.log(factor))
    lead = int(np.argmax(np.abs(by_site)))
    shape = events.shapes[pick(rng, [weight for weight, _ in events.shapes])][1]
    length = {"fold": events.fold_s, "bunching": events.bunch_s, "slipped": events.slip_s}[wish.kind](rng)
    rise_s, share = rise(rng, shape, length)
    around = still_mmHg[:, int(begin_s) : int(begin_s + rise_s[-1] + FIRST_S)]
    channels = np.flatnonzero(np.array(person.channel_site) == lead)
    if (around[channels].min(axis=1) * abs(math.expm1(by_site[lead]))).max() < LEAST_MMHG + 0.2:
        return None
    risen_s = begin_s + rise_s[-1]
    end_s = wish.end_s if wish.lasts_to_the_end else min(risen_s + max(events.lasting_s(rng), 62.0), wish.end_s)
    times, shares = _course(rng, events, day, (begin_s + rise_s, share), end_s)
    by_channel = by_site[list(person.channel_site)] * _coverage(rng, person, wish, lead)
    track = Track(times, shares[:, None] * by_channel[None, :])
    label = Label(wish.kind, (SITES[lead],), int(begin_s * 1000), 0, int(end_s * 1000))
    posture = int(day.posture_at(np.array([begin_s]))[0])
    label.traits = {
        "posture": POSTURES[posture] + (" changing" if aligned else ""),
        "rise": "abrupt" if rise_s[-1] <= 3 else "3-15 s" if rise_s[-1] <= 15 else "slow",
        "shape": shape,
    }
    measure(label, track, still_mmHg, person, risen_s)
    return Event(label, track)


def measure(label: Label, track: Track, still_mmHg: Floats, person: Person, risen_s: float) -> None:
    """Fill in onset, size and sites from what really happens at the sensors."""
    t_s = np.arange(track.t_s[0], risen_s + 60.0, 0.04)
    log = np.stack([np.interp(t_s, track.t_s, track.value[:, k]) for k in range(track.value.shape[1])])
    second = np.minimum(t_s.astype(np.intp), still_mmHg.shape[1] - 1)
    change = still_mmHg[:, second] * np.expm1(log)
    stays = t_s >= risen_s
    least_log = np.abs(log[:, stays]).min(axis=1)
    least_change = np.abs(change[:, stays]).min(axis=1)
    strong = np.flatnonzero(least_change >= LEAST_MMHG)
    best = int(strong[np.argmax(least_log[strong])]) if strong.size else int(np.argmax(least_log))
    label.size = round(math.exp(least_log[best]), 4)
    label.change_mmHg = round(float(change[best, stays][0]), 2)
    if strong.size:
        label.size_class = next((name for name, (low, high) in SIZES.items() if low <= label.size + 1e-6 < high), SMALL)
    row = SIZES["x1.4" if label.size_class in LARGE else "x1.3"][0]
    met = ((np.abs(log) >= math.log(row) - 1e-6) & (np.abs(change) >= LEAST_MMHG)).any(axis=0)
    label.onset_ms = int(t_s[np.argmax(met)] * 1000) if met.any() else int(risen_s * 1000)
    touched = (least_log >= math.log(1.15)) & (least_change >= LEAST_MMHG / 2)
    order = [best, *(k for k in np.argsort(-least_log) if touched[k] and k != best)]
    label.sites = tuple(dict.fromkeys(SITES[person.channel_site[k]] for k in order))


def _begin(rng: Rng, events: Events, day: Day, wish: Wish) -> tuple[float, bool]:
    """When: with a change of posture, or in a posture that is drawn first, so that rare postures are asked too."""
    changes = day.changes_s()
    changes = changes[(changes >= wish.earliest_s + 2) & (changes < wish.latest_s - 2)]
    if changes.size and rng.uniform() < events.aligned_share:
        return float(rng.choice(changes) + rng.uniform(-1.5, 1.5)), True
    seconds = np.arange(wish.earliest_s, max(wish.latest_s, wish.earliest_s + 1.0))
    postures = day.posture_at(seconds)
    there = np.unique(postures)
    weights = [{SIT: 0.3, STAND: 0.3, WALK: 0.3}.get(int(posture), 0.1) for posture in there]
    chosen = seconds[postures == there[pick(rng, weights)]]
    return float(rng.choice(chosen) + rng.uniform(0.0, 1.0)), False


def _by_site(rng: Rng, events: Events, wish: Wish, log: float) -> Floats:
    """Log factor per site."""
    by_site = np.array([events.elsewhere_log(rng) for _ in range(3)])
    if wish.kind != "slipped":
        by_site[SITES.index(wish.site)] = log
    elif rng.uniform() < events.slip_ankle_share:
        by_site[:] = log, events.slip_calf_log(rng), max(min(events.slip_knee_log(rng), 0.95 * log), -0.95 * log)
    else:
        by_site[:] = max(min(events.slip_ankle_log(rng), 0.9 * log), -0.9 * log), events.slip_calf_log(rng), -log
    return by_site


def _coverage(rng: Rng, person: Person, wish: Wish, lead: int) -> Floats:
    """With several sensors on a ring a bunch lies over one of them; a fold goes all the way round."""
    cover = np.ones(len(person.channel_site))
    same = np.flatnonzero(np.array(person.channel_site) == lead)
    if wish.kind == "bunching" and len(same) > 1:
        cover[same] = rng.uniform(0.0, 0.5, len(same))
        cover[rng.choice(same)] = 1.0
    return cover


def _course(rng: Rng, events: Events, day: Day, risen: tuple[Floats, Floats], end_s: float) -> tuple[Floats, Floats]:
    """Share of the full log factor over the whole event: rise, first minute, then with posture, then smoothed."""
    times, shares = list(risen[0]), list(risen[1])
    steady_until = times[-1] + FIRST_S
    if rng.uniform() < events.moving_share:
        by_posture = [events.moving(rng) for _ in POSTURES]
        for start_s, _, posture in day.bouts():
            if steady_until < start_s < end_s - 3.0:
                times += [max(start_s, times[-1] + 0.1), max(start_s, times[-1] + 0.1) + 1.5]
                shares += [shares[-1], by_posture[posture]]
    times.append(max(end_s, times[-1] + 0.1))
    shares.append(shares[-1])
    times.append(times[-1] + float(rng.uniform(0.4, 3.0)))
    shares.append(0.0)
    return np.array(times), np.array(shares)
