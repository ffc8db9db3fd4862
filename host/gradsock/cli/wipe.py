"""`gradsock wipe`."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gradsock.cli.options import Sock

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def wipe(
    sock: Sock = "ble:",
    /,
    *,
    yes: Annotated[bool, Parameter(negative="", show_default=False, help="Do not ask.")] = False,
) -> None:
    """Have a sock forget its wearer: what it kept, its owners, its name.

    Its journal, baseline, zero, owners, name, side and prescription are erased; firmware, calibration, passkey and its
    other settings stay, as do the recordings on this machine. Without a host, hold its button for ten seconds.
    """
    import sys

    from sock import protocol

    from gradsock.cli.owning import with_sock
    from gradsock.cli.questions import confirm
    from gradsock.cli.say import say
    from gradsock.errors import UsageError

    if not yes and not sys.stdin.isatty():
        raise UsageError("this would erase what the sock kept of its wearer, for good: say --yes")
    if not yes and not confirm("Erase what the sock kept of its wearer, for good?", default=False):
        say("nothing was erased")
        return

    async def erase(owned: "OwnedSock") -> None:
        await owned.tell(protocol.WIPE)

    with_sock(sock, erase)
    say("erased; it starts anew, without owners")
