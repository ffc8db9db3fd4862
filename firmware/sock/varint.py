"""Unsigned integers in 7-bit groups, the lowest first: what headers of blocks and events are made of."""

from . import const

_VARINT_MAX_BYTES = const(8)  # 56 bits: more than any field may hold


class VarintError(ValueError):
    """A varint that ends too late or not at all; one line."""


def put_varint(data: bytearray, value: int) -> None:
    """Append value (>= 0)."""
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)


def take_varint(data: bytes | memoryview, at: int, end: int) -> tuple[int, int]:
    """(value, index of the byte after it), read from data[at:end]. Only the shortest form is accepted."""
    value = 0
    shift = 0
    while True:
        if at >= end or shift >= 7 * _VARINT_MAX_BYTES:
            raise VarintError("a number without an end")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if byte == 0 and shift > 7:
                raise VarintError("a number with a needless byte")
            return value, at


def zigzag(value: int) -> int:
    """Signed to unsigned with small staying small: 0, -1, 1, -2 -> 0, 1, 2, 3."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def unzigzag(value: int) -> int:
    """What `zigzag` made unsigned."""
    return -((value + 1) >> 1) if value & 1 else value >> 1
