"""Pressure profiles under stockings as they were published: what the virtual leg is made of.

The numbers stand in ``published.csv`` beside this file, one row per published condition, each with its source. An empty
cell is a site that nobody measured; nothing is filled in here.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gradsock.errors import UsageError

SITES = ("ankle", "calf", "knee")
"""Where a sock measures, from below to above."""


@dataclass(frozen=True)
class Profile:
    """One published condition."""

    name: str
    source: str
    posture: str
    """In which posture the pressures hold: ``standing`` or ``lying``."""
    pressure_mmHg: tuple[float | None, float | None, float | None]
    """Ankle, calf, knee; ``None`` where nothing was published."""
    sd_mmHg: float
    """Standard deviation between people, or of the method where there was one leg only."""
    prescription: str
    """The prescription under which ``verdict`` is expected; empty where none was assigned."""
    verdict: str
    """What a fit check has to say about these pressures, empty where it is not asked."""
    note: str


@cache
def profiles() -> dict[str, Profile]:
    """All published profiles by name, in the order of the table."""
    with (Path(__file__).parent / "published.csv").open(newline="", encoding="utf-8") as table:
        return {row["name"]: _profile(row) for row in csv.DictReader(table)}


def profile(name: str) -> Profile:
    """The profile of that name; :class:`UsageError` with all names when there is none."""
    try:
        return profiles()[name]
    except KeyError:
        raise UsageError(f"no published profile is called '{name}'; there are: {', '.join(profiles())}") from None


def _profile(row: dict[str, str]) -> Profile:
    ankle, calf, knee = (float(row[f"{site}_mmHg"]) if row[f"{site}_mmHg"] else None for site in SITES)
    return Profile(
        name=row["name"],
        source=row["source"],
        posture=row["posture"],
        pressure_mmHg=(ankle, calf, knee),
        sd_mmHg=float(row["sd_mmHg"]),
        prescription=row["prescription"],
        verdict=row["verdict"],
        note=row["note"],
    )
