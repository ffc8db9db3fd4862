"""What somebody may have meant who wrote a name that there is not."""

import difflib
from collections.abc import Iterable

CLOSE = 0.7  # of difflib: two letters swapped in a word of five are still close


def meant(word: str, names: Iterable[str], before: str = "") -> str:
    """`; did you mean NAME?` where one of the names is close to the word, however it is capitalised; else nothing.

    before: stands in front of the name when it is typed, such as ``ble:``.
    """
    spelled = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), spelled, 1, CLOSE)
    return f"; did you mean {before}{spelled[close[0]]}?" if close and spelled[close[0]] != word else ""
