"""`gradsock pair`."""

from typing import Annotated

from cyclopts import Parameter


def pair(
    sock: Annotated[str, Parameter(help="ble:NAME; none: the only sock that is near.")] = "ble:",
    /,
    *,
    passkey: Annotated[
        str | None, Parameter(help="The six digits that gradsock flash showed; asked for without.")
    ] = None,
) -> None:
    """Become an owner of a sock.

    A sock pairs for two minutes after it was switched on or its button was pressed, with whoever knows its passkey,
    and has three owners at most. After that this machine is known to it. Where the system has a way of its own to ask
    for a passkey, it asks.
    """
    from gradsock.cli.pairing import is_passkey, pair_with
    from gradsock.cli.say import say
    from gradsock.errors import UsageError
    from gradsock.link import moniker as monikers

    named = monikers.parse(sock)
    if isinstance(named, monikers.Sim):
        raise UsageError(
            f"{sock} lets everybody in, so there is nothing to pair; boards/sim/README.md has one that pairs"
        )
    if not isinstance(named, monikers.Ble):
        raise UsageError(f"{sock} is a recording: only a sock can be paired with, ble:NAME")
    if passkey is not None and not is_passkey(passkey):
        raise UsageError("a passkey has six digits, zeros in front too, and is not 000000")
    info, anew = pair_with(named.name, None if passkey is None else int(passkey))
    say(f"this machine is an owner of {info.label} ({info.serial}) {'now' if anew else 'already'}")
