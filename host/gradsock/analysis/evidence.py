"""The numbers that decided, and what is open beside the finding that decided, in words."""

from collections.abc import Iterable, Mapping

REASONS = ("", "missing", "open", "short", "stuck", "noisy", "saturated", "loose")
"""What is wrong with a sensor, by the numbers of ``sock.reducer`` and ``sock.faults``."""
NAMES = {"pressure_cmmHg": "pressure", "baseline_cmmHg": "baseline", "below_cmmHg": "the site below"}


def tenths(mmHg: float) -> str:
    """To a tenth; what is just below zero is 0.0 and not -0.0."""
    return f"{round(mmHg, 1) + 0.0:.1f}"


def worded(evidence: Mapping[str, int]) -> str:
    """``pressure 16.2 mmHg, baseline 8.2 mmHg``, or ``stuck``."""
    return ", ".join(_one(name, value) for name, value in evidence.items())


def named(findings: Iterable[tuple[str, str | None, str]]) -> str:
    """``warning fold at the knee, notice slipped``: those that are a verdict by themselves; (kind, site, level)."""
    told = [(f"{level} {kind}", f" at the {site}" if site else "") for kind, site, level in findings if level != "info"]
    return ", ".join(what + where for what, where in told)


def also(others: Iterable[tuple[str, str | None, str]]) -> str:
    """`named`, as a sentence to go behind one on the finding of a verdict, with a blank before it; or nothing."""
    told = named(others)
    return f" Also: {told}." if told else ""


def _one(name: str, value: int) -> str:
    if name == "reason":
        return REASONS[value] if 0 < value < len(REASONS) else f"reason {value}"
    if name.endswith("_cmmHg"):
        return f"{NAMES.get(name, name.removesuffix('_cmmHg'))} {tenths(value / 100)} mmHg"
    return f"{name} {value}"
