"""A new firmware takes the place of the old one: all of it or nothing, whatever happens to the power.

The host writes what has changed to /new, checks it there, and last of all renames /new/manifest.part to
/new/manifest.json. Only from that moment the new firmware counts, and then it is moved into place file by file. Each
move is one rename, which a flash does or does not do; `finish` begins where the last attempt broke off. main.py calls
it before it imports anything else of ours (but for an empty device/__init__), and moves last, so that whatever stands
at / can always call it.

The host runs this file too, from its source, so it leans on nothing but `os` and `json`.
"""

import json
import os

STAGE = "/new"
COMPLETE = STAGE + "/manifest.json"
MANIFEST = "/manifest.json"
MAINTENANCE = "/maintenance"

_DIRECTORY = 0x4000


def finish(root: str = "") -> bool:
    """Move what lies complete in /new into place. True if there was something: then start anew, without importing more.

    root: where / is, for tests.
    """
    # After a power cut inside a rename, littlefs hides the folder's next file until the first change: ask for one.
    _quietly(os.remove, root + STAGE + ".none")
    try:
        with open(root + COMPLETE) as file:
            wanted = json.load(file)
    except (OSError, ValueError):
        return False
    for path in _staged(root):
        _make_folders(root, path)
        os.rename(root + STAGE + path, root + path)
    for path in _installed(root):
        if path not in wanted:
            _quietly(os.remove, root + path)
            if path.rfind("/") > 0:
                _quietly(os.rmdir, root + path[: path.rfind("/")])
    os.rename(root + COMPLETE, root + MANIFEST)
    for name in os.listdir(root + STAGE):
        _quietly(os.rmdir, root + STAGE + "/" + name)
    _quietly(os.rmdir, root + STAGE)
    return True


def maintenance(root: str = "") -> bool:
    """True once after the host left the file /maintenance: stay at the prompt, start neither the app nor a watchdog.

    A watchdog cannot be stopped, and would end a flash run half way. The wish holds for this start only.
    """
    try:
        os.remove(root + MAINTENANCE)
    except OSError:
        return False
    return True


def _staged(root: str) -> list[str]:
    """Paths of the new files as they will be called, main.py last."""
    found = []
    folders = [""]
    for folder in folders:
        for name in os.listdir(root + STAGE + folder):
            path = folder + "/" + name
            if os.stat(root + STAGE + path)[0] & _DIRECTORY:
                folders.append(path)
            elif STAGE + path != COMPLETE:
                found.append(path)
    if "/main.py" in found:
        found.remove("/main.py")
        found.append("/main.py")
    return found


def _installed(root: str) -> list[str]:
    """Paths of the firmware that this one follows."""
    try:
        with open(root + MANIFEST) as file:
            return list(json.load(file))
    except (OSError, ValueError):
        return []


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
