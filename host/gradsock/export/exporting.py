"""From a recording to a file in another format."""

from functools import partial
from pathlib import Path
from typing import Any

from gradsock.analysis import check as checking
from gradsock.errors import GradsockError, UsageError
from gradsock.export import about, delimited, edf, parquet
from gradsock.export.course import course_of
from gradsock.export.files import write, write_all
from gradsock.export.names import stem
from gradsock.log import recording as recordings

FORMATS = ("csv", "parquet", "edf")


def export(
    id_or_file: str | Path,
    form: str,
    *,
    out: Path | None = None,
    identify: bool = False,
    overwrite: bool = False,
    logs: Path | None = None,
) -> Path:
    """Write a recording as ``csv`` (with a JSON beside it), ``parquet`` or ``edf``; returns the file.

    out: the file, or the folder it goes into under a name of its own; default: the present folder. Unless ``identify``
    neither name nor contents tell the sock. LogError, GradsockError or UsageError say why it cannot be.
    """
    if form not in FORMATS:
        raise UsageError(f"there is no format {form}: {', '.join(FORMATS)}")
    recording = recordings.open(id_or_file, logs=logs)
    course = course_of(recording, scanned=True)
    try:
        checked = checking.check(recording.path)
    except GradsockError:
        checked = None  # without pressures there is nothing to check, and still something to export
    told = about.about(recording, course, checked, identify=identify)
    file = out or Path()
    if file.is_dir():
        file = file / f"{stem(recording, course, identify=identify)}.{form}"
    if form == "csv":
        fills = {file.with_suffix(".json"): partial(_note, told), file: partial(delimited.fill, course)}
        write_all(fills, overwrite=overwrite)
    else:
        fill = edf.fill if form == "edf" else parquet.fill
        write(file, partial(fill, course, told), overwrite=overwrite)
    return file


def format_for(form: str | None, out: Path | None) -> str:
    """The format that is meant: as said, else by the ending of the file, else CSV. UsageError: the two are at odds, or
    the ending is of another format.
    """
    ending = "" if out is None or out.is_dir() else out.suffix.lower().removeprefix(".")
    if ending and ending not in FORMATS and (form is None or ending == "json"):
        raise UsageError(f"cannot write {out}: end its name in .csv, .parquet or .edf, or leave --out out")
    if form is not None and ending in FORMATS and ending != form:
        raise UsageError(f"--format {form} into {out} is at odds: end its name in .{form}, or leave --format out")
    return form or ending or FORMATS[0]


def _note(told: dict[str, Any], file: Path) -> None:
    file.write_text(about.as_json(told), encoding="utf-8")
