"""Writing to the one who called: text, tables, JSON, warnings."""

import json
import sys
from collections.abc import Sequence


def say(text: str) -> None:
    """Write a line, or several, to stdout."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """Write a line to stderr: what was asked for is done, and there is something to know about it."""
    sys.stdout.flush()
    sys.stderr.write(f"gradsock: {text}\n")


def say_json(content: object) -> None:
    """Write one JSON document to stdout: indented for a person, on one line for a program."""
    say(json.dumps(content, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False))


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write columns of text, as wide as they need to be; numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    right = [bool(rows) and all(row[column].replace(",", "").isdigit() for row in rows) for column in range(len(head))]
    for line in lines:
        cells = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ]
        say("  ".join(cells).rstrip())
