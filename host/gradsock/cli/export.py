"""`gradsock export`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from gradsock.cli.options import Logs, Overwrite


def export(
    recording: Annotated[str, Parameter(help="ID or file of a recording; last: the newest one.")],
    *,
    format: Annotated[
        Literal["csv", "parquet", "edf"], Parameter(help="csv (with a JSON beside it), parquet, or edf (EDF+).")
    ] = "csv",
    out: Annotated[Path | None, Parameter(help="File, or folder; default: here, by start, side and pseudonym.")] = None,
    identify: Annotated[
        bool, Parameter(negative="", show_default=False, help="Say which sock it is: serial, name and id.")
    ] = False,
    overwrite: Overwrite = False,
    logs: Logs = None,
) -> None:
    """Write a recording for other programs: CSV, Parquet or EDF+.

    Neither the file's name nor what is in it tells which sock it is, unless --identify is given. Date, time zone and
    the words of marks and notes go along as they are: look at those before you give it away.
    """
    from gradsock.cli.harmed import warn_of_harm
    from gradsock.cli.progress import working
    from gradsock.cli.say import say
    from gradsock.export.exporting import export as exporting
    from gradsock.log.layout import find

    with working(f"writing {format}"):
        path = exporting(recording, format, out=out, identify=identify, overwrite=overwrite, logs=logs)
    say(str(path))
    warn_of_harm([find(recording, logs)])
