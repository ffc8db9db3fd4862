"""`gradsock reminders`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Words

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def reminders(*words: Words) -> None:
    """Switch a sock's reminders on or off.

    `gradsock reminders [SOCK] off`: none of a drink, of the time that it is worn or of the night, until
    `gradsock reminders on`; a restart changes nothing. How often they come is in `gradsock settings`: hydrate_min,
    wear_max_min, overnight.
    """
    from sock import protocol
    from sock.reminders import FOREVER_MIN

    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import sock_and_one
    from gradsock.errors import UsageError

    sock, switch = sock_and_one(words, "on or off", "gradsock reminders off")
    if switch not in ("on", "off"):
        raise UsageError(f"'{switch}' is neither on nor off: gradsock reminders off")
    minutes = FOREVER_MIN if switch == "off" else 0

    async def tell(owned: "OwnedSock") -> str:
        await owned.tell(protocol.SNOOZE, minutes.to_bytes(2, "little"))
        return owned.info.name

    say(f"reminders of {with_sock(sock, tell)} are {switch}")
