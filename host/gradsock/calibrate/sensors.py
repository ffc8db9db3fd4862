"""Sorts of sensors that makers use, as far as a calibration has to know them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sort:
    """What is known of a sort beforehand."""

    title: str
    per_degC: float
    """Share of its gain per degree: [M] for FlexiForce, a guess for the others; a warm bottle needs none of it."""


SORTS = {
    "flexiforce": Sort("FlexiForce", 0.0036),
    "fsr": Sort("a force-sensing resistor", 0.0040),
    "velostat": Sort("Velostat", 0.0050),
    "textile": Sort("a knitted or woven sensor", 0.0035),
    "other": Sort("something else", 0.0),
}
LEG_POINTS = {"ankle": "B", "calf": "C", "knee": "D"}
RING_SIDES = ("front", "back", "inner", "outer")
"""Where on the ring round the leg: one sensor misreads the ring's mean by a quarter to a third."""
