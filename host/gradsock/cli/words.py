"""Command lines whose first word may be a sock."""

from collections.abc import Sequence

from gradsock.errors import UsageError

ONLY_SOCK = "ble:"
KINDS = ("ble:", "sim:", "replay:")


def sock_and_rest(words: Sequence[str]) -> tuple[str, list[str]]:
    """The sock that the first word names, else the only one near; and the other words."""
    if words and words[0].startswith(KINDS):
        return words[0], list(words[1:])
    return ONLY_SOCK, list(words)


def sock_and_one(words: Sequence[str], what: str, example: str) -> tuple[str, str]:
    """The sock and one word more; UsageError when there is none or more."""
    sock, rest = sock_and_rest(words)
    if len(rest) != 1:
        raise UsageError(f"say {what}, in quotes where it has spaces: {example}")
    return sock, rest[0]


def only_sock(words: Sequence[str]) -> str:
    """The sock alone; UsageError when there is more."""
    sock, rest = sock_and_rest(words)
    if rest and rest[0].startswith(("ble:", "sim:", "replay:")):
        raise UsageError(f"one sock at a time: '{rest[0]}' is another one")
    if rest:
        hint = f"; did you mean ble:{rest[0]}?" if ":" not in rest[0] else ""
        raise UsageError(
            f"'{rest[0]}' names no sock: write ble:NAME or sim:SCENARIO, or nothing for the only one near{hint}"
        )
    return sock


def check_distinct(socks: Sequence[str]) -> None:
    """Raise UsageError for what names no sock, or when one is named twice, by whichever of its names."""
    from gradsock.link import known
    from gradsock.link import moniker as monikers

    seen: dict[object, str] = {}
    for sock in socks:
        named: object = monikers.parse(sock)
        if isinstance(named, monikers.Ble):
            if not named.name and len(socks) > 1:
                raise UsageError(f"{sock} is the only sock near: with several, say each by its name")
            named = (known.name_of(named.name) or named.name).casefold()
        if named in seen:
            other = "" if seen[named] == sock else f", the other time as {seen[named]}"
            raise UsageError(f"{sock} is named twice{other}")
        seen[named] = sock
