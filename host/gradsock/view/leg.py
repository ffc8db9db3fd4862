"""A leg in words: its measures, and which pressures are plausible on it."""

import textwrap
from typing import Any

from sock import SITES
from sock.bands import Prescription

from gradsock.owner.leg import Leg, plausible_mmHg
from gradsock.view.bands import band_text

NOTES = (
    "Plausible: of a fabric with the ankle's tension all the way up, by Laplace's law, which is too high by up to 42 %"
    " on legs. Far outside it, look again at girth, sensor and size; it says nothing about whether the sock is right"
    " for you.",
    "Sizes differ from maker to maker: look these girths up in the table of the sock's maker. Measure in the morning,"
    " standing, the tape flat and not tight.",
)
WIDTH = 78


def as_dict(side: str, leg: Leg, prescription: Prescription) -> dict[str, Any]:
    """For JSON."""
    plausible = plausible_mmHg(leg, prescription)
    return {
        "side": side,
        "prescription": prescription.text,
        "sites": {
            site: {
                "girth_cm": leg[site].girth_cm,
                "height_cm": leg[site].height_cm,
                "plausible_mmHg": [round(end, 1) for end in plausible[site]] if site in plausible else None,
            }
            for site in SITES
            if site in leg
        },
    }


def describe(side: str, leg: Leg, prescription: Prescription) -> str:
    """For a person, at most 78 characters wide."""
    plausible = plausible_mmHg(leg, prescription)
    lines = [
        f"{side} leg, under {prescription.text}",
        f"  {'':8}{'girth':>9}{'height':>10}{'prescribed':>14}{'plausible':>14}",
    ]
    for index, site in enumerate(SITES):
        if site not in leg:
            continue
        measure, band = leg[site], prescription.bands[index]
        height = "-" if measure.height_cm is None else f"{measure.height_cm:g} cm"
        wanted = f"{band_text(band)} mmHg" if band else "-"
        likely = f"{plausible[site][0]:.0f}-{plausible[site][1]:.0f} mmHg" if site in plausible else "-"
        lines.append(f"  {site:8}{f'{measure.girth_cm:g} cm':>9}{height:>10}{wanted:>14}{likely:>14}")
    notes = NOTES if len(plausible) > 1 else NOTES[1:]
    return "\n".join([*lines, *(textwrap.fill(note, WIDTH) for note in notes)])
