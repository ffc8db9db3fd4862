"""From points to a sock's calibration: what is fitted, what is refused, and that the file holds all of it."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from gradsock.calibrate import picture
from gradsock.calibrate.artefact import Artefact, Place, Sensor, read, read_calibration, write
from gradsock.calibrate.fit import fit
from gradsock.calibrate.knots import knots, worst_chord_mmHg
from gradsock.calibrate.plan import Plan, checked
from gradsock.calibrate.points import Point
from gradsock.calibrate.reference import METHODS, Gauge, column_cm, parse_checks, weight_g
from gradsock.errors import CalibrateError, UsageError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import calibration as bench

GUIDE = bench.GUIDE


@pytest.fixture(scope="module")
def drawn():
    """One sensor of each sort, and the points that a careful person reads from it."""
    found = {}
    for number, (kind, one) in enumerate(bench.KINDS.items()):
        sensor = one.draw(np.random.default_rng(number))
        found[kind] = sensor, points_of(sensor)
    return found


def points_of(sensor):
    kept = []
    real = bench.fit

    def keep(points, **_options):
        kept.append(points)
        return real(points)

    bench.fit = keep
    try:
        bench.calibrate([sensor], GUIDE, 1)
    finally:
        bench.fit = real
    return kept[0]


@pytest.fixture(scope="module")
def points(drawn):
    return drawn["textile"][1]


@pytest.fixture
def artefact(points):
    sensor = Sensor.of("ankle", points, Place("B", 10.0, 22.5, "inner"))
    return Artefact("TEST-1", "2026-11-22T19:00:00+0100", (sensor,), "Ada", "TESTSOCK", "left", sort="textile")


def test_every_sort_is_fitted_to_less_than_a_mmHg_with_its_creep_and_hysteresis(drawn):
    for kind, (sensor, points) in drawn.items():
        made = fit(points)
        assert made.rms_mmHg < 1.0, kind
        assert made.creep_per_decade == pytest.approx(sensor.creep_per_decade, abs=0.015), kind
        assert made.hysteresis_mmHg == pytest.approx(60 * sensor.hysteresis, abs=3.0), kind
        assert worst_chord_mmHg(made.curve) < 1.0, kind


def test_without_its_memory_a_sensor_is_off_by_more(points):
    assert fit(points, creep=False, hysteresis=False).rms_mmHg > 2 * fit(points).rms_mmHg


@pytest.mark.parametrize("varied_degC", [1.0, 20.0])
def test_warmth_is_taken_off_the_points_and_measured_where_it_varied(points, varied_degC):
    rest, told = min(point.ratio for point in points if point.reference_mmHg == 0), []
    for number, point in enumerate(points):  # a bottle that cools and is filled anew, three times
        degC = 28 + varied_degC * (0.5 - 3 * number / len(points) % 1)
        told.append(replace(point, ratio=rest + (point.ratio - rest) * (1 + 0.006 * (degC - 28)), degC=degC))
    even, left = Sensor.of("ankle", points), Sensor.of("ankle", [replace(point, degC=None) for point in told])
    made = Sensor.of("ankle", told, degC=28.0, per_degC=0.0035)
    assert made.points == tuple(point.rounded() for point in told)
    if varied_degC < 5:
        assert made.per_degC is None
        assert made.fit.rms_mmHg == pytest.approx(left.fit.rms_mmHg, abs=0.05)
    else:
        assert made.per_degC == pytest.approx(0.006, abs=0.0011)  # the sort has a say
        assert made.fit.rms_mmHg < even.fit.rms_mmHg + 0.1 < left.fit.rms_mmHg - 0.5


@settings(max_examples=8)
@given(st.lists(st.floats(0.005, 0.2), min_size=5, max_size=13))
def test_whatever_rises_gives_knots_that_rise(rises):
    ratios = np.cumsum([0.02, *rises])
    levels = np.linspace(0, 60, len(ratios))
    rising = enumerate(zip(levels.tolist(), ratios.tolist(), strict=True))
    up = [Point("up", mmHg, ratio, 20.0 * n + 20, 15.0) for n, (mmHg, ratio) in rising]
    down = [Point("down", p.reference_mmHg, p.ratio, up[-1].at_s + 20.0 * n, 15.0) for n, p in enumerate(up[-2::-1], 1)]
    found = knots(fit(up + down).curve)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(found))
    assert len(found) >= 2


def refused(points):
    with pytest.raises(CalibrateError) as refusal:
        fit(points, "ankle")
    return str(refusal.value)


def test_what_makes_no_curve_is_refused_in_one_line_that_says_what_to_do(points):
    few = [p for p in points if p.phase != "up" or p.reference_mmHg % 20 < 3]
    assert "too few points on the way up" in refused(few)
    low = [p for p in points if p.reference_mmHg < 35]
    assert "go up to 60, at least to 40" in refused(low)
    middle = next(n for n, p in enumerate(points) if p.phase == "up" and abs(p.reference_mmHg - 30) < 2)
    falling = [replace(p, ratio=p.ratio * 0.5) if n == middle else p for n, p in enumerate(points)]
    assert "does not read more at 30 mmHg than at 25 on the way up: is it under the air bladder" in refused(falling)
    assert "not in the order of time" in refused([points[0], *points])


def test_an_artefact_keeps_everything_and_is_read_as_it_was_written(artefact, tmp_path):
    file = tmp_path / "folder" / "made.json"
    write(artefact, file)
    assert read(file) == artefact
    assert read_calibration(file).pack() == artefact.calibration.pack()
    data = json.loads(file.read_text())
    assert {"id", "made", "operator", "method", "reference_uncertainty_mmHg", "knots", "side"} <= data.keys()
    (sensor,) = data["sensors"]
    assert sensor["place"] == {"leg_point": "B", "height_cm": 10.0, "girth_cm": 22.5, "ring": "inner"}
    assert len(sensor["residuals_mmHg"]) == sensor["fitted_points"] < len(sensor["points"])
    assert sensor["rms_mmHg"] < 1.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"calibration": 9}, "not a calibration of version 1"),
        ({"artefact": 9}, "a newer gradsock may read them"),
        ({"operator": "two\nlines"}, "not one line of text"),
        ({"temperature_degC": "warm"}, "is not a number from 0 to 60"),
        ({"sensors": [{"site": "hip"}]}, "a sensor sits at one of ankle, calf, knee"),
        ({"sensors": []}, "1 curves for 0 sensors"),
        ({"sensors": 3}, "holds what it cannot"),
        ({"method": "hand"}, "unknown method"),
    ],
)
def test_a_damaged_artefact_is_told_as_what_it_is(artefact, tmp_path, change, said):
    file = tmp_path / "made.json"
    file.write_text(json.dumps(artefact.as_dict() | change))
    with pytest.raises(CalibrateError, match=said) as refusal:
        read(file)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"calibration": 1}', "\x00"])
def test_what_is_no_artefact_is_refused(tmp_path, content):
    file = tmp_path / "x.json"
    file.write_text(content)
    for reads in (read, read_calibration):
        with pytest.raises(CalibrateError, match=str(file)):
            reads(file)


def test_the_pictures_show_every_point(artefact, points):
    shown = picture.terminal(artefact.sensors)
    assert "ankle: " in shown
    assert "60 mmHg" in shown
    drawn = picture.svg(artefact)
    assert drawn.count("<title>") == 2 * sum(point.phase != "condition" for point in points)
    assert "Calibration TEST-1" in drawn


def test_a_gauge_that_was_checked_tells_the_true_pressure():
    gauge = parse_checks("21=20,41=40,60.5=60")
    assert [gauge.true_mmHg(shown) for shown in (0, 10.5, 21, 41, 60.5, 70)] == [0, 10, 20, 40, 60, 69.5]
    assert gauge.shown_mmHg(40) == 41
    assert gauge.standard_mmHg(METHODS["cuff"], 30) < Gauge().standard_mmHg(METHODS["cuff"], 30)
    for wrong in ("21", "a=b", "90=20", "20=20,21=19"):
        with pytest.raises(UsageError):
            parse_checks(wrong)


def test_references_in_water_and_grams():
    assert column_cm(60) == pytest.approx(81.6)
    assert weight_g(60, 1.0) == pytest.approx(81.6, abs=0.1)  # 8 kPa on a square centimetre


def test_levels_and_time_of_a_plan():
    assert checked([60, 15, 45, 30]) == (0, 15, 30, 45, 60)
    assert 15 * 60 < Plan().duration_s < 30 * 60
    for hold_s in (3.0, 20.0, 600.0):
        plan = Plan(creep_s=hold_s, settle_s=1.0)
        held_s = [step.hold_s for step in plan.steps() if step.phase == "hold"]
        assert held_s[-1] == hold_s
        assert min(np.diff([0.0, *held_s])) >= plan.read_s
    for wrong in ([10, 20, 30, 39], [30, 60], [-5, 15, 30, 45, 60]):
        with pytest.raises(UsageError):
            checked(wrong)
