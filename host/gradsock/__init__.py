"""A compression sock that measures itself: reach it, watch it, record it, check what was recorded.

``import gradsock`` costs nothing; each name below is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradsock.analysis.check import check
    from gradsock.errors import GradsockError
    from gradsock.link import open_link
    from gradsock.listening import Reading, readings, record
    from gradsock.log.recording import Recording, open
    from gradsock.places import logs_folder

__all__ = [
    "GradsockError",
    "Reading",
    "Recording",
    "check",
    "logs_folder",
    "open",
    "open_link",
    "readings",
    "record",
]

_WHERE = {
    "GradsockError": "gradsock.errors",
    "Reading": "gradsock.listening",
    "Recording": "gradsock.log.recording",
    "check": "gradsock.analysis.check",
    "logs_folder": "gradsock.places",
    "open": "gradsock.log.recording",
    "open_link": "gradsock.link",
    "readings": "gradsock.listening",
    "record": "gradsock.listening",
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'gradsock' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
