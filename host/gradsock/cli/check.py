"""`gradsock check`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from gradsock.cli.options import Json, Logs


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
        float | None, Parameter(help="Tell the numbers that decided at this second, as the findings count them.")
    ] = None,
    logs: Logs = None,
) -> None:
    """Run the fit check over a recording or a CSV file.

    RECORDING is an id (`gradsock logs` lists them), the beginning of one, `last`, or a file: a log, or a CSV with the
    header t_s,ankle,calf,knee (seconds and mmHg; an empty cell is a missing reading). Findings are not a failure,
    unless --fail-on makes them one.
    """
    from gradsock.analysis.check import LEVELS
    from gradsock.analysis.check import check as run_check
    from gradsock.cli.prescribed import check_prescription
    from gradsock.cli.say import say, say_json
    from gradsock.errors import GradsockError
    from gradsock.view.checked import describe

    check_prescription(prescription)
    if explain is not None:
        from gradsock.analysis.explain import explain as run_explain

        say("\n".join(run_explain(recording, explain, prescription=prescription, logs=logs).lines()))
        return
    checked = run_check(recording, prescription=prescription, logs=logs)
    if json:
        say_json(checked.as_dict())
    else:
        say(describe(checked))
    worst = checked.worst()
    if fail_on and worst and LEVELS.index(worst.level) >= LEVELS.index(fail_on):
        where = f" at the {worst.site}" if worst.site else ""
        raise GradsockError(f"{worst.kind}{where} is a {worst.level}, and --fail-on {fail_on} was asked for")
