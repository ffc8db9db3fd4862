"""Sealing what is not sealed yet, one file after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradsock.errors import LogError
from gradsock.log import layout
from gradsock.log.seal import BeingRecorded, SealedElsewhere, mend, seal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: the sessions that hold it now, or why there are none."""

    path: Path
    sessions: tuple[Path, ...] = ()
    left: str = ""  # why it was left as it is, where that is no failure
    failure: LogError | None = None
    kept: Path | None = None  # the damaged file of a session that was written anew

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.path.stem,
            "path": str(self.path),
            "sessions": [str(session) for session in self.sessions],
            "left": self.left or (str(self.failure) if self.failure else ""),
            "damaged": None if self.kept is None else str(self.kept),
        }

    def in_words(self) -> str:
        """One line."""
        if self.failure is not None:
            return f"{self.path.stem}: {self.failure}"
        if self.left:
            return f"{self.path.stem}: left as it is, since {self.left}"
        if self.kept is not None:
            return (
                f"{self.path.stem}: written anew from what is left of it; the damaged file is kept as {self.kept.name}"
            )
        return f"{self.path.stem}: sealed into {', '.join(session.stem for session in self.sessions)}"


def seal_all(ids: Sequence[str] = (), logs: Path | None = None) -> Iterator[Outcome]:
    """Seal the recordings that are named, else all that are not sealed; those being recorded wait until they end.

    One that is named, sealed and damaged is written anew from what is left of it.
    """
    if ids:
        paths = list(dict.fromkeys(layout.find(name, logs) for name in ids))
    else:
        layout.files(logs)  # whether there is such a folder at all
        paths = layout.unsealed("*", logs)
    for path in paths:
        if path.suffix == layout.SEALED:
            yield _again(path)
            continue
        try:
            sessions = seal(path)
        except BeingRecorded as error:
            yield Outcome(path, failure=error) if ids else Outcome(path, left="it is being recorded")
        except SealedElsewhere:
            yield Outcome(path, left="another process has sealed it")
        except LogError as error:
            yield Outcome(path, failure=error)
        else:
            yield Outcome(path, tuple(sessions), left="" if sessions else "it holds no samples")


def _again(path: Path) -> Outcome:
    """Of a sealed file."""
    try:
        kept = mend(path)
    except LogError as error:
        return Outcome(path, failure=error)
    return Outcome(path, left="it is sealed already") if kept is None else Outcome(path, (path,), kept=kept)
