"""The settings of a sock as a form: what each is for and how it is filled in, by the sock's own schema."""

from typing import Any

from sock.explained import ABOUT
from sock.prescription import PrescriptionError, parse
from sock.settings import CABLE_ONLY, SCHEMA

from gradsock.errors import UsageError

GROUPS = {
    "Wearing": {"name": "Name", "side": "Leg", "prescription": "Prescription"},
    "Reminders": {
        "wear_max_min": "Take it off after, minutes",
        "hydrate_min": "Drink something every, minutes",
        "overnight": "At night",
        "vibrate": "Vibrate",
    },
    "Measuring": {
        "rate_Hz": "Scans a second",
        "channels": "Channels (JSON)",
        "gain": "Gain",
        "data_rate": "Conversions a second",
        "sleep_min": "Sleep after, minutes off the leg",
        "battery_mAh": "Capacity of its cell, mAh",
    },
    "Access": {"allow_unprotected": "Stream to everybody"},
}
"""Which belong together, and what they are called."""


def fields(values: dict[str, Any]) -> list[dict[str, Any]]:
    """One per setting, in the order in which they are shown; ``kind``: choice, number, switch, json or text."""
    schema = {key: (default, allowed) for key, default, allowed in SCHEMA}
    named = {key: (group, label) for group, labels in GROUPS.items() for key, label in labels.items()}
    told = []
    for key in [*named, *(key for key in schema if key not in named)]:
        default, allowed = schema[key]
        group, label = named.get(key, ("More", key))
        told.append(
            {
                "key": key,
                "label": label,
                "group": group,
                "kind": _kind(default, allowed),
                "choices": list(allowed) if isinstance(allowed, tuple) else [],
                "value": values.get(key, default),
                "default": default,
                "about": ABOUT[key],
                "locked": key in CABLE_ONLY,
            }
        )
    return told


def hear_physician(patch: dict[str, Any], *, prescribed: bool) -> None:
    """Pass for a light prescription, or one that a physician gave; UsageError without that word."""
    text = patch.get("prescription")
    if not isinstance(text, str) or prescribed:
        return
    try:
        wanted = parse(text)
    except PrescriptionError as error:
        raise UsageError(f"prescription: {error}") from None
    if wanted.needs_physician:
        raise UsageError(f"{wanted.text} presses with 20 mmHg or more: tick that a physician prescribed it")


def _kind(default: object, allowed: object) -> str:
    if isinstance(allowed, tuple):
        return "choice"
    if allowed is None:
        return "switch"
    if isinstance(allowed, int):
        return "number"
    return "json" if isinstance(default, list) else "text"
