"""The pressures between a virtual leg and its sock, per site over time, through a scenario.

Every pressure is a function of time alone: the profile, times how far the sock is on, times posture, times what is
wrong at the site, plus gait and sway. So any instant can be asked for in any order, and one seed gives one leg.
Marks: [R] read in the source named, [M] general knowledge, [D] chosen or derived here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from gradsock.sim.published import SITES
from gradsock.sim.scenario import POSTURES, Event, Scenario
from gradsock.sim.sensor import Array

# [R] max - min per stride: B1 6.0 to 6.8, C 3.7 to 4.3, D 4.2 to 6.3 mmHg (PicoPress, 10 people in 8 stockings)
GAIT_AMPLITUDE_MMHG = ((6.0, 6.8), (3.7, 4.3), (4.2, 6.3))
GAIT_HARMONICS = (1.0, 0.45, 0.22, 0.10)  # [M] harmonics up to 3 to 5 Hz
# Posture as a multiple of standing, (from, to) per site. [R] some sites do not change, the calf does (n = 7);
# [R] 27.3 mmHg lying against 31.5 standing at B1 under one class I stocking; [M] little and of either sign at the knee
POSTURE_FACTOR = {
    "lie": ((0.86, 1.00), (0.72, 0.92), (0.94, 1.06)),
    "sit": ((0.93, 1.00), (0.82, 0.98), (0.94, 1.08)),
    "stand": ((1.0, 1.0), (1.0, 1.0), (1.0, 1.0)),
}
# [M] what slipping down does: wrinkles below, either sign at the calf, the top mostly looser
SLIP_FACTOR = ((1.20, 1.45), (0.85, 1.15), (0.45, 0.75))
OVERSHOOT = 0.05  # [D] a sock that was just pulled up presses a little more
SWAY_MMHG = 0.12  # [M] RMS of standing still: breath, muscle tone
PULLING = 0.35  # [M] while it is pulled over a site the sock presses that much more

Moves = Iterator[tuple[float, float, float]]


@dataclass(frozen=True)
class Track:
    """A value that moves smoothly to new targets: (start_s, over_s, target), in the order of time."""

    first: float
    moves: tuple[tuple[float, float, float], ...]

    def at(self, t_s: Array) -> Array:
        """The value at each instant."""
        value = np.full(t_s.shape, self.first)
        if t_s.size:
            for start_s, over_s, target in self._near(float(t_s.min()), float(t_s.max())):
                way = np.clip((t_s - start_s) / max(over_s, 1e-6), 0.0, 1.0)
                value += (target - value) * way * way * (3.0 - 2.0 * way)
        return value

    def _near(self, first_s: float, last_s: float) -> Iterable[tuple[float, float, float]]:
        """The moves that matter between two instants: from the last one that is over before, to the last one begun."""
        over = [i for i, (start_s, over_s, _) in enumerate(self.moves) if start_s + max(over_s, 1e-6) <= first_s]
        return (move for move in self.moves[over[-1] if over else 0 :] if move[0] <= last_s)


class Leg:
    """Pressures under a sock through a scenario; time in seconds from the scenario's beginning."""

    def __init__(self, scenario: Scenario, seed: int = 0) -> None:
        self.scenario = scenario
        person = np.random.default_rng([seed, 1])  # both legs of a person walk in the same rhythm
        leg = np.random.default_rng([seed, 2, ("left", "right").index(scenario.side)])
        self._wobble = person.uniform(0.0, 2 * np.pi, 3)
        self._gait_mmHg = [leg.uniform(*span) for span in GAIT_AMPLITUDE_MMHG]
        self._gait_phase = leg.uniform(0.0, 2 * np.pi, (len(SITES), len(GAIT_HARMONICS)))
        self._stride_height = [_height_of(phases) for phases in self._gait_phase]
        self._sway_phase = leg.uniform(0.0, 2 * np.pi, (len(SITES), 3))
        posture = {name: np.array([leg.uniform(*span) for span in spans]) for name, spans in POSTURE_FACTOR.items()}
        posture |= dict.fromkeys(("walk", "table", "don"), posture["stand"])
        slip = [leg.uniform(*span) for span in SLIP_FACTOR]
        base = posture["lie" if scenario.base_posture == "lying" else "stand"]
        self._base_mmHg = [(value or 0.0) / factor for value, factor in zip(scenario.pressure_mmHg, base, strict=True)]
        events, sites = scenario.events, range(len(SITES))
        self._on = [Track(0.0, tuple(_donning(events, site))) for site in sites]
        self._posture = [Track(1.0, tuple(_postures(events, posture, site))) for site in sites]
        self._local = [Track(1.0, tuple(_causes(events, site, slip[site]))) for site in sites]
        self._all = Track(1.0, tuple((e.start_s, e.over_s, e.factor) for e in events if e.action == "swell"))
        self._walking = Track(0.0, tuple(_walking(events)))
        self._pressed = Track(0.0, tuple((e.start_s, e.over_s, e.mmHg) for e in events if e.action == "press"))
        self._donned = [event for event in events if event.action == "don"]
        self._cadence_hz = next((event.cadence_hz for event in events if event.action == "walk"), 1.0)

    def press(self, start_s: float, over_s: float, mmHg: float) -> None:
        """From then on something else presses on all sites, as a cuff does; later than all that pressed before."""
        earlier = tuple(move for move in self._pressed.moves if move[0] < start_s)
        self._pressed = Track(0.0, (*earlier, (start_s, over_s, mmHg)))

    def on_skin(self, t_s: Array) -> Array:
        """How far the sock is on at each site, 0 to 1; shape (n, 3)."""
        return np.stack([track.at(t_s) for track in self._on], axis=1)

    def pressure_mmHg(self, t_s: Array) -> Array:
        """The true pressure between sock and skin at ankle, calf and knee; shape (n, 3). A site without a sensor: 0."""
        pressed = self._pressed.at(t_s)
        common = self._all.at(t_s) * (1.0 + self._overshoot(t_s))
        walking = self._walking.at(t_s)
        columns = []
        for site, base_mmHg in enumerate(self._base_mmHg):
            on = self._on[site].at(t_s)
            steady = base_mmHg * common * self._posture[site].at(t_s) * (1.0 + PULLING * 4.0 * on * (1.0 - on))
            moving = walking * self._gait(site, t_s) + self._sway(site, t_s)
            pressure_mmHg = np.maximum(on * self._local[site].at(t_s) * (steady + moving), 0.0)
            columns.append(pressure_mmHg + pressed if base_mmHg else np.zeros(t_s.shape))
        return np.stack(columns, axis=1)

    def _gait(self, site: int, t_s: Array) -> Array:
        """A site's swing round its mean while walking, mmHg. The other leg is half a stride away."""
        periods = zip((1.1, 2.3, 3.7), self._wobble, strict=True)
        wobble_s = 0.02 * sum(np.sin(t_s / period_s + phase) for period_s, phase in periods)
        stride = self._cadence_hz * (t_s + wobble_s) + (0.5 if self.scenario.side == "right" else 0.0)
        return self._gait_mmHg[site] / self._stride_height[site] * _stride(stride, self._gait_phase[site])

    def _sway(self, site: int, t_s: Array) -> Array:
        rates = zip((1.6, 0.7, 0.31), self._sway_phase[site], strict=True)
        return np.asarray(SWAY_MMHG * np.sqrt(2.0 / 3.0) * sum(np.sin(rate * t_s + phase) for rate, phase in rates))

    def _overshoot(self, t_s: Array) -> Array:
        """What a sock presses more after donning, as a share."""
        extra = np.zeros(t_s.shape)
        for event in self._donned:
            since_s = np.maximum(t_s - event.start_s - event.over_s, 0.0)
            extra = np.where(t_s >= event.start_s, OVERSHOOT * np.exp(-since_s / event.settle_s), extra)
        return extra


def _donning(events: Iterable[Event], site: int) -> Moves:
    """The sock comes on from the ankle upward, and off from the knee downward; each site takes half of the time."""
    for event in events:
        if event.action in ("don", "doff"):
            order = site if event.action == "don" else len(SITES) - 1 - site
            late = 0.5 * event.over_s * order / (len(SITES) - 1)
            yield event.start_s + late, 0.5 * event.over_s, 1.0 if event.action == "don" else 0.0


def _postures(events: Iterable[Event], factor: dict[str, Array], site: int) -> Moves:
    for event in events:
        if event.action in POSTURES or event.action == "don":
            yield event.start_s, event.over_s if event.action in POSTURES else 0.0, float(factor[event.action][site])


def _walking(events: Iterable[Event]) -> Moves:
    for event in events:
        if event.action in POSTURES or event.action in ("don", "doff"):
            yield event.start_s, event.over_s if event.action in POSTURES else 0.0, float(event.action == "walk")


def _causes(events: Iterable[Event], site: int, slipped: float) -> Moves:
    """What multiplies the pressure at one site alone. A sock that is put on anew is smooth."""
    for event in events:
        if event.action in ("fold", "bunch") and event.site == SITES[site]:
            yield event.start_s, event.over_s, event.factor
        elif event.action == "slip":
            yield event.start_s, event.over_s, slipped
        elif event.action == "smooth" and event.site in (None, SITES[site]):
            yield event.start_s, event.over_s, 1.0
        elif event.action == "don":
            yield event.start_s, 0.0, 1.0


def _stride(stride: Array, phases: Array) -> Array:
    """A sum of harmonics without a mean; one stride is 1."""
    orders = enumerate(zip(GAIT_HARMONICS, phases, strict=True), 1)
    return np.asarray(sum(weight * np.sin(2 * np.pi * order * stride + phase) for order, (weight, phase) in orders))


def _height_of(phases: Array) -> float:
    shape = _stride(np.linspace(0.0, 1.0, 2000), phases)
    return float(shape.max() - shape.min())
