"""Where one session ends and the next begins: a session is one wear, from donning to doffing, whatever the radio did.

The sock's own `Wear` is shown every second again. A session begins with a donning that follows a doffing, or a pause of
half an hour between two boots; what lies between a doffing and the next donning stays with the session before.
"""

import numpy as np
from sock import MISSING
from sock.curves import PRESSURE_MAX_CMMHG
from sock.wear import NOT_WORN, Wear

from gradsock.log.columns import Columns
from gradsock.log.timeline import UNDATED

PAUSE_US = 30 * 60 * 1_000_000

Identity = tuple[int, int]
"""Boot and index of a sample."""


def beginnings(columns: Columns) -> list[Identity]:
    """The first sample of each wear after the first, in their order."""
    found: list[Identity] = []
    wear, worn, ended = Wear(), False, False
    last_utc_us = UNDATED
    for _, rows in columns.boots:
        first_utc_us = int(columns.utc_us[rows.start])
        if UNDATED not in (first_utc_us, last_utc_us) and first_utc_us - last_utc_us > PAUSE_US:
            wear, ended = Wear(), True
        last_utc_us = int(columns.utc_us[rows.stop - 1])
        for second, means in _seconds(columns, rows):
            if not wear.update(1000 * (second + 1), means, []):
                continue
            if wear.state == NOT_WORN:
                ended = True
            elif worn and ended:
                found.append(_first_since(columns, rows, wear.donned_ms or 0))
            if wear.state != NOT_WORN:
                worn, ended = True, False
    return found


def _seconds(columns: Columns, rows: slice) -> "list[tuple[int, list[int]]]":
    """Each second of a boot and the mean pressure per site, in hundredths of mmHg; MISSING where there is none."""
    second = columns.ticks_ms[rows] // 1000
    starts = np.flatnonzero(np.append(True, np.diff(second) != 0))
    means = []
    for pressure in columns.pressure_cmmHg.values():
        of_boot = pressure[rows].astype(np.int64)
        there = (of_boot != MISSING) & (np.abs(of_boot) < PRESSURE_MAX_CMMHG)
        number = np.add.reduceat(there, starts, dtype=np.int64)
        total = np.add.reduceat(np.where(there, of_boot, 0), starts)
        means.append(np.where(number > 0, total // np.maximum(number, 1), MISSING))
    if not means:
        return []
    return list(zip(second[starts].tolist(), np.stack(means, axis=1).tolist(), strict=True))


def _first_since(columns: Columns, rows: slice, ticks_ms: int) -> Identity:
    at = rows.start + min(int(np.searchsorted(columns.ticks_ms[rows], ticks_ms)), rows.stop - rows.start - 1)
    return int(columns.boot[at]), int(columns.index[at])
