"""Calibrations: a monotone piecewise-linear curve per site channel, (x_q14, cmmHg) as `curves` reads it.

A calibration is an artefact with an id; it travels as JSON (to people and files) and packed (to the sock's events).
"""

import json

from .curves import PRESSURE_MAX_CMMHG, Curves
from .curves import Q14 as Q14

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Curve = tuple[tuple[int, int], ...]

PRELOAD_MIN = 64
"""A curve that starts here or above (0.4 % of the excitation) is of a sensor that conducts unloaded: half of that is
an open wire. Of one that does not, an open wire cannot be told from no pressure."""

KNOTS_MAX = 16
X_MAX = 1 << 18  # G R up to 16: the sensor at 94 % of the excitation
X_MIN = -Q14  # counts far below zero: no current flows backwards
PRODUCT_MAX = 1 << 30  # small integers of a board: nothing on the way is larger
CALIBRATION_VERSION = 1


class CalibrationError(ValueError):
    """A calibration that cannot be one; one line."""


class Calibration(Curves):
    """One curve per site channel, in their order in the settings. It never changes.

    id     short text that names the artefact
    knots  per site channel a tuple of (x_q14, cmmHg), both strictly rising
    """

    def __init__(self, id: str, knots: "Sequence[Sequence[Sequence[int]]]") -> None:
        if not 1 <= len(id.encode()) <= 32:
            raise CalibrationError("a calibration needs an id of 1 to 32 bytes")
        if not 1 <= len(knots) <= 15:
            raise CalibrationError("a calibration has 1 to 15 curves")
        for curve in knots:
            _check(curve)
        self.id = id
        self.knots: tuple[Curve, ...] = tuple([tuple([(x, y) for x, y in curve]) for curve in knots])
        extended = [_extended(curve) for curve in self.knots]
        super().__init__(
            [[x for x, _ in points] for points in extended],
            [[y for _, y in points] for points in extended],
            [curve[0][0] // 2 if curve[0][0] >= PRELOAD_MIN else X_MIN - 1 for curve in self.knots],
        )

    def curves(self) -> Curves:
        """What every sample needs of it, and no more: with this, a board can let go of the rest."""
        return Curves(self._x, self._y, self._open_x)

    def to_json(self) -> str:
        """The artefact, as far as a sock needs it."""
        return json.dumps({"calibration": CALIBRATION_VERSION, "id": self.id, "knots": self.knots})

    def pack(self) -> bytes:
        """Version, id and knots in bytes; about 5 bytes per knot."""
        name = self.id.encode()
        data = bytearray([CALIBRATION_VERSION, len(name)])
        data.extend(name)
        data.append(len(self.knots))
        for curve in self.knots:
            data.append(len(curve))
            for x, y in curve:
                data.extend((x + X_MAX).to_bytes(3, "little"))
                data.extend((y + PRESSURE_MAX_CMMHG).to_bytes(2, "little"))
        return bytes(data)


def from_json(text: str) -> Calibration:
    """A calibration from its JSON artefact; keys it does not know (operator, date, residuals) are for people."""
    try:
        data = json.loads(text)
    except ValueError:
        raise CalibrationError("a calibration is a JSON object") from None
    return from_dict(data)


def from_dict(data: object) -> Calibration:
    """A calibration from the object that its JSON holds."""
    if not isinstance(data, dict) or data.get("calibration") != CALIBRATION_VERSION:
        raise CalibrationError(f"not a calibration of version {CALIBRATION_VERSION}")
    if not isinstance(data.get("id"), str) or not isinstance(data.get("knots"), list):
        raise CalibrationError("a calibration needs an id and knots")
    return Calibration(data["id"], data["knots"])


def unpack(data: bytes) -> Calibration:
    """The calibration that `pack` packed."""
    if len(data) and data[0] != CALIBRATION_VERSION:
        raise CalibrationError(f"a packed calibration of version {data[0]}: this reads version {CALIBRATION_VERSION}")
    curves = []
    try:
        at = 2 + data[1]
        name = bytes(data[2:at]).decode()
        count = data[at]
        at += 1
        for _ in range(count):
            knots = []
            end = at + 1 + data[at] * 5
            at += 1
            while at < end:
                x = data[at] | data[at + 1] << 8 | data[at + 2] << 16
                knots.append((x - X_MAX, (data[at + 3] | data[at + 4] << 8) - PRESSURE_MAX_CMMHG))
                at += 5
            curves.append(knots)
    except (IndexError, UnicodeError):
        raise CalibrationError(f"a packed calibration broken off after {len(data)} bytes") from None
    if at != len(data):
        raise CalibrationError("a packed calibration with bytes left over")
    return Calibration(name, curves)


def _check(curve: "Sequence[Sequence[int]]") -> None:
    if not isinstance(curve, (list, tuple)) or not 2 <= len(curve) <= KNOTS_MAX:
        raise CalibrationError(f"a curve has 2 to {KNOTS_MAX} knots")
    before: tuple[int, int] | None = None
    for knot in curve:
        if not isinstance(knot, (list, tuple)) or len(knot) != 2:
            raise CalibrationError("a knot is a pair of integers: x_q14, cmmHg")
        x, y = knot
        if not isinstance(x, int) or not isinstance(y, int):
            raise CalibrationError("a knot is a pair of integers: x_q14, cmmHg")
        if not X_MIN <= x <= X_MAX or not -PRESSURE_MAX_CMMHG <= y <= PRESSURE_MAX_CMMHG:
            raise CalibrationError("a knot lies outside what a sensor can read")
        if before is not None and (x <= before[0] or y <= before[1]):
            raise CalibrationError("a curve must rise from knot to knot: pressure cannot fall while conductance grows")
        before = (x, y)


def _extended(curve: "Curve") -> "list[tuple[int, int]]":
    """The curve continued to both ends of what can be read, in segments whose products stay below PRODUCT_MAX."""
    points = list(curve)
    (x0, y0), (x1, y1) = curve[0], curve[1]
    if x0 > X_MIN:
        points.insert(0, (X_MIN, max(-PRESSURE_MAX_CMMHG, y0 - (x0 - X_MIN) * (y1 - y0) // (x1 - x0))))
    (x0, y0), (x1, y1) = curve[-2], curve[-1]
    if y1 < PRESSURE_MAX_CMMHG:
        points.append((x1 + (PRESSURE_MAX_CMMHG - y1) * (x1 - x0) // (y1 - y0) + 1, PRESSURE_MAX_CMMHG))
    i = 0
    while i < len(points) - 1:
        (x0, y0), (x1, y1) = points[i], points[i + 1]
        if (x1 - x0) * (y1 - y0) >= PRODUCT_MAX:
            points.insert(i + 1, ((x0 + x1) >> 1, (y0 + y1) >> 1))
        else:
            i += 1
    return points
