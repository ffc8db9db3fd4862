"""`gradsock snooze`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Words

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def snooze(*words: Words) -> None:
    """Have a sock keep its reminders to itself for a while.

    `gradsock snooze [SOCK] 2h`: for so long it does not remind of a drink, of the time that it is worn or of the night;
    0 ends it. Findings about the leg are told as ever: `gradsock ack` silences those. A restart of the sock ends it.
    """
    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import sock_and_one
    from gradsock.link import telling

    sock, period = sock_and_one(words, "for how long", "gradsock snooze 2h")
    minutes = telling.snooze_min(period)

    async def tell(owned: "OwnedSock") -> str:
        return f"{owned.info.name} {await telling.snooze(owned.tell, minutes)}"

    say(with_sock(sock, tell))
