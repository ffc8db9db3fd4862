"""`gradsock serve`."""

from typing import Annotated

from cyclopts import Parameter

from gradsock.cli.options import Logs


def serve(
    *socks: Annotated[str, Parameter(help="ble:NAME, sim:SCENARIO or replay:ID; none: the recordings alone.")],
    port: Annotated[int, Parameter(help="Where the pages are; 0: any free one.")] = 8765,
    host: Annotated[str, Parameter(help="The address to listen on; any but this machine's own asks for a token.")] = (
        "127.0.0.1"
    ),
    record: Annotated[bool, Parameter(negative="", show_default=False, help="Keep everything the socks send.")] = False,
    logs: Logs = None,
) -> None:
    """Show socks and recordings in a browser.

    Prints the address and serves until ctrl-C. The pages are for this machine alone unless --host says otherwise, and
    fetch nothing from anywhere else. Without a sock there are the recordings.
    """
    from gradsock.cli.running import run
    from gradsock.cli.say import say
    from gradsock.cli.words import check_distinct
    from gradsock.errors import UsageError
    from gradsock.view.web.serving import serve as serving

    if not 0 <= port <= 65535:
        raise UsageError("--port is a number from 0 to 65535")
    check_distinct(socks)
    run(serving(socks, host=host, port=port, recording=record, logs=logs, ready=lambda at: say(f"{at}  (ctrl-C ends)")))
