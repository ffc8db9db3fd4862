"""Writing to the one who called: text, tables, JSON, warnings."""

import json
import shutil
import sys
from collections.abc import Sequence
from textwrap import wrap


def say(text: str) -> None:
    """Write a line, or several, to stdout."""
    sys.stdout.write(text + "\n")


def say_wrapped(text: str, *, indent: int) -> None:
    """Write lines; on a terminal none is longer than that is wide: it goes on below, so far from the left."""
    if not sys.stdout.isatty():
        say(text)
        return
    width = shutil.get_terminal_size().columns
    for line in text.splitlines():
        say(
            "\n".join(wrap(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False))
        )


def warn(text: str) -> None:
    """Write a line to stderr: what was asked for is done, and there is something to know about it."""
    sys.stdout.flush()
    sys.stderr.write(f"gradsock: {text}\n")


def say_json(content: object) -> None:
    """Write one JSON document to stdout: indented for a person, on one line for a program."""
    say(json.dumps(content, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False))


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write columns of text, as wide as they need to be; numbers to the right.

    The last cell of a line goes below it where it would make that too long for the terminal.
    """
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    right = [bool(rows) and all(row[column].replace(",", "").isdigit() for row in rows) for column in range(len(head))]
    for line in lines:
        cells = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ]
        told = "  ".join(cells).rstrip()
        if room and len(told) > room and line[-1]:
            told = "  ".join(cells[:-1]).rstrip() + f"\n    {line[-1]}"
        say(told)
