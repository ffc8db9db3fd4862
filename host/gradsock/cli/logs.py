"""`gradsock logs`: what was recorded."""

from typing import Annotated

from cyclopts import App, Parameter

from gradsock.cli.examples import epilogue
from gradsock.cli.options import Json, Logs

logs = App(
    name="logs",
    help="""List recordings; show, verify, seal or delete one.

An ID is what `gradsock logs` shows, the beginning of it, `last`, or the file itself.
""",
    help_format="plaintext",
    help_epilogue=epilogue("logs"),
)


NO_COPY = "Nothing of it can be read: put an undamaged copy in its place, or gradsock logs delete it"


@logs.default
@logs.command(name="list", help_epilogue=epilogue("logs list"))
def list_(*, json: Json = False, logs: Logs = None) -> None:
    """List the recordings, the oldest first."""
    from gradsock.cli.say import say, say_json, say_table, warn
    from gradsock.log.catalogue import entries
    from gradsock.log.entry import DAMAGED
    from gradsock.places import logs_folder

    found = entries(logs)
    if json:
        say_json([entry.as_dict() for entry in found])
    elif not found:
        say(f"no logs yet in {logs_folder(logs)}: try `gradsock demo`")
    else:
        say_table(("id", "start", "side", "sock", "samples", "lost", ""), [entry.as_row() for entry in found])
    if any(entry.state == DAMAGED for entry in found):
        warn("some are damaged: gradsock logs verify tells what is lost and what to do; the rest of each is still read")


@logs.command(help_epilogue=epilogue("logs show"))
def show(recording: Annotated[str, Parameter(help="An ID.")], /, *, json: Json = False, logs: Logs = None) -> None:
    """Show what is in a recording: sock, time, samples, losses and gaps, verdicts, damage."""
    from gradsock.cli.say import say_json, say_wrapped
    from gradsock.log.recording import open as open_recording
    from gradsock.view.recorded import as_dict, describe

    opened = open_recording(recording, logs=logs)
    if json:
        say_json(as_dict(opened))
    else:
        say_wrapped(describe(opened), indent=15)


@logs.command(help_epilogue=epilogue("logs verify"))
def verify(
    *recordings: Annotated[str, Parameter(help="IDs; none: all.")], json: Json = False, logs: Logs = None
) -> None:
    """Read recordings whole and compare them with their own accounts; without an ID all of them.

    Exits with 1 when one is damaged; what is not damaged is read all the same, here and everywhere.
    """
    from gradsock.cli.progress import each
    from gradsock.cli.say import say, say_json, say_wrapped
    from gradsock.errors import LogError
    from gradsock.log.catalogue import note_damage
    from gradsock.log.verify import verify as verify_one
    from gradsock.log.verify import which

    results, paths = [], which(recordings, logs)
    width = max((len(path.stem) for path in paths), default=0)
    for path in each("reading", paths):
        results.append(verify_one(path))
        if not results[-1].sound:
            note_damage(path, logs)
        if not json:
            say_wrapped(results[-1].in_words(width), indent=width + 22)
    if json:
        say_json([result.as_dict() for result in results])
    elif not results:
        say("no logs yet: try `gradsock demo`")
    damaged = [result for result in results if not result.sound]
    if damaged:
        names = ", ".join(result.id for result in damaged)
        rest = "; what is left of " + ("it" if len(damaged) == 1 else "them") + " is still read"
        advice = next((result.what_to_do for result in damaged if result.what_to_do), NO_COPY)
        raise LogError(f"damaged: {names}{rest if any(result.samples for result in damaged) else ''}. {advice}")


@logs.command(help_epilogue=epilogue("logs seal"))
def seal(
    *recordings: Annotated[str, Parameter(help="IDs; none: all that are not sealed.")],
    json: Json = False,
    logs: Logs = None,
) -> None:
    """Seal recordings into Parquet, one file per wear. Recording does so by itself; this is for what was cut off.

    The file that was recorded into is removed when the sealed ones lie safely on the disk. A sealed recording that is
    damaged is written anew from what is left of it when its ID is given; the damaged file is kept beside.
    """
    from gradsock.cli.progress import working
    from gradsock.cli.say import say, say_json
    from gradsock.log.sealing import seal_all

    told, failed = [], None
    with working("sealing"):
        for outcome in seal_all(recordings, logs):
            told.append(outcome)
            if failed is None and outcome.failure is not None:
                failed = outcome  # its words are the last
            elif not json:
                say(outcome.in_words())
    if json:
        say_json([outcome.as_dict() for outcome in told])
    elif not told:
        say("everything is sealed")
    if failed is not None and failed.failure is not None:
        raise failed.failure


@logs.command(help_epilogue=epilogue("logs rebuild"))
def rebuild(*, json: Json = False, logs: Logs = None) -> None:
    """Make the list of recordings anew from the files themselves, which hold all that is in it."""
    from gradsock.cli.progress import working
    from gradsock.cli.say import say, say_json
    from gradsock.log.catalogue import rebuild as rebuild_catalogue

    with working("reading all recordings"):
        found = rebuild_catalogue(logs)
    if json:
        say_json([entry.as_dict() for entry in found])
    else:
        say(f"{len(found):,} {'recording' if len(found) == 1 else 'recordings'} listed anew")


@logs.command(help_epilogue=epilogue("logs delete"))
def delete(
    *recordings: Annotated[str, Parameter(help="IDs.")],
    yes: Annotated[bool, Parameter(negative="", show_default=False, help="Do not ask.")] = False,
    json: Json = False,
    logs: Logs = None,
) -> None:
    """Delete recordings for good.

    Which one is the last changes with every recording that begins or ends: with --yes an id is needed.
    """
    import sys

    from gradsock.cli.say import say, say_json
    from gradsock.errors import UsageError
    from gradsock.log.layout import LAST, find
    from gradsock.log.layout import delete as delete_one

    if not recordings:
        raise UsageError("say which: gradsock logs delete ID; `gradsock logs` lists them")
    paths = list(dict.fromkeys(find(recording, logs) for recording in recordings))
    names = ", ".join(path.stem for path in paths)
    if yes and LAST in recordings:
        raise UsageError(
            f"'{LAST}' may be another one by now: say the id, which is {find(LAST, logs).stem} at the moment"
        )
    if not yes:
        if json or not sys.stdin.isatty():
            raise UsageError(f"this would delete {names} for good: say --yes")
        if input(f"Delete {names} for good? [y/N] ").strip().lower() not in ("y", "yes"):
            say("nothing deleted")
            return
    for path in paths:
        delete_one(path)
    if json:
        say_json({"deleted": [str(path) for path in paths]})
    else:
        say(f"deleted {names}")
