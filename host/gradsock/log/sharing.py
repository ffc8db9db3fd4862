"""Which session each sample and each record of a block file belongs to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from sock.event import CONTEXT_DONNINGS, TARE, EventError
from sock.event_reader import decode_event

from gradsock.log import samples
from gradsock.log.contents import Contents
from gradsock.log.context import StreamContext
from gradsock.log.frames import Kind, Record
from gradsock.log.harm import NOTED, together
from gradsock.log.recording import Recording
from gradsock.log.samples import Samples
from gradsock.log.wears import Identity, beginnings

HOLDING_ON = (TARE, CONTEXT_DONNINGS)  # a zero, and the wearer's baseline


@dataclass
class Share:
    """What goes into one session: ``joins`` is the sealed one that it belongs to, None for a new one."""

    held: Contents
    joins: Path | None
    live: bool  # holds the first sample that came live, and so is what was recorded, under its name
    of: Recording | None  # whose account of copies and damage on the way goes here

    def closing(self, session: Recording, before: Recording | None) -> Record:
        """The loss account of the session that comes out; before: as it was, when this joins it."""
        told = session.account.as_dict()
        for part in (self.of, before):
            if part is not None:
                told["doubled"] += part.account.doubled
                told["damaged_blocks"] += part.account.damaged_blocks
        lost = [loss for part in (self.of, before) if part for loss in (part.harm, part.loss_before) if loss]
        if lost:
            told[NOTED] = together(lost).noted()
        if before is not None:
            told["doubled"] += len(before) + len(self.held.samples) - len(session)
        closed = [
            record.t_utc_us for record in (self.of.contents.records if self.of else []) if record.kind == Kind.LOSS
        ]
        t_utc_us = max(closed or (record.t_utc_us for record in session.contents.records), default=0)
        return Record(Kind.LOSS, t_utc_us, json.dumps(told, separators=(",", ":")).encode())


def share(recording: Recording, there: Sequence[tuple[Path, dict[str, Any]]]) -> list[Share]:
    """The sessions of a recording, the one with its first live sample first, then in their order.

    there: the sealed sessions of the sock, with their summaries. A stretch joins one of them when it lies within it, or
    adjoins it without a gap and without a donning between. What is played again, or derived, stays apart.
    """
    whole = recording.contents.samples
    known = [] if recording.repeats else [known for known in (_Known.of(path, said) for path, said in there) if known]
    donned = beginnings(recording.columns)
    cuts = sorted({*donned, *(known_session.begin for known_session in known)})
    pieces = _cut(whole, cuts)
    live = _first_live(whole)
    shares = []
    records = _records(recording, pieces)
    for number, (piece, own) in enumerate(zip(pieces, records, strict=True)):
        begin, last = _identity(piece, 0), _identity(piece, -1)
        joins = next((k.path for k in known if k.takes(begin, last, donned) and not _contradicts(k, piece)), None)
        is_live = live is not None and begin <= live <= last
        shares.append(Share(Contents(samples=piece, records=own), joins, is_live, recording if number == 0 else None))
    return sorted(_joined(shares), key=lambda each: not each.live)


@dataclass(frozen=True)
class _Known:
    """A sealed session: where it begins and ends."""

    path: Path
    begin: Identity
    last: Identity

    @classmethod
    def of(cls, path: Path, summary: dict[str, Any]) -> "_Known | None":
        held = [tuple(run) for run in summary.get("held", [])]
        if not held or summary.get("apart"):
            return None
        return cls(path, (held[0][0], held[0][1]), (held[-1][0], held[-1][2]))

    def takes(self, begin: Identity, last: Identity, donned: Sequence[Identity]) -> bool:
        if begin <= self.last and last >= self.begin:
            return True
        if begin in donned or self.begin in donned:
            return False
        return begin == (self.last[0], self.last[1] + 1) or self.begin == (last[0], last[1] + 1)


def _contradicts(known: _Known, piece: Samples) -> bool:
    """Whether a session holds other samples of the same identity: then it is not the same sock."""
    from gradsock.log.sealed import read_sealed

    return samples.differing(read_sealed(known.path).samples, piece) > 0


def _joined(shares: list[Share]) -> list[Share]:
    """Several stretches that belong into one sealed session go there together."""
    kept: list[Share] = []
    for each in shares:
        same = next((other for other in kept if each.joins is not None and other.joins == each.joins), None)
        if same is None:
            kept.append(each)
            continue
        same.held = Contents(
            samples=samples.union(same.held.samples, each.held.samples),
            records=list(dict.fromkeys([*same.held.records, *each.held.records])),
        )
        same.live = same.live or each.live
        same.of = same.of or each.of
    return kept


def _cut(whole: Samples, cuts: Sequence[Identity]) -> list[Samples]:
    """Stretches of samples, each from one cut to before the next; none is empty."""
    places = [_place(whole, cut) for cut in cuts]
    edges = sorted({0, len(whole), *places})
    return [whole.take(slice(a, b)) for a, b in pairwise(edges)]


def _place(whole: Samples, identity: Identity) -> int:
    """The row before which a sample stands, or would stand."""
    boot, index = identity
    start, end = np.searchsorted(whole.boot, [boot, boot + 1])
    return int(start + np.searchsorted(whole.index[start:end], index))


def _identity(piece: Samples, row: int) -> Identity:
    return int(piece.boot[row]), int(piece.index[row])


def _first_live(whole: Samples) -> Identity | None:
    """The live sample that came first; None when all came from the journal."""
    came = np.where(whole.runs.fetched, np.iinfo(np.int64).max, whole.runs.received_utc_us)
    run = int(np.argmin(came))
    return None if whole.runs.fetched[run] else _identity(whole, int(whole.runs.first[run]))


def _records(recording: Recording, pieces: Sequence[Samples]) -> list[list[Record]]:
    """For each stretch the records that belong to it.

    What tells how to read samples, and the time, goes to all; what the sock noted goes where its tick lies; the rest,
    such as verdicts, goes with the samples that came last before it.
    """
    records = [record for record in recording.contents.records if record.kind != Kind.LOSS]
    if len(pieces) == 1:
        return [records]
    own: list[list[Record]] = [[] for _ in pieces]
    begins = [(int(piece.boot[0]), int(piece.ticks_ms[0])) for piece in pieces]
    arrivals = sorted(
        (int(t), number)
        for number, piece in enumerate(pieces)
        for t in piece.runs.received_utc_us[~piece.runs.fetched][:1]
    )
    for record in records:
        for number in _belongs(record, begins, arrivals):
            own[number].append(record)
    return own


def _belongs(record: Record, begins: list[Identity], arrivals: list[tuple[int, int]]) -> Sequence[int]:
    everywhere = range(len(begins))
    if record.kind in (Kind.SESSION, Kind.INFO, Kind.PROBE, Kind.ARTEFACT):
        return everywhere
    if record.kind in (Kind.EVENT, Kind.FETCHED):
        try:
            happened = decode_event(record.payload)
            if StreamContext().take(happened):
                return everywhere
        except (EventError, ValueError, TypeError, LookupError):
            return everywhere
        at = (happened.boot, happened.ticks_ms)
        own = max((n for n in everywhere if begins[n] <= at), default=0)
        return everywhere[own:] if happened.kind in HOLDING_ON else [own]
    came = [number for t, number in arrivals if t <= record.t_utc_us]
    return [came[-1] if came else arrivals[0][1] if arrivals else 0]
