"""Whether a recording is whole: read it all, and compare it with the account its recorder wrote."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradsock.errors import LogError
from gradsock.lock import is_locked
from gradsock.log import layout
from gradsock.log.harm import past
from gradsock.log.recording import Recording
from gradsock.log.recording import open as open_recording


@dataclass(frozen=True, slots=True)
class Verified:
    """What came out: ``faults`` are damage, ``remarks`` are none."""

    id: str
    path: Path
    samples: int
    lost: int
    faults: tuple[str, ...]
    remarks: tuple[str, ...]
    what_to_do: str = ""

    @property
    def sound(self) -> bool:
        """Whether everything that was ever written to it can be read."""
        return not self.faults

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "path": str(self.path), "sound": self.sound}

    def in_words(self, width: int = 0) -> str:
        """One line; width: of the longest id that is listed with it."""
        state = "; ".join([*self.faults, *self.remarks]) or "whole"
        return f"{self.id:<{width}}{self.samples:>12,} {'sample ' if self.samples == 1 else 'samples'}  {state}"


def which(ids: Sequence[str], logs: Path | None = None) -> list[Path]:
    """The files to verify: those named, or all."""
    return list(dict.fromkeys(layout.find(name, logs) for name in ids)) if ids else layout.files(logs)


def verify(path: Path) -> Verified:
    """Read one recording whole."""
    try:
        recording = open_recording(path)
    except LogError as error:
        return Verified(path.stem, path, 0, 0, (str(error),), ())
    faults, remarks = _judge(recording)
    lost, what_to_do = recording.account.lost, recording.harm.what_to_do if recording.harm else ""
    return Verified(path.stem, path, len(recording), lost, tuple(faults), tuple(remarks), what_to_do)


def open_state(path: Path) -> str:
    """Why a recording is not closed, and what closes it."""
    with contextlib.suppress(OSError):
        if is_locked(path):
            return "not closed: it is being recorded now"
    closing = f"gradsock logs seal {layout.in_a_command(path)}"
    return f"not closed: it was cut off; all that is here is read, and {closing} closes it"


def _judge(recording: Recording) -> tuple[list[str], list[str]]:
    faults = [str(damage) for damage in recording.damage if not damage.torn]
    if recording.harm is not None:
        faults.append(recording.harm.lost)
    faults += [f"unreadable record: {reason}" for reason in recording.unreadable]
    remarks = [str(damage) for damage in recording.damage if damage.torn]
    remarks += [past(recording)] if past(recording) else []
    if not recording.session and not len(recording):
        faults.append("nothing in it can be read")
    if recording.closing is None:
        remarks.append(open_state(recording.path))
    else:
        held, account = recording.account.received, recording.closing.get("received")
        if held != account and recording.harm is None:
            faults.append(f"{held:,} samples are left of the {account:,} that were recorded")
    return faults, remarks
