"""The zero of a sock: what its sensors read with nothing on them, which moves while their calibration stays.

A preload or a wet fabric adds conductance, whatever presses besides; so a zero moves a curve along x, and holds under
any calibration of the same sensors. It is told as (ticks_ms of the first sample that is read with it, x_q14 of each
site channel at no pressure).
"""

import struct

from . import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .curves import Curves


def x_at(curves: "Curves", index: int, pressure_cmmHg: int) -> int:
    """x_q14 at which the curve of a site channel gives a pressure."""
    xs = curves._x[index]
    ys = curves._y[index]
    i = 0
    while i < len(xs) - 2 and ys[i + 1] <= pressure_cmmHg:
        i += 1
    return xs[i] + (pressure_cmmHg - ys[i]) * (xs[i + 1] - xs[i]) // (ys[i + 1] - ys[i])


def rest_of(curves: "Curves") -> "list[int]":
    """x_q14 of each site channel at no pressure."""
    return [x_at(curves, index, 0) for index in range(len(curves._x))]


def set_rest(curves: "Curves", rest: "Sequence[int]") -> None:
    """Move the curves so that this is no pressure. ValueError when it is of another number of channels."""
    if len(rest) != len(curves._x):
        raise ValueError("a zero of another sock")
    for index in range(len(rest)):
        xs = curves._x[index]
        by = rest[index] - x_at(curves, index, 0)
        for i in range(len(xs)):
            xs[i] += by
        if curves.warm:
            curves.warm[index] = (rest[index], curves.warm[index][1])


def pack(ticks_ms: int, rest: "Sequence[int]") -> bytes:
    """8 bytes of ticks, then 4 per channel, little-endian."""
    return struct.pack("<Q" + "i" * len(rest), ticks_ms, *rest)


def unpack(data: bytes) -> "tuple[int, list[int]]":
    """What `pack` packed; ValueError for anything else."""
    channels = (len(data) - 8) // 4
    if channels < 1 or len(data) != 8 + 4 * channels:
        raise ValueError(f"a zero of {len(data)} bytes")
    ticks_ms, *rest = struct.unpack("<Q" + "i" * channels, data)
    return ticks_ms, rest
