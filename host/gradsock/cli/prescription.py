"""`gradsock prescription`."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gradsock.cli.options import Json, Physician, Words

if TYPE_CHECKING:
    from sock.bands import Prescription

    from gradsock.link.owned import OwnedSock


def prescription(
    *words: Words,
    physician: Physician = False,
    show: Annotated[
        bool, Parameter(negative="", show_default=False, help="Only show its bands; no sock is asked.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what a sock should do, or set it.

    `gradsock prescription [SOCK] [P]`: P is STANDARD:CLASS[:PROFILE], such as ral:II, us:15-20 or
    afnor:II:progressive, or a range of your own: custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6. The bands are shown;
    20 mmHg and more asks for the physician's word.
    """
    from sock.prescription import PrescriptionError, parse

    from gradsock.cli.owning import with_sock
    from gradsock.cli.physician import hear_physician
    from gradsock.cli.words import sock_and_rest
    from gradsock.errors import UsageError

    sock, rest = sock_and_rest(words)
    if len(rest) > 1 or (show and not rest):
        raise UsageError("say one prescription, such as: gradsock prescription us:15-20")
    if not rest:
        return _tell(parse(with_sock(sock, _present)), json)
    try:
        wanted = parse(rest[0])
    except PrescriptionError as error:
        raise UsageError(str(error)) from None
    _tell(wanted, json)
    if show:
        return None
    hear_physician(wanted.text, physician)
    with_sock(sock, lambda owned: owned.change({"prescription": wanted.text}))
    if not json:
        from gradsock.cli.say import say

        say("the sock has it")
    return None


async def _present(owned: "OwnedSock") -> str:
    return str((await owned.settings())["prescription"])


def _tell(wanted: "Prescription", as_json: bool) -> None:
    from gradsock.cli.say import say, say_json
    from gradsock.view.bands import describe

    if as_json:
        say_json(wanted.as_dict())
    else:
        say(describe(wanted))
