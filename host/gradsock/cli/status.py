"""`gradsock status`."""

from typing import TYPE_CHECKING

from gradsock.cli.options import Json, Sock

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def status(*sock: Sock, json: Json = False) -> None:
    """Ask a sock how it is: verdict, battery, memory, losses, why it started, what it is."""
    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say, say_json
    from gradsock.cli.words import only_sock
    from gradsock.view.status import Status, as_dict, describe

    async def ask(owned: "OwnedSock") -> Status:
        return Status(owned.info, owned.protection, await owned.vitals(), await owned.settings())

    status = with_sock(only_sock(sock), ask)
    if json:
        say_json(as_dict(status))
    else:
        say(describe(status))
