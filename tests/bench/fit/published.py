"""Published pressure profiles as wears: standing still at what was measured, under the prescription that goes with it.

The rows are those of the virtual leg (`gradsock.sim.published`). A site that nobody measured has no sensor: missing
from start to end. Readings scatter by the row's SD or 2 mmHg, whichever is less, since that of some rows is between
people.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from gradsock.sim.published import Profile, profiles
from sock import MISSING
from sock.prescription import parse

from .check import Factory, Report
from .goals import percent
from .score import verdict_at
from .table import grid
from .wear import RATE_HZ, Chunk

LENGTH_S = 720
PULLED_UP_S = (5.0, 20.0)
DOUBLED = ("single-classI-standing", "doubled-classI-standing")
"""One stocking, and two over each other: the only published proxy for a fold."""


@dataclass(frozen=True)
class Case:
    """A profile with what a check has to say about it at the end."""

    profile: Profile
    expected: str


def cases() -> list[Case]:
    """All rows that say what is expected."""
    return [
        Case(profile, profile.verdict) for profile in profiles().values() if profile.verdict and profile.prescription
    ]


def samples(profile: Profile, seed: int, after: Profile | None = None, length_s: int = LENGTH_S) -> Iterator[Chunk]:
    """Readings at 25 Hz: pulled up, then steady; from the middle on like `after`, where one is given."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence((20, seed))))
    n = length_s * RATE_HZ
    t_ms = np.arange(n, dtype=np.int64) * (1000 // RATE_HZ)
    out = np.full((n, 3), MISSING, np.int16)
    for site, level in enumerate(profile.pressure_mmHg):
        if level is None:
            continue
        later = after.pressure_mmHg[site] if after is not None else None
        course = np.where(t_ms < 500 * length_s, level, level if later is None else later)
        up = np.interp(t_ms / 1000.0, np.add(PULLED_UP_S, 2.0 * site), (0.0, 1.0))
        sway = np.interp(t_ms / 1000.0, np.arange(0, length_s + 20, 20), rng.normal(0.0, 0.3, length_s // 20 + 1))
        reading = up * (course + sway + rng.normal(0.0, min(profile.sd_mmHg, 2.0), n))
        out[:, site] = np.rint(np.maximum(reading, 0.0) * 100.0)
    for first in range(0, n, 600 * RATE_HZ):
        part = slice(first, min(first + 600 * RATE_HZ, n))
        yield Chunk(t_ms[part], out[part], np.ones(len(t_ms[part]), bool))


def said(make: Factory, prescription: str, chunks: Iterator[Chunk]) -> Report:
    """What a check says about some readings."""
    session = make(parse(prescription))
    session.next_wear()
    for chunk in chunks:
        session.samples(chunk)
    return session.report()


def published_table(makes: dict[str, Factory], seeds: int = 10) -> str:
    """How often each check says of a published row what is expected."""
    rows = []
    for case in cases():
        cells = []
        for make in makes.values():
            ends = [
                verdict_at(said(make, case.profile.prescription, samples(case.profile, seed)), LENGTH_S * 1000)
                for seed in range(seeds)
            ]
            other = sorted(set(ends) - {case.expected})
            cells.append(percent(ends.count(case.expected), seeds) + (f" (else {', '.join(other)})" if other else ""))
        rows.append([f"{case.profile.name} under {case.profile.prescription.split(',')[0]}", case.expected, *cells])
    single, doubled = (profiles()[name] for name in DOUBLED)
    cells = []
    for make in makes.values():
        reports = [said(make, "us:30-40", samples(single, seed, doubled)) for seed in range(seeds)]
        told = sum(any(n.kind == "bunching" and n.site == "ankle" for n in report.notices) for report in reports)
        cells.append(percent(told, seeds))
    rows.append(["a second stocking over the first (ankle alone)", "bunching told", *cells])
    return grid("Published profiles, standing still for 12 min: verdict at the end", ["", "expected", *makes], rows)
