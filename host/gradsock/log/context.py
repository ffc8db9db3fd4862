"""What a sock says beside its samples, so that they can be read: calibration, zero, settings, what it remembers."""

import json
from collections.abc import Sequence
from typing import Any

from sock import event, event_reader, zero
from sock.calibration import Calibration, unpack
from sock.recall import second_of


class StreamContext:
    """Takes the event blocks of a stream in order.

    calibration, settings   those that hold by then; a zero that was taken is in the calibration
    made                    the calibration as it was made, without a zero
    since_ms                ticks of the first sample that the calibration holds for; None: from when it was told
    rest                    what is no pressure, x_q14 per channel (``sock.zero``); empty: as calibrated
    states                  what earlier loads had left, packed (``sock.recall``), by (boot, second of its ticks)
    """

    def __init__(self) -> None:
        self.calibration: Calibration | None = None
        self.made: Calibration | None = None
        self.since_ms: int | None = None
        self.rest: tuple[int, ...] = ()
        self.settings: dict[str, Any] = {}
        self.states: dict[tuple[int, int], bytes] = {}
        self._packed = b""
        self._state_parts = event_reader.ContextParts()
        self._zero = b""
        self._zero_parts = event_reader.ContextParts()
        self._calibration_parts = event_reader.ContextParts()
        self._settings_parts = event_reader.ContextParts()

    def take(self, happened: event_reader.Event) -> bool:
        """Whether an event is context; ValueError when it makes no sense."""
        if happened.kind == event.CONTEXT_CALIBRATION:
            whole = self._calibration_parts.add(happened.payload)
            if whole is not None and whole != self._packed:
                self.calibration = self.made = unpack(whole)
                self._packed, self._zero, self.rest, self.since_ms = whole, b"", (), None
            return True
        if happened.kind in (event.TARE, event.CONTEXT_ZERO):
            whole = self._zero_parts.add(happened.payload)
            if whole is not None and whole != self._zero:
                self._take_zero(whole)
            return happened.kind == event.CONTEXT_ZERO
        if happened.kind == event.LOAD_HISTORY:
            whole = self._state_parts.add(happened.payload)
            if whole is not None:
                self.states[happened.boot, second_of(whole)] = whole
            return True
        if happened.kind == event.CONTEXT_SETTINGS:
            whole = self._settings_parts.add(happened.payload)
            if whole is not None:
                settings = json.loads(whole)
                if not isinstance(settings, dict):
                    raise ValueError("settings are a JSON object")
                self.settings = settings
            return True
        return False

    def _take_zero(self, packed: bytes) -> None:
        """The zero is in the calibration from its first sample on; the sock takes none without a calibration."""
        since_ms, rest = zero.unpack(packed)
        if self.made is None:
            return
        moved = with_rest(self.made, rest)
        self.calibration, self._zero, self.rest, self.since_ms = moved, packed, tuple(rest), since_ms


def with_rest(calibration: Calibration, rest: Sequence[int]) -> Calibration:
    """The same calibration with another zero; ValueError when it is of another number of channels."""
    moved = unpack(calibration.pack())
    zero.set_rest(moved, rest)
    return moved
