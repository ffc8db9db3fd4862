"""Calibrations: a monotone piecewise-linear curve per site channel, (x_q14, cmmHg) as `curves` reads it.

Beside it, where it was measured, how the channel's sensor creeps and lags (see `history`). A calibration is an artefact
with an id; it travels as JSON (to people and files) and packed (to the sock's events).
"""

import json

from . import const
from .curves import PRESSURE_MAX_CMMHG, Curves
from .curves import Q14 as Q14

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .history import LoadHistory

    Curve = tuple[tuple[int, int], ...]

_PRELOAD_MIN = const(64)
"""A curve that has this or more at no pressure (0.4 % of the excitation) is of a sensor that conducts unloaded. Of one
that does not, an open wire cannot be told from no pressure."""

OPEN_X = const(16)
"""An open wire reads 0 within a few counts whatever the sensor, so below this (0.1 % of the excitation) it is open: far
from the preload, which in noise may read half of itself."""

_KNOTS_MAX = const(16)
_X_MAX = const(1 << 18)  # G R up to 16: the sensor at 94 % of the excitation
X_MIN = -Q14  # counts far below zero: no current flows backwards
_PRODUCT_MAX = const(1 << 30)  # small integers of a board: nothing on the way is larger
CALIBRATION_VERSION = const(1)
_MEMORY_VERSION = const(2)  # packed, with creep and hysteresis behind each curve
_WARM_VERSION = const(3)  # and the gain per degree behind those

NO_SHARES = (0, 0, 0)  # one for each follower of `history`
CREEP_MAX_Q14 = const(1966)  # 12 % per relaxation: its products stay below 2^30
PER_DEGC_MAX_Q20 = const(10486)  # 1 % per degree: more is no sensor of pressure
SHARE_MAX_Q14 = const(13107)  # a sensor of which more lags than 80 % measures nothing


class CalibrationError(ValueError):
    """A calibration that cannot be one; one line."""


class Calibration(Curves):
    """One curve per site channel, in their order in the settings. It never changes.

    id               short text that names the artefact
    knots            per site channel a tuple of (x_q14, cmmHg), both strictly rising
    creep_q14        per site channel, 0 where it is not known
    hysteresis_q14   per site channel three shares, see `history`
    per_degC_q20     per site channel the share of its gain per degree, 0 where it is not known; see `warmth`
    """

    def __init__(
        self,
        id: str,
        knots: "Sequence[Sequence[Sequence[int]]]",
        creep_q14: "Sequence[int] | None" = None,
        hysteresis_q14: "Sequence[Sequence[int]] | None" = None,
        per_degC_q20: "Sequence[int] | None" = None,
    ) -> None:
        if not 1 <= len(id.encode()) <= 32:
            raise CalibrationError("a calibration needs an id of 1 to 32 bytes")
        if not 1 <= len(knots) <= 15:
            raise CalibrationError("a calibration has 1 to 15 curves")
        for curve in knots:
            _check(curve)
        self.id = id
        self.knots: tuple[Curve, ...] = tuple([tuple([(x, y) for x, y in curve]) for curve in knots])
        self.creep_q14 = tuple(creep_q14 or [0 for _ in knots])
        self.hysteresis_q14 = tuple([tuple(shares) for shares in hysteresis_q14 or [NO_SHARES for _ in knots]])
        _check_memory(self.creep_q14, self.hysteresis_q14, len(knots))
        self.per_degC_q20 = tuple(per_degC_q20 or [0 for _ in knots])
        if len(self.per_degC_q20) != len(knots):
            raise CalibrationError("per_degC_q20 is told for each of the sensors or not at all")
        for share in self.per_degC_q20:
            if not isinstance(share, int) or not 0 <= share <= PER_DEGC_MAX_Q20:
                raise CalibrationError(f"per_degC_q20 is a whole number from 0 to {PER_DEGC_MAX_Q20}")
        extended = [_extended(curve) for curve in self.knots]
        super().__init__(
            [[x for x, _ in points] for points in extended],
            [[y for _, y in points] for points in extended],
            [OPEN_X if _unloaded_x(curve) >= _PRELOAD_MIN else X_MIN - 1 for curve in self.knots],
        )

    def curves(self) -> Curves:
        """What every sample needs of it, and no more: with this, a board can let go of the rest."""
        return Curves(self._x, self._y, self._open_x)

    def history(self) -> "LoadHistory | None":
        """A fresh memory of what its sensors have been through; None where no creep or hysteresis is known."""
        if not self._remembers():
            return None
        from .history import LoadHistory  # a sock that knows none does without its code

        return LoadHistory(self.creep_q14, self.hysteresis_q14)

    def to_json(self) -> str:
        """The artefact, as far as a sock needs it."""
        data: dict[str, object] = {"calibration": CALIBRATION_VERSION, "id": self.id, "knots": self.knots}
        if self._remembers():
            data["creep_q14"] = self.creep_q14
            data["hysteresis_q14"] = self.hysteresis_q14
        if any(self.per_degC_q20):
            data["per_degC_q20"] = self.per_degC_q20
        return json.dumps(data)

    def pack(self) -> bytes:
        """Version, id, and per channel its knots, 5 bytes each; creep and hysteresis take 8 more per channel, the gain
        per degree 2 more.
        """
        warms = any(self.per_degC_q20)
        remembers = warms or self._remembers()
        name = self.id.encode()
        version = _WARM_VERSION if warms else _MEMORY_VERSION if remembers else CALIBRATION_VERSION
        data = bytearray([version, len(name)])
        data.extend(name)
        data.append(len(self.knots))
        for channel in range(len(self.knots)):
            curve = self.knots[channel]
            data.append(len(curve))
            for x, y in curve:
                data.extend((x + _X_MAX).to_bytes(3, "little"))
                data.extend((y + PRESSURE_MAX_CMMHG).to_bytes(2, "little"))
            if remembers:
                for share in (self.creep_q14[channel],) + self.hysteresis_q14[channel]:
                    data.extend(share.to_bytes(2, "little"))
            if warms:
                data.extend(self.per_degC_q20[channel].to_bytes(2, "little"))
        return bytes(data)

    def _remembers(self) -> bool:
        return any(self.creep_q14) or any(any(shares) for shares in self.hysteresis_q14)


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
    shares = [data.get(name) for name in ("creep_q14", "hysteresis_q14", "per_degC_q20")]
    if not all(isinstance(share, (list, type(None))) for share in shares):
        raise CalibrationError("a calibration has creep_q14, hysteresis_q14 and per_degC_q20 per sensor")
    return Calibration(data["id"], data["knots"], shares[0], shares[1], shares[2])


def unpack(data: bytes) -> Calibration:
    """The calibration that `pack` packed."""
    if len(data) and not CALIBRATION_VERSION <= data[0] <= _WARM_VERSION:
        raise CalibrationError(f"a packed calibration of version {data[0]}: this reads up to {_WARM_VERSION}")
    curves = []
    memories = []
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
                knots.append((x - _X_MAX, (data[at + 3] | data[at + 4] << 8) - PRESSURE_MAX_CMMHG))
                at += 5
            curves.append(knots)
            if data[0] >= _MEMORY_VERSION:
                shares = 5 if data[0] == _WARM_VERSION else 4
                memories.append([data[at + 2 * i] | data[at + 2 * i + 1] << 8 for i in range(shares)] + [0])
                at += 2 * shares
    except (IndexError, UnicodeError):
        raise CalibrationError(f"a packed calibration broken off after {len(data)} bytes") from None
    if at != len(data):
        raise CalibrationError("a packed calibration with bytes left over")
    if not memories:
        return Calibration(name, curves)
    return Calibration(
        name,
        curves,
        [memory[0] for memory in memories],
        [memory[1:4] for memory in memories],
        [memory[4] for memory in memories],
    )


def _check_memory(creep_q14: "Sequence[int]", hysteresis_q14: "Sequence[Sequence[int]]", channels: int) -> None:
    if len(creep_q14) != channels or len(hysteresis_q14) != channels:
        raise CalibrationError(f"creep and hysteresis are told for each of the {channels} sensors or not at all")
    for creep in creep_q14:
        if not isinstance(creep, int) or not 0 <= creep <= CREEP_MAX_Q14:
            raise CalibrationError(f"creep_q14 is a whole number from 0 to {CREEP_MAX_Q14}")
    for shares in hysteresis_q14:
        if len(shares) != len(NO_SHARES) or not all(isinstance(s, int) and s >= 0 for s in shares):
            raise CalibrationError(f"hysteresis_q14 is {len(NO_SHARES)} shares per sensor, none below 0")
        if sum(shares) > SHARE_MAX_Q14:
            raise CalibrationError("a sensor that only lags measures nothing: shares of hysteresis above 80 %")


def _check(curve: "Sequence[Sequence[int]]") -> None:
    if not isinstance(curve, (list, tuple)) or not 2 <= len(curve) <= _KNOTS_MAX:
        raise CalibrationError(f"a curve has 2 to {_KNOTS_MAX} knots")
    before: tuple[int, int] | None = None
    for knot in curve:
        if not isinstance(knot, (list, tuple)) or len(knot) != 2:
            raise CalibrationError("a knot is a pair of integers: x_q14, cmmHg")
        x, y = knot
        if not isinstance(x, int) or not isinstance(y, int):
            raise CalibrationError("a knot is a pair of integers: x_q14, cmmHg")
        if not X_MIN <= x <= _X_MAX or not -PRESSURE_MAX_CMMHG <= y <= PRESSURE_MAX_CMMHG:
            raise CalibrationError("a knot lies outside what a sensor can read")
        if before is not None and (x <= before[0] or y <= before[1]):
            raise CalibrationError("a curve must rise from knot to knot: pressure cannot fall while conductance grows")
        before = (x, y)


def _unloaded_x(curve: "Curve") -> int:
    """What the curve reads at no pressure; a first knot under load is followed down to there."""
    (x0, y0), (x1, y1) = curve[0], curve[1]
    return x0 if y0 <= 0 else x0 - y0 * (x1 - x0) // (y1 - y0)


def _extended(curve: "Curve") -> "list[tuple[int, int]]":
    """The curve continued to both ends of what can be read, in segments whose products stay below _PRODUCT_MAX."""
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
        if (x1 - x0) * (y1 - y0) >= _PRODUCT_MAX:
            points.insert(i + 1, ((x0 + x1) >> 1, (y0 + y1) >> 1))
        else:
            i += 1
    return points
