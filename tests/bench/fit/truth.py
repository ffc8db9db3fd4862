"""What truly holds in a wear besides its events: presses that amount to one, gradients and bands that really are off.

A notice needs a cause. Besides events there are two kinds:

- **external**: pressure from outside that raises a sensor by x1.25 and 4 mmHg for 15 s or more, alone or together
  with another that presses there just then. The sensor tells it from a bunch as little as a finger would. Notices on it
  are counted on a line of their own, neither hit nor false.
- **conditions**, per pair of sites or site, over the settled time without events and presses.
  `gradient-reversed` at the upper site: it truly lies more than 3 mmHg (the smallest dead band that makes sense) above
  the one below for half of the time or longer, or more than 6 mmHg for five minutes on end; not under a progressive or
  flat profile. A posture alone, or a shift of a few mmHg for an hour, is no cause: correct socks do that.
  `over-range` and `under-range`: a site truly lies more than 25 % outside its band, less the 2 mmHg or 10 % that a
  calibrated sensor may well be wrong, for a fifth of the time; `over-range` also above 60 mmHg, less the same, for a
  minute. (A sensor that reads the limit has to speak; what it said was still not wrong by much.)
  True "of the sensor" is the pressure where the sensor lies; true "of the ring" that of the mean round the leg as
  well: one sensor misreads it by a quarter (Veraart 1997), and nobody with one sensor can know.
"""

import numpy as np
from numpy.typing import NDArray
from sock import SITES
from sock.prescription import CUSTOM, GRADUATED

from .label import LEAST_MMHG, SIZES, Condition, Label
from .track import Tracks
from .wear import Wear

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DEAD_BAND_MMHG = 3.0
SENSOR_MMHG, SENSOR_SHARE = 2.0, 0.1
FAR = 0.25
REVERSED_SHARE = 0.5
RANGE_SHARE = 0.2
CEILING_MMHG = 60.0
EXTERNAL_RATIO, EXTERNAL_MMHG, EXTERNAL_S = 1.25, 4.0, 15.0


def label_presses(wear: Wear) -> list[Label]:
    """Labels for those presses that reach the size and length of an external cause, alone or several at once."""
    labels = []
    for pressing in wear.presses:
        if pressing.end_s - pressing.start_s < EXTERNAL_S:
            continue
        second = int(pressing.start_s)
        still = wear.still_mmHg[:, second : int(pressing.end_s) + 1].mean(axis=1)
        height = np.abs(pressing.track.value).max(axis=0)
        if _amounts(height, still).any():
            labels.append(_press_label(wear, height, still, pressing.start_s, pressing.end_s, pressing.name))
    return labels + _label_together(wear)


def _label_together(wear: Wear) -> list[Label]:
    """Labels for stretches in which only several presses together reach that size."""
    alone = [pressing for pressing in wear.presses if pressing.end_s - pressing.start_s >= EXTERNAL_S]
    labels = []
    for number, one in enumerate(alone):
        for other in alone[number + 1 :]:
            begin, end = int(max(one.start_s, other.start_s)), int(min(one.end_s, other.end_s))
            if end - begin < EXTERNAL_S:
                continue
            seconds = np.arange(begin, end, dtype=np.float64)
            total = np.zeros((wear.still_mmHg.shape[0], len(seconds)))
            Tracks([one.track, other.track]).add_to(seconds, total)
            still = wear.still_mmHg[:, begin:end].mean(axis=1)
            height = np.sort(np.abs(total), axis=1)[:, -int(EXTERNAL_S)]  # reached for so many seconds
            if _amounts(height, still).any():
                labels.append(_press_label(wear, height, still, begin, end, f"{one.name} and {other.name}"))
    return labels


def _amounts(height: Floats, still: Floats) -> Bools:
    """At which sensors a press of this height amounts to a cause."""
    return (height >= EXTERNAL_MMHG) & (height >= (EXTERNAL_RATIO - 1.0) * still)


def _press_label(wear: Wear, height: Floats, still: Floats, begin_s: float, end_s: float, name: str) -> Label:
    sites = np.array(wear.person.channel_site)
    touched = np.unique(sites[(height >= EXTERNAL_MMHG / 2) | _amounts(height, still)])
    begin_ms, end_ms = int(begin_s * 1000), int(end_s * 1000)
    label = Label("external", tuple(SITES[site] for site in touched), begin_ms, begin_ms, end_ms)
    label.traits["press"] = name
    return label


def conditions(wear: Wear) -> list[Condition]:
    """All conditions of a wear whose events and presses are known."""
    first, last = int(wear.settled_s), int(wear.doffing.start_s) - 2
    if last - first < 10:
        return []
    calm = _calm(wear)[first:last]
    if calm.sum() < 10:
        return []
    channels = np.array(wear.person.channel_site)
    found = []
    views = {
        "sensor": [wear.still_mmHg[channels == site, first:last].max(axis=0) for site in range(3)],
        "ring": [wear.ring_mmHg[site, first:last] for site in range(3)],
    }
    holds = {
        name: set(_reversed(wear, view, calm)) | set(_out_of_range(wear, view, calm)) for name, view in views.items()
    }
    for kind, site in sorted(holds["sensor"]):
        found.append(Condition(kind, site, "ring" if (kind, site) in holds["ring"] else "sensor"))
    return found


def alike(wear: Wear, t_ms: int) -> bool:
    """Whether posture or a press without a label did just then to one sensor what the least event does: x1.3 and 5
    mmHg, for a minute. A check that is fooled there was fooled by something; the table says how often."""
    first = max(int(t_ms / 1000) - 150, 0)
    still = wear.still_mmHg[:, first : int(t_ms / 1000) + 90].copy()
    Tracks([pressing.track for pressing in wear.presses]).add_to(
        first + np.arange(still.shape[1], dtype=np.float64), still
    )
    if still.shape[1] < 100:
        return False
    total = np.cumsum(np.pad(still, ((0, 0), (1, 0))), axis=1)
    at = np.arange(30, still.shape[1] - 62)
    before = (total[:, at - 3] - total[:, at - 30]) / 27.0
    after = np.minimum(total[:, at + 25] - total[:, at + 5], total[:, at + 60] - total[:, at + 40]) / 20.0
    return bool(((after - before >= LEAST_MMHG) & (after >= SIZES["x1.3"][0] * before)).any())


def _calm(wear: Wear) -> Bools:
    """Seconds without events and presses."""
    seconds = np.arange(wear.still_mmHg.shape[1], dtype=np.float64)
    disturbed = np.zeros_like(wear.still_mmHg)
    tracks = [event.log for event in wear.events] + [pressing.track for pressing in wear.presses]
    for track in tracks:
        Tracks([track]).add_to(seconds, disturbed)
    calm: Bools = np.abs(disturbed).max(axis=0) <= 1e-3
    return calm


def _reversed(wear: Wear, view: list[Floats], calm: Bools) -> list[tuple[str, str]]:
    if wear.person.prescription.profile not in (GRADUATED, CUSTOM):
        return []
    found = []
    for upper, lower in ((1, 0), (2, 1), (2, 0)):
        above = view[upper] - view[lower]
        if (above[calm] > DEAD_BAND_MMHG).mean() >= REVERSED_SHARE or _longest(
            (above > 2 * DEAD_BAND_MMHG) & calm
        ) >= 300:
            found.append(("gradient-reversed", SITES[upper]))
    return found


def _out_of_range(wear: Wear, view: list[Floats], calm: Bools) -> list[tuple[str, str]]:
    found = []
    for site, (low, high) in enumerate(wear.person.bands_mmHg()):
        level = view[site][calm]
        if high is not None and (level > _within(high * (1 + FAR), -1)).mean() >= RANGE_SHARE:
            found.append(("over-range", SITES[site]))
        if low is not None and (level < _within(low * (1 - FAR), 1)).mean() >= RANGE_SHARE:
            found.append(("under-range", SITES[site]))
        if _longest(view[site] > _within(CEILING_MMHG, -1)) >= 60:
            found.append(("over-range", SITES[site]))
    return found


def _within(limit_mmHg: float, sign: int) -> float:
    """A limit moved toward the band by what a good sensor may be wrong there."""
    return limit_mmHg + sign * max(SENSOR_MMHG, SENSOR_SHARE * limit_mmHg)


def _longest(mask: Bools) -> int:
    """Length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.view(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max()) if edges.size else 0
