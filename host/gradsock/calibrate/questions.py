"""What the guided calibration asks besides pressing: who, with what, which sensors, and where they sit."""

import getpass
from collections.abc import Sequence
from dataclasses import dataclass

from gradsock.calibrate import words
from gradsock.calibrate.artefact import Artefact, Place, now
from gradsock.calibrate.keyboard import Keyboard
from gradsock.calibrate.knots import SKIN_DEGC
from gradsock.calibrate.readout import Readout
from gradsock.calibrate.reference import Gauge, parse_checks
from gradsock.calibrate.sensors import LEG_POINTS, RING_SIDES, SORTS
from gradsock.errors import GradsockError, UsageError
from gradsock.owner.leg import leg_of

HEIGHTS_CM, GIRTHS_CM = {"ankle": 10.0, "calf": 28.0, "knee": 38.0}, {"ankle": 22.0, "calf": 36.0, "knee": 33.0}
"""Of a middling leg: what is offered where nobody measured."""
AREA_CM2 = (1.0, 0.2, 100.0, "cm2")
"""Of the pad under the weights: default, lowest, highest."""
DEGC = (SKIN_DEGC, 5.0, 45.0, "degC")
"""Of what the sensors lie on: the same."""


@dataclass
class Head:
    """What an artefact says of the whole calibration, as far as it is known beforehand."""

    operator: str | None = None
    sort: str | None = None
    method: str | None = None
    gauge: Gauge | None = None
    degC: float | None = None
    area_cm2: float | None = None


def within(option: str, value: float | None, limits: tuple[float, float, float, str]) -> float | None:
    """The value of an option; UsageError when it is not what would be taken as an answer."""
    _, low, high, unit = limits
    if value is not None and not low <= value <= high:
        raise UsageError(f"{option} is {low:g} to {high:g} {unit}")
    return value


async def ask_head(keyboard: Keyboard, known: Head, method: str, readout: Readout, id: str) -> Artefact:
    """An artefact without sensors; asks for what is not known."""
    operator = known.operator
    if operator is None:
        operator = await keyboard.ask("Who calibrates?", _user())
    sort = known.sort or await keyboard.one_of("What sort of sensors are they?", tuple(SORTS), "other")
    gauge = known.gauge or (await _ask_gauge(keyboard) if method == "cuff" else Gauge())
    area_cm2 = known.area_cm2
    if method == "weights" and area_cm2 is None:
        area_cm2 = await keyboard.number("How large is the pad, or the sensor's area if that is smaller", *AREA_CM2)
    degC = readout.degC if known.degC is None else known.degC
    if degC is None:
        what = "the table" if method == "weights" else "the bottle"
        degC = await keyboard.number(f"How warm is {what}", *DEGC)
    made = Artefact(
        id=id,
        made=now(),
        sensors=(),
        operator=operator,
        serial=readout.serial,
        side=readout.side,
        method=method,
        gauge=gauge,
        sort=sort,
        degC=degC,
        area_cm2=area_cm2 if method == "weights" else None,
    )
    keyboard.say(f"The reference is known to {made.reference_uncertainty_mmHg:.1f} mmHg (standard uncertainty).")
    return made


async def ask_channels(keyboard: Keyboard, labels: Sequence[str], method: str, together: bool) -> list[int]:
    """Which of these are pressed now, as numbers; none: no more of them. together: all of them is the default."""
    where = "is under the weights" if method == "weights" else "lie under the air bladder"
    question = f"Which sensors {where} now? {', '.join(labels)}, several together, or stop"
    default = " ".join(labels) if together else labels[0]
    while True:
        named = (await keyboard.ask(question, default)).replace(",", " ").split()
        if named == ["stop"]:
            return []
        if named and all(name in labels for name in named):
            return [labels.index(name) for name in dict.fromkeys(named)]
        keyboard.say(f"Please type {' or '.join(labels)}, or stop.")


async def ask_place(keyboard: Keyboard, readout: Readout, channel: int, label: str) -> Place:
    """Where a sensor sits; the leg's known measures are offered."""
    site, measure = readout.sites[channel], None
    try:
        measure = leg_of(readout.side, readout.serial).get(site)
    except GradsockError as error:
        keyboard.say(str(error))
    height = measure.height_cm if measure and measure.height_cm else HEIGHTS_CM[site]
    girth = measure.girth_cm if measure else GIRTHS_CM[site]
    height_cm = await keyboard.number(f"How high above the floor does the {label} sensor sit", height, 1, 120, "cm")
    girth_cm = await keyboard.number("How thick is the leg there, its girth", girth, 10, 100, "cm")
    ring = await keyboard.one_of("Where on the ring round the leg?", RING_SIDES, "inner")
    return Place(LEG_POINTS[site], height_cm, girth_cm, ring)


async def _ask_gauge(keyboard: Keyboard) -> Gauge:
    keyboard.say(words.GAUGE)
    while True:
        answer = await keyboard.ask(words.gauge_question())
        if not answer:
            return Gauge()
        try:
            return parse_checks(answer)
        except UsageError as error:
            keyboard.say(str(error))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
