"""`gradsock side`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Words

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def side(*words: Words) -> None:
    """Say which leg a sock is worn on, or ask it.

    `gradsock side [SOCK] [left|right]`: the sock blinks first, so that one sees which of two it is.
    """
    from sock import protocol

    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import sock_and_rest
    from gradsock.errors import UsageError

    sock, rest = sock_and_rest(words)
    if len(rest) > 1 or (rest and rest[0] not in ("left", "right", "unset")):
        raise UsageError("say left or right: gradsock side left")

    async def change(owned: "OwnedSock") -> str:
        await owned.tell(protocol.IDENTIFY, bytes([10]))
        if rest:
            await owned.change({"side": rest[0]})
        return f"{owned.info.name}: {owned.info.side}"

    say(with_sock(sock, change))
