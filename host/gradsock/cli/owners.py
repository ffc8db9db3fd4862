"""`gradsock owners`."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gradsock.cli.options import Json, Sock

if TYPE_CHECKING:
    from gradsock.link.owned import OwnedSock


def owners(
    sock: Sock = "ble:",
    /,
    *,
    remove: Annotated[int | None, Parameter(help="Remove the owner with this number, as they are listed.")] = None,
    json: Json = False,
) -> None:
    """List the owners of a sock, or remove one.

    An owner is known by the address of its radio. One who is removed has no access from the next second on; the
    connection of whoever asks ends, too.
    """
    from sock import protocol

    from gradsock.cli.owning import with_sock
    from gradsock.cli.say import say, say_json
    from gradsock.errors import UsageError

    async def ask(owned: "OwnedSock") -> list[str]:
        found = await owned.owners()
        if remove is not None:
            if not 1 <= remove <= len(found):
                raise UsageError(f"there is no owner {remove}: the sock has {len(found)}")
            await owned.tell(protocol.REMOVE_OWNER, bytes([remove - 1]))
        return found

    found = with_sock(sock, ask)
    if json:
        say_json({"owners": found, "removed": None if remove is None else found[remove - 1]})
    elif remove is not None:
        say(f"removed {found[remove - 1]}")
    elif not found:
        say("no owners: it lets everybody in, or nobody has paired with it (gradsock pair)")
    else:
        for number, address in enumerate(found, 1):
            say(f"{number}  {address}")
