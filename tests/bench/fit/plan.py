"""Which wears make up a run, and how each is drawn: a story is some earlier donnings and the wear that is judged.

Groups:
  clean    correct socks, nothing happens but life: what false notices are counted on. 11 h on average, some short.
  event    correct socks with one to three folds, bunches or slips each, at least a minute after settling.
  fault    sensors that fail, three to five times a wear.
  folded   put on with the top edge folded, x1.7 and more; three earlier donnings confirmed smooth. In a quarter of
           them none (`no baseline`), as the goals ask for that figure too.
  wrong    a sock of another class or size than prescribed.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sock import SITES

from .draw import Rng
from .drawing_reporting import REPORTING
from .drawing_tuning import TUNING
from .drawing_wild import WILD
from .event import Event, Wish, draw_event, measure
from .fault import draw_fault
from .label import CELLS, FAULTS, LEAST_MMHG, SIZES, Label
from .person import Person, draw_person
from .recipe import POSTURES, Recipe
from .track import Track
from .truth import conditions, label_presses
from .wear import Wear, draw_wear, smoothed

Floats = NDArray[np.float64]

DRAWINGS = {recipe.name: recipe for recipe in (TUNING, REPORTING, WILD)}
GROUPS = ("clean", "event", "fault", "folded", "wrong")
EARLIER = 3
"""Donnings before, each confirmed smooth by the wearer."""


@dataclass(frozen=True)
class Spec:
    """The name of one story; everything about it follows from this."""

    drawing: str
    seed: int
    group: str
    number: int

    def __str__(self) -> str:
        return f"{self.drawing}/{self.seed}/{self.group}/{self.number}"

    @staticmethod
    def parse(text: str) -> "Spec":
        """The spec of a printed name."""
        drawing, seed, group, number = text.split("/")
        return Spec(drawing, int(seed), group, int(number))

    def entropy(self) -> tuple[int, ...]:
        """What seeds its generators."""
        return list(DRAWINGS).index(self.drawing), self.seed, GROUPS.index(self.group), self.number


@dataclass
class Story:
    spec: Spec
    wears: list[Wear]
    """The last one is judged; the ones before are smooth donnings, each with a mark."""
    traits: dict[str, str] = field(default_factory=dict)


def plan(drawing: str, seed: int, hours: float, events: int) -> list[Spec]:
    """Stories for about `hours` of clean wear and `events` per kind and size class, per fault, and put on folded."""
    counts = {
        "clean": math.ceil(hours / MEAN_CLEAN_H) if hours else 0,
        "event": math.ceil(len(CELLS) * len(SIZES) * events / MEAN_EVENTS),
        "fault": math.ceil(len(FAULTS) * events / MEAN_FAULTS),
        "folded": math.ceil(events / 0.75),
        "wrong": math.ceil(events / 2),
    }
    return [Spec(drawing, seed, group, number) for group, count in counts.items() for number in range(count)]


MEAN_CLEAN_H = 8.5
MEAN_EVENTS = 1.6
MEAN_FAULTS = 4.0
TRIES = 20


def tell(spec: Spec, sensors_per_site: int = 1) -> Story:
    """Draw the story of that name. The same name gives the same story."""
    recipe = DRAWINGS[spec.drawing]
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence((*spec.entropy(), 7))))
    story = {"clean": _clean, "event": _eventful, "fault": _faulty, "folded": _folded, "wrong": _wrong}[spec.group]
    return story(rng, spec, recipe, sensors_per_site)


def _finish(story: Story) -> Story:
    """Label what remains. No gap falls into the first minute of an event or fault: that would ask for clairvoyance."""
    for wear in story.wears:
        asked = [(label.begin_ms / 1000.0 - 2.0, label.onset_ms / 1000.0 + 62.0) for label in wear.labels]
        wear.gaps = [
            gap for gap in wear.gaps if not any(gap[0] < end_s and gap[1] > start_s for start_s, end_s in asked)
        ]
        wear.labels += label_presses(wear)
        wear.conditions = conditions(wear)
    person = story.wears[-1].person
    story.traits.update(person.traits)
    story.traits["earlier"] = f"{len(story.wears) - 1} earlier"
    return story


def _earlier(rng: Rng, spec: Spec, person: Person, count: int) -> list[Wear]:
    """Short smooth donnings, each confirmed by the wearer some time after it settled."""
    wears = []
    for number in range(count):
        wear = draw_wear(person.donned(rng), (*spec.entropy(), 100 + number), float(rng.uniform(480, 900)))
        confirmed = min(wear.settled_s + rng.uniform(15, 90), wear.doffing.start_s - 5)
        wear.marks.append((int(confirmed * 1000), "smooth"))
        wears.append(wear)
    return wears


def _clean(rng: Rng, spec: Spec, recipe: Recipe, sensors_per_site: int) -> Story:
    person = draw_person(rng, recipe, sensors_per_site=sensors_per_site)
    hours = min(max(rng.normal(11.0, 2.5), 5.0), 16.0) if rng.uniform() < 0.72 else rng.uniform(0.5, 4.0)
    earlier = _earlier(rng, spec, person, EARLIER if rng.uniform() < 0.5 else 0)
    return _finish(Story(spec, [*earlier, draw_wear(person.donned(rng), spec.entropy(), hours * 3600.0)]))


def _eventful(rng: Rng, spec: Spec, recipe: Recipe, sensors_per_site: int) -> Story:
    """The number says which cell (kind, site, size) the wear must have; a wearer who cannot have it is drawn anew."""
    cells = [(kind, site, size) for size in SIZES for kind, site in CELLS]
    must = cells[spec.number % len(cells)]
    extra = [must if rng.uniform() < 0.5 else cells[int(rng.integers(len(cells)))] for _ in range(int(rng.integers(3)))]
    hours = rng.uniform(3.0, 10.0) if rng.uniform() < 0.04 else rng.uniform(0.4, 0.7) + 0.25 * len(extra)
    has_earlier = rng.uniform() < 0.15
    for attempt in range(TRIES):
        person = _able(rng, recipe, must, sensors_per_site)
        wear = draw_wear(person.donned(rng), (*spec.entropy(), attempt), hours * 3600.0)
        if _place(rng, wear, [must, *extra]):
            break
    earlier = _earlier(rng, spec, person, EARLIER if has_earlier else 0)
    return _finish(Story(spec, [*earlier, wear]))


def _able(rng: Rng, recipe: Recipe, cell: tuple[str, str, str], sensors_per_site: int) -> Person:
    """Somebody whose sock presses enough for that event to reach 5 mmHg."""
    kind, site, size = cell
    excess = min(SIZES[size][1], recipe.events.largest) - 1.0
    for _ in range(200):
        person = draw_person(rng, recipe, sensors_per_site=sensors_per_site)
        sensors = person.ring * person.site_mmHg[list(person.channel_site)]
        there = sensors.max() if kind == "slipped" else max(_at(person, sensors, site))
        if there * excess > LEAST_MMHG * 1.1:
            break
    return person


def _at(person: Person, by_sensor: Floats, site: str) -> Floats:
    return by_sensor[[k for k, s in enumerate(person.channel_site) if SITES[s] == site]]


def _place(rng: Rng, wear: Wear, cells: list[tuple[str, str, str]]) -> bool:
    """Put events into a wear, the first one for sure (False when it has no room); they come in any order in time."""
    earliest, end = wear.settled_s + 60.0, wear.doffing.start_s
    slot = (end - earliest) / len(cells)
    slots = rng.permutation(len(cells))
    for (kind, site, size), place in zip(cells, slots, strict=True):
        last = place == len(cells) - 1
        begin, until = earliest + place * slot, end if last else earliest + (place + 1) * slot - 120.0
        wish = Wish(kind, site, size, begin, until - 200.0, until, last and rng.uniform() < 0.2)
        attempts = (draw_event(rng, wear.person, wear.day, wear.still_mmHg, wish) for _ in range(4))
        event = next(filter(None, attempts), None) if wish.latest_s > wish.earliest_s else None
        if event is not None:
            _add(rng, wear, event)
        elif not wear.events:
            return False
    wear.labels.sort(key=lambda label: label.begin_ms)
    return True


def _add(rng: Rng, wear: Wear, event: Event) -> None:
    wear.events.append(event)
    wear.labels.append(event.label)
    if event.label.end_ms / 1000.0 < wear.doffing.start_s - 1.0:
        smoothed(rng, wear, event.label.end_ms / 1000.0)


def _faulty(rng: Rng, spec: Spec, recipe: Recipe, sensors_per_site: int) -> Story:
    """One fault after another on any sensor, each over before the next; the last one may stay."""
    person = draw_person(rng, recipe, sensors_per_site=sensors_per_site)
    count = int(rng.integers(3, 6))
    wear = draw_wear(person.donned(rng), spec.entropy(), 420.0 + count * rng.uniform(150.0, 400.0))
    room = (wear.doffing.start_s - 10.0 - wear.settled_s) / count
    for place in range(count):
        kind = FAULTS[(spec.number * 5 + place) % len(FAULTS)]
        begin = wear.settled_s + room * (place + rng.uniform(0.05, 0.3))
        end = begin + rng.uniform(0.2, 0.6) * room
        if place == count - 1 and rng.uniform() < 0.3:
            end = wear.doffing.start_s
        channel = int(rng.integers(len(person.channel_site)))
        held = float(wear.still_mmHg[channel, int(begin)] + rng.normal(0.0, person.lenses[channel].noise_mmHg))
        fault, label = draw_fault(rng, person, kind, channel, begin, end, max(held, 0.0))
        label.traits["posture"] = POSTURES[int(wear.day.posture_at(np.array([begin]))[0])]
        wear.faults.append(fault)
        wear.labels.append(label)
    return _finish(Story(spec, [wear]))


def _folded(rng: Rng, spec: Spec, recipe: Recipe, sensors_per_site: int) -> Story:
    """Folded from the first pull on; smoothed late or never."""
    person = _able(rng, recipe, ("fold", "knee", "x1.7"), sensors_per_site)
    wear = draw_wear(person.donned(rng), spec.entropy(), float(rng.uniform(900, 1800)))
    earlier = _earlier(rng, spec, person, EARLIER if rng.uniform() < 0.75 else 0)
    factor = rng.uniform(1.72, min(recipe.events.largest, 2.6))
    end_s = wear.settled_s + rng.uniform(300, 500) if rng.uniform() < 0.5 else wear.doffing.start_s
    by_site = np.array([0.0, 0.0, math.log(factor)])
    start = wear.donning.on_s[2, 0]
    t_s = np.array([start - 0.1, start, end_s, end_s + rng.uniform(0.5, 3.0)])
    track = Track(t_s, np.array([0.0, 1.0, 1.0, 0.0])[:, None] * by_site[list(person.channel_site)])
    label = Label("fold", ("knee",), int(start * 1000), int(start * 1000), int(end_s * 1000))
    measure(label, track, wear.still_mmHg, wear.person, wear.settled_s)
    label.onset_ms = int(wear.settled_s * 1000)
    label.traits = {
        "posture": POSTURES[int(wear.day.posture_at(np.array([wear.settled_s]))[0])],
        "baseline": "no baseline"
        if not earlier
        else "repeats <= 12 %"
        if person.repeat_log <= 0.12
        else "repeats > 12 %",
    }
    _add(rng, wear, Event(label, track))
    return _finish(Story(spec, [*earlier, wear]))


def _wrong(rng: Rng, spec: Spec, recipe: Recipe, sensors_per_site: int) -> Story:
    factor = rng.uniform(1.4, 2.2) if rng.uniform() < 0.6 else rng.uniform(0.35, 0.65)
    person = draw_person(rng, recipe, factor, sensors_per_site)
    return _finish(Story(spec, [draw_wear(person.donned(rng), spec.entropy(), float(rng.uniform(1200, 2400)))]))
