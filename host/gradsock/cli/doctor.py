"""`gradsock doctor`."""

import textwrap
from functools import partial
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gradsock.cli.options import Json, Logs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gradsock.owner.doctor import Check

WIDTH, LEVEL = 78, 7


def doctor(
    *sock: Annotated[str, Parameter(help="ble:NAME, or ble: for the only sock near; none: no sock is looked at.")],
    port: Annotated[str | None, Parameter(help="Look at the board on this serial port, too.")] = None,
    json: Json = False,
    logs: Logs = None,
) -> None:
    """Find out what is wrong: with this computer, a board on the cable, a sock on the air.

    The computer is always looked at. A board is when --port names it or it is the only one on a cable; it is restarted
    for that, and again afterwards. A sock is when it is named: ble:NAME, or ble: for the only one near. Exits with 1
    when there is a fault.
    """
    from gradsock.cli.owning import tell
    from gradsock.cli.say import say, say_json
    from gradsock.cli.words import KINDS
    from gradsock.errors import GradsockError, UsageError
    from gradsock.flash.usb import ports
    from gradsock.link import moniker
    from gradsock.owner.doctor import FAULT, computer, on_air, on_cable

    if len(sock) > 1 or (sock and not sock[0].startswith(KINDS)):
        raise UsageError("say at most one sock, such as: gradsock doctor ble:sock-a1b2")
    named = moniker.parse(sock[0]) if sock else None
    if isinstance(named, moniker.Replay):
        raise UsageError(f"{sock[0]} is a recording: name a sock, ble:NAME; gradsock logs verify looks at recordings")
    radio = named is None or isinstance(named, moniker.Ble)
    there = ports()
    port = port or (there[0].device if len(there) == 1 else None)
    here = partial(computer, logs, radio_needed=radio, port=port)
    parts: list[tuple[str, Callable[[], list[Check]]]] = [("this computer", here)]
    if port:
        parts.append((f"board at {port}", lambda: on_cable(port, tell)))
    if sock:
        parts.append((f"sock {sock[0]}", lambda: on_air(sock[0], tell)))
    told = {}
    for part, look in parts:
        tell(f"looking at: {part}")
        told[part] = look()
        tell("")
        if not json:
            say(describe(part, told[part]))
    if json:
        say_json({part: [check.as_dict() for check in checks] for part, checks in told.items()})
    faults = [check.what for checks in told.values() for check in checks if check.level == FAULT]
    if faults:
        raise GradsockError(f"{len(faults)} fault{'' if len(faults) == 1 else 's'}: {', '.join(faults)}")


def describe(part: str, checks: "Sequence[Check]") -> str:
    """One part, at most 78 characters wide."""
    lines = [part]
    for check in checks:
        lines.append(_filled(check.level.ljust(LEVEL), f"{check.what}: {check.found}"))
        if check.do:
            lines.append(_filled(" " * LEVEL, f"-> {check.do}"))
    return "\n".join(lines)


def _filled(start: str, text: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=f"  {start}", subsequent_indent=" " * (LEVEL + 5), break_on_hyphens=False
    )
