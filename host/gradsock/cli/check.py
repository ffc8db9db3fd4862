"""`gradsock check`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from gradsock.cli.options import Json, Logs

Times = Annotated[
    list[str] | None,
    Parameter(help="When the wearer was in this posture: 600-720 (seconds) or 10:00-12:00.", negative=""),
]


def check(
    recording: Annotated[str, Parameter(help="An id, the beginning of one, last, or a file: a log or a CSV.")],
    /,
    *,
    prescription: Annotated[
        str | None, Parameter(help="What the sock should do: ral:II, us:15-20, custom:ankle=14-22.")
    ] = None,
    json: Json = False,
    fail_on: Annotated[
        Literal["info", "notice", "warning"] | None,
        Parameter(help="Exit with 1 when there is a finding of this level or above."),
    ] = None,
    explain: Annotated[
        str | None,
        Parameter(
            help="Tell the numbers that decided: at 329 (seconds) or 5:29, or as this was said: fold, bunching:calf."
        ),
    ] = None,
    standing: Times = None,
    lying: Times = None,
    ankle_at: Annotated[
        Literal["B", "B1"] | None,
        Parameter(help="The leg point of the ankle's sensor, if not as calibrated; at B1 the difference is the SSI."),
    ] = None,
    logs: Logs = None,
) -> None:
    """Run the fit check over a recording or a CSV file.

    RECORDING is an id (`gradsock logs` lists them), the beginning of one, `last`, or a file: a log, what `gradsock
    export` wrote, or a CSV with the header t_s,ankle,calf,knee (seconds and mmHg; an empty cell is a missing reading).

    Exits with 0 whatever is found, with 1 when it cannot be checked, with 2 when the command makes no sense. With
    --fail-on a finding is a failure as well: it exits with 1 then, after all that was found has been written; where it
    could not be checked nothing is.

    Standing minus lying at the ankle needs to know when the wearer stood and lay still: by the marks "standing" and
    "lying" in a log, or by --standing and --lying, which may be given several times.
    """
    from gradsock.analysis.check import check as run_check
    from gradsock.analysis.checked import LEVELS
    from gradsock.analysis.posture import LYING, STANDING
    from gradsock.cli.prescribed import check_prescription
    from gradsock.cli.progress import working
    from gradsock.cli.say import say_json, say_wrapped
    from gradsock.errors import GradsockError
    from gradsock.period import between
    from gradsock.view.checked import describe

    check_prescription(prescription)
    if explain is not None:
        from gradsock.analysis.explain import explain as run_explain

        explained = run_explain(recording, explain, prescription=prescription, logs=logs)
        if json:
            say_json(explained.as_dict())
        else:
            say_wrapped("\n".join(explained.lines()), indent=9)
        return
    postures = None
    if standing or lying:
        postures = {STANDING: [between(s) for s in standing or ()], LYING: [between(s) for s in lying or ()]}
    with working("checking"):
        checked = run_check(recording, prescription=prescription, logs=logs, postures=postures, leg_point=ankle_at)
    if json:
        say_json(checked.as_dict())
    else:
        say_wrapped(describe(checked), indent=11)
    worst = checked.worst()
    if fail_on and worst and LEVELS.index(worst.level) >= LEVELS.index(fail_on):
        where = f" at the {worst.site}" if worst.site else ""
        raise GradsockError(f"{worst.kind}{where} is of level {worst.level}, and --fail-on {fail_on} was asked for")
