"""Everything that can go wrong and that a person can do something about.

    GradsockError
     ├─ UsageError              the command line or an argument makes no sense (exit code 2)
     │   └─ MonikerError        not the name of a sock: ble:NAME, sim:SCENARIO or replay:FILE
     ├─ LinkError               a sock cannot be reached, or not any longer
     │   ├─ NoRadio             this machine has no Bluetooth, or it is switched off
     │   ├─ SockNotFound        no sock of that name is near
     │   ├─ LinkLost            it was reached, and then the connection or the data stopped
     │   ├─ SockRefused         the sock answered a request with a refusal
     │   └─ WrongSock           what answers is not the sock that was asked for, or too old or new
     ├─ LogError                a recording cannot be found, read or written
     ├─ CalibrateError          a calibration cannot be made, read or used
     ├─ AnalysisError           measurements or a prescription that cannot be checked
     ├─ FlashError              a board cannot be flashed
     └─ SimError                the virtual board does not start or has died

Each message is one line that says what to do. The command prints it as ``gradsock: MESSAGE`` and exits with
``exit_code``; anything that is not a :class:`GradsockError` is a fault of gradsock itself.
"""


class GradsockError(Exception):
    """Base of all errors meant for a person; its text is one line that says what to do."""

    exit_code = 1


class UsageError(GradsockError):
    """The command line or an argument makes no sense."""

    exit_code = 2


class MonikerError(UsageError):
    """Not the name of a sock: ``ble:NAME``, ``sim:SCENARIO`` or ``replay:FILE``."""


class LinkError(GradsockError):
    """A sock cannot be reached, or not any longer."""


class NoRadio(LinkError):
    """This machine has no Bluetooth, or it is switched off or forbidden."""


class SockNotFound(LinkError):
    """No sock of that name is near."""


class LinkLost(LinkError):
    """A sock was reached, and then the connection or the data stopped."""


class SockRefused(LinkError):
    """The sock answered a request with a refusal; ``result`` is its code (see ``sock.protocol``)."""

    def __init__(self, message: str, result: int = 0) -> None:
        super().__init__(message)
        self.result = result


class WrongSock(LinkError):
    """What answers is not the sock that was asked for, or speaks a protocol this host does not know."""


class LogError(GradsockError):
    """A recording cannot be found, read or written."""


class CalibrateError(GradsockError):
    """A calibration cannot be made, read or used."""


class AnalysisError(GradsockError):
    """Measurements or a prescription that cannot be checked."""


class FlashError(GradsockError):
    """A board cannot be flashed."""


class SimError(GradsockError):
    """The virtual board does not start or has died."""
