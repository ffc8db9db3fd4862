"""`gradsock report`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradsock.cli.options import Logs, Overwrite


def report(
    what: Annotated[
        str, Parameter(help="ID or file of a recording, a day (YYYY-MM-DD or today), or DAY..DAY.")
    ] = "last",
    *,
    out: Annotated[Path | None, Parameter(help="File, or folder; default: here, by start, side and pseudonym.")] = None,
    prescription: Annotated[str | None, Parameter(help="Check against this one instead of the sock's own.")] = None,
    identify: Annotated[
        bool, Parameter(negative="", show_default=False, help="Say which sock it is: serial, name and ids.")
    ] = False,
    overwrite: Overwrite = False,
    logs: Logs = None,
) -> None:
    """Write a report on a session, a day or a range: one HTML file that needs nothing else and prints well.

    How the sock sat, pressures against the prescription, findings with plots, marks, and what is missing.
    """
    from gradsock.cli.harmed import warn_of_harm
    from gradsock.cli.progress import working
    from gradsock.cli.say import say
    from gradsock.view.report.choosing import chosen
    from gradsock.view.report.reporting import report as reporting

    with working("reading and checking"):
        path = reporting(what, out=out, prescription=prescription, identify=identify, overwrite=overwrite, logs=logs)
    say(str(path))
    warn_of_harm(chosen(what, logs)[0])
