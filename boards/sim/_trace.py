"""Tracebacks as a board prints them."""

import io
import sys

_OWN = ("_start.py", "_loop.py", "_vfs.py", "_port.py")  # frames that are no Python on a board


def trace(error) -> str:
    """The text of an exception and where it came from."""
    text = io.StringIO()
    sys.print_exception(error, text)
    lines = text.getvalue().split("\n")
    return "\n".join([line for line in lines if not any(name in line for name in _OWN)])
