"""A sock on a cable, brought to rest: at its prompt, without watchdog, and started again afterwards.

A sock cannot be looked at while it runs, and its watchdog would end a visit after seconds. So it is restarted into
maintenance first, as for flashing.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sock.settings import SettingsError, load, validate_patch

from gradsock import jsontext
from gradsock.errors import FlashError, UsageError
from gradsock.flash.cable import Cable
from gradsock.link.proof import lets_everybody_in

MAINTENANCE, MANIFEST, SETTINGS = "/maintenance", "/manifest.json", "/settings.json"
IDENTITY = "/identity.json"
START_S = 8.0  # until a board that was reset is at its prompt, or runs


@contextlib.contextmanager
def at_rest(port: str) -> Iterator[Cable]:
    """The board's prompt; whatever happens, the board is started again. FlashError when it is not there."""
    with Cable(port) as cable:
        try:
            if cable.read(MANIFEST) is not None:
                cable.write(MAINTENANCE, b"")
                cable.reset()
                cable.listen(lambda heard: heard.endswith(">>> "), START_S)
                cable.knock()
            yield cable
        finally:
            with contextlib.suppress(FlashError):
                if not cable.lost:
                    cable.knock()
                    cable.remove([MAINTENANCE])
                    cable.reset()
                    cable.listen(_has_settled, START_S)


def settings_on(cable: Cable) -> dict[str, Any]:
    """All settings of a sock at rest; FlashError when there is no sock on the board."""
    if cable.read(MANIFEST) is None:
        raise FlashError(f"the board at {cable.port} is no sock yet: gradsock flash")
    try:
        return dict(load(jsontext.loads(cable.read(SETTINGS) or b"{}")))
    except ValueError as error:
        raise FlashError(f"its settings are damaged ({error}): gradsock flash --set side=left makes new ones") from None


def change_settings_on(cable: Cable, patch: Mapping[str, object]) -> dict[str, Any]:
    """Change settings of a sock at rest, all or nothing; the settings then stored. UsageError for a bad patch."""
    try:
        after = dict(validate_patch(settings_on(cable), dict(patch), True))
    except SettingsError as error:
        raise UsageError(str(error)) from None
    cable.write(SETTINGS + ".new", json.dumps(after, separators=(",", ":")).encode())
    cable.rename(SETTINGS + ".new", SETTINGS)
    if after["allow_unprotected"]:
        with contextlib.suppress(ValueError, LookupError, TypeError):
            lets_everybody_in(str(jsontext.loads(cable.read(IDENTITY) or b"")["serial"]))
    return after


def _has_settled(heard: str) -> bool:
    """Whether it runs as a sock, or waits at its prompt."""
    lines = (line.strip() for line in heard.splitlines())
    return heard.endswith(">>> ") or any(line.startswith("sock ") and line.endswith("running") for line in lines)
