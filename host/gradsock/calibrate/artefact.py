"""The artefact of a calibration: everything that was measured and what was made of it, in one JSON file.

What a sock needs stands at the top, as ``sock.calibration`` reads it (``id``, ``knots``, ``creep_q14``,
``hysteresis_q14``, ``per_degC_q20``, one entry per sensor in the order of the sock's channels); the rest is for people
and for fitting anew: who, when and how, and per sensor its place, its points, the fit and what it leaves.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sock import SITES
from sock.calibration import CALIBRATION_VERSION, PER_DEGC_MAX_Q20, Calibration, CalibrationError, from_dict

from gradsock import clock, jsontext
from gradsock.calibrate.fit import Fit, fit
from gradsock.calibrate.knots import SKIN_DEGC, knots, memory_q14
from gradsock.calibrate.points import Point, fitted
from gradsock.calibrate.reference import METHODS, Gauge, as_pairs
from gradsock.calibrate.sensors import RING_SIDES, SORTS
from gradsock.calibrate.warmth import evened, measured_per_degC
from gradsock.errors import CalibrateError, UsageError
from gradsock.places import make_private

ARTEFACT_VERSION = 1
TEXT_MAX = 200


@dataclass(frozen=True)
class Place:
    """Where a sensor sits: leg point, height above the floor, the leg's girth there, and where on the ring."""

    leg_point: str = ""
    height_cm: float | None = None
    girth_cm: float | None = None
    ring: str = ""


@dataclass(frozen=True)
class Sensor:
    """One sensor: its place, what was read, and what the fit made of it."""

    site: str
    points: tuple[Point, ...]
    fit: Fit
    place: Place = field(default_factory=Place)
    per_degC: float | None = None
    """Share of its gain per degree, where its temperature varied enough to tell; None: as its sort has it."""

    @classmethod
    def of(
        cls,
        site: str,
        points: Sequence[Point],
        place: Place | None = None,
        *,
        degC: float = SKIN_DEGC,
        per_degC: float = 0.0,
    ) -> "Sensor":
        """Fit the points for a sensor of degC; CalibrateError when they make no curve.

        per_degC: what its sort gains per degree, for points whose own temperature is known and hardly varied.
        """
        kept = tuple(point.rounded() for point in points)
        measured = measured_per_degC(kept, site, degC, per_degC)
        share = per_degC if measured is None else measured
        return cls(site, kept, fit(evened(kept, degC, share), site), place or Place(), measured)


@dataclass(frozen=True)
class Artefact:
    """A whole calibration. ``sensors`` in the order of the sock's channels."""

    id: str
    made: str
    """Local date and time, ISO 8601."""
    sensors: tuple[Sensor, ...]
    operator: str = ""
    serial: str = ""
    side: str = "unset"
    method: str = "cuff"
    gauge: Gauge = field(default_factory=Gauge)
    sort: str = "other"
    degC: float = SKIN_DEGC
    """How warm the sensors were."""
    area_cm2: float | None = None
    """Of the pad under the weights."""

    @property
    def per_degC(self) -> float:
        """Share of their gain per degree, as assumed for this sort of sensor."""
        return SORTS[self.sort].per_degC

    @property
    def reference_uncertainty_mmHg(self) -> float:
        """Standard uncertainty of the reference at 30 mmHg."""
        return round(self.gauge.standard_mmHg(METHODS[self.method], 30.0), 2)

    @property
    def calibration(self) -> Calibration:
        """What the sock needs of it."""
        memories = [memory_q14(sensor.fit) for sensor in self.sensors]
        shares = [self.per_degC if sensor.per_degC is None else sensor.per_degC for sensor in self.sensors]
        return Calibration(
            self.id,
            [
                knots(sensor.fit.curve, SKIN_DEGC - self.degC, share)
                for sensor, share in zip(self.sensors, shares, strict=True)
            ],
            [memory[0] for memory in memories],
            [memory[1] for memory in memories],
            [min(round(share * 2**20), PER_DEGC_MAX_Q20) for share in shares],
        )

    def head_as_dict(self) -> dict[str, Any]:
        """What it says of the whole calibration, without its sensors."""
        return {
            "id": self.id,
            "made": self.made,
            "operator": self.operator,
            "serial": self.serial,
            "side": self.side,
            "method": self.method,
            "gauge_checks": [list(pair) for pair in self.gauge.checks],
            "sensor": self.sort,
            "temperature_degC": self.degC,
            "area_cm2": self.area_cm2,
        }

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        needed = jsontext.loads(self.calibration.to_json())
        return {
            **needed,
            "artefact": ARTEFACT_VERSION,
            **self.head_as_dict(),
            "reference_uncertainty_mmHg": self.reference_uncertainty_mmHg,
            "per_degC": self.per_degC,
            "sensors": [_sensor_as_dict(sensor) for sensor in self.sensors],
        }


def now() -> str:
    """The local time as an artefact writes it."""
    return f"{clock.local(clock.utc_us()):%Y-%m-%dT%H:%M:%S%z}"


def write(artefact: Artefact, path: Path) -> None:
    """Write it whole or not at all; CalibrateError when the system refuses."""
    write_object(path, artefact.as_dict())


def write_object(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object whole or not at all; CalibrateError when the system refuses."""
    beside = _beside(path)
    try:
        make_private(path.parent)
        with beside.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise CalibrateError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error


def check_writable(path: Path) -> None:
    """CalibrateError when an artefact could not be written there, before an evening went into it."""
    try:
        make_private(path.parent)
        _beside(path).touch()
        _beside(path).unlink()
    except OSError as error:
        raise CalibrateError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def read(path: Path) -> Artefact:
    """Read an artefact and fit its points anew; CalibrateError, one line, when it is none or holds what cannot be."""
    data = read_object(path)
    try:
        return _artefact(data)
    except (CalibrateError, UsageError) as error:
        raise CalibrateError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise CalibrateError(f"{path} lacks what a calibration has, or holds what it cannot ({error})") from error


def read_calibration(path: Path) -> Calibration:
    """What the sock needs, from an artefact or from its short form; CalibrateError."""
    try:
        return from_dict(read_object(path))
    except CalibrationError as error:
        raise CalibrateError(f"{path}: {error}") from error


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; CalibrateError when there is none."""
    try:
        data = jsontext.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CalibrateError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError:
        raise CalibrateError(f"{path} is no calibration: it is not JSON") from None
    if not isinstance(data, dict):
        raise CalibrateError(f"{path} is no calibration: it is not a JSON object")
    return data


def _artefact(data: Mapping[str, Any]) -> Artefact:
    if data.get("calibration") != CALIBRATION_VERSION:
        raise CalibrateError(f"not a calibration of version {CALIBRATION_VERSION}")
    if data.get("artefact") != ARTEFACT_VERSION:
        raise CalibrateError(
            f"its points are not those of an artefact of version {ARTEFACT_VERSION}; a newer gradsock may read them"
        )
    head = head_of(data)
    sensors = tuple(_sensor(sensor, head.degC, head.per_degC) for sensor in data["sensors"])
    stands = from_dict(data)
    if len(stands.knots) != len(sensors):
        raise CalibrateError(f"it has {len(stands.knots)} curves for {len(sensors)} sensors")
    return replace(head, sensors=sensors)


def head_of(data: Mapping[str, Any]) -> Artefact:
    """An artefact without its sensors; CalibrateError or another ValueError, KeyError, TypeError for what is none."""
    if data["method"] not in METHODS or data["sensor"] not in SORTS:
        raise CalibrateError(f"an unknown method or sensor: {data['method']}, {data['sensor']}")
    return Artefact(
        id=_text(data["id"]),
        made=_text(data["made"]),
        sensors=(),
        operator=_text(data["operator"]),
        serial=_text(data["serial"]),
        side=_text(data["side"]),
        method=data["method"],
        gauge=as_pairs(data["gauge_checks"]),
        sort=data["sensor"],
        degC=_number(data["temperature_degC"], 0.0, 60.0),
        area_cm2=None if data["area_cm2"] is None else _number(data["area_cm2"], 0.1, 200.0),
    )


def _sensor(data: Mapping[str, Any], degC: float, per_degC: float) -> Sensor:
    if data["site"] not in SITES:
        raise CalibrateError(f"a sensor sits at one of {', '.join(SITES)}, not at {data['site']}")
    place = data["place"]
    if place["ring"] not in ("", *RING_SIDES):
        raise CalibrateError(f"on the ring is one of {', '.join(RING_SIDES)}")
    sits = Place(_text(place["leg_point"]), _length(place["height_cm"]), _length(place["girth_cm"]), place["ring"])
    points = [Point.from_dict(point) for point in data["points"]]
    return Sensor.of(data["site"], points, sits, degC=degC, per_degC=per_degC)


def _sensor_as_dict(sensor: Sensor) -> dict[str, Any]:
    made = sensor.fit
    return {
        "site": sensor.site,
        "place": asdict(sensor.place),
        "points": [point.as_dict() for point in sensor.points],
        "fit": {
            "form": made.curve.form,
            **made.curve.parameters(),
            "creep_per_decade": round(made.creep_per_decade, 5),
            "hysteresis_mmHg": made.hysteresis_mmHg,
            "left_out_mmHg": made.left_out_mmHg,
        },
        "measured_per_degC": sensor.per_degC,
        "residuals_mmHg": list(made.residuals_mmHg),
        "rms_mmHg": round(made.rms_mmHg, 3),
        "fitted_points": len(fitted(sensor.points)),
    }


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > TEXT_MAX or not value.isprintable():
        raise CalibrateError(f"{value!r} is not one line of text")
    return value


def _number(value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise CalibrateError(f"{value} is not a number from {low:g} to {high:g}")
    return float(value)


def _length(value: object) -> float | None:
    return None if value is None else _number(value, 0.0, 120.0)
