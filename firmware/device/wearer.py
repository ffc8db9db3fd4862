"""What happens seldom between the sock and its wearer: what is told and reported, what they tell it, what is kept.

Loaded for one call at a time (`Indicator.wearer`): a running sock does without it.
Two blinks: a reminder, or a sensor to be looked after. Three: a notice. Blinking on end: a warning. A finding about the
leg is told when it opens, when it gets worse and when another joins it; as long as it stands, again after half an hour,
or two hours after the wearer acknowledged it.
What is kept lies in one small file, replaced whole: {"v": 1, "off": whether reminders are, "donnings":
`Donnings.export` as hexadecimal digits}.
"""

import binascii
import json

from sock import const, event, protocol, reminders
from sock.finding import LEVEL_NAMES, NOTICE

from . import store

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from sock.finding import Finding

    from .indicator import Indicator

_VERSION = const(1)
_BLINKS_TECHNICAL = const(2)
_BLINKS = (1, 1, 3, 8)
"""Per level; at a quarter of a second each, eight fill the 2 s."""
_BUZZES = (0, 0, 2, 4)
_AGAIN_MS = const(30 * 60 * 1000)
_ACKNOWLEDGED_AGAIN_MS = const(120 * 60 * 1000)
_REMINDER_MS = const(10 * 60 * 1000)
"""A reminder stands for so long, unless it is acknowledged."""

# What stands where in `Indicator.told`.
_LEVEL = const(0)  # the highest of the open findings about the leg
_COUNT = const(1)  # how many of them are a notice or more
_AT_MS = const(2)  # when they were told or acknowledged
_ACKNOWLEDGED = const(3)
_REMINDED_MS = const(4)


def begin(indicator: "Indicator", settings: "dict[str, Any]") -> None:
    """Once per boot: what was kept is in force again. What cannot be read was never there."""
    book = reminders.open_book(settings["wear_max_min"], settings["hydrate_min"], settings["overnight"])
    indicator.book = book
    indicator.told = [0, 0, 0, 0, 0]
    try:
        kept = json.loads(store.read(store.WEARER) or "{}")
        if kept["v"] != _VERSION:
            return
        if kept["off"]:
            reminders.snooze(book, 0, reminders.FOREVER_MIN)
        if kept["donnings"]:
            indicator.readings.fit.donnings.restore(binascii.unhexlify(kept["donnings"]))
            _explain(indicator)
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


def _explain(indicator: "Indicator") -> None:
    """The donnings known by now are part of what explains the samples."""
    lasting = indicator.stream.context
    lasting[:] = [told for told in lasting if told[0] != event.CONTEXT_DONNINGS]
    donnings = indicator.readings.fit._donnings
    if donnings is not None:
        lasting.append((event.CONTEXT_DONNINGS, donnings.export()))


def context(indicator: "Indicator") -> "list[tuple[int, bytes]]":
    """(kind, data) of how the fit check stands, for a host that begins to listen: it then finds what the sock finds."""
    from sock import state

    readings = indicator.readings
    try:
        return [(event.CONTEXT_FIT, state.pack(readings.fit, readings.next_index))]
    except MemoryError:
        return []  # the host then judges as if the sock had just been put on


def heed(indicator: "Indicator", findings: "list[Finding]") -> None:
    """The open findings are not what they were, or something is due."""
    fit = indicator.readings.fit
    level = shown = count = 0
    blinks = 1
    for finding in findings:
        if finding.told != finding.level:
            _report(indicator, finding)
        rank = LEVEL_NAMES.index(finding.level)
        if rank >= NOTICE and finding.kind == "sensor-fault":
            blinks = _BLINKS_TECHNICAL
        elif rank >= NOTICE:
            count += 1
            level = max(level, rank)
            if finding.over_ms is None:
                shown = max(shown, rank)
    for finding in fit.take_closed():
        _report(indicator, finding)
    if fit.confirmed:
        fit.confirmed = False
        keep(indicator)
        _explain(indicator)
    now_ms = indicator.now()
    told = indicator.told
    again_ms = told[_AT_MS] + (_ACKNOWLEDGED_AGAIN_MS if told[_ACKNOWLEDGED] else _AGAIN_MS)
    if level > told[_LEVEL] or count > told[_COUNT] or (shown and now_ms >= again_ms):
        told[_ACKNOWLEDGED] = 0
        told[_AT_MS] = now_ms
        again_ms = now_ms + _AGAIN_MS
        indicator.buzzes = _BUZZES[level] if 0 < indicator.vibrate <= level else 0
    told[_LEVEL] = level
    told[_COUNT] = count
    _remind(indicator, now_ms)
    if shown:
        indicator.book[reminders.DUE] = min(indicator.book[reminders.DUE], again_ms)
    if told[_ACKNOWLEDGED]:
        blinks = 1
    elif shown:
        blinks = _BLINKS[shown]
    indicator.blinks = _BLINKS_TECHNICAL if indicator.reminder and blinks == 1 else blinks


def _remind(indicator: "Indicator", now_ms: int) -> None:
    """The reminder that is due begins to stand, the one that has stood long enough goes."""
    wear = indicator.readings.fit.wear
    book = indicator.book
    ends_ms = indicator.told[_REMINDED_MS] + _REMINDER_MS
    if not wear.state or now_ms >= ends_ms:
        indicator.reminder = None
    kind = reminders.look(book, now_ms, wear.donned_ms if wear.state else None)
    if kind:
        indicator.reminder = kind
        indicator.told[_REMINDED_MS] = now_ms
        indicator.stream.tell(event.REMINDER, kind.encode())
    elif indicator.reminder:
        book[reminders.DUE] = min(book[reminders.DUE], ends_ms)


def _report(indicator: "Indicator", finding: "Finding") -> None:
    """Tell of a finding that opened, got worse or ended."""
    finding.told = finding.level
    fields = {}
    for name in ("kind", "site", "level", "start_ms", "notified_ms", "end_ms", "evidence"):
        fields[name] = getattr(finding, name)
    indicator.stream.tell_in_parts(event.NOTICE, json.dumps(fields).encode())


def acknowledge(indicator: "Indicator") -> None:
    """By the button or a host: silent until it gets worse."""
    indicator.told[_ACKNOWLEDGED] = 1
    indicator.told[_AT_MS] = indicator.now()
    indicator.book[reminders.DUE] = 0
    indicator.buzzes = 0
    indicator.blinks = 1
    indicator.reminder = None
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
        _explain(indicator)
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
