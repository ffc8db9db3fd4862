"""What a person is told of a sock's memory, and of what never reached anybody."""

from typing import Any

import pytest
from gradsock.link.events import FitNow, SockInfo
from gradsock.link.owned import Vitals
from gradsock.view.status import Status, describe


def told(label: str, dropped: int = 0, **raw: Any) -> str:
    """The line with that label, put together again where it was wrapped."""
    info = SockInfo("SERIAL", "sock-1", "left", 3, "0.1.0", 25, ("ankle",), "ral:II", dropped, raw)
    lines = describe(Status(info, "none", Vitals(FitNow(0, "good", None, ()), None, None, 247), {})).splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith(label))
    rest = [line.strip() for line in lines[at + 1 :]]
    more = next((end for end, line in enumerate(lines[at + 1 :]) if not line.startswith(" ")), len(rest))
    return " ".join([lines[at].removeprefix(label).strip(), *rest[:more]])


@pytest.mark.parametrize(
    ("journal", "text"),
    [
        (None, "keeps nothing by itself: what is not recorded while connected is gone"),
        ([41, 40, 0, 0, 0], "empty"),
        ([41, 400, 0, 0, 12], "12 % full: gradsock sync fetches it"),
        (
            [41, 400, 250_000, 0, 100],
            "100 % full: gradsock sync fetches it; 2 h 47 min had to make room before anybody fetched it",
        ),
        ([41, 400, 0, 9000, 3], "3 % full: gradsock sync fetches it; 6 min found no room in its flash"),
    ],
)
def test_what_the_memory_holds(journal: list[int] | None, text: str) -> None:
    assert told("memory", journal=journal) == text


def test_what_is_lost_and_what_only_late() -> None:
    assert told("lost") == "nothing since it started"
    assert told("lost", 7) == "7 blocks not taken in time by a host (since it started)"
    kept = "7 blocks not taken in time by a host, but kept: gradsock sync fetches them"
    assert told("lost", 7, journal=[1, 2, 0, 0, 1]) == f"{kept} (since it started)"
    assert told("lost", missed=12) == "12 readings not made in time (since it started)"
