"""`gradsock leg`."""

from typing import Annotated

from cyclopts import Parameter

from gradsock.cli.options import Json, Words


def leg(
    *words: Words,
    prescription: Annotated[str, Parameter(help="What the sock is to press with.")] = "",
    json: Json = False,
) -> None:
    """Note the girths and heights of a leg, and see which pressures are plausible on it.

    `gradsock leg [SOCK] [left|right] [ankle=GIRTH@HEIGHT calf=... knee=...]`, in cm, such as left ankle=22.5@10
    calf=36@28 knee=33@38: the ankle just above its bones, the calf where it is thickest, the knee just below the knee
    cap; heights from the floor. With a SOCK the leg is noted for that sock, its side and prescription are asked.
    """
    from sock.prescription import PrescriptionError, parse
    from sock.settings import defaults

    from gradsock.cli.say import say, say_json
    from gradsock.cli.words import KINDS, sock_and_rest
    from gradsock.errors import UsageError
    from gradsock.owner import leg as legs
    from gradsock.view.leg import as_dict, describe

    sock, rest = sock_and_rest(words)
    side, serial = "", ""
    if rest and rest[0] in legs.SIDES:
        side, rest = rest[0], rest[1:]
    measures = legs.parse(rest)
    if words and words[0].startswith(KINDS):
        serial, told, prescribed = _ask(sock)
        side, prescription = side or told, prescription or prescribed
    if side not in legs.SIDES:
        raise UsageError(f"say which leg: gradsock leg left {legs.EXAMPLE}")
    try:
        wanted = parse(prescription or str(defaults()["prescription"]))
    except PrescriptionError as error:
        raise UsageError(f"prescription: {error}") from None
    whole = legs.remember(side, measures, serial) if measures else legs.leg_of(side, serial)
    if not whole:
        raise UsageError(f"the {side} leg was never measured: gradsock leg {side} {legs.EXAMPLE}")
    if json:
        say_json(as_dict(side, whole, wanted))
    else:
        say(describe(side, whole, wanted))


def _ask(sock: str) -> tuple[str, str, str]:
    """Serial, side and prescription of a sock."""
    from gradsock.cli.owning import with_sock
    from gradsock.link.owned import OwnedSock

    async def ask(owned: OwnedSock) -> tuple[str, str, str]:
        return owned.info.serial, owned.info.side, str((await owned.settings())["prescription"])

    return with_sock(sock, ask)
