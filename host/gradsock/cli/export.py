"""`gradsock export`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from gradsock.cli.options import Logs, Overwrite


def export(
    recording: Annotated[str, Parameter(help="ID or file of a recording; last: the newest one.")],
    *,
    format: Annotated[
        Literal["csv", "parquet", "edf"] | None,
        Parameter(help="csv (with a JSON beside it), parquet, or edf (EDF+); default: by the ending of --out, or csv."),
    ] = None,
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
    from gradsock.export.exporting import format_for
    from gradsock.log.layout import find

    form = format_for(format, out)
    with working(f"writing {form}"):
        path = exporting(recording, form, out=out, identify=identify, overwrite=overwrite, logs=logs)
    say(str(path))
    if form == "csv":
        say(str(path.with_suffix(".json")))
    warn_of_harm([find(recording, logs)])
