"""Reads what `state` packed, and makes a fit check that goes on from there. Stays off the board."""

import binascii
from array import array

from .donnings import Donnings
from .finding import Finding, Watch
from .fit import PLAIN, FitCheck
from .state import LIST, NOTHING, NUMBER, TEXT, VERSION, names_of
from .varint import VarintError, take_varint, unzigzag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .bands import Prescription


class StateError(ValueError):
    """Bytes that are no state of this build's fit check; one line."""


def resume(prescription: "Prescription", data: bytes, layout: "Sequence[int]" = PLAIN) -> tuple[int, FitCheck]:
    """(index of the first sample that follows, the check as it stood before it). StateError."""
    if not data or data[0] != VERSION:
        raise StateError("a state of the fit check of another version")
    try:
        first_index, at = _take(data, 1)
        told, at = _take(data, at)
        checksum, at = _take(data, at)
        fit = FitCheck(prescription, layout)
        if at != len(data) or not isinstance(first_index, int) or first_index < 0:
            raise StateError("a state of the fit check with something behind it")
        if _fill(fit, told, 0) != checksum:
            raise StateError("a state of the fit check of another firmware")
    except (IndexError, KeyError, TypeError, VarintError, UnicodeError, OverflowError) as error:
        raise StateError(f"a broken state of the fit check: {error}") from None
    return first_index, fit


def first_index_of(data: bytes) -> int:
    """The index of the first sample that follows a packed state. StateError."""
    try:
        value, _ = _take(data, 1)
    except (IndexError, VarintError) as error:
        raise StateError(f"a broken state of the fit check: {error}") from None
    if data[0] != VERSION or not isinstance(value, int) or value < 0:
        raise StateError("a state of the fit check of another version")
    return value


def _take(data: bytes, at: int) -> "tuple[Any, int]":
    """(None, number, text or list, place behind it)."""
    head, at = take_varint(data, at, len(data))
    kind = head & 3
    size = head >> 2
    if kind == NOTHING:
        return None, at
    if kind == NUMBER:
        return unzigzag(size), at
    if kind == TEXT:
        if at + size > len(data):
            raise StateError("a state of the fit check broken off")
        return data[at : at + size].decode(), at + size
    assert kind == LIST
    items = []
    for _ in range(size):
        item, at = _take(data, at)
        items.append(item)
    return items, at


def _fill(target: object, values: "list[Any]", crc: int) -> int:
    """Give an object the attributes that were told; the checksum of names, gone on with."""
    names = names_of(target)
    if len(names) != len(values):
        raise StateError("a state of the fit check of another firmware")
    for i in range(len(names)):
        name = names[i]
        crc = binascii.crc32(name.encode(), crc)
        old = getattr(target, name)
        new = values[i]
        if isinstance(old, array):
            setattr(target, name, _summed(old.typecode, new))
        elif isinstance(old, list) and old and hasattr(old[0], "__dict__"):
            if len(old) != len(new):
                raise StateError("a state of the fit check of another firmware")
            for k in range(len(old)):
                crc = _fill(old[k], new[k], crc)
        elif hasattr(old, "__dict__"):
            crc = _fill(old, new, crc)
        elif isinstance(new, list) and (name == "_donnings" or isinstance(target, Watch)):
            fresh = _fresh(target)
            crc = _fill(fresh, new, crc)
            setattr(target, name, fresh)
        elif isinstance(target, Finding) and name == "evidence":
            target.evidence = {new[k]: new[k + 1] for k in range(0, len(new), 2)}
        else:
            setattr(target, name, new)
    return crc


def _fresh(target: object) -> "Donnings | Finding":
    """What a fresh check does not have yet: an open finding of a watch, or known donnings."""
    if isinstance(target, Watch):
        return Finding(target.kind, target.site, "", 0, 0, {})
    return Donnings()


def _summed(typecode: str, differences: "list[int]") -> "array[int]":
    values = array(typecode)
    last = step = 0
    for difference in differences:
        step += difference
        last += step
        values.append(last)
    return values
