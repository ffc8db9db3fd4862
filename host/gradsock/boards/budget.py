"""How long a board runs on a cell and how far back its journal reaches: arithmetic on `facts` and a measured figure."""

from __future__ import annotations

from dataclasses import dataclass

from gradsock.boards.circuit import EXCITATION_mA
from gradsock.boards.facts import Facts, Figure

CELL_V = 3.7
CELLS_mAh = (250, 500, 1000)
"""Sizes of cells to tell hours for."""
USABLE = 0.8
"""Share of a cell's printed capacity that is left after cold, age and the regulator's limit: cautious, not measured."""

ADC_mA = 0.15
"""ADS1115 while it converts (Texas Instruments, SBAS444)."""
LED_mA = 0.1
"""15 ms every 2 s at some 10 mA."""
SOCK_mA = ADC_mA + EXCITATION_mA + LED_mA
"""All that is not the board; a motor that runs a second an hour adds 0.02."""

RING_PERCENT = 60
"""Of the volume, so that wear can level."""
SEGMENT_KiB = 4
SEGMENT_s = 84.9
"""Readings in a segment at 25 Hz from 3 sites, a quarter of the time walking: `tests/bench/journal.py` fills a ring."""
WORN_h = 11.0
"""Mean wear in a day."""


@dataclass(frozen=True)
class Budget:
    """What to expect of a board; hours are rounded down."""

    dozing_mA: float
    """From the cell, radio asleep between its events."""
    listening_mA: float
    """From the cell, radio listening all the time."""
    deep_sleep_mA: float | None
    day_mAh: int
    """The capacity that lasts a day of wearing with the radio listening, rounded up to 50."""
    journal_h: int
    """Hours without a host until the oldest sample is overwritten."""

    def hours(self, mAh: float) -> tuple[int, int]:
        """Whole hours on so much of a cell: (listening, dozing)."""
        return int(mAh * USABLE / self.listening_mA), int(mAh * USABLE / self.dozing_mA)


def budget_of(facts: Facts) -> Budget:
    """The budget of a board with a sock's electronics on it."""
    dozing, listening = (
        at_the_cell(facts, facts.current.dozing) + SOCK_mA,
        at_the_cell(facts, facts.current.listening) + SOCK_mA,
    )
    asleep = facts.current.deep_sleep
    return Budget(
        dozing_mA=dozing,
        listening_mA=listening,
        deep_sleep_mA=None if asleep is None else at_the_cell(facts, asleep),
        day_mAh=-int(-WORN_h * listening / USABLE // 50) * 50,
        journal_h=int(facts.flash.volume_KiB * RING_PERCENT // 100 // SEGMENT_KiB * SEGMENT_s / 3600),
    )


def at_the_cell(facts: Facts, figure: Figure) -> float:
    """mA from a cell of `CELL_V`: a linear regulator passes current on, a switching one power."""
    if facts.supply.regulator == "linear":
        return figure.mA
    return figure.mA * facts.supply.measured_at_V / CELL_V
