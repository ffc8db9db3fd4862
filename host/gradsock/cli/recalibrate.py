"""`gradsock recalibrate`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradsock.cli.options import Json, Logs


def recalibrate(
    recording: Annotated[str, Parameter(help="What gradsock logs shows, the beginning of it, `last`, or a file.")],
    /,
    *,
    calibration: Annotated[Path, Parameter(help="The calibration's file, as gradsock calibrate writes it.")],
    json: Json = False,
    logs: Logs = None,
) -> None:
    """Read an old recording again under another calibration.

    Writes a recording beside it, which says what it was derived from; the old one stays as it is. Zeros that were taken
    meanwhile hold in it as well.
    """
    from gradsock.calibrate.again import changes_mmHg
    from gradsock.calibrate.again import recalibrate as read_again
    from gradsock.cli.harmed import warn_of_harm
    from gradsock.cli.progress import working
    from gradsock.cli.say import say, say_json
    from gradsock.log import layout
    from gradsock.log.recording import open as open_recording

    was = layout.find(recording, logs)
    with working("reading it again"):
        path = read_again(was, calibration.expanduser())
    old, new = open_recording(was), open_recording(path)
    changes = changes_mmHg(old, new)
    warn_of_harm([was])
    if json:
        medians = {site: {"before": round(b, 2), "after": round(a, 2)} for site, (b, a) in changes.items()}
        say_json({"id": new.id, "derived_from": old.id, "path": str(path), "median_mmHg": medians})
        return
    said = ", ".join(f"{site} {before:.0f} -> {after:.0f}" for site, (before, after) in changes.items())
    say(f"{new.id}: {old.id} under {new.calibration.id if new.calibration else 'it'}; {old.id} stays")
    if said:
        say(f"median pressure in mmHg: {said}")
