"""`gradsock flash`."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gradsock import jsontext
from gradsock.cli.options import Json
from gradsock.cli.physician import hear_physician

if TYPE_CHECKING:
    from gradsock.flash import FlashReport

Board = Annotated[str | None, Parameter(help="Which board it is: a folder's name in boards/ (see --list).")]
Port = Annotated[str | None, Parameter(help="Its serial port, or a virtual board's socket://HOST:PORT.")]
Set = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        consume_multiple=False,
        negative="",
        help="KEY=VALUE: change one of the sock's settings. Repeatable.",
    ),
]
Calibration = Annotated[Path | None, Parameter(help="File of the calibration that the sock is to use.")]
FEW = 6
"""So many files are listed; of more, their folders."""
Flag = Parameter(negative="", show_default=False)


def flash(
    *,
    board: Board = None,
    port: Port = None,
    set_: Set = (),
    calibration: Calibration = None,
    allow_unprotected: Annotated[bool, Flag] = False,
    physician: Annotated[bool, Flag] = False,
    dry_run: Annotated[bool, Flag] = False,
    list_: Annotated[bool, Parameter(name="--list", negative="", show_default=False)] = False,
    json: Json = False,
) -> None:
    """Put the firmware on a board.

    Sends only what changed, beside what is there, and takes over all of it or nothing: a cable pulled at any moment
    leaves a sock that starts. Then the board restarts. Without --port the one board that is connected is taken.

    Parameters
    ----------
    allow_unprotected
        Let the sock stream without pairing, readable by anyone near. For boards that cannot pair.
    physician
        A physician prescribed it: needed for a prescription of 20 mmHg or more.
    dry_run
        Only show what a board that has nothing would get, with --json file by file. No board is touched, none need be
        there.
    list_
        Show the boards that can be named and the ports that have one.
    """
    from gradsock.cli.say import say, say_json
    from gradsock.errors import UsageError

    if list_:
        return _list(json)
    if board is None:
        raise UsageError("say which board it is: gradsock flash --board NAME; gradsock flash --list shows the names")
    from gradsock.flash import boards
    from gradsock.flash import flash as flash_board
    from gradsock.meant import meant

    if board not in boards():
        raise UsageError(f"no board is called '{board}'; there are: {', '.join(boards())}{meant(board, boards())}")
    settings = settings_from(set_)
    hear_physician(settings.get("prescription"), physician)
    with _progress() as progress:
        report = flash_board(
            port,
            board,
            settings,
            calibration,
            allow_unprotected=allow_unprotected,
            progress=progress,
            dry_run=dry_run,
        )
    if calibration is not None and not dry_run:
        from gradsock.calibrate.files import keep

        keep(calibration)
    if json:
        say_json(_as_dict(report))
    else:
        _tell(report)
        if note := unwired(settings):
            say(note)
    return None


def settings_from(changes: Sequence[str]) -> dict[str, object]:
    """``KEY=VALUE`` texts as settings; a value is JSON where it can be, else text."""
    from gradsock.errors import UsageError

    settings: dict[str, object] = {}
    for change in changes:
        key, is_pair, value = change.partition("=")
        if not is_pair:
            raise UsageError(f"'{change}' is not KEY=VALUE, such as --set side=left")
        if key in settings:
            raise UsageError(f"{key} is given twice: say it once")
        try:
            settings[key] = jsontext.loads(value)
        except ValueError:
            settings[key] = value
        if key == "name" and not isinstance(settings[key], str):
            raise UsageError(f"name: {value} is no text; to have it as one write name='\"{value}\"'")
    return settings


def unwired(settings: Mapping[str, object]) -> str:
    """A note on the sites that these settings leave without a sensor; empty where there are none."""
    from sock import SITES

    channels = settings.get("channels")
    if not isinstance(channels, list):
        return ""
    without = [site for site in SITES if site not in [role for role, *_ in channels]]
    return f"note: no channel is at {' and '.join(without)}, so nothing is read there" if without else ""


def _list(as_json: bool) -> None:
    from gradsock.cli.say import say, say_json
    from gradsock.flash import boards, ports

    if as_json:
        found = [{"device": port.device, "description": port.description} for port in ports()]
        return say_json({"boards": boards(), "ports": found})
    say("boards:")
    for name in boards():
        say(f"  {name}")
    say("ports with a board:" if ports() else "ports with a board: none")
    for port in ports():
        say(f"  {port.device}  {port.description}")
    return None


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar in a terminal, else nothing: the summary says it all."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _what: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=max(total, 1), description=what)


def _tell(report: "FlashReport") -> None:
    from gradsock.cli.say import say, say_table

    verb = "would send" if report.dry_run else "sent"
    if len(report.sent) <= FEW:
        for path, size in report.sent.items():
            say(f"{verb} {path}  {size} B")
    else:
        folders: dict[str, list[int]] = {}
        for path, size in report.sent.items():
            folders.setdefault(str(PurePosixPath(path).parent), []).append(size)
        rows = [(folder, f"{len(sizes)}", f"{sum(sizes):,}") for folder, sizes in sorted(folders.items())]
        say_table(("folder", "files", "bytes"), rows)
    for path in report.removed:
        say(f"removed {path}")
    count = f"{len(report.sent)} file{'' if len(report.sent) == 1 else 's'}"
    if report.dry_run:
        say(f"{verb} {count}, {report.bytes_sent} B, to a {report.board} that has none of them; no board was touched")
        return
    say(
        f"{verb} {count}, {report.bytes_sent} B, {report.unchanged} unchanged, in {report.seconds:.1f} s:"
        f" {report.board} at {report.port}, MicroPython {report.micropython}"
    )
    if report.passkey is not None:
        say(
            f"passkey {report.passkey:06d}: each host that pairs asks for it once; write it down, it is not shown again"
        )
    say(report.running or f"sock {report.serial} has restarted; it did not say that it runs: gradsock scan")


def _as_dict(report: "FlashReport") -> dict[str, object]:
    return {
        "port": report.port,
        "board": report.board,
        "micropython": report.micropython,
        "serial": report.serial,
        "passkey": report.passkey,
        "sent": report.sent,
        "removed": list(report.removed),
        "unchanged": report.unchanged,
        "bytes_sent": report.bytes_sent,
        "manifest": report.manifest,
        "seconds": round(report.seconds, 3),
        "running": report.running,
        "dry_run": report.dry_run,
    }
