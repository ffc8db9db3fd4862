"""The command `gradsock`.

Each command is one short file that only calls the library; its docstring is its help. Nothing of it is imported before
it is called, so that ``gradsock --help`` answers at once.
"""

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from cyclopts import App

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
USAGE, FAILED, INTERRUPTED, TERMINATED, BROKEN_PIPE = 2, 1, 130, 143, 141

COMMANDS = {
    "demo": "A virtual sock, worn through a scenario with a fold: live, recorded, summed up.",
    "start": "The first evening with a sock, guided: from a bare board to a first verdict.",
    "scan": "Find the socks that are near.",
    "live": "Watch one sock or several.",
    "record": "Watch one sock or several, and keep everything they send.",
    "serve": "Show socks and recordings in a browser.",
    "sync": "Fetch what a sock kept while no computer was near, and make room on it.",
    "logs": "List recordings; show, verify, seal or delete one.",
    "report": "Write a report on a session, a day or a range: one HTML file that needs nothing else and prints well.",
    "export": "Write a recording for other programs: CSV, Parquet or EDF+.",
    "check": "Run the fit check over a recording or a CSV file.",
    "status": "Ask a sock how it is: verdict, battery, memory, losses, why it started, what it is.",
    "pair": "Become an owner of a sock.",
    "owners": "List the owners of a sock, or remove one.",
    "wipe": "Have a sock forget its wearer: what it kept, its owners, its name.",
    "identify": "Have a sock blink, to see which one it is.",
    "mark": "Put a mark with a few words into what a sock records.",
    "ack": "Tell a sock that you have seen what it tells: it is silent until it gets worse.",
    "snooze": "Have a sock keep its reminders to itself for a while.",
    "reminders": "Switch a sock's reminders on or off.",
    "forget-baseline": "Have a sock forget what it learned of how it sits on this leg.",
    "calibrate": "Calibrate the sensors of a sock, guided: counts become mmHg.",
    "recalibrate": "Read an old recording again under another calibration.",
    "tare": "Tell a sock that nothing presses on it now: what it reads becomes its zero.",
    "rename": "Give a sock another name.",
    "side": "Say which leg a sock is worn on, or ask it.",
    "prescription": "Show what a sock should do, or set it.",
    "leg": "Note the girths and heights of a leg, and see which pressures are plausible on it.",
    "settings": "List, read or change the settings of a sock.",
    "doctor": "Find out what is wrong: with this computer, a board on the cable, a sock on the air.",
    "flash": "Put the firmware on a board.",
    "completion": "Have a shell complete commands and options.",
}
"""Command and the first line of its help, which its docstring repeats (a test holds them equal)."""

GROUPS = ("logs",)
"""Commands that have commands of their own, and say themselves what they may be called with."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 done, 1 failed, 2 wrong usage, 130 on ctrl-C; a failure is one line on stderr."""
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = _reader_gone()
    except OSError as error:
        code = _cannot_write(error)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    from cyclopts import CycloptsError

    from gradsock.cli.usage import complaint, joined
    from gradsock.errors import GradsockError

    try:
        application(arguments[0] if arguments else "")(
            joined(arguments), exit_on_error=False, print_error=False, result_action="return_value"
        )
    except GradsockError as error:
        return _complain(str(error), error.exit_code)
    except CycloptsError as error:
        return _complain(complaint(error), USAGE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except Exception as fault:
        if isinstance(fault, OSError) and fault.errno in FULL:
            return _cannot_write(fault)
        if os.environ.get("GRADSOCK_DEBUG"):
            raise
        where = f"{type(fault).__name__}: {' '.join(str(fault).split())}".removesuffix(": ")
        return _complain(
            f"this is a fault of gradsock ({where}); GRADSOCK_DEBUG=1 shows where, please report it", FAILED
        )
    return 0


def application(called: str = "") -> "App":
    """All commands; the one that is called says all that it has to say, of the others only the first line is read."""
    from cyclopts import App

    from gradsock.cli.examples import epilogue

    app = App(
        name="gradsock",
        help="A compression sock that measures itself: reach it, watch it, record it, check what was recorded.",
        version=_version,
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
    )
    for number, (name, help_line) in enumerate(COMMANDS.items()):
        help_text = (_docstring(name) if name == called else "") or help_line
        function = name.replace("-", "_")
        about = {} if name in GROUPS else {"help_epilogue": epilogue(name)}
        app.command(f"gradsock.cli.{function}:{function}", name=name, help=help_text, sort_key=number, **about)
    return app


def _version() -> str:
    """Asked for alone: looking it up takes as long as some commands."""
    from gradsock.version import VERSION

    return VERSION


def _docstring(name: str) -> str:
    """All that a command says of itself but its parameters, a paragraph a line, as wide as the terminal then is."""
    import inspect
    from importlib import import_module

    function = name.replace("-", "_")
    command = getattr(import_module(f"gradsock.cli.{function}"), function)
    if not inspect.isfunction(command):
        return str(command.help)
    text = (inspect.getdoc(command) or "").partition("\nParameters\n")[0]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n")).strip()


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"gradsock: {message}\n")
    return code


def _reader_gone() -> int:
    """Whoever read our output has left (``| head``)."""
    _forget_output()
    return BROKEN_PIPE


def _cannot_write(error: OSError) -> int:
    """The disk that the output goes to is full, or takes nothing any longer."""
    from gradsock.log.writer import reason

    _forget_output()
    return _complain(f"cannot write: {reason(error)}", FAILED)


def _forget_output() -> None:
    """Keep Python from complaining once more at exit about what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
