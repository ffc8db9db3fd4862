"""A leg's girths and heights, and what Laplace's law makes of them: a band of plausible pressures, never a verdict.

P = 4620 T n / (C W) (Thomas): mmHg from the tension of the fabric T in kgf, n layers, girth C and width W in cm. On
legs it over-predicts, by up to 42 % above the ankle; so a band reaches from the predicted pressure down to that over
1.42.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sock import SITES
from sock.bands import Prescription

from gradsock import jsontext
from gradsock.errors import GradsockError, UsageError
from gradsock.places import data_folder, make_private

LAPLACE_mmHg_cm2_per_kgf = 4620.0
OVER_PREDICTS = 1.42  # at most, above the ankle
GIRTH_cm = (12.0, 80.0)
HEIGHT_cm = (3.0, 70.0)
SIDES = ("left", "right")
EXAMPLE = "ankle=22.5@10 calf=36@28 knee=33@38"


@dataclass(frozen=True)
class Measure:
    """One place of a leg."""

    girth_cm: float
    height_cm: float | None = None  # above the floor, standing

    def __str__(self) -> str:
        height = "" if self.height_cm is None else f"@{self.height_cm:g}"
        return f"{self.girth_cm:g}{height}"


Leg = dict[str, Measure]
"""By site; those that were not measured are not in it."""


def laplace_mmHg(tension_kgf: float, layers: int, girth_cm: float, width_cm: float) -> float:
    """Pressure of a stretched fabric round a cylinder."""
    return LAPLACE_mmHg_cm2_per_kgf * tension_kgf * layers / (girth_cm * width_cm)


def tension_kgf_per_cm(pressure_mmHg: float, girth_cm: float) -> float:
    """The tension per width of one layer that gives a pressure."""
    return pressure_mmHg * girth_cm / LAPLACE_mmHg_cm2_per_kgf


def plausible_mmHg(leg: Leg, prescription: Prescription) -> dict[str, tuple[float, float]]:
    """What a fabric with one tension all the way would press with, if it met the prescription at the ankle.

    A real sock's tension changes from course to course: it is knitted to meet its band. Far outside of this, a sensor,
    a girth or the size deserves a second look; no more than that. Empty without the ankle's girth or an open band.
    """
    ankle, band = leg.get("ankle"), prescription.bands[0]
    if ankle is None or band is None or band[0] is None or band[1] is None:
        return {}
    found = {"ankle": (band[0] / 100, band[1] / 100)}
    low, high = (tension_kgf_per_cm(end / 100, ankle.girth_cm) for end in (band[0], band[1]))
    for site in SITES[1:]:
        if site in leg:
            girth_cm = leg[site].girth_cm
            found[site] = (laplace_mmHg(low, 1, girth_cm, 1) / OVER_PREDICTS, laplace_mmHg(high, 1, girth_cm, 1))
    return found


def parse(words: Sequence[str]) -> Leg:
    """``ankle=22.5@10``: girth at a site in cm, and its height above the floor; also with decimal commas.

    UsageError for what cannot be a leg.
    """
    leg: Leg = {}
    for word in words:
        found = re.fullmatch(r"(\w+)=(\d+(?:\.\d+)?)(?:\s*@\s*(\d+(?:\.\d+)?))?", word.replace(",", "."))
        if found is None or found[1] not in SITES:
            raise UsageError(f"'{word}' is no girth at {', '.join(SITES)}: write {EXAMPLE} (girth@height in cm)")
        leg[found[1]] = _checked(found[1], float(found[2]), float(found[3]) if found[3] else None)
    return leg


def checked(leg: Leg) -> Leg:
    """A leg whose measures fit together; UsageError when not."""
    heights = [leg[site].height_cm for site in SITES if site in leg and leg[site].height_cm is not None]
    if heights != sorted(set(heights), key=lambda height: height or 0):
        raise UsageError("heights rise from ankle to calf to knee: measure them from the floor, standing")
    if "ankle" in leg and any(leg[site].girth_cm < leg["ankle"].girth_cm for site in leg):
        raise UsageError("the ankle is the thinnest place: measure it just above the ankle bones")
    return leg


def _checked(site: str, girth_cm: float, height_cm: float | None) -> Measure:
    if not GIRTH_cm[0] <= girth_cm <= GIRTH_cm[1]:
        raise UsageError(f"{site}: a girth of {girth_cm:g} cm is no leg's: {GIRTH_cm[0]:g} to {GIRTH_cm[1]:g} cm")
    if height_cm is not None and not HEIGHT_cm[0] <= height_cm <= HEIGHT_cm[1]:
        raise UsageError(
            f"{site}: a height of {height_cm:g} cm is not below a knee: {HEIGHT_cm[0]:g} to {HEIGHT_cm[1]:g}"
        )
    return Measure(girth_cm, height_cm)


def legs() -> dict[str, Leg]:
    """All legs known here, by side, or by serial and side (``HHS255AO/left``)."""
    try:
        stored = jsontext.loads(_file().read_text(encoding="utf-8"))
        return {
            str(key): {site: Measure(**measure) for site, measure in leg.items() if site in SITES}
            for key, leg in stored.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise GradsockError(f"the legs in {_file()} cannot be read ({error}): repair or remove it") from None


def leg_of(side: str, serial: str = "") -> Leg:
    """The leg that a sock is worn on: the one measured for that sock, else that side's. Empty when never measured."""
    known = legs()
    return known.get(f"{serial}/{side}") or known.get(side) or {}


def remember(side: str, leg: Mapping[str, Measure], serial: str = "") -> Leg:
    """Note measures of a leg beside those it has; the whole of it. UsageError when they do not fit together.

    A place measured again without its height keeps the height it had.
    """
    key = f"{serial}/{side}" if serial else side
    known = legs()
    before = known.get(key, {})
    kept = {
        site: Measure(measure.girth_cm, before[site].height_cm)
        for site, measure in leg.items()
        if measure.height_cm is None and site in before
    }
    whole = checked({**before, **leg, **kept})
    known[key] = whole
    content = {name: {site: vars(measure) for site, measure in one.items()} for name, one in known.items()}
    file = _file()
    try:
        make_private(file.parent)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise GradsockError(f"cannot write {file} ({error.strerror}): set GRADSOCK_HOME to another folder") from None
    return whole


def _file() -> Path:
    return data_folder() / "legs.json"
