"""Finds what the journal holds when the sock starts. A running sock does without it."""

import os

from sock import const
from sock.segment import SEGMENT_BYTES, name_of
from sock.segment_reader import SegmentReader, samples_of

from .journal import FOLDER, Journal, header_of

_RING_PERCENT = const(60)
"""Of the volume at most: what is free lets littlefs spread the wear."""
_FLUSH_MS = const(5000)
_OFTEN_FROM_BYTES = const(2 << 20)
"""Volumes of this size and more are flushed every 5 s; smaller ones would wear out, and keep whole segments."""
_NEVER = const(1 << 29)
_SKIPPED = const(512)
"""Numbers skipped after a damaged segment, more than one can hold: none is ever given twice."""


def start(sites: int, boot: int, period_ms: int) -> "Journal | None":
    """The journal of this boot; None when the flash refuses one."""
    try:
        os.mkdir(FOLDER[:-1])
    except OSError:
        pass  # it is there
    try:
        volume = os.statvfs("/")
        volume_bytes = volume[1] * volume[2]
        ends, account, at = _found()
    except OSError:
        return None
    limit = max(2, volume_bytes * _RING_PERCENT // 100 // SEGMENT_BYTES)
    flush_slots = _FLUSH_MS // period_ms if volume_bytes >= _OFTEN_FROM_BYTES else _NEVER
    return Journal(ends, account, at, limit, flush_slots, sites, boot, period_ms)


def _found() -> "tuple[tuple[int, int], tuple[int, int, int, int, int], int]":
    """Oldest and newest segment; next, total, first, first_total and overwritten; where the newest segment ends."""
    oldest, newest = _ends()
    while newest >= oldest and header_of(newest) is None and not _contents(newest, 0)[0]:
        newest -= 1  # made and not flushed: it is made again
    at = newest
    header = None
    while at >= oldest and header is None:
        header = header_of(at)
        at -= 1
    if header is None:
        return (oldest, newest), (1 + _SKIPPED * (newest - oldest + 1), 0, 1, 0, 0), SEGMENT_BYTES
    at += 1
    number, _, _, total, first, first_total, overwritten = header
    entries, samples, end = _contents(at, number)
    number += entries + _SKIPPED * (newest - at)
    while oldest < newest:  # what was forgotten or dropped, but not yet removed when the power went
        after = header_of(oldest + 1)
        if after is None or after[0] > first:
            break
        os.remove(FOLDER + name_of(oldest))
        oldest += 1
    held = header_of(oldest)
    if held is not None and held[0] > first:  # dropped after the newest header was written
        overwritten += (held[3] - first_total) & 0xFFFFFFFF
        first, first_total = held[0], held[3]
    account = number, total + samples, first, first_total, overwritten
    return (oldest, newest), account, end if newest == at else SEGMENT_BYTES


def _ends() -> "tuple[int, int]":
    """Numbers of the oldest and the newest segment; (1, 0) when there is none."""
    oldest = newest = 0
    for entry in os.ilistdir(FOLDER[:-1]):
        try:
            number = int(entry[0], 16)
        except ValueError:
            continue
        if number > newest:
            newest = number
        if not oldest or number < oldest:
            oldest = number
    return (oldest, newest) if oldest else (1, 0)


def _contents(segment: int, first: int) -> "tuple[int, int, int]":
    """Numbers that the entries of a segment take, samples in them, and where it ends: nothing follows damage."""
    samples = 0
    with open(FOLDER + name_of(segment), "rb") as file:
        reader = SegmentReader(file, first)
        entry = reader.take()
        while entry is not None:
            samples += samples_of(entry)[2]
            entry = reader.take()
        if reader.damaged:
            return reader.number + 1 - first + _SKIPPED, samples, SEGMENT_BYTES
        return reader.number + 1 - first, samples, reader.at
