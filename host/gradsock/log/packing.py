"""Records in little room: what is alike stands together, so that compression finds it.

    u32 how many, then of each: kind u8, payload length u16, and the time since the record before it in UTC microseconds
    as eight bytes, all lowest ones first, then all second ones and so on; then the payloads. Little-endian.

There is no CRC: whoever keeps this vouches for it.
"""

import struct
from collections.abc import Sequence

import numpy as np

from gradsock.log.frames import Record

RECORD_BYTES = 11


def pack(records: Sequence[Record]) -> bytes:
    """The bytes of some records."""
    kinds = np.array([record.kind for record in records], np.uint8)
    lengths = np.array([len(record.payload) for record in records], "<u2")
    since_us = np.diff(np.array([record.t_utc_us for record in records], np.uint64).view(np.int64), prepend=0)
    planes = since_us.astype("<i8").view(np.uint8).reshape(-1, 8).T
    payloads = b"".join(record.payload for record in records)
    return struct.pack("<I", len(records)) + kinds.tobytes() + lengths.tobytes() + planes.tobytes() + payloads


def unpack(data: bytes) -> list[Record]:
    """The records that were packed."""
    (number,) = struct.unpack_from("<I", data)
    at = 4
    kinds = np.frombuffer(data, np.uint8, number, at)
    lengths = np.frombuffer(data, "<u2", number, at + number)
    planes = np.frombuffer(data, np.uint8, 8 * number, at + 3 * number).reshape(8, -1).T
    times = np.cumsum(np.ascontiguousarray(planes).view("<i8").reshape(-1)).view(np.uint64)
    ends = at + RECORD_BYTES * number + np.cumsum(lengths, dtype=np.int64)
    starts = (ends - lengths).tolist()
    columns = zip(kinds.tolist(), times.tolist(), starts, ends.tolist(), strict=True)
    return [Record(kind, t_utc_us, data[start:end]) for kind, t_utc_us, start, end in columns]
