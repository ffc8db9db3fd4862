"""Wear time, overnight, a drink: not about the leg and never among the findings. Told once each, unless snoozed."""

WEAR_TIME = "wear-time"
OVERNIGHT = "overnight"
HYDRATE = "hydrate"
KINDS = (WEAR_TIME, OVERNIGHT, HYDRATE)

WEAR_MAX_MIN = 16 * 60
HYDRATE_MIN = 120
NIGHT_FROM_MIN = 23 * 60
NIGHT_TO_MIN = 6 * 60
OVERNIGHT_AFTER_MIN = 30
"""Worn for so long into the night."""
DAY_MIN = 24 * 60
AGAIN_MIN = 60
"""Wear time and overnight are told again while nothing is done about them; a drink comes round by itself."""


class Reminders:
    """Feed `update` once a second of wear, or less often; it gives the reminder that is due, or None.

    wear_max_min, hydrate_min: minutes, 0 turns that one off. `overnight` is not judged before a host told the local
    minute of the day.
    """

    def __init__(
        self, wear_max_min: int = WEAR_MAX_MIN, hydrate_min: int = HYDRATE_MIN, overnight: bool = True
    ) -> None:
        self._wear_max_min = wear_max_min
        self._hydrate_min = hydrate_min
        self._overnight = overnight
        self._told_min = [-1 for _ in KINDS]  # minute of wear in which each was told last
        self._snoozed_until_ms = -1
        self._midnight_ms: int | None = None  # ticks at some local midnight

    def tell_time(self, t_ms: int, minute_of_day: int) -> None:
        """A host said what time of the day it is; what is no minute of a day (0xFFFF) is not believed."""
        if 0 <= minute_of_day < DAY_MIN:
            self._midnight_ms = t_ms - minute_of_day * 60000

    def snooze(self, t_ms: int, minutes: int) -> None:
        """Nothing for so long."""
        self._snoozed_until_ms = t_ms + minutes * 60000

    def update(self, t_ms: int, donned_ms: "int | None") -> "str | None":
        """donned_ms: since when it is worn, None when it is not."""
        if donned_ms is None:
            for kind in range(len(KINDS)):
                self._told_min[kind] = -1
            return None
        if t_ms < self._snoozed_until_ms:
            return None
        worn_min = (t_ms - donned_ms) // 60000
        for kind in range(len(KINDS)):
            told_min = self._told_min[kind]
            if self._due(kind, worn_min, told_min, t_ms):
                self._told_min[kind] = worn_min
                return KINDS[kind]
        return None

    def _due(self, kind: int, worn_min: int, told_min: int, t_ms: int) -> bool:
        if KINDS[kind] == HYDRATE:
            return 0 < self._hydrate_min <= worn_min - max(told_min, 0)
        if told_min >= 0 and worn_min - told_min < AGAIN_MIN:
            return False
        if KINDS[kind] == WEAR_TIME:
            return 0 < self._wear_max_min <= worn_min
        if not self._overnight or self._midnight_ms is None or worn_min < OVERNIGHT_AFTER_MIN:
            return False
        minute = (t_ms - self._midnight_ms) // 60000 % DAY_MIN
        if minute < NIGHT_FROM_MIN:
            minute += DAY_MIN
        return NIGHT_FROM_MIN + OVERNIGHT_AFTER_MIN <= minute < NIGHT_TO_MIN + DAY_MIN
