"""The way out of the interpreter: blocking calls to the board process, and events from it."""

import json
import sys

import _sim
from uctypes import addressof

_call, _take, _tell = _sim.call, _sim.take, _sim.tell
_next, _args, _bytes, _fetch, _answer = (
    _sim.next_event,
    _sim.event_args,
    _sim.event_bytes,
    _sim.event_take,
    _sim.event_answer,
)
_handlers = {}
_dispatching = False


def call(name: str, args: list, data=None):
    """Asks the board process and waits: (result, bytes). Raises OSError(errno)."""
    said = _call(name, json.dumps(args), addressof(data) if data else 0, len(data) if data else 0)
    errno, result, number, length = json.loads(said)
    if errno:
        raise OSError(errno)
    if not length:
        return result, b""
    answer = bytearray(length)
    _take(number, addressof(answer))
    return result, bytes(answer)


def tell(name: str, args: list) -> None:
    """Tells the board process something without waiting for it."""
    _tell(name, json.dumps(args))


def on(kind: str, handler) -> None:
    """Has `handler(args: list, data: bytes)` called for events of that kind; what it returns goes back to who asked."""
    _handlers[kind] = handler


def dispatch(_) -> None:
    """Hands every waiting event to its handler. Runs as a scheduled function, or from outside when nothing runs."""
    global _dispatching
    if _dispatching:
        return  # a handler is not interrupted by the next event
    _dispatching = True
    try:
        while True:
            kind = _next()
            if kind is None:
                return
            _answer(_handle(kind))
    finally:
        _dispatching = False


def _handle(kind: str):
    handler = _handlers.get(kind)
    if not handler:
        return None
    args = json.loads(_args())
    data = bytearray(_bytes())
    if data:
        _fetch(addressof(data))
    try:
        return handler(args, bytes(data))
    except Exception as error:
        sys.print_exception(error)
    return None
