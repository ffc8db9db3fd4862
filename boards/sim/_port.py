"""The way out of the interpreter: blocking calls to the board process, and events from it."""

import json
import sys
from uctypes import addressof
import _sim

_call, _result, _answered, _take, _tell = _sim.call, _sim.result, _sim.answered, _sim.take, _sim.tell
_next, _args, _bytes, _fetch, _answer = (
    _sim.next_event,
    _sim.event_args,
    _sim.event_bytes,
    _sim.event_take,
    _sim.event_answer,
)
_handlers = {}


def call(name: str, args: list, data=None):
    """Asks the board process and waits: (result, bytes). Raises OSError(errno)."""
    errno = _call(name, json.dumps(args), addressof(data) if data else 0, len(data) if data else 0)
    if errno:
        raise OSError(errno)
    result = json.loads(_result())
    length = _answered()
    if not length:
        return result, b""
    answer = bytearray(length)
    _take(addressof(answer), length)
    return result, bytes(answer)


def tell(name: str, args: list) -> None:
    """Tells the board process something without waiting for it."""
    _tell(name, json.dumps(args))


def on(kind: str, handler) -> None:
    """Has `handler(args: list, data: bytes)` called for events of that kind; what it returns goes back to who asked."""
    _handlers[kind] = handler


def dispatch(_) -> None:
    """Hands every waiting event to its handler. Runs as a scheduled function, or from outside when nothing runs."""
    while True:
        kind = _next()
        if kind is None:
            return
        handler = _handlers.get(kind)
        value = None
        if handler:
            data = b""
            if _bytes():
                data = bytearray(_bytes())
                _fetch(addressof(data))
            try:
                value = handler(json.loads(_args()), bytes(data))
            except Exception as error:
                sys.print_exception(error)
        _answer(value)
