"""From recordings to a report on the disk."""

from pathlib import Path

from sock.prescription import PrescriptionError, parse

from gradsock.errors import GradsockError, LogError, UsageError
from gradsock.export.files import check_free, write
from gradsock.export.names import stem
from gradsock.view.report.building import build, section
from gradsock.view.report.choosing import chosen
from gradsock.view.report.gathered import gather
from gradsock.view.report.together import Section


def report(
    what: str,
    *,
    out: Path | None = None,
    prescription: str | None = None,
    identify: bool = False,
    overwrite: bool = False,
    logs: Path | None = None,
) -> Path:
    """Write a report; returns its file. See :func:`gradsock.view.report.choosing.chosen` for ``what``.

    LogError when there is nothing to report, UsageError for a prescription that makes no sense, GradsockError when the
    file cannot be written.
    """
    if prescription is not None:
        try:
            parse(prescription)
        except PrescriptionError as error:
            raise UsageError(f"prescription: {error}") from None
    if out is not None and not out.is_dir():
        _check_ending(out)
        check_free(out, overwrite=overwrite)
    paths, title = chosen(what, logs)
    sections: list[Section] = []
    failed: list[GradsockError] = []
    name = ""
    for path in paths:
        try:
            told = gather(path, prescription)
        except LogError as error:
            failed.append(error)
            continue
        name = name or stem(told.recording, told.course, identify=identify)
        sections.append(section(told, identify=identify))
    if not sections:
        raise failed[0]
    called = what if ".." in what else title
    if failed:
        title += f" ({len(failed)} recordings could not be read)"
    page = build(sections, title)
    file = out or Path()
    if file.is_dir():
        file = file / (f"{name}.html" if title.startswith("One session") else f"report_{called}.html")
    write(file, lambda to: _put(to, page), overwrite=overwrite)
    return file


def _check_ending(file: Path) -> None:
    """UsageError for a file that its name says is no page."""
    if file.suffix.lower() not in ("", ".html", ".htm"):
        wanted = "; for a PDF print that page from a browser" if file.suffix.lower() == ".pdf" else ""
        raise UsageError(f"cannot write {file}: a report is a page, end its name in .html{wanted}")


def _put(file: Path, page: str) -> None:
    file.write_text(page, encoding="utf-8")
