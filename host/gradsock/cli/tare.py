"""`gradsock tare`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Sock

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def tare(*sock: Sock) -> None:
    """Tell a sock that nothing presses on it now: what it reads becomes its zero.

    Lay the sock flat on a table, off the leg, and leave it for a minute first. The sock watches its readings for two
    seconds, and refuses while something presses, while they move, or when they are so far off that it needs a new
    calibration. It keeps the zero until it is calibrated anew, and every recording says when it was taken.
    """
    from sock import protocol

    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import only_sock
    from gradsock.errors import SockRefused

    async def zero(owned: "OwnedSock") -> str:
        try:
            await owned.tell(protocol.TARE)
        except SockRefused as error:
            if error.result != protocol.NOT_SUPPORTED:
                raise
            raise SockRefused(
                "a sock without a calibration has no zero: gradsock calibrate",
                error.result,
            ) from None
        return owned.info.name

    say(f"{with_sock(only_sock(sock), zero)} has its zero")
