"""Which recordings a report is about: one, a day, or a range of days."""

import re
from datetime import date
from pathlib import Path

from gradsock import clock
from gradsock.errors import LogError, UsageError
from gradsock.log import layout

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def chosen(what: str, logs: Path | None = None) -> tuple[list[Path], str]:
    """Their files, the oldest first, and a title. ``what``: an id, a file, a day or a range of days.

    A day is ``today`` or YYYY-MM-DD, a range YYYY-MM-DD..YYYY-MM-DD. LogError when there is none, UsageError for one
    that ends before it begins or has no end.
    """
    if what == "today":
        what = f"{clock.local(clock.utc_us()):%Y-%m-%d}"
    first, dots, last = what.partition("..")
    if not DAY.fullmatch(first):
        try:
            return [layout.find(what, logs)], "One session"
        except LogError as error:
            raise LogError(f"{error}; a day is written 2026-05-01 or today, several 2026-05-01..2026-05-14") from None
    if dots and not DAY.fullmatch(last):
        raise UsageError(f"{what} is no range of days: write 2026-05-01..2026-05-14")
    start, end = _day(first), _day(last or first)
    if end < start:
        raise UsageError(f"{what} ends before it begins")
    found = [path for path in layout.files(logs) if start <= _day_of(path) <= end]
    if not found:
        when = f"from {first} to {last}" if dots else f"on {first}"
        raise LogError(f"nothing was recorded {when}: look with gradsock logs")
    return found, f"From {first} to {last}" if dots else first


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text} is no day of the calendar") from None


def _day_of(path: Path) -> date:
    """By its folder, ``date=YYYY-MM-DD``: the local day on which it began."""
    folder = next((part for part in reversed(path.parts) if part.startswith("date=")), "")
    try:
        return date.fromisoformat(folder.removeprefix("date="))
    except ValueError:
        return date.min
