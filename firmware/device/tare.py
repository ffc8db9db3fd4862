"""TARE: what the sensors read now, with nothing on them, becomes no pressure. Loaded by the boot and for a request.

Kept on the flash with the id of its calibration: {"id", "was": x_q14 per channel as calibrated, "rest": as now}.
"""

import asyncio
import json

from sock import MISSING, SITES, const, event, protocol, zero
from sock.curves import Q14

from . import store

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from sock.calibration import Calibration

    from .readings import Readings
    from .stream import Stream

_STEPS = const(10)
_STEP_MS = const(100)
"""Twice so many steps and a period are watched: the two halves have to agree."""
_NEAR_CMMHG = const(500)
"""More than this is something that presses: a sock on a leg has at least ten at the ankle."""
_STEADY_CMMHG = const(150)
_FAR_CMMHG = const(750)
"""A zero that is further than this from the calibration's, on a middling sensor, needs a new calibration."""


def begin(calibration: "Calibration", stream: "Stream") -> None:
    """Once per boot: the zero that was kept for this calibration is in force again."""
    kept = _kept(calibration.id)
    if kept is not None:
        try:
            zero.set_rest(calibration, kept["rest"])
        except (ValueError, TypeError):
            return
        _tell_context(stream, zero.pack(0, kept["rest"]))


async def ask(readings: "Readings", stream: "Stream", here: "Callable[[], None]") -> "tuple[int, str]":
    """Watch the readings for two seconds, and take their zero: result and, where it needs one, a reason in words."""
    curves = readings._curves
    if curves is None:
        return protocol.NOT_SUPPORTED, "no calibration, no zero"
    first = Watch(len(readings._site))
    second = Watch(len(readings._site))
    for half in (first, second):
        readings.watch = half
        for _ in range(_STEPS + readings._period_ms // _STEP_MS):
            await asyncio.sleep_ms(_STEP_MS)
            here()
    readings.watch = None
    for index in range(len(readings._site)):
        reason = _unfit(first, second, index)
        if reason:
            return protocol.BAD_VALUE, f"{SITES[readings._site[index]]}{reason}"
    id = json.loads(store.read(store.CALIBRATION) or "{}").get("id")
    kept = _kept(id) or {"id": id, "was": zero.rest_of(curves)}
    rest = []
    for index in range(len(readings._site)):
        reference = second.numbers[index] * readings._latch.counts
        x = second.counts[index] * Q14 // (reference - second.counts[index])
        offset = 0 if readings._history is None else readings._history.offsets[index]
        nothing = zero.x_at(curves, index, 0)
        rest.append(nothing + x - zero.x_at(curves, index, offset))
        if abs(rest[index] - kept["was"][index]) > zero.x_at(curves, index, 8 * _FAR_CMMHG) - nothing >> 3:
            return protocol.BAD_VALUE, f"{SITES[readings._site[index]]} is too far from its calibration: calibrate it"
    kept["rest"] = rest
    try:
        store.write(store.ZERO, json.dumps(kept))
    except OSError as error:
        return protocol.BUSY, f"the flash refuses: {error}"
    stream.close_block()
    zero.set_rest(curves, rest)
    data = zero.pack(readings.start_ms + readings.next_index * readings._period_ms, rest)
    stream.tell_in_parts(event.TARE, data)
    _tell_context(stream, data)
    return protocol.OK, ""


class Watch:
    """Sums up scans, per channel: counts and pressures (cmmHg) that could be read, and how many."""

    def __init__(self, channels: int) -> None:
        self.numbers = [0] * channels
        self.counts = [0] * channels
        self.pressures = [0] * channels

    def add(self, index: int, counts: int, pressure: int) -> None:
        """One reading; a scan that was missed is none."""
        if pressure == MISSING:
            return
        self.numbers[index] += 1
        self.counts[index] += counts
        self.pressures[index] += pressure


def _unfit(first: Watch, second: Watch, index: int) -> str:
    """Why a channel has no zero now; empty when it has."""
    if not first.numbers[index] or not second.numbers[index]:
        return " was not read"
    before = first.pressures[index] // first.numbers[index]
    after = second.pressures[index] // second.numbers[index]
    if not -_NEAR_CMMHG < after < _NEAR_CMMHG:
        if abs(after) > 4000:
            return " cannot be read: is its wire whole?"
        return f" reads {after // 100} mmHg: lay the sock flat, with nothing on it"
    if not -_STEADY_CMMHG < after - before < _STEADY_CMMHG:
        return " is not steady yet: wait a minute"
    return ""


def _kept(id: str) -> "dict[str, list[int]] | None":
    try:
        kept = json.loads(store.read(store.ZERO) or "")
        return kept if kept["id"] == id and len(kept["was"]) == len(kept["rest"]) else None
    except (ValueError, KeyError, TypeError):
        return None


def _tell_context(stream: "Stream", data: bytes) -> None:
    """Whoever begins to listen learns of it behind the calibration."""
    stream.context[1:] = [(event.CONTEXT_ZERO, data)] + [
        part for part in stream.context[1:] if part[0] != event.CONTEXT_ZERO
    ]
