"""Notes that somebody puts into a recording afterwards, in a file beside it: what was measured is never touched.

``SESSION.notes``: a JSON object a line, ``{"utc_us": ..., "text": ...}``. Only a sealed session can be noted upon: one
that is not may still become part of another.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from gradsock import jsontext
from gradsock.errors import GradsockError, LogError, UsageError
from gradsock.log import layout

TEXT_MAX = 500


@dataclass(frozen=True)
class Note:
    """A few words about a moment."""

    utc_us: int
    text: str


def notes_of(path: Path) -> list[Note]:
    """The notes upon a recording, in the order of what they are about; a line that makes no sense is passed over."""
    try:
        lines = path.with_suffix(layout.NOTES).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise LogError(f"cannot read the notes upon {path.stem}: {error}") from error
    found = []
    for line in lines:
        try:
            said = jsontext.loads(line)
            found.append(Note(int(said["utc_us"]), str(said["text"])))
        except (ValueError, TypeError, LookupError):
            continue
    return sorted(found, key=lambda note: note.utc_us)


def add_note(path: Path, utc_us: int, text: str) -> Note:
    """Put one. UsageError: it makes no sense; LogError: it cannot be kept; GradsockError: the session is not sealed."""
    text = text.strip()
    if not 1 <= len(text) <= TEXT_MAX or any(ord(character) < 32 for character in text):
        raise UsageError(f"a note is one line of 1 to {TEXT_MAX} letters, and this one has {len(text)}")
    if path.suffix != layout.SEALED:
        raise GradsockError(f"{path.stem} is still being recorded, or not sealed: put a mark, or gradsock logs seal")
    note = Note(utc_us, text)
    line = json.dumps({"utc_us": utc_us, "text": text}, ensure_ascii=False) + "\n"
    try:
        descriptor = os.open(path.with_suffix(layout.NOTES), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(descriptor, "ab") as file:  # noqa: PTH123 - of a descriptor
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise LogError(f"cannot write a note beside {path}: {(error.strerror or str(error)).lower()}") from error
    return note
