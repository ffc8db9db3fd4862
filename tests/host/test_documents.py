"""The pages are true: command lines are those of the program and run, links lead somewhere, an index has every page."""

import importlib.util
import re
from pathlib import Path

import pytest
from cyclopts import CoercionError, CycloptsError, MissingArgumentError
from gradsock import cli
from gradsock.log.sealing import seal_all
from sock import settings

from tests.documents import ELSEWHERE, FENCE, HERE, ON_A_SOCK, TOP, Line, lines, pages, run_lines

LINK = re.compile(r"\]\(([^)\s]+)\)")
TARGETS = set(re.findall(r"^([a-z]+):", (TOP / "Makefile").read_text(), re.M))
MPREMOTE = {"connect", "resume", "exec", "run", "mount", "fs"}
DOCS = TOP / "host" / "docs"


@pytest.mark.parametrize("line", lines(), ids=str)
def test_a_command_line_is_one_that_there_is(line: Line) -> None:
    program, *words = line.words
    if program == "gradsock":
        understood(words, named_only=line.inline)
    elif program == "make":
        assert words[0] in TARGETS
    elif program == "mpremote":
        assert words[0] in MPREMOTE
    elif words[0] == "-m":
        assert importlib.util.find_spec(words[1]) is not None
    else:
        assert (TOP / words[0]).exists()


def understood(words: list[str], *, named_only: bool) -> None:
    """The command is there and takes these words; it is not called. In a text it may be named without what it needs."""
    if words[0] == "COMMAND":
        return
    try:
        _, bound, _ = cli.application(words[0]).parse_args(words, exit_on_error=False, print_error=False)
    except (MissingArgumentError, CoercionError) as error:
        if not named_only:
            pytest.fail(str(error))
        return
    except CycloptsError as error:
        pytest.fail(str(error))
    if words[0] == "settings":
        keys = {word.partition("=")[0] for word in bound.args[1:] if "=" in word}
        assert keys <= set(settings.keys())
    if words[0] == "flash" and "--set" in words:
        assert words[words.index("--set") + 1].partition("=")[0] in {*settings.keys(), "KEY"}


def test_there_are_as_many_as_there_seem_to_be() -> None:
    """A change of how pages are read must not leave them unread."""
    found = lines()
    assert len(found) > 150
    assert sum(not line.inline for line in found) > 80
    assert len({line.words[1] for line in found if line.words[0] == "gradsock"} & set(cli.COMMANDS)) > 25


def test_every_command_is_on_some_page() -> None:
    told = {line.words[1] for line in lines() if line.words[0] == "gradsock"}
    assert set(cli.COMMANDS) - told == set()


def test_each_command_is_run_somewhere() -> None:
    assert HERE | ON_A_SOCK | set(ELSEWHERE) == set(cli.COMMANDS)
    for where in ELSEWHERE.values():
        assert (TOP / where).exists()


@pytest.fixture
def desk(made, recorded, tmp_path, monkeypatch):
    """What a reader of the pages has: a recording, a CSV, a calibration, a home of their own."""
    list(seal_all([], None))
    folder = tmp_path / "desk"
    folder.mkdir()
    rows = [f"{t},{22 + t % 3},{16 + t % 2},{12 + t % 2}" for t in range(1100)]
    (folder / "wear.csv").write_text("\n".join(["t_s,ankle,calf,knee", *rows]) + "\n")
    (folder / "FILE").write_text(made.calibration.to_json())
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return folder


@pytest.mark.parametrize("line", run_lines(HERE), ids=str)
def test_it_runs(line: Line, desk, capsys) -> None:
    code = cli.run(line.words[1:])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert said.out.strip()


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(TOP)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name} leads to {link}, which is not there"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{target.name} has no heading '{anchor}'"


def anchors(page: Path) -> set[str]:
    """Of the headings, as they are made from their text, and those that are set."""
    text = page.read_text(encoding="utf-8")
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return set(re.findall(r'<a id="([^"]+)"', text)) | {
        re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads
    }


def test_every_page_is_found_from_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    listed = {(DOCS / link.partition("#")[0]).resolve() for link in LINK.findall(index)}
    for page in DOCS.glob("*.md"):
        assert page.name == "README.md" or page.resolve() in listed, f"{page.name} is not in the index"
    assert (DOCS / "builds").resolve() in listed
    assert "host/docs/" in (TOP / "README.md").read_text(encoding="utf-8")
