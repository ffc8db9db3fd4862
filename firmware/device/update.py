"""A new firmware takes the place of the old one: all of it or nothing, whatever happens to the power.

The host writes what has changed to /new, checks it there, and last of all renames /new/manifest.part to
/new/manifest.json. Only from that moment the new firmware counts, and then it is moved into place file by file. Each
move is one rename, which a flash does or does not do; `finish` begins where the last attempt broke off. main.py calls
it before it imports anything else of ours (but for an empty device/__init__), and moves last, so that whatever stands
at / can always call it.

What it replaces is kept in /old where there is room, so that `fall_back` can have it take the place again. The host
empties /old before it writes to /new; a manifest stands there only when the rest does.

The host runs this file too, from its source, so it leans on nothing but `os` and `json`.
"""

import json
import os

STAGE = "/new"
COMPLETE = STAGE + "/manifest.json"
MANIFEST = "/manifest.json"
FORMER = "/old"
BACK = FORMER + "/back.json"
MAINTENANCE = "/maintenance"
TRYING = "/trying"

_DIRECTORY = 0x4000
_ROOMY_BYTES = 2 << 20
"""Volumes from this size on hold two firmwares beside a day of samples."""
_BOOTING = ("/main.py", "/device/__init__.mpy", "/device/update.mpy")
"""What finishes an update after a power cut: never missing, so kept as a copy."""


def finish(root: str = "") -> bool:
    """Move what lies complete in /new, or is to come back from /old, into place.

    True if there was something: then start anew, without importing more. root: where / is, for tests.
    """
    _quietly(os.remove, root + STAGE + ".none")  # as in main.py, should an older one stand there
    stage, complete = STAGE, COMPLETE
    wanted = _files_of(root + complete)
    if not wanted:
        stage, complete = FORMER, BACK
        wanted = _files_of(root + complete)
        if not wanted:
            return False
    installed = _files_of(root + MANIFEST)
    keeps = stage == STAGE and len(installed) > 0 and installed != wanted and _is_roomy(root)
    for path in _staged(root, stage, complete):
        _make_folders(root, path)
        if keeps and path in installed:
            _keep(root, path)
        os.rename(root + stage + path, root + path)
    for path in installed:
        if path not in wanted:
            if keeps:
                _keep(root, path)
            _quietly(os.remove, root + path)
            if path.rfind("/") > 0:
                _quietly(os.rmdir, root + path[: path.rfind("/")])
    if keeps:
        _make_folders(root, FORMER + MANIFEST)
        _copy(root + MANIFEST, root + FORMER + MANIFEST)
    os.rename(root + complete, root + MANIFEST)
    _quietly(os.remove, root + TRYING)  # those were the starts of another
    for name in os.listdir(root + stage):
        _quietly(os.rmdir, root + stage + "/" + name)
    _quietly(os.rmdir, root + stage)
    return True


def fall_back(root: str = "") -> bool:
    """Whether the former firmware is there, all of it as it was: then it is declared, and `finish` moves it back."""
    wanted = _files_of(root + FORMER + MANIFEST)
    for path, digest in wanted.items():
        found = _digest(root + FORMER + path)
        if (_digest(root + path) if found is None else found) != digest:
            return False
    if wanted:
        os.rename(root + FORMER + MANIFEST, root + BACK)
    return len(wanted) > 0


def maintenance(root: str = "") -> bool:
    """True once after the host left the file /maintenance: stay at the prompt, start neither the app nor a watchdog.

    A watchdog cannot be stopped, and would end a flash run half way. The wish holds for this start only.
    """
    try:
        os.remove(root + MAINTENANCE)
    except OSError:
        return False
    _quietly(os.remove, root + TRYING)  # it was ended on purpose
    return True


def _staged(root: str, stage: str, complete: str) -> list[str]:
    """Paths of the new files as they will be called, main.py last."""
    found = []
    folders = [""]
    for folder in folders:
        for name in os.listdir(root + stage + folder):
            path = folder + "/" + name
            if os.stat(root + stage + path)[0] & _DIRECTORY:
                folders.append(path)
            elif stage + path != complete:
                found.append(path)
    if "/main.py" in found:
        found.remove("/main.py")
        found.append("/main.py")
    return found


def _files_of(manifest: str) -> dict[str, str]:
    """SHA-256 by path of a firmware; empty when there is no such manifest."""
    try:
        with open(manifest) as file:
            return dict(json.load(file))
    except (OSError, ValueError):
        return {}


def _is_roomy(root: str) -> bool:
    volume = os.statvfs(root + "/")
    return volume[1] * volume[2] >= _ROOMY_BYTES


def _keep(root: str, path: str) -> None:
    """Put a file that is about to be replaced aside; an earlier attempt may have done so already."""
    _make_folders(root, FORMER + path)
    try:
        if path in _BOOTING:
            _copy(root + path, root + FORMER + path)
        else:
            os.rename(root + path, root + FORMER + path)
    except OSError:
        pass


def _copy(path: str, to: str) -> None:
    with open(path, "rb") as file:
        content = file.read()
    with open(to, "wb") as file:
        file.write(content)


def _digest(path: str) -> "str | None":
    """SHA-256 in hexadecimal digits; None when there is no such file."""
    import hashlib

    try:
        with open(path, "rb") as file:
            digest: str = hashlib.sha256(file.read()).digest().hex()
            return digest
    except OSError:
        return None


def _make_folders(root: str, path: str) -> None:
    at = path.find("/", 1)
    while at > 0:
        _quietly(os.mkdir, root + path[:at])
        at = path.find("/", at + 1)


def _quietly(do, path: str) -> None:  # type: ignore[no-untyped-def]
    """What an earlier attempt may have done already."""
    try:
        do(path)
    except OSError:
        pass
