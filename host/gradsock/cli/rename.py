"""`gradsock rename`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Words

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def rename(*words: Words) -> None:
    """Give a sock another name.

    `gradsock rename [SOCK] NAME`: at most 10 bytes; "" gives it the one it had at first. It restarts under its new
    name.
    """
    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say
    from gradsock.cli.words import sock_and_one

    sock, name = sock_and_one(words, "the new name", "gradsock rename ble:sock-a1b2 mine")

    async def change(owned: "OwnedSock") -> str:
        await owned.change({"name": name})
        return owned.info.name

    called = with_sock(sock, change)
    say(f"it is now {'called ' if sock.startswith('sim:') else 'ble:'}{called}")
