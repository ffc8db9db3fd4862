"""What a sock says beside its samples so that they can be read: calibration, settings, what earlier loads left."""

import json
from typing import Any

from sock import event, event_reader
from sock.calibration import Calibration, unpack
from sock.recall import second_of


class StreamContext:
    """Takes the event blocks of a stream in order.

    calibration, settings   those that hold by then
    states                  what earlier loads had left, packed (``sock.recall``), by (boot, second of its ticks)
    """

    def __init__(self) -> None:
        self.calibration: Calibration | None = None
        self.settings: dict[str, Any] = {}
        self.states: dict[tuple[int, int], bytes] = {}
        self._packed = b""
        self._state_parts = event_reader.ContextParts()
        self._calibration_parts = event_reader.ContextParts()
        self._settings_parts = event_reader.ContextParts()

    def take(self, happened: event_reader.Event) -> bool:
        """Whether an event is context; ValueError when it makes no sense."""
        if happened.kind == event.CONTEXT_CALIBRATION:
            whole = self._calibration_parts.add(happened.payload)
            if whole is not None and whole != self._packed:
                self.calibration, self._packed = unpack(whole), whole
            return True
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
