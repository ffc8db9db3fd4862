"""JSON that comes from outside: a file, a sock, a page."""

import json
from typing import Any


def loads(text: str | bytes) -> Any:
    """What it says. ValueError for what is no JSON, or is nested too deeply for anything of ours."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
