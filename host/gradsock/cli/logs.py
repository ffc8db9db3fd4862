"""`gradsock logs`: what was recorded."""

from typing import Annotated

from cyclopts import App, Parameter

from gradsock.cli.options import Json, Logs

logs = App(
    name="logs",
    help="""List recordings; show, verify or delete one.

An ID is what `gradsock logs` shows, the beginning of it, `last`, or the file itself.
""",
    help_format="plaintext",
)


@logs.default
@logs.command(name="list")
def list_(*, json: Json = False, logs: Logs = None) -> None:
    """List the recordings, the oldest first."""
    from gradsock.cli.say import say, say_json, say_table
    from gradsock.log.catalogue import entries
    from gradsock.places import logs_folder

    found = entries(logs)
    if json:
        say_json([entry.as_dict() for entry in found])
    elif not found:
        say(f"no logs yet in {logs_folder(logs)}: try `gradsock demo`")
    else:
        say_table(("id", "start", "side", "sock", "samples", "lost", ""), [entry.as_row() for entry in found])


@logs.command
def show(recording: Annotated[str, Parameter(help="An ID.")], /, *, json: Json = False, logs: Logs = None) -> None:
    """Show what is in a recording: sock, time, samples, losses and gaps, verdicts, damage."""
    from gradsock.cli.say import say, say_json
    from gradsock.log.recording import open as open_recording
    from gradsock.view.recorded import as_dict, describe

    opened = open_recording(recording, logs=logs)
    if json:
        say_json(as_dict(opened))
    else:
        say(describe(opened))


@logs.command
def verify(
    *recordings: Annotated[str, Parameter(help="IDs; none: all.")], json: Json = False, logs: Logs = None
) -> None:
    """Read recordings whole and compare them with their own accounts; without an ID all of them.

    Exits with 1 when one is damaged; what is not damaged is read all the same, here and everywhere.
    """
    from gradsock.cli.say import say, say_json, say_table
    from gradsock.errors import LogError
    from gradsock.log.verify import verify as verify_one
    from gradsock.log.verify import which

    results = [verify_one(path) for path in which(recordings, logs)]
    if json:
        say_json([result.as_dict() for result in results])
    elif not results:
        say("no logs yet: try `gradsock demo`")
    else:
        say_table(("id", "samples", "state"), [result.as_row() for result in results])
    damaged = [result.id for result in results if not result.sound]
    if damaged:
        raise LogError(
            f"damaged: {', '.join(damaged)}; the rest of {'it' if len(damaged) == 1 else 'them'} is still read"
        )


@logs.command
def delete(
    *recordings: Annotated[str, Parameter(help="IDs.")],
    yes: Annotated[bool, Parameter(negative="", show_default=False, help="Do not ask.")] = False,
    logs: Logs = None,
) -> None:
    """Delete recordings for good."""
    import sys

    from gradsock.cli.say import say
    from gradsock.errors import UsageError
    from gradsock.log.layout import delete as delete_one
    from gradsock.log.layout import find

    if not recordings:
        raise UsageError("say which: gradsock logs delete ID; `gradsock logs` lists them")
    paths = list(dict.fromkeys(find(recording, logs) for recording in recordings))
    names = ", ".join(path.stem for path in paths)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"this would delete {names} for good: say --yes")
        if input(f"Delete {names} for good? [y/N] ").strip().lower() not in ("y", "yes"):
            say("nothing deleted")
            return
    for path in paths:
        delete_one(path)
    say(f"deleted {names}")
