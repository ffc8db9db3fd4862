"""host/docs/settings.md, made from the one schema that sock and host share."""

import json
from pathlib import Path

from sock.explained import ABOUT
from sock.settings import CABLE_ONLY, SCHEMA

PAGE = Path(__file__).parents[2] / "docs/settings.md"

_HEAD = """# Settings of a sock

Made by `python -m gradsock.owner` from the schema that the sock itself uses (`firmware/sock/settings.py`) and what
stands beside it for people (`explained.py`).

```sh
gradsock settings                            # all of them, with what each is for
gradsock settings get rate_Hz
gradsock settings set side=left rate_Hz=50   # all or nothing; the sock restarts with them
gradsock settings --port /dev/ttyACM0 set allow_unprotected=true
```

Changes are checked before anything is stored: all of them hold, or none. A sock that takes a change stores it in one
piece and restarts at once, so it never runs on half of one; each boot, and each recording, has one set of settings.
A value is JSON where it can be (`25`, `true`, `[["ankle",72,0]]`), else text. A prescription of 20 mmHg or more asks
for the physician's word (`--physician`).
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_entry(key, default, ABOUT[key]) for key, default, _ in SCHEMA)])


def _entry(key: str, default: object, explanation: str) -> str:
    cable = " Over the cable only (`--port`)." if key in CABLE_ONLY and "cable" not in explanation else ""
    sentence = explanation[0].upper() + explanation[1:] + ("" if explanation.endswith(".") else ".")
    return f"## {key}\n\n{sentence}{cable}\n\nDefault: `{json.dumps(default)}`\n"
