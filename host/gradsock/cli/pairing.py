"""Becoming an owner of a sock, as `gradsock pair` and the first evening do it."""

from typing import NamedTuple

from gradsock.cli.questions import ask
from gradsock.cli.running import run
from gradsock.errors import GradsockError
from gradsock.link.ble import BleLink
from gradsock.link.events import SockInfo

DIGITS = 6


class Paired(NamedTuple):
    """A sock that this machine is an owner of."""

    info: SockInfo
    anew: bool
    """False: it was before."""


def is_passkey(typed: str) -> bool:
    """Whether it is six digits; fewer are a slip, and trying one costs an attempt. 000000 stands for none."""
    return len(typed) == DIGITS and typed.isascii() and typed.isdigit() and int(typed) > 0


def pair_with(name: str, passkey: int | None) -> Paired:
    """Pair this machine with a sock by its advertised name. passkey: asked for where it is None and needed.

    LinkError when it cannot be reached, SockRefused when it does not pair.
    """
    paired: list[Paired] = []
    unanswered: list[GradsockError] = []

    async def digits() -> int:
        typed = "" if passkey is None else f"{passkey:0{DIGITS}d}"
        try:
            while not is_passkey(typed):
                typed = ask("What is the passkey of the sock, six digits?")
        except GradsockError as error:
            unanswered.append(error)
            raise
        return int(typed)

    async def work() -> None:
        async with BleLink(name, passkey=digits) as link:
            paired.append(Paired(link.info, link.paired_now))

    try:
        run(work())
    except GradsockError as error:
        if unanswered:
            raise unanswered[0] from error  # the stack only knows that it did not pair
        raise
    return paired[0]
