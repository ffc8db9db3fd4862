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
    from sock import protocol

    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import sock_and_one
    from gradsock.errors import UsageError
    from gradsock.period import seconds

    sock, period = sock_and_one(words, "for how long", "gradsock snooze 2h")
    minutes = 0 if period.strip() == "0" else max(1, round(seconds(period) / 60))
    if minutes > 7 * 24 * 60:
        raise UsageError("a snooze lasts a week at most; gradsock reminders off ends them for good")

    async def tell(owned: "OwnedSock") -> str:
        await owned.tell(protocol.SNOOZE, minutes.to_bytes(2, "little"))
        return owned.info.name

    name = with_sock(sock, tell)
    say(f"{name} reminds of nothing for {minutes} min" if minutes else f"{name} reminds again")
