"""Socks of 20 mmHg and more are worn only as a physician prescribed them: who sets one is asked for that word."""

import sys

from gradsock.cli.questions import confirm
from gradsock.errors import UsageError


def hear_physician(prescription: object, prescribed: bool) -> None:
    """Pass for a light prescription, or one that a physician gave; UsageError without that word."""
    from sock.prescription import PrescriptionError, parse

    if not isinstance(prescription, str) or prescribed:
        return
    try:
        wanted = parse(prescription)
    except PrescriptionError as error:
        raise UsageError(f"prescription: {error}") from None
    if not wanted.needs_physician:
        return
    if sys.stdin.isatty() and confirm(f"{wanted.text} presses with 20 mmHg or more. Did a physician prescribe it?"):
        return
    raise UsageError(
        f"{wanted.text} presses with 20 mmHg or more: only if a physician prescribed it; then say --physician"
    )
