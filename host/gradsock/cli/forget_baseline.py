"""`gradsock forget-baseline`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Sock

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def forget_baseline(*sock: Sock) -> None:
    """Have a sock forget what it learned of how it sits on this leg.

    For another wearer, another stocking, or when it went wrong: the donnings confirmed with `gradsock mark smooth` and
    the levels of this wear are gone, and it settles anew. What was recorded stays.
    """
    from sock import protocol

    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import only_sock

    async def tell(owned: "OwnedSock") -> str:
        await owned.tell(protocol.FORGET_BASELINE)
        return owned.info.name

    say(f"{with_sock(only_sock(sock), tell)} settles anew, as if it had never been worn")
