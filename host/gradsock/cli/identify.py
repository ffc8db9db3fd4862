"""`gradsock identify`."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gradsock.cli.options import Sock

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def identify(
    *sock: Sock,
    for_: Annotated[str, Parameter(name="--for", help="Blink for so long, at most 255s.")] = "10s",
) -> None:
    """Have a sock blink, to see which one it is."""
    from sock import protocol

    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import only_sock
    from gradsock.errors import UsageError
    from gradsock.period import seconds

    period_s = round(seconds(for_))
    if not 1 <= period_s <= 255:
        raise UsageError("a sock blinks for 1s to 255s")

    async def blink(owned: "OwnedSock") -> str:
        await owned.tell(protocol.IDENTIFY, bytes([period_s]))
        return owned.info.name

    say(f"{with_sock(only_sock(sock), blink)} blinks for {period_s} s")
