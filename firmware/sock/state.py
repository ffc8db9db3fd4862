"""The whole state of a fit check as bytes: told when a host begins to listen, so that it goes on where the sock stands.

Version, then items: the index of the first sample that follows, the check, a checksum of the names of all attributes,
so that a state is only ever taken over by a check of the same build. An item is a varint whose lowest two bits are its
type and the rest the number (zigzag) or a length in bytes or items. An object is the list of its attributes by their
names in order; an array holds differences of differences, which are small where sums run. `resume` reads it.
"""

import binascii
from array import array

from . import const
from .varint import put_varint, zigzag

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .fit import FitCheck

VERSION = const(1)
NOTHING = const(0)
NUMBER = const(1)
TEXT = const(2)
LIST = const(3)
LEFT_OUT = ("prescription", "_layout", "kind", "site", "_evidence", "_ended", "_watches", "_leg_watches")
"""What a fresh check has by itself, and second names of the same things."""


def pack(fit: "FitCheck", first_index: int) -> bytes:
    """first_index: of the first sample that the check has not seen."""
    data = bytearray([VERSION])
    _put(data, first_index, 0)
    _put(data, _put(data, fit, 0), 0)
    return bytes(data)


def names_of(value: object) -> list[str]:
    """The attributes of an object that are its state, in their order."""
    return [name for name in sorted(value.__dict__) if name not in LEFT_OUT]


def _put(data: bytearray, value: object, crc: int) -> int:
    """Append one value; the checksum of names, gone on with."""
    if value is None:
        data.append(NOTHING)
    elif isinstance(value, (int, bool)):  # two things to MicroPython
        put_varint(data, zigzag(int(value)) << 2 | NUMBER)
    elif isinstance(value, str):
        put_varint(data, len(value) << 2 | TEXT)
        data.extend(value.encode())
    elif isinstance(value, array):
        put_varint(data, len(value) << 2 | LIST)
        last = step = 0
        for number in value:
            _put(data, number - last - step, 0)
            step = number - last
            last = number
    elif isinstance(value, (list, tuple)):
        put_varint(data, len(value) << 2 | LIST)
        for item in value:
            crc = _put(data, item, crc)
    elif isinstance(value, dict):
        crc = _put(data, [item for key in sorted(value) for item in (key, value[key])], crc)
    else:
        names = names_of(value)
        put_varint(data, len(names) << 2 | LIST)
        for name in names:
            crc = _put(data, getattr(value, name), binascii.crc32(name.encode(), crc))
    return crc
