"""Spans of time as people write and read them."""

import re

from gradsock.errors import UsageError

_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


def seconds(text: str) -> float:
    """``90s``, ``10m``, ``2h``, ``1:30``, ``1:02:05`` or ``1.5`` (seconds) as seconds; UsageError for anything else."""
    found = re.fullmatch(r"(\d{1,7}(?:\.\d+)?)\s*([smh]?)", text.strip())
    value = float(found[1]) * _UNITS_S[found[2]] if found else by_clock(text) or 0.0
    if value <= 0:
        if text.strip().startswith("-"):
            raise UsageError(f"'{text}' lies in the past: a span of time is above 0, such as 90s, 10m or 2h")
        raise UsageError(f"'{text}' is not a span of time: write 90s, 10m or 2h")
    return value


def by_clock(text: str) -> float | None:
    """``5:29`` (minutes) or ``1:02:05`` (hours), as recordings are told, as seconds; None for anything else."""
    found = re.fullmatch(r"(?:(\d{1,4}):)?(\d{1,4}):([0-5]\d(?:\.\d+)?)", text.strip())
    if not found or (found[1] and int(found[2]) > 59):
        return None
    return 3600 * int(found[1] or 0) + 60 * int(found[2]) + float(found[3])


def between(text: str) -> tuple[float, float]:
    """``600-720``, ``10:00-12:00`` (each as in :func:`seconds`) as its ends; UsageError for anything else."""
    begin, dash, end = text.partition("-")
    ends = (
        (0.0 if begin.strip() in ("0", "0:00") else seconds(begin), seconds(end))
        if dash and begin and end
        else (0.0, 0.0)
    )
    if ends[0] >= ends[1]:
        raise UsageError(f"'{text}' says no beginning and end: write 600-720, 10m-12m or 10:00-12:00")
    return ends


def duration(seconds: float) -> str:
    """``42 s``, ``2:05`` (minutes) or ``1:02:05`` (hours)."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
