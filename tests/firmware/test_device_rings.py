"""A sock with several sensors at a site, wired in any order: each scan reaches the fit check channel by channel."""

from array import array
from typing import Any

import pytest
from sock import MISSING
from sock.calibration import from_dict
from sock.prescription import parse

ROLES = ["knee", "ankle", "calf", "reference", "ankle"]
CHANNELS = [[role, 72 + at // 4, at % 4] for at, role in enumerate(ROLES)]
KNOTS = [[0, 0], [16384, 8000]]
REFERENCE = 24000


def counts_of(mmHg: float) -> int:
    x = mmHg * 100 / 8000
    return round(REFERENCE * x / (1 + x))


@pytest.fixture
def readings(world: Any) -> Any:
    from device.gate import Gate
    from device.gatt import Gatt
    from device.readings import Readings
    from device.stream import Stream
    from device.ticks import Ticks

    gatt = Gatt(None)
    gatt.serve("sock-0001", "gradsock test", ["ankle", "calf", "knee"], Gate(True))
    calibration = from_dict({"calibration": 1, "id": "test", "knots": [KNOTS] * 4})
    return Readings(CHANNELS, calibration, parse("us:15-20"), Stream(gatt, Ticks(), 7, 4, 40), 40)


def scan(readings: Any, seconds: int, knee: int, ankle: int, calf: int, other_ankle: int) -> None:
    first = readings.next_index
    for index in range(first, first + 25 * seconds):
        row = [c if c == MISSING else c + (index * 7 + 3 * at) % 9 for at, c in enumerate((knee, ankle, calf))]
        last = other_ankle if other_ankle == MISSING else other_ankle + index * 5 % 11
        readings.take(index, array("h", [*row, REFERENCE, last]))


def test_the_level_of_a_site_is_what_its_sensors_agree_on(readings: Any) -> None:
    on = [counts_of(p) for p in (10.0, 15.0, 13.0, 21.0)]
    scan(readings, 90, *on)
    assert readings.mean_cmmHg(0) == pytest.approx(1800, abs=40)
    assert readings.mean_cmmHg(1) == pytest.approx(1300, abs=40)
    assert readings.mean_cmmHg(2) == pytest.approx(1000, abs=40)
    assert readings.fit.verdict == "good"


def test_one_of_them_that_fails_is_told_and_moves_the_site_by_nothing(readings: Any) -> None:
    on = [counts_of(p) for p in (10.0, 15.0, 13.0, 21.0)]
    scan(readings, 90, *on)
    scan(readings, 30, *on[:3], MISSING)
    assert [(f.kind, f.site, f.level) for f in readings.fit.open_findings()] == [("sensor-fault", "ankle", "notice")]
    assert readings.mean_cmmHg(0) == pytest.approx(1800, abs=40)


def test_one_side_that_presses_harder_is_a_bunch(readings: Any) -> None:
    on = [counts_of(p) for p in (10.0, 15.0, 13.0, 21.0)]
    scan(readings, 90, *on)
    scan(readings, 30, on[0], counts_of(26.0), *on[2:])
    assert readings.fit.verdict == "bunched"
    assert readings.mean_cmmHg(0) == pytest.approx(2350, abs=50)
