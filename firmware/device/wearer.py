"""What happens seldom between the sock and its wearer: what they tell it, what is reported, what is kept.

Loaded for one call at a time (`Indicator.wearer`): a running sock does without it. What is kept lies in one small file,
replaced whole: {"v": 1, "off": whether reminders are, "donnings": `Donnings.export` as hexadecimal digits}.
"""

import binascii
import json

from sock import const, event, protocol, reminders

from . import store

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from sock.finding import Finding

    from .indicator import Indicator

_VERSION = const(1)


def begin(indicator: "Indicator", settings: "dict[str, Any]") -> None:
    """Once per boot: what was kept is in force again. What cannot be read was never there."""
    book = reminders.open_book(settings["wear_max_min"], settings["hydrate_min"], settings["overnight"])
    indicator.book = book
    try:
        kept = json.loads(store.read(store.WEARER) or "{}")
        if kept["v"] != _VERSION:
            return
        if kept["off"]:
            reminders.snooze(book, 0, reminders.FOREVER_MIN)
        if kept["donnings"]:
            indicator.readings.fit.donnings.restore(binascii.unhexlify(kept["donnings"]))
    except (ValueError, KeyError, TypeError):
        pass


def keep(indicator: "Indicator") -> None:
    """Write what is to be kept; what the flash refuses is in force until the next boot."""
    donnings = indicator.readings.fit._donnings
    kept = {
        "v": _VERSION,
        "off": indicator.book[reminders.SNOOZED] == reminders.NEVER,
        "donnings": "" if donnings is None else binascii.hexlify(donnings.export()).decode(),
    }
    try:
        store.write(store.WEARER, json.dumps(kept))
    except OSError:
        pass


def context(indicator: "Indicator") -> "list[tuple[int, bytes]]":
    """(kind, data) of what a host needs that begins to listen now, so that it finds what the sock finds."""
    from sock import state

    readings = indicator.readings
    try:
        told = [(event.CONTEXT_FIT, state.pack(readings.fit, readings.next_index))]
        if readings.fit._donnings is not None:
            told.append((event.CONTEXT_DONNINGS, readings.fit._donnings.export()))
        return told
    except MemoryError:
        return []  # the host then judges as if the sock had just been put on


def remind(indicator: "Indicator", now_ms: int) -> "str | None":
    """The reminder that is due."""
    wear = indicator.readings.fit.wear
    kind = reminders.look(indicator.book, now_ms, wear.donned_ms if wear.state else None)
    if kind:
        indicator.stream.tell(event.REMINDER, kind.encode())
    return kind


def report(indicator: "Indicator", finding: "Finding") -> None:
    """Tell of a finding that opened, got worse or ended."""
    finding.told = finding.level
    fields = {}
    for name in ("kind", "site", "level", "start_ms", "notified_ms", "end_ms", "evidence"):
        fields[name] = getattr(finding, name)
    indicator.stream.tell_in_parts(event.NOTICE, json.dumps(fields).encode())


def acknowledge(indicator: "Indicator") -> None:
    """By the button or a host."""
    indicator.acknowledge()
    indicator.stream.tell(event.TOLD, b"ack")


def ask(indicator: "Indicator", opcode: int, payload: bytes) -> "tuple[int, str]":
    """What a host asked: result and, where it needs one, a reason in words."""
    if opcode == protocol.MARK:
        return _mark(indicator, payload)
    if opcode == protocol.SNOOZE:
        return _snooze(indicator, payload)
    if opcode == protocol.IDENTIFY:
        if len(payload) != 1:
            return protocol.BAD_VALUE, "seconds: one byte"
        indicator.identify(payload[0])
        return protocol.OK, ""
    if payload:
        return protocol.BAD_VALUE, "no payload"
    fit = indicator.readings.fit
    if opcode == protocol.ACK:
        acknowledge(indicator)
    elif opcode == protocol.NEW_SESSION:
        fit.restart()
        indicator.stream.tell(event.NEW_SESSION)
    elif opcode == protocol.FORGET_BASELINE:
        fit.donnings.forget()
        fit.restart()
        keep(indicator)
        indicator.stream.tell(event.TOLD, b"forget-baseline")
    else:
        return protocol.NOT_SUPPORTED, ""
    return protocol.OK, ""


def _mark(indicator: "Indicator", payload: bytes) -> "tuple[int, str]":
    from sock.symptoms import answer_to_mark

    try:
        text = protocol.parse_mark(payload)
    except protocol.ProtocolError as error:
        return protocol.BAD_VALUE, str(error)
    heard = indicator.readings.fit.mark(indicator.now(), text)
    answer = answer_to_mark(text)
    if not indicator.stream.tell(event.MARK, text.encode()) and not heard:
        return protocol.NOT_SUPPORTED, answer or "a mark needs a running stream"
    return protocol.OK, answer or ""


def _snooze(indicator: "Indicator", payload: bytes) -> "tuple[int, str]":
    if len(payload) != 2:
        return protocol.BAD_VALUE, "minutes: two bytes"
    minutes = payload[0] | payload[1] << 8
    was_off = indicator.book[reminders.SNOOZED] == reminders.NEVER
    reminders.snooze(indicator.book, indicator.now(), minutes)
    indicator.reminder = None
    off = minutes == reminders.FOREVER_MIN
    if off != was_off:
        keep(indicator)
    words = "reminders off" if off else f"snooze {minutes}"
    indicator.stream.tell(event.TOLD, words.encode())
    return protocol.OK, ""
