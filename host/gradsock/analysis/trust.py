"""Why the fit check does not trust what a site reads: in words, and how often that leaves it without a verdict."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, faults, ranges
from sock.bands import Prescription
from sock.fit import INCONCLUSIVE, FitCheck
from sock.reducer import ABSENT, FREE_CMMHG, OK, RAIL_CMMHG, RAIL_LOW_CMMHG

from gradsock.analysis.evidence import REASONS, tenths
from gradsock.analysis.stretch import Stretch
from gradsock.counting import counted

COARSE_CMMHG = 50
"""Readings in steps of so much are coarse: the noise of a sensor that lives does not show in them."""
FAINT_CMMHG = 500
"""No sock presses as little as this: what never reads more was not worn, or is in another unit than mmHg."""

KPA_mmHg = 7.5
PRESSED_MIN_S = 60
"""What was pressed for less is no sock that was worn: none settles so soon."""


def why_not(machine: FitCheck, site: int) -> str:
    """Why a site says nothing at the second that was judged last; empty where it does."""
    if machine.trails[site].now != MISSING:
        return ""
    if machine.reducer.second < 0:
        return ""
    told = [_of_channel(machine, channel) for channel, of in enumerate(machine._layout) if of == site]
    return " and ".join(dict.fromkeys(why for why in told if why))


def _of_channel(machine: FitCheck, channel: int) -> str:
    """As `sock.faults` decided."""
    trust, state = machine._faults, machine.reducer.states[channel]
    if state != OK:
        return "not read" if state == ABSENT else f"not read: {REASONS[state]}"
    if trust.watches[channel].level:
        return "not trusted: a fault of the sensor was found"
    still_s = trust._still_s[channel]
    if still_s >= faults._BAD_S:
        return f"not trusted: has not moved for {still_s} s while the others did"
    if trust._loose[channel] >= faults._LOST:
        return "not trusted: its contact was lost a moment ago"
    if trust._noisy_s[channel] > faults._BAD_S:
        return "not trusted: noisy"
    if trust._below_s[channel] >= faults._BAD_S:
        return "not trusted: far below zero"
    return ""


def at_fault(machine: FitCheck) -> Iterator[tuple[int, int]]:
    """The channels whose sensor is found at fault now, and since when (ticks_ms)."""
    for channel, watch in enumerate(machine._faults.watches[: len(machine._layout)]):
        if watch.finding is not None:
            yield channel, watch.finding.start_ms


def trusted(stretch: Stretch, faults: Mapping[tuple[int, int], int]) -> NDArray[np.int64]:
    """Pressures (n, 3) in cmmHg without what a sensor at fault read: MISSING, or the mean of the others at its site.

    faults: (channel, since when) as `at_fault` tells it, and until when (ticks_ms).
    """
    if not faults:
        return stretch.pressures_cmmHg
    pressures, channels = stretch.pressures_cmmHg.copy(order="K"), stretch.channels_cmmHg
    doubted = np.zeros(channels.shape, bool)
    for (channel, start_ms), end_ms in faults.items():
        first, end = np.searchsorted(stretch.t_ms, (start_ms, end_ms))
        doubted[first:end, channel] = True
    told = ~doubted & (channels < RAIL_CMMHG) & (channels > RAIL_LOW_CMMHG)
    layout = np.array(stretch.layout)
    for site in {stretch.layout[channel] for channel, _ in faults}:
        rows = doubted[:, layout == site].any(axis=1)
        there = told[rows][:, layout == site]
        total = np.where(there, channels[rows][:, layout == site], 0).sum(axis=1)
        number = there.sum(axis=1)
        pressures[rows, site] = np.where(number > 0, total // np.maximum(number, 1), MISSING)
    return pressures


def left_open(machine: FitCheck) -> bool:
    """Whether nothing but a sensor that stands still leaves it inconclusive, and no finding says so."""
    if machine.verdict != INCONCLUSIVE or any(found.kind == "gradient-flat" for found in machine.open_findings()):
        return False
    return any(still_s >= faults._BAD_S for still_s in machine._faults._still_s)


def notes_on(stretches: Sequence[Stretch], still_s: int, *, written: bool, prescription: Prescription) -> Iterator[str]:
    """What the readings themselves leave unjudged. still_s: for how many seconds `left_open`; written: see `Held`."""
    pressures = np.concatenate([stretch.pressures_cmmHg.ravel() for stretch in stretches])
    known = pressures[pressures != MISSING]
    if written and len(known) and known.max() <= FAINT_CMMHG:
        yield (
            f"readings never exceed {FAINT_CMMHG / 100:.0f} mmHg: not worn, or in another unit; mmHg are expected"
            f" (1 kPa is {KPA_mmHg:g} mmHg)"
        )
    elif written and (ankle_mmHg := _rather_kPa(stretches, prescription)):
        yield (
            f"whether these are mmHg: the ankle reads {tenths(ankle_mmHg)} while it is pressed, which in kPa would be a"
            f" sock of {ankle_mmHg * KPA_mmHg:.0f} mmHg; mmHg are expected"
        )
    if still_s:
        step = int(np.gcd.reduce(known))
        why = f": readings in steps of {step / 100:g} mmHg look like that" if step >= COARSE_CMMHG else ""
        yield (
            f"{counted(still_s, 'second')} in which a sensor stood still while the others moved, so that it may be"
            f" stuck{why}"
        )


def _rather_kPa(stretches: Sequence[Stretch], prescription: Prescription) -> float | None:
    """What the ankle reads in the middle while it is pressed at all, if in mmHg that is less than half of the least
    that is prescribed, and in kPa a sock: what is prescribed or more, and 19 of 20 readings below the ceiling of any
    sock. No sock that is merely loose looks like it: from 8 mmHg on none can, and strides take lesser ones beyond.
    """
    low_cmmHg = prescription.bands[0][0] if prescription.bands[0] else None
    ankles = [stretch.pressures_cmmHg[:, 0] for stretch in stretches]
    pressed = [ankle[(ankle > FREE_CMMHG) & (ankle < RAIL_CMMHG)] for ankle in ankles]
    pressed_s = sum(len(part) * stretch.period_s for part, stretch in zip(pressed, stretches, strict=True))
    if low_cmmHg is None or pressed_s < PRESSED_MIN_S:
        return None
    middle, high = np.percentile(np.concatenate(pressed), (50, 95)).tolist()
    likely = 2 * middle < low_cmmHg <= middle * KPA_mmHg and high * KPA_mmHg < ranges._CEILING_CMMHG
    return middle / 100 if likely else None
