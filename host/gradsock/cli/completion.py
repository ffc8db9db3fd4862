"""`gradsock completion`."""

from typing import Annotated, Literal

from cyclopts import Parameter

Shell = Literal["bash", "zsh", "fish", "powershell"]


def completion(
    shell: Shell,
    /,
    *,
    install: Annotated[
        bool, Parameter(negative="", show_default=False, help="Put it where the shell finds it when it next starts.")
    ] = False,
) -> None:
    """Have a shell complete commands and options.

    Prints the shell's script, or with --install puts it where the shell looks for such and says where that is.
    """
    from gradsock.cli import application
    from gradsock.cli.say import say
    from gradsock.errors import GradsockError

    app = application()
    if not install:
        say(app.generate_completion(shell=shell).rstrip())
        return
    try:
        path = app.install_completion(shell=shell)
    except OSError as error:
        raise GradsockError(f"cannot write {error.filename}: {(error.strerror or str(error)).lower()}") from error
    say(f"{path}: open a new {shell}")
