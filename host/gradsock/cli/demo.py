"""`gradsock demo`."""

from typing import Annotated

from cyclopts import Parameter

from gradsock.cli.options import Logs


def demo(
    scenario: Annotated[str | None, Parameter(help="One that sim: knows.")] = None,
    /,
    *,
    logs: Logs = None,
) -> None:
    """A virtual sock, worn through a scenario with a fold: live, recorded, summed up.

    Starts a virtual board, puts the firmware onto it, and the sock on a virtual leg: put on, standing, walking, folded
    at the knee and smoothed again. No hardware is needed. Some three minutes in a terminal, a shorter scenario without
    one; ctrl-C ends it at any time. SCENARIO is one of those that sim: knows.
    """
    from gradsock.cli.running import run
    from gradsock.cli.say import say
    from gradsock.view.demo import Demo

    shown = Demo(scenario, logs=logs)
    try:
        run(shown.run())
    finally:
        shown.seal()  # once more, in case ctrl-C was pressed again while it was done
        if any(watched.info for watched in shown.socks) and (told := shown.summary()):
            say(told)
