"""Wear time, overnight, a drink: not about the leg and never among the findings.

Kept in a *book*, a list of numbers, so that a board needs this code only when something is due: `book[DUE]` says when.
Each reminder is told again after a while, as long as nothing is done about it; taking the sock off begins anew.
"""

from . import const

WEAR_TIME = "wear-time"
OVERNIGHT = "overnight"
HYDRATE = "hydrate"
KINDS = (WEAR_TIME, OVERNIGHT, HYDRATE)

_WEAR_MAX_MIN = const(16 * 60)
_HYDRATE_MIN = const(120)
_NIGHT_FROM_MIN = const(23 * 60)
_NIGHT_TO_MIN = const(6 * 60)
_OVERNIGHT_AFTER_MIN = const(30)
"""Worn for so long into the night."""
_DAY_MIN = const(24 * 60)
_AGAIN_MIN = const(60)
"""Wear time and overnight are told again after so long; a drink comes round by itself."""
NEVER = 1 << 50
FOREVER_MIN = const(0xFFFF)
"""A snooze that ends only when it is ended."""

# What stands where in a book.
DUE = const(0)  # ticks_ms at which `look` wants to be called next
SNOOZED = const(1)  # silent until then
MIDNIGHT = const(2)  # ticks_ms at some local midnight, NEVER while no host has told the time of the day
_TOLD = const(3)  # minute of wear in which each was told last, -1 before; one place per kind
_WEAR_MAX = const(6)
_HYDRATE_EVERY = const(7)
_AT_NIGHT = const(8)


def open_book(wear_max_min: int = _WEAR_MAX_MIN, hydrate_min: int = _HYDRATE_MIN, overnight: bool = True) -> list[int]:
    """wear_max_min, hydrate_min: 0 turns that one off. overnight: judged once the time of the day is known."""
    return [0, 0, NEVER, -1, -1, -1, wear_max_min, hydrate_min, int(overnight)]


def snooze(book: list[int], t_ms: int, minutes: int) -> None:
    """Nothing for so long; 0 ends a snooze, FOREVER_MIN ends by 0 alone."""
    book[SNOOZED] = NEVER if minutes == FOREVER_MIN else t_ms + minutes * 60000
    book[DUE] = 0


def look(book: list[int], t_ms: int, donned_ms: "int | None") -> "str | None":
    """The reminder that is due, or None; notes when to look again. donned_ms: since when it is worn, None: it is not.

    Whoever sees donned_ms or the time of the day change sets book[DUE] to 0.
    """
    book[DUE] = NEVER
    if donned_ms is None:
        for kind in range(len(KINDS)):
            book[_TOLD + kind] = -1
        return None
    if t_ms < book[SNOOZED]:
        book[DUE] = book[SNOOZED]
        return None
    for kind in range(len(KINDS)):
        due_ms = _due_ms(book, kind, donned_ms)
        if due_ms <= t_ms:
            book[_TOLD + kind] = (t_ms - donned_ms) // 60000
            book[DUE] = 0
            return KINDS[kind]
        if due_ms < book[DUE]:
            book[DUE] = due_ms
    return None


def _due_ms(book: list[int], kind: int, donned_ms: int) -> int:
    """When a reminder is due, whether that is past or not; NEVER when it is off or cannot be judged."""
    told_min = book[_TOLD + kind]
    again_min = told_min + _AGAIN_MIN if told_min >= 0 else 0
    if KINDS[kind] == HYDRATE:
        return donned_ms + (max(told_min, 0) + book[_HYDRATE_EVERY]) * 60000 if book[_HYDRATE_EVERY] else NEVER
    if KINDS[kind] == WEAR_TIME:
        return donned_ms + max(book[_WEAR_MAX], again_min) * 60000 if book[_WEAR_MAX] else NEVER
    if not book[_AT_NIGHT] or book[MIDNIGHT] == NEVER:
        return NEVER
    earliest_ms = donned_ms + max(_OVERNIGHT_AFTER_MIN, again_min) * 60000
    since_ms = earliest_ms - book[MIDNIGHT]
    minute = since_ms // 60000 % _DAY_MIN
    begins = _NIGHT_FROM_MIN + _OVERNIGHT_AFTER_MIN
    if minute >= begins or minute < _NIGHT_TO_MIN:
        return earliest_ms
    return earliest_ms - since_ms % 60000 + (begins - minute) * 60000
