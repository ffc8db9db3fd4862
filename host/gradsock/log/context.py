"""What a sock says beside its samples, so that they can be read: calibration, zero, warmth, settings, memories."""

from collections.abc import Sequence
from typing import Any

from sock import event, event_reader, warmth, zero
from sock.calibration import Calibration, unpack
from sock.recall import second_of

from gradsock import jsontext


class StreamContext:
    """Takes the event blocks of a stream in order.

    calibration, settings   those that hold by then; a zero that was taken and the warmth are in the calibration
    made                    the calibration as it was made, without them
    since_ms                ticks of the first sample that the calibration holds for; None: from when it was told
    rest                    what is no pressure, x_q14 per channel (``sock.zero``); empty: as calibrated
    warm_cC                 how warm the sensors are (``sock.warmth``); None: no thermistor tells
    states                  what earlier loads had left, packed (``sock.recall``), by (boot, second of its ticks)
    """

    def __init__(self) -> None:
        self.calibration: Calibration | None = None
        self.made: Calibration | None = None
        self.since_ms: int | None = None
        self.rest: tuple[int, ...] = ()
        self.warm_cC: int | None = None
        self.settings: dict[str, Any] = {}
        self.states: dict[tuple[int, int], bytes] = {}
        self._packed = b""
        self._state_parts = event_reader.ContextParts()
        self._zero = b""
        self._zero_parts = event_reader.ContextParts()
        self._warmth = b""
        self._warmth_parts = event_reader.ContextParts()
        self._calibration_parts = event_reader.ContextParts()
        self._settings_parts = event_reader.ContextParts()

    def take(self, happened: event_reader.Event) -> bool:
        """Whether an event is context; ValueError when it makes no sense."""
        if happened.kind == event.CONTEXT_CALIBRATION:
            whole = self._calibration_parts.add(happened.payload)
            if whole is not None and whole != self._packed:
                self.made = unpack(whole)
                self._packed, self._zero, self.rest, self.since_ms = whole, b"", (), None
                self.calibration = standing(self.made, self.rest, self.warm_cC)
            return True
        if happened.kind == event.WARMTH:
            whole = self._warmth_parts.add(happened.payload)
            if whole is not None and whole != self._warmth:
                self._take_warmth(whole)
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
                settings = jsontext.loads(whole)
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
        moved = standing(self.made, rest, self.warm_cC)
        self.calibration, self._zero, self.rest, self.since_ms = moved, packed, tuple(rest), since_ms

    def _take_warmth(self, packed: bytes) -> None:
        """From its first sample on the sensors are so warm."""
        self.since_ms, self.warm_cC = warmth.unpack(packed)
        self._warmth = packed
        if self.made is not None:
            self.calibration = standing(self.made, self.rest, self.warm_cC)


def standing(calibration: Calibration, rest: Sequence[int], warm_cC: int | None) -> Calibration:
    """The same calibration with another zero, where there is one, for sensors as warm as this.

    ValueError when the zero is of another number of channels.
    """
    if not rest and warm_cC is None:
        return calibration
    moved = unpack(calibration.pack())
    if rest:
        zero.set_rest(moved, rest)
    if warm_cC is not None:
        warmth.set_warmth(moved, moved.per_degC_q20, warm_cC)
    return moved
