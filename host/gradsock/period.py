"""Spans of time as people write them."""

import re

from gradsock.errors import UsageError

_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


def seconds(text: str) -> float:
    """``90s``, ``10m``, ``2h`` or ``1.5`` (seconds) as seconds; UsageError for anything else."""
    found = re.fullmatch(r"(\d{1,7}(?:\.\d+)?)\s*([smh]?)", text.strip())
    value = float(found[1]) * _UNITS_S[found[2]] if found else 0.0
    if value <= 0:
        if text.strip().startswith("-"):
            raise UsageError(f"'{text}' lies in the past: a span of time is above 0, such as 90s, 10m or 2h")
        raise UsageError(f"'{text}' is not a span of time: write 90s, 10m or 2h")
    return value


def between(text: str) -> tuple[float, float]:
    """``600-720`` (seconds, each as in :func:`seconds`) as its ends; UsageError for anything else."""
    begin, dash, end = text.partition("-")
    ends = (0.0 if begin.strip() == "0" else seconds(begin), seconds(end)) if dash and begin and end else (0.0, 0.0)
    if ends[0] >= ends[1]:
        raise UsageError(f"'{text}' says no beginning and end: write 600-720 or 10m-12m")
    return ends
