"""All that a recording holds, whichever form its file has: samples, and every other record as it was written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sock import block
from sock.event import EventError
from sock.event_reader import decode_event

from gradsock.errors import LogError
from gradsock.log import frames, samples
from gradsock.log.frames import Damage, Kind, Record
from gradsock.log.ranges import Ranges
from gradsock.log.samples import Samples


@dataclass
class Contents:
    """What a file holds. ``records``: all but sample blocks, in the order in which they came; events once each.

    Of a damaged file: ``written``, how many samples were in it, where its own directory says so; ``blank``, per site of
    which samples the reading is gone; ``told_lost``, whether any record may be gone.
    """

    samples: Samples = field(default_factory=samples.none)
    records: list[Record] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    written: int | None = None
    blank: dict[str, Ranges] = field(default_factory=dict)
    told_lost: bool = False


def read(path: Path) -> Contents:
    """The contents of a recording's file; LogError when it cannot be read or is none."""
    if path.suffix == ".parquet":
        from gradsock.log.sealed import read_sealed

        return read_sealed(path)
    return of_records(read_frames(path))


def read_records(path: Path) -> list[Record | Damage]:
    """Everything that a recording holds as the records that were received, and its damage.

    The blocks of a sealed session are made anew, each at its time of receipt, see `gradsock.log.blocks`.
    """
    if path.suffix != ".parquet":
        return read_frames(path)
    from gradsock.log.blocks import blocks_of

    held = read(path)
    records: list[Record] = [*held.records, *blocks_of(held.samples)]
    return [*sorted(records, key=lambda record: record.t_utc_us), *held.damage]


def read_frames(path: Path) -> list[Record | Damage]:
    """Records of a block file and its damage, in order; LogError when it cannot be read or is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LogError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    try:
        return list(frames.read(data))
    except frames.WrongFormat as error:
        raise LogError(f"cannot read {path}: {error}") from error


def of_records(items: Iterable[Record | Damage]) -> Contents:
    """Sort the records of a block file."""
    contents = Contents()
    blocks: list[Record] = []
    others: list[Record] = []
    for item in items:
        if isinstance(item, Damage):
            contents.damage.append(item)
        elif item.kind in (Kind.BLOCK, Kind.FETCHED) and not _is_event(item.payload):
            blocks.append(item)
        else:
            others.append(item)
    contents.records = once(others)
    contents.told_lost = any(not damage.torn for damage in contents.damage)
    came = [record.t_utc_us for record in blocks]
    fetched = [record.kind == Kind.FETCHED for record in blocks]
    contents.samples, contents.unreadable = samples.of_blocks([record.payload for record in blocks], came, fetched)
    return contents


def once(records: Iterable[Record]) -> list[Record]:
    """The records without later copies of an event; an event's identity is its boot and sequence."""
    seen: set[tuple[int, int]] = set()
    kept = []
    for record in records:
        identity = identity_of(record)
        if identity is None or identity not in seen:
            kept.append(record)
        if identity is not None:
            seen.add(identity)
    return kept


def identity_of(record: Record) -> tuple[int, int] | None:
    """(boot, sequence) of an event; None for everything else, and for events that make no sense."""
    if record.kind not in (Kind.EVENT, Kind.FETCHED):
        return None
    try:
        happened = decode_event(record.payload)
    except EventError:
        return None
    return happened.boot, happened.sequence


def _is_event(data: bytes) -> bool:
    try:
        return block.kind_of(data) == block.KIND_EVENT
    except block.BlockError:
        return False
