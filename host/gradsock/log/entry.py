"""One line of the list of recordings.

What it tells stands in the first and the last bytes of the file; the rest is looked at for damage alone, once (see
`gradsock.log.catalogue`).
"""

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradsock import clock, jsontext, lock
from gradsock.errors import LinkError, LogError
from gradsock.link.events import SockInfo
from gradsock.log import frames, layout
from gradsock.log.frames import Damage, Kind, Record
from gradsock.log.repeats import in_a_word

RECORDING, CUT_OFF, DAMAGED, NOT_SEALED = "being recorded", "cut off", "damaged", "not sealed"
MENDED = "damaged before"  # written anew, and something is lost
HEAD_BYTES = 16_384
TAIL_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording, as a list shows it; None where the file does not tell."""

    id: str
    path: Path
    start_utc_us: int | None
    zone: str
    serial: str
    name: str
    side: str
    duration_s: float | None
    samples: int | None
    lost: int | None
    sealed: bool
    state: str  # "", one of the five above, how it repeats another, or why it cannot be read

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "path": str(self.path)}

    def as_row(self) -> tuple[str, ...]:
        """For a table; times are local to where it was recorded."""
        start = "" if self.start_utc_us is None else f"{clock.local(self.start_utc_us, self.zone):%Y-%m-%d %H:%M}"
        samples, lost = ("-" if number is None else f"{number:,}" for number in (self.samples, self.lost))
        side = self.side if self.side in ("left", "right") else "-"
        return (self.id, start, side, self.name or self.serial, samples, lost, self.state)


def of(path: Path) -> Entry:
    """What a file tells; one that cannot be read says why in ``state``."""
    try:
        return _of_sealed(path) if path.suffix == layout.SEALED else _of_blocks(path)
    except LogError as error:
        return _unknown(path, str(error))


def _of_sealed(path: Path) -> Entry:
    from gradsock.log.sealed import summary_of

    said, damaged = summary_of(_whole(path), path)
    mended = said.get("damaged_before")
    return Entry(
        id=path.stem,
        path=path,
        start_utc_us=said.get("start_utc_us"),
        zone=str(said.get("zone", "UTC")),
        serial=str(said.get("serial", "")),
        name=str(said.get("name", "")),
        side=str(said.get("side", "")),
        duration_s=said.get("duration_s"),
        samples=said.get("samples"),
        lost=said.get("lost"),
        sealed=True,
        state=DAMAGED if damaged else MENDED if mended else in_a_word(str(said.get("repeats") or "")),
    )


def _of_blocks(path: Path) -> Entry:
    head, closing = _ends(path)
    session = _json(next((record for record in head if record.kind == Kind.SESSION), None))
    info = _info(head)
    if info is None and not session:
        return _unknown(path, "nothing in its beginning can be read")
    return Entry(
        id=path.stem,
        path=path,
        start_utc_us=session.get("started_utc_us"),
        zone=str(session.get("zone", "UTC")),
        serial=info.serial if info else path.parent.parent.name.removeprefix("sock="),
        name=info.name if info else "",
        side=info.side if info else "",
        duration_s=None,
        samples=closing.get("received"),
        lost=closing.get("lost"),
        sealed=False,
        state=_state(path, closed=bool(closing)),
    )


def now(told: Entry) -> Entry:
    """The same at this moment: whether a file that is not closed is being recorded is no fact of the file."""
    if told.state not in (RECORDING, CUT_OFF):
        return told
    return replace(told, state=RECORDING if _is_recorded(told.path) else CUT_OFF)


def _state(path: Path, *, closed: bool) -> str:
    """Looks at the whole file, unless it still grows."""
    if not closed and _is_recorded(path):
        return RECORDING
    if any(isinstance(item, Damage) and not item.torn for item in frames.read(_whole(path))):
        return DAMAGED
    return NOT_SEALED if closed else CUT_OFF


def _whole(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LogError(f"cannot be read: {(error.strerror or str(error)).lower()}") from error


def _is_recorded(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return lock.is_locked(path)
    return False


def _unknown(path: Path, why: str) -> Entry:
    serial = path.parent.parent.name.removeprefix("sock=")
    return Entry(path.stem, path, None, "UTC", serial, "", "", None, None, None, path.suffix == layout.SEALED, why)


def _ends(path: Path) -> tuple[list[Record], dict[str, Any]]:
    """The records at the beginning of a file, and the loss account at its end (empty: it was not closed)."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise LogError(f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    try:
        first = [item for item in frames.read(head) if not isinstance(item, Damage)]
    except frames.WrongFormat as error:
        raise LogError(str(error)) from error
    last = frames.last_record(tail)
    return first, _json(last) if last is not None and last.kind == Kind.LOSS else {}


def _info(records: list[Record]) -> SockInfo | None:
    for record in records:
        if record.kind == Kind.INFO:
            try:
                return SockInfo.parse(record.payload)
            except LinkError:
                return None
    return None


def _json(record: Record | None) -> dict[str, Any]:
    try:
        content = jsontext.loads(record.payload) if record else {}
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
