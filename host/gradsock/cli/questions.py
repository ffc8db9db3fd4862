"""Questions to the one who called, answered by typing; a pipe may type too."""

import sys

from gradsock.cli.say import say
from gradsock.errors import GradsockError

YES, NO = ("y", "yes"), ("n", "no")


def ask(question: str, default: str = "") -> str:
    """One line typed in answer, without spaces around it; an empty one is the default. GradsockError at the end."""
    shown = f"{question} [{default}] " if default else f"{question} "
    sys.stdout.write(shown)
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stdout.write("\n")
        raise GradsockError("nobody answers: call this again in a terminal, it goes on where it stopped")
    if not sys.stdin.isatty():
        sys.stdout.write(line)  # so that what was typed through a pipe can be read afterwards
    return line.strip() or default


def confirm(question: str, default: bool | None = None) -> bool:
    """Yes or no; asked again until it is one of them. Without a default an empty answer is none."""
    hint = {True: "Y/n", False: "y/N", None: "y/n"}[default]
    while True:
        answer = ask(f"{question} ({hint})").lower()
        if answer in YES or (not answer and default is True):
            return True
        if answer in NO or (not answer and default is False):
            return False
        say("Please answer y or n.")
