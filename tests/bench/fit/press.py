"""Pressure from outside on a sock that sits right: crossed legs, a chair's edge, a knee on the floor, a knock."""

from dataclasses import dataclass

from .day import Day
from .draw import Rng, pick
from .person import Person
from .track import Track, trapezoid


@dataclass
class Pressing:
    """One of them."""

    name: str
    site: int
    start_s: float
    end_s: float
    track: Track


def draw_presses(rng: Rng, person: Person, day: Day) -> list[Pressing]:
    """All presses of a day; those of a posture end with it."""
    found = []
    for start_s, end_s, posture in _held(day):
        for press in person.recipe.presses:
            if posture not in press.postures:
                continue
            for _ in range(rng.poisson(press.per_h * (end_s - start_s) / 3600.0)):
                begin = rng.uniform(start_s, end_s)
                rise = press.rise_s(rng)
                hold = max(min(press.seconds(rng), end_s - begin) - rise, 0.04)
                site = pick(rng, press.sites)
                by_site = press.beside * rng.uniform(-1.0, 1.0, 3)
                by_site[site] = 1.0
                height = (
                    press.mmHg(rng)
                    * by_site[list(person.channel_site)]
                    * rng.uniform(0.8, 1.2, len(person.channel_site))
                )
                found.append(
                    Pressing(
                        press.name, site, begin, begin + hold + 2 * rise, trapezoid(begin, rise, hold, rise, height)
                    )
                )
    return found


def _held(day: Day) -> list[tuple[float, float, int]]:
    """Bouts with fidgets of the same posture joined."""
    joined: list[tuple[float, float, int]] = []
    for start_s, end_s, posture in day.bouts():
        if joined and joined[-1][2] == posture:
            joined[-1] = (joined[-1][0], end_s, posture)
        else:
            joined.append((start_s, end_s, posture))
    return joined
