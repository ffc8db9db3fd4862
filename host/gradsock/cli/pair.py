"""`gradsock pair`."""

from typing import Annotated

from cyclopts import Parameter

from gradsock.cli.options import Sock


def pair(
    sock: Sock = "ble:",
    /,
    *,
    passkey: Annotated[
        int | None, Parameter(help="The six digits that gradsock flash showed; asked for without.")
    ] = None,
) -> None:
    """Become an owner of a sock.

    A sock pairs for two minutes after it was switched on or its button was pressed, with whoever knows its passkey,
    and has three owners at most. After that this machine is known to it. Where the system has a way of its own to ask
    for a passkey, it asks.
    """
    from gradsock.cli.questions import ask
    from gradsock.cli.running import run
    from gradsock.cli.say import say
    from gradsock.errors import UsageError
    from gradsock.link import moniker as monikers
    from gradsock.link.ble import BleLink

    named = monikers.parse(sock)
    if not isinstance(named, monikers.Ble):
        raise UsageError(f"{sock} cannot be paired with, only a real sock: ble:NAME")
    if passkey is not None and not 0 < passkey <= 999_999:
        raise UsageError("a passkey has six digits, and is not 000000")

    async def digits() -> int:
        typed = "" if passkey is None else str(passkey)
        while not (typed.isdigit() and 0 < int(typed) <= 999_999):
            typed = ask("passkey of the sock, six digits:")
        return int(typed)

    async def work() -> None:
        async with BleLink(named.name, passkey=digits) as link:
            say(f"this machine is an owner of {link.info.label} ({link.info.serial}) now")

    run(work())
