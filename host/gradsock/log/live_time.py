"""UTC of samples as they come in: by the exchanges of clocks so far, and before the first one by when samples came."""

import numpy as np

from gradsock.link.events import Probe
from gradsock.log import timeline

KEPT_PROBES = 64


class LiveTime:
    """Give it the probes of one sock as they are made."""

    def __init__(self) -> None:
        self._probes: list[Probe] = []
        self._lines: dict[int, timeline.TimeLine] = {}

    def take(self, probe: Probe) -> None:
        """One more exchange of clocks."""
        self._probes = [*self._probes[1 - KEPT_PROBES :], probe]
        self._lines = timeline.fit(self._probes)

    def utc_us(self, boot: int, ticks_ms: list[int], received_utc_us: int) -> list[int]:
        """UTC in us of ticks of one boot, the last of which was received at a time."""
        line = self._lines.get(boot)
        ticks = np.array(ticks_ms, np.int64)
        utc_us = received_utc_us + 1000 * (ticks - ticks[-1]) if line is None else line.utc_us(ticks)
        return [int(us) for us in utc_us.tolist()]
