"""Recordings that hold the samples of another one once more: played again and recorded, or read anew."""

from typing import Any

REPLAYED, RECALIBRATED = "replay:", "recalibrated:"


def repeated(session: dict[str, Any]) -> str:
    """What its first record says that a recording repeats: ``replay:...``, ``recalibrated:ID``; empty: nothing."""
    if "derived_from" in session:
        return f"{RECALIBRATED}{session['derived_from']}"
    moniker = str(session.get("moniker", ""))
    return moniker if moniker.startswith(REPLAYED) else ""


def in_a_word(repeats: str) -> str:
    """The same for a list."""
    return "recalibrated" if repeats.startswith(RECALIBRATED) else "replayed" if repeats else ""
