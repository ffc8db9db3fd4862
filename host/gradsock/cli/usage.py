"""Command lines that make no sense, in words for a person instead of a parser's."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import CycloptsError

_NEGATIVE = re.compile(r"-\.?\d")


def joined(arguments: Sequence[str]) -> list[str]:
    """The same, but what follows an option and begins like a negative number is its value, not an option of its own."""
    result: list[str] = []
    for argument in arguments:
        last = result[-1] if result else ""
        if _NEGATIVE.match(argument) and re.fullmatch(r"--[a-z][\w-]*", last):
            result[-1] = f"{last}={argument}"
        else:
            result.append(argument)
    return result


def complaint(error: "CycloptsError") -> str:
    """One line: what is wrong, and where the help is."""
    command = " ".join(["gradsock", *(error.command_chain or ())])
    return f"{_wrong(error)} (see {command} --help)"


def _wrong(error: "CycloptsError") -> str:
    from cyclopts import CoercionError, MissingArgumentError, UnknownOptionError, UnusedCliTokensError

    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"'{' '.join(error.unused_tokens)}' is more than this takes"
    if isinstance(error, UnknownOptionError) and _NEGATIVE.match(error.token.value or error.token.keyword or ""):
        return f"'{error.token.value or error.token.keyword}' is below 0, which makes no sense here"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        if error.keyword is not None or error.argument.tokens:
            return f"{error.keyword or error.argument.name} wants a value"
        if error.argument.field_info.is_positional:
            return f"{error.argument.name.lstrip('-').upper()} is missing"
        return f"{error.argument.name} is missing"
    if isinstance(error, CoercionError) and error.token is not None and error.target_type in (int, float):
        name = f"{error.token.keyword}: " if error.token.keyword else ""
        kind = "whole number" if error.target_type is int else "number"
        return f"{name}'{error.token.value}' is no {kind}"
    return " ".join(str(error).split())
