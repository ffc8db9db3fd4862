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
        async with own(moniker, tell=tell) as sock:
            tell("")
            results.append(await do(sock))

    run(work())
    return results[0]


def tell(what: str) -> None:
    """In a terminal, one line about what is being done, which the next replaces; "" takes it away."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{what[:78]}")
        sys.stderr.flush()
