"""Finding one's way: examples in every help, completion in a real shell, JSON of every listing, empty states."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cyclopts import CycloptsError
from gradsock import cli
from gradsock.cli import progress
from gradsock.cli.examples import EXAMPLES


def commands():
    """Every command and every command of a group, as a person types them."""
    yield from cli.COMMANDS
    app = cli.application()
    for group in cli.GROUPS:
        yield from (f"{group} {name}" for name in app[group] if not name.startswith("-"))


@pytest.mark.parametrize("command", list(commands()))
def test_every_help_ends_with_examples_that_make_sense(call, command) -> None:
    _, said, _ = call(*command.split(), "--help")
    shown = [line.strip() for line in said.rpartition("Examples:\n")[2].splitlines()]
    assert tuple(shown) == EXAMPLES[command]
    for line in shown:
        words = shlex.split(line.partition(" > ")[0])
        assert words[: 1 + len(command.split())] == ["gradsock", *command.split()] or command in cli.GROUPS
        try:
            cli.application(words[1]).parse_args(words[1:], exit_on_error=False, print_error=False)
        except CycloptsError as error:
            pytest.fail(f"{line}: {error}")


def test_no_example_is_of_a_command_that_is_not_there() -> None:
    assert set(EXAMPLES) == set(commands())


BASH = shutil.which("bash")


def completed(script, *words) -> set[str]:
    """What a real bash offers for the last of the words."""
    line = " ".join(shlex.quote(word) for word in words)
    asks = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _gradsock; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        [BASH, "--norc", "-eu", "-c", f". {shlex.quote(str(script))}; set +eu; complete -p gradsock >&2; {asks}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "complete" in done.stderr  # it is bound to the command
    return set(done.stdout.split())


@pytest.mark.skipif(BASH is None, reason="this machine has no bash: completion is not tested here")
def test_bash_completes_commands_options_and_choices(call, tmp_path) -> None:
    script = tmp_path / "gradsock.bash"
    code, said, _ = call("completion", "bash")
    assert code == 0
    script.write_text(said)
    assert completed(script, "gradsock", "") == set(cli.COMMANDS)
    assert completed(script, "gradsock", "re") == {"record", "report", "reminders", "recalibrate", "rename"}
    assert completed(script, "gradsock", "logs", "ve") == {"verify"}
    assert {"--for", "--json"} <= completed(script, "gradsock", "scan", "--")
    assert completed(script, "gradsock", "export", "last", "--format", "") == {"csv", "parquet", "edf"}


@pytest.mark.parametrize(("shell", "begins"), [("zsh", "#compdef gradsock"), ("fish", "#"), ("powershell", "#")])
def test_other_shells_get_a_script_too(call, shell, begins) -> None:
    code, said, _ = call("completion", shell)
    assert code == 0
    assert said.startswith(begins)
    assert all(name in said for name in cli.COMMANDS)


def test_completion_is_installed_where_the_shell_looks(call, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    code, said, _ = call("completion", "bash", "--install")
    assert code == 0
    path = said.partition(":")[0]
    assert path.startswith(str(tmp_path))
    assert "_gradsock" in Path(path).read_text()


def test_a_shell_that_is_unknown_is_wrong_usage(call) -> None:
    code, _, said = call("completion", "tcsh")
    assert code == 2
    assert "zsh" in said


LISTINGS = [["logs"], ["logs", "list"], ["logs", "verify"], ["logs", "seal"], ["logs", "rebuild"], ["flash", "--list"]]


@pytest.mark.parametrize("listing", LISTINGS, ids=" ".join)
def test_every_listing_is_json_for_a_program_and_says_what_to_do_when_empty(call, listing) -> None:
    code, said, _ = call(*listing, "--json")
    assert code == 0
    assert json.loads(said) == [] or listing[0] == "flash"
    code, said, _ = call(*listing)
    assert code == 0
    assert said.strip()


def test_listings_of_a_sock_have_json_too() -> None:
    app = cli.application()
    for name in ("scan", "status", "settings", "owners", "prescription", "leg", "doctor", "check"):
        _, bound, _ = app.parse_args([name, "--json"] + (["x.csv"] if name == "check" else []), exit_on_error=False)
        assert bound.arguments["json"] is True


def test_nothing_recorded_yet_leads_to_the_demo(call) -> None:
    for listing in (["logs"], ["logs", "verify"]):
        assert "no logs yet" in call(*listing)[1]
        assert "try `gradsock demo`" in call(*listing)[1]
    for asked in (["report"], ["export", "last", "--format", "csv"], ["check", "last"], ["logs", "show", "last"]):
        code, _, said = call(*asked)
        assert code == 1
        assert "gradsock demo" in said


def test_long_work_has_a_bar_on_a_terminal_and_none_elsewhere(capsys, monkeypatch) -> None:
    with progress.working("reading"):
        pass
    assert list(progress.each("reading", [1, 2, 3])) == [1, 2, 3]
    assert capsys.readouterr().err == ""

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with progress.working("reading"):
        pass
    assert list(progress.each("verifying", [1, 2, 3])) == [1, 2, 3]
    said = capsys.readouterr().err
    assert "reading" in said
    assert "verifying" in said
