"""What commands to one's own sock have in common: reach it, do one thing, let go of it."""

import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gradsock.cli.running import run
from gradsock.link.owned import OwnedSock, own

T = TypeVar("T")


def with_sock(moniker: str, do: Callable[[OwnedSock], Awaitable[T]]) -> T:
    """What ``do`` returns for the sock; in a terminal it is told meanwhile how the sock is reached."""
    results: list[T] = []

    async def work() -> None:
        async with own(moniker, tell=_tell if sys.stderr.isatty() else lambda _what: None) as sock:
            _tell("", sys.stderr.isatty())
            results.append(await do(sock))

    run(work())
    return results[0]


def _tell(what: str, shown: bool = True) -> None:
    """One line that the next replaces."""
    if shown:
        sys.stderr.write(f"\r\033[K{what[:78]}")
        sys.stderr.flush()
