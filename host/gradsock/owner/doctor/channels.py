"""The converters on a board's bus, and what each input reads: value, noise, and what is wrong with the wire."""

import json
import math
from collections.abc import Iterator
from statistics import fmean, median, pstdev
from typing import Any

from sock import SITES
from sock.calibration import Calibration, CalibrationError, from_json
from sock.curves import PRESSURE_MAX_CMMHG
from sock.warmth import is_told, read_cC, thermometer

from gradsock.errors import FlashError, GradsockError
from gradsock.flash.cable import Cable
from gradsock.owner.at_rest import settings_on
from gradsock.owner.doctor.checks import FAULT, NOTE, OK, Check

READINGS = 40
RAIL = 32760
NOISY_mmHg = 2.0
OPEN_PERCENT = 0.1
"""Of the excitation. An open wire reads 0 within a few counts, whatever the sensor."""
REFERENCE_MAX_V = 1.6  # sensors lose sensitivity above 1.5 V
FULL_SCALE_V = {1: 4.096, 2: 2.048, 4: 1.024, 8: 0.512, 16: 0.256}
GAIN_BITS = {1: 1, 2: 2, 4: 3, 8: 4, 16: 5}
WIRES = "check VDD, GND, SDA and SCL, and the ADDR pin of the chip"

_SCAN = "import board\nif board.excitation is not None: board.excitation.value(1)\nprint(list(board.i2c().scan()))"
_READ = """
import board, struct, time
def _read(address, pin, gain, count):
    i2c, found = board.i2c(), []
    config = struct.pack('>H', 0x81E3 | 4 + pin << 12 | gain << 9)
    for _ in range(count):
        i2c.writeto_mem(address, 1, config)
        time.sleep_ms(3)
        found.append(struct.unpack('>h', i2c.readfrom_mem(address, 0, 2))[0])
    return found
"""


def channels(cable: Cable, artefact: Any) -> Iterator[Check]:
    """The chips that answer, then each channel of the settings. artefact: the calibration's JSON, None without one."""
    try:
        wanted = settings_on(cable)
        there = list(cable.answer(_SCAN))
    except GradsockError as error:
        yield Check("bus", FAULT, str(error), WIRES)
        return
    needed = sorted({address for _, address, *_ in wanted["channels"]})
    names = ", ".join(hex(address) for address in there) or "nothing"
    missing = [address for address in needed if address not in there]
    if missing:
        silent = ", ".join(role for role, address, *_ in wanted["channels"] if address in missing)
        absent = " and ".join(hex(address) for address in missing)
        found = f"{names} answers, but not {absent}" if there else f"nothing answers, where {absent} should"
        yield Check("bus", FAULT, f"{found}: so no {silent}", WIRES)
    else:
        yield Check("bus", OK, f"{names} answers")
    yield from _readings(cable, wanted, there, _calibration(artefact, wanted), artefact is not None)


def _readings(
    cable: Cable, wanted: dict[str, Any], there: list[int], known: Calibration | None, has_one: bool
) -> Iterator[Check]:
    gains = [own[0] if own and own[0] else wanted["gain"] for _, _, _, *own in wanted["channels"]]
    reads: list[list[int] | None] = []
    for (_, address, pin, *_), gain in zip(wanted["channels"], gains, strict=True):
        source = f"{_READ}print(_read({address}, {pin}, {GAIN_BITS[gain]}, {READINGS}))"
        try:
            reads.append(cable.answer(source) if address in there else None)
        except FlashError:
            if cable.lost:
                raise
            reads.append(None)
    roles = [role for role, *_ in wanted["channels"]]
    reference = reads[roles.index("reference")]
    reference_gain = gains[roles.index("reference")]
    level = round(fmean(reference)) if reference else 0
    site_index = 0
    for (role, address, pin, *_), gain, counts in zip(wanted["channels"], gains, reads, strict=True):
        where = f"{role} ({hex(address)} input {pin})"
        alike = [count if count >= RAIL else round(count * reference_gain / gain) for count in counts or ()]
        if counts is None:
            if address in there:  # else the bus is the one fault, and this is told with it
                yield Check(where, FAULT, "cannot be read", WIRES)
        elif role in SITES:
            yield _site(where, alike, level, known, site_index)
        elif role == "temperature":
            yield _thermistor(where, alike, level, known)
        else:
            yield _other(where, role, counts, FULL_SCALE_V[gain])
        site_index += role in SITES
    if known is None:
        found = "one that does not fit these channels" if has_one else "none yet, so no pressure and no verdict"
        yield Check("calibration", FAULT if has_one else NOTE, found, "gradsock calibrate")
    else:
        yield Check("calibration", OK, known.id)


def _site(where: str, counts: list[int], reference: int, known: Calibration | None, index: int) -> Check:
    mean = fmean(counts)
    if max(counts) >= RAIL:
        return Check(
            where, FAULT, "at the converter's limit", "a short, or too high a gain: gradsock settings set gain=1"
        )
    if known is None:
        share = 100 * mean / reference if reference > 0 else math.nan
        found = f"{round(share, 1) + 0.0:.1f} % of the excitation, noise {pstdev(counts):.0f} counts"
        if share < OPEN_PERCENT:  # no fault: some sensors conduct nothing until they are pressed
            return Check(where, NOTE, found, "press it: if it stays so, the sensor is open or its wire broken")
        return Check(where, OK, found)
    pressures = [known.pressure_cmmHg(index, count, reference) for count in counts]
    middle = median(pressures)  # unloaded, single readings of a good sensor may look like an open wire
    if middle >= PRESSURE_MAX_CMMHG:
        return Check(where, FAULT, "reads as a short", "look for bare wires that touch, and a crushed sensor")
    if middle <= -PRESSURE_MAX_CMMHG:
        return Check(where, FAULT, "reads as an open wire", "check the sensor's plug, wire and seam")
    noise_mmHg = pstdev(value for value in pressures if abs(value) < PRESSURE_MAX_CMMHG) / 100
    found = f"{middle / 100:.0f} mmHg, noise {noise_mmHg:.2f} mmHg"
    if noise_mmHg > NOISY_mmHg:
        return Check(where, NOTE, found, "hold the sock still and look again; else check plug and wire")
    return Check(where, OK, found)


def _thermistor(where: str, counts: list[int], reference: int, known: Calibration | None) -> Check:
    mean = round(fmean(counts))
    if not is_told(thermometer(), mean, reference):
        return Check(where, FAULT, "no temperature: open, short, or no NTC of 10 kOhm", "check its wire and resistor")
    found = f"{read_cC(thermometer(), mean, reference) / 100:.1f} degC"
    if known is not None and not any(known.per_degC_q20):
        return Check(where, NOTE, f"{found}, but the calibration knows of no warmth", "gradsock calibrate")
    return Check(where, OK, found)


def _other(where: str, role: str, counts: list[int], full_scale_V: float) -> Check:
    volts = fmean(counts) * full_scale_V / 32768
    found = f"{volts:.3f} V, noise {1000 * pstdev(counts) * full_scale_V / 32768:.2f} mV"
    if role == "reference" and volts < 0.1:
        return Check(where, FAULT, found, "the sensors get no voltage: check the excitation's pin and divider")
    if role == "reference" and volts > REFERENCE_MAX_V:
        return Check(where, NOTE, found, "more than 1.5 V wears the sensors out: check the excitation's divider")
    return Check(where, OK, found)


def _calibration(artefact: Any, wanted: dict[str, Any]) -> Calibration | None:
    try:
        known = from_json(json.dumps(artefact))
    except CalibrationError:
        return None
    return known if len(known.knots) == sum(role in SITES for role, *_ in wanted["channels"]) else None
