"""The whole artefact of a sock's calibration (who made it, how, from which points), where this computer has it."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gradsock import jsontext
from gradsock.log.frames import MAX_PAYLOAD, Kind, Record
from gradsock.places import data_folder

_ID = re.compile(r"[\w-][\w.-]{0,31}")


def folder() -> Path:
    """Where artefacts lie, each in a file named by its id."""
    return data_folder() / "calibrations"


def artefact_of(id: object) -> bytes | None:
    """The artefact with an id as a record holds it, JSON; None where there is none, or none that can be read."""
    if not isinstance(id, str) or not _ID.fullmatch(id):
        return None
    try:
        whole = jsontext.loads((folder() / f"{id}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(whole, dict) or whole.get("id") != id:
        return None
    packed = json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()
    return packed if len(packed) <= MAX_PAYLOAD else None


def artefact_in(records: Iterable[Record]) -> dict[str, Any]:
    """The artefact that a recording holds, the last one; empty where it holds none."""
    found: dict[str, Any] = {}
    for record in records:
        if record.kind == Kind.ARTEFACT:
            try:
                whole = jsontext.loads(record.payload)
            except ValueError:
                continue
            found = whole if isinstance(whole, dict) else found
    return found
