"""What a sock says at the start of its stream, put together again: the calibration and the settings in force."""

import json
from typing import Any

from sock import event, event_reader
from sock.calibration import Calibration, unpack


class StreamContext:
    """Takes the event blocks of a stream in order; ``calibration`` and ``settings`` are those that hold by then."""

    def __init__(self) -> None:
        self.calibration: Calibration | None = None
        self.settings: dict[str, Any] = {}
        self._calibration_parts = event_reader.ContextParts()
        self._settings_parts = event_reader.ContextParts()

    def take(self, happened: event_reader.Event) -> bool:
        """Whether an event is context; ValueError when it makes no sense."""
        if happened.kind == event.CONTEXT_CALIBRATION:
            whole = self._calibration_parts.add(happened.payload)
            if whole is not None:
                self.calibration = unpack(whole)
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
