"""The command lines of the documentation, as a reader finds them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[1]
PROGRAMS = ("gradsock", "make", "python", "mpremote")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)
INLINE = re.compile(r"`([^`\n]+)`")

HERE = {"logs", "check", "report", "export", "flash", "recalibrate", "completion", "live"}
"""Commands that need no sock: their lines are run as they stand (tests/host/test_documents.py)."""
ON_A_SOCK = {
    *("scan", "status", "settings", "doctor", "snooze", "reminders", "mark", "forget-baseline", "tare", "sync", "leg"),
    *("prescription", "identify", "ack", "rename", "side", "owners"),
}
"""Their lines are run on a virtual sock that is the only one near (tests/e2e/test_documents.py)."""
ELSEWHERE = {
    "demo": "tests/e2e/test_host.py",
    "record": "tests/e2e/test_host.py",
    "serve": "tests/e2e/test_pages.py",
    "pair": "tests/e2e/test_sock_pairing.py",
    "wipe": "tests/e2e/test_sock_pairing.py",
    "start": "tests/host/test_start.py",
    "calibrate": "tests/host/test_calibrate_wizard.py",
}
"""What asks questions, goes on until it is ended, or needs two hosts, has tests of its own."""
NOT_AS_IT_STANDS = re.compile(
    r"2026-11"  # a day on which nothing was recorded here
    r"|--explain (21630|fold)"  # six hours into a recording; a fold in it: tests/host/test_explain.py
    r"|/dev/tty|socket://|YOUR_BOARD|--board \w+( --set .*)?$"  # a board on a cable
    r"|logs delete last$"  # asks whether it is meant: tests/host/test_cli.py
    r"|sim:"  # a virtual sock takes its minutes: tests/e2e/test_host.py
    r"|^gradsock live$"  # goes on until it is ended
)


@dataclass(frozen=True)
class Line:
    """words: without what a shell takes for itself (comment, variables set before, redirection). inline: in a text."""

    page: Path
    text: str
    words: tuple[str, ...]
    inline: bool

    def __str__(self) -> str:
        return f"{self.page.relative_to(TOP)}: {self.text}"


def pages() -> list[Path]:
    """Every page of the project."""
    docs = TOP / "host" / "docs"
    return [TOP / "README.md", TOP / "SECURITY.md", TOP / "boards" / "sim" / "README.md", *sorted(docs.rglob("*.md"))]


def lines() -> list[Line]:
    """Every command line of every page."""
    return [line for page in pages() for line in _lines_of(page)]


def run_lines(commands: set[str]) -> list[Line]:
    """What stands in blocks and calls one of these commands, each line once, without what cannot be run here."""
    found = {
        line.words: line
        for line in lines()
        if line.words[0] == "gradsock"
        and line.words[1] in commands
        and not line.inline
        and not NOT_AS_IT_STANDS.search(" ".join(line.words))
    }
    return list(found.values())


def _lines_of(page: Path) -> Iterator[Line]:
    text = page.read_text(encoding="utf-8")
    for language, block in FENCE.findall(text):
        if language in ("", "sh", "console"):
            for line in block.splitlines():
                yield from _line(page, line, inline=False)
    for code in INLINE.findall(FENCE.sub("", text)):
        yield from _line(page, code, inline=True)


def _line(page: Path, text: str, *, inline: bool) -> Iterator[Line]:
    """A line that calls one of our programs with something."""
    if "..." in text or "|" in text.split("#")[0]:
        return  # told in short: `logs show|verify`, `... get KEY`
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words = words[1:]
    if ">" in words:
        words = words[: words.index(">")]
    if words and words[0].removeprefix(".venv/bin/") in PROGRAMS and len(words) > 1:
        yield Line(page, text.strip(), (words[0].removeprefix(".venv/bin/"), *words[1:]), inline)
