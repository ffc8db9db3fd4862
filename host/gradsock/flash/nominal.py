"""A calibration from sensors whose curves are known beforehand: those of a virtual leg, or a data sheet's."""

import json
from collections.abc import Sequence

from sock.calibration import CALIBRATION_VERSION, Q14, from_json


def calibration_from_curves(curves: Sequence[Sequence[tuple[float, float]]], id: str = "nominal") -> str:
    """The JSON artefact of a calibration; one curve per site channel, each of (G R, mmHg) pairs that rise in both.

    G R is the sensor's conductance times the divider's resistor. Raises ``sock.calibration.CalibrationError``.
    """
    knots = [[[round(ratio * Q14), round(100 * mmHg)] for ratio, mmHg in curve] for curve in curves]
    text = json.dumps({"calibration": CALIBRATION_VERSION, "id": id, "knots": knots, "method": "nominal curve"})
    from_json(text)  # what is wrong with it shows here and not on a sock
    return text
