"""Where things lie on this machine: recordings, what gradsock remembers, what it can make again."""

import os
from pathlib import Path

from gradsock.errors import UsageError

APP = "gradsock"


def logs_folder(chosen: Path | None = None) -> Path:
    """Recordings: as chosen (``--logs``), else ``GRADSOCK_LOGS``, else the platform's data folder."""
    if chosen is not None:
        return chosen.expanduser()
    named = os.environ.get("GRADSOCK_LOGS")
    if named:
        return Path(named).expanduser()
    return _home("data") / "logs"


def data_folder() -> Path:
    """What belongs to the person and cannot be made again, such as the measures of a leg."""
    return _home("data")


def state_folder() -> Path:
    """What gradsock remembers between runs, such as the socks it has met."""
    return _home("state")


def cache_folder() -> Path:
    """What gradsock can make again, such as flashed virtual boards."""
    return _home("cache")


def make_private(folder: Path) -> None:
    """Make a folder, and those above it, that nobody but its owner can look into; what is there stays as it is."""
    if not folder.is_dir():
        if not folder.parent.exists():
            make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _home(kind: str) -> Path:
    """``GRADSOCK_HOME`` puts everything into one folder; else each platform has its own places."""
    named = os.environ.get("GRADSOCK_HOME")
    if named:
        home = Path(named).expanduser()
        if home.exists() and not home.is_dir():
            raise UsageError(f"GRADSOCK_HOME is {home}, which is no folder: set it to one, or unset it")
        return home / kind
    import platformdirs

    folder = {
        "data": platformdirs.user_data_path,
        "state": platformdirs.user_state_path,
        "cache": platformdirs.user_cache_path,
    }[kind]
    return folder(APP, appauthor=False)
