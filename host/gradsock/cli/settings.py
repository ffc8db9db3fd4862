"""`gradsock settings`."""

import json as json_
from typing import TYPE_CHECKING, Any

from gradsock.cli.options import Json, Physician, Port

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 78


def settings(*words: str, port: Port = None, physician: Physician = False, json: Json = False) -> None:
    """List, read or change the settings of a sock.

    `gradsock settings [SOCK] [list]`, `... get KEY` or `... set KEY=VALUE...`. SOCK is ble:NAME, or none for the only
    one near; with --port it is the one on the cable. Changes hold all or none, and the sock restarts with them. What
    each key is for: `list`, or host/docs/settings.md.

    Parameters
    ----------
    words
        [SOCK], then list, get KEY, or set KEY=VALUE...
    """
    from gradsock.cli.flash import settings_from, unwired
    from gradsock.cli.physician import hear_physician
    from gradsock.cli.words import ONLY_SOCK, sock_and_rest
    from gradsock.errors import UsageError

    sock, rest = sock_and_rest(words)
    if port is not None and sock != ONLY_SOCK:
        raise UsageError(f"say either {sock} or --port {port}")
    verb, arguments = (rest[0], rest[1:]) if rest else ("list", [])
    if verb == "set" and arguments:
        unset = next((word for word in arguments if "=" not in word), None)
        if unset is not None:
            raise UsageError(f"'{unset}' is not KEY=VALUE, such as: gradsock settings set side=left")
        patch = settings_from(arguments)
        _check(patch)
        hear_physician(patch.get("prescription"), physician)
        _show(_change(sock, port, patch), list(patch), json, unwired(patch))
    elif verb == "get" and len(arguments) == 1:
        _check_key(arguments[0])
        value = _read(sock, port)[arguments[0]]
        _say_value(value, json)
    elif verb == "list" and not arguments:
        _list(_read(sock, port), json)
    else:
        raise UsageError("say list, get KEY or set KEY=VALUE, such as: gradsock settings set side=left")


def _read(sock: str, port: str | None) -> dict[str, Any]:
    from gradsock.cli.owning import with_sock
    from gradsock.owner.at_rest import at_rest, settings_on

    if port is None:
        return with_sock(sock, lambda owned: owned.settings())
    with at_rest(port) as cable:
        return settings_on(cable)


def _change(sock: str, port: str | None, patch: dict[str, object]) -> dict[str, Any]:
    from gradsock.cli.owning import with_sock
    from gradsock.owner.at_rest import at_rest, change_settings_on

    if port is None:
        return with_sock(sock, lambda owned: owned.change(patch))
    with at_rest(port) as cable:
        return change_settings_on(cable, patch)


def _check(patch: dict[str, object]) -> None:
    """What no sock could take is said before one is looked for; whether its other settings go with it, it says."""
    from sock.settings import SettingsError, check

    from gradsock.errors import UsageError

    for key, value in patch.items():
        _check_key(key)
        try:
            check(key, value)
        except SettingsError as error:
            raise UsageError(str(error)) from None


def _check_key(key: str) -> None:
    from sock.settings import keys

    from gradsock.errors import UsageError
    from gradsock.meant import meant

    if key not in keys():
        raise UsageError(f"unknown setting {key}: one of {', '.join(keys())}{meant(key, keys())}")


def _list(values: dict[str, Any], as_json: bool) -> None:
    import textwrap

    from sock.explained import ABOUT
    from sock.settings import SCHEMA

    from gradsock.cli.say import say, say_json

    if as_json:
        return say_json(
            {key: {"value": values[key], "default": default, "about": ABOUT[key]} for key, default, _ in SCHEMA}
        )
    for key, default, _ in SCHEMA:
        changed = "" if values[key] == default or key == "channels" else f"; default: {_text(default)}"
        for text, indent in ((f"{key} = {_text(values[key])}", ""), (ABOUT[key] + changed, "    ")):
            say(textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent="    ", break_on_hyphens=False))
    return None


def _show(values: dict[str, Any], keys: "Sequence[str]", as_json: bool, note: str) -> None:
    from gradsock.cli.say import say, say_json

    if as_json:
        return say_json(values)
    for key in keys:
        say(f"{key} = {_text(values[key])}")
    if note:
        say(note)
    return None


def _say_value(value: object, as_json: bool) -> None:
    from gradsock.cli.say import say, say_json

    if as_json:
        say_json(value)
    else:
        say(_text(value))


def _text(value: object) -> str:
    return value if isinstance(value, str) and value else json_.dumps(value)
