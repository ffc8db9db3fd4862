"""One thing that was looked at."""

from dataclasses import asdict, dataclass

from gradsock.errors import GradsockError

OK, NOTE, FAULT = "ok", "note", "fault"
"""In order; a note is worth knowing and may be meant so, with a fault something does not work."""


@dataclass(frozen=True)
class Check:
    """What was looked at and found, and what to do unless it is in order."""

    what: str
    level: str
    found: str
    do: str = ""

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


def failed(what: str, error: GradsockError, level: str = FAULT) -> Check:
    """A check that an error is the answer to: what it says, and behind the last colon or semicolon what to do."""
    text = str(error)
    for mark in ("; ", ": "):
        found, separator, do = text.rpartition(mark)
        if separator and not do.startswith("//"):
            return Check(what, level, found, do)
    return Check(what, level, text)
