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
    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import only_sock
    from gradsock.link import telling

    async def zero(owned: "OwnedSock") -> str:
        return f"{owned.info.name} {await telling.tare(owned.tell)}"

    say(with_sock(only_sock(sock), zero))
