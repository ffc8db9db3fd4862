"""`gradsock start`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from gradsock.cli.options import Cable, Physician


def start(
    *,
    port: Cable = None,
    board: Annotated[str | None, Parameter(help="Which board it is (gradsock flash --list).")] = None,
    sock: Annotated[str | None, Parameter(help="The sock, ble:NAME, where several are near.")] = None,
    again: Annotated[
        Literal["all", "read", "flash", "side", "prescription", "leg", "calibrate", "donning"] | None,
        Parameter(help="Do this step again, or all of them."),
    ] = None,
    physician: Physician = False,
) -> None:
    """The first evening with a sock, guided: from a bare board to a first verdict.

    What to read before, flash, side, prescription, leg, calibration, putting it on. It can be left at any time and goes
    on where it was. Each step is also a command of its own: flash, side, prescription, leg, calibrate, live.
    """
    from gradsock.cli.evening import Guide
    from gradsock.cli.say import say
    from gradsock.errors import UsageError
    from gradsock.link.known import name_of
    from gradsock.owner.evening import STEPS, Evening

    evening = Evening() if again == "all" else Evening.load()
    if again:
        evening.redo(again)
    if board and board != evening.board and "flash" in evening.finished:
        raise UsageError(f"it was flashed as {evening.board}; anew: gradsock start --again flash --board {board}")
    evening.port, evening.board = port or evening.port, board or evening.board
    met = name_of(evening.serial)  # it may have another name by now
    evening.sock = sock or (f"ble:{met}" if met else evening.sock)
    guide = Guide(evening, physician)
    while (step := evening.next_step()) is not None:
        say(f"\n{STEPS.index(step) + 1} of {len(STEPS)}: {guide.title(step)}")
        skipped = guide.take(step)
        evening.done(step, skipped=skipped)
    say(guide.farewell())
