"""What goes with an exported recording: everything that one needs to know of it, and not which sock it is of.

Marks are told in the words of whoever put them.
"""

import json
from typing import TYPE_CHECKING, Any

from gradsock.analysis.checked import Checked
from gradsock.export.course import Course, marks_of
from gradsock.export.names import who

if TYPE_CHECKING:
    from gradsock.log.recording import Recording

SCHEMA = 1
Q14 = 16384


def about(recording: "Recording", course: Course, checked: Checked | None, *, identify: bool) -> dict[str, Any]:
    """A JSON object. With ``identify`` also the sock's name, its serial and the recording's id."""
    info = recording.infos[0] if recording.infos else None
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "sock": who(recording, identify=identify),
        "side": recording.side,
        "start_utc_us": int(course.utc_us[0]),
        "zone": recording.zone,
        "dated": course.dated,
        "period_ms": course.period_us / 1000,
        "samples": len(course),
        "sites": list(course.pressure_cmmHg),
        "prescription": recording.prescription,
        "firmware": info.firmware if info else None,
        "board": info.raw.get("board") if info else None,
        "calibration": _calibration(recording, identify=identify),
        "gaps_s": [[_s(course, first), _s(course, last)] for first, last in course.gaps()],
        "marks": [
            {"t_s": None if mark.utc_us is None else _s(course, mark.utc_us), "text": mark.text}
            for mark in marks_of(recording)
        ],
        "loss": {key: value for key, value in recording.account.as_dict().items() if isinstance(value, int)},
    }
    loss = recording.harm or recording.loss_before
    if loss is not None:
        told["damage"] = loss.lost
    if checked is not None:
        told["check"] = checked.as_dict()
    if identify:
        told |= {"id": recording.id, "name": info.name if info else ""}
    return told


def as_json(told: dict[str, Any]) -> str:
    """For a file."""
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _calibration(recording: "Recording", *, identify: bool) -> dict[str, Any] | None:
    """Its curves, (share of the excitation, mmHg) per channel; its id may tell a sock or a person."""
    calibration = recording.calibration
    if calibration is None:
        return None
    knots = [[[x / Q14, cmmHg / 100] for x, cmmHg in curve] for curve in calibration.knots]
    return {"knots": knots} | ({"id": calibration.id} if identify else {})


def _s(course: Course, utc_us: int) -> float:
    return round((utc_us - int(course.utc_us[0])) / 1e6, 3)
