"""What a sock knows: pure logic without hardware, clock or I/O; the same code on a board and on the host.

Integers only in the path of a sample: pressure in hundredths of a mmHg (`_cmmHg`), time in milliseconds.
A name appears here only when more than one module needs it.
"""

VERSION = "0.1.0"

SITES = ("ankle", "calf", "knee")
"""The sites from the ground up: leg points B, C and D. An index into this tuple is a *site index* everywhere."""

MISSING = -32768
"""What could not be read: in counts and in pressures alike. Never a value of a reading."""


def const(value: int) -> int:
    """A whole number that the board's compiler puts where its name stands; a `_NAME` then takes no memory at all."""
    return value
