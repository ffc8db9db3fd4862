"""From counts to pressure."""

from sock import MISSING
from sock.calibration import (
    Calibration,
    CalibrationError,
    from_dict,
    from_json,
    unpack,
)
from sock.curves import PRESSURE_MAX_CMMHG, SATURATED_CMMHG

LINE = ((320, 0), (8000, 3000), (16000, 6000))
REFERENCE = 24000


def refusal(make):
    try:
        make()
    except CalibrationError as error:
        assert "\n" not in str(error)
        return str(error)
    raise AssertionError("accepted")


def one(curve):
    return Calibration("x", (curve,))


def test_knots_read_what_they_say():
    calibration = one(LINE)
    for x, pressure in LINE:
        counts = REFERENCE * x // (16384 + x)  # x = counts * 16384 / (reference - counts)
        assert abs(calibration.pressure_cmmHg(0, counts, REFERENCE) - pressure) <= 3


def test_the_excitation_cancels():
    calibration = one(LINE)
    for percent in (80, 90, 110):
        for counts in (1000, 5000, 11000):
            there = calibration.pressure_cmmHg(0, counts * percent // 100, REFERENCE * percent // 100)
            assert abs(there - calibration.pressure_cmmHg(0, counts, REFERENCE)) <= 6


def test_missing_stays_missing():
    calibration = one(LINE)
    assert calibration.pressure_cmmHg(0, MISSING, REFERENCE) == MISSING
    assert calibration.pressure_cmmHg(0, 5000, MISSING) == MISSING
    assert calibration.pressure_cmmHg(0, 5000, 0) == MISSING


def test_rails_read_what_no_sock_presses():
    calibration = one(LINE)
    assert calibration.pressure_cmmHg(0, REFERENCE, REFERENCE) == PRESSURE_MAX_CMMHG
    assert calibration.pressure_cmmHg(0, REFERENCE + 100, REFERENCE) == PRESSURE_MAX_CMMHG
    assert calibration.pressure_cmmHg(0, REFERENCE - 1, REFERENCE) == PRESSURE_MAX_CMMHG


def test_an_input_beyond_the_excitation_and_a_reference_at_the_limit_read_as_saturated():
    calibration = one(LINE)
    for counts, reference in ((32767, REFERENCE), (32752, REFERENCE), (5000, 32767), (32767, 32767)):
        assert calibration.pressure_cmmHg(0, counts, reference) == SATURATED_CMMHG
    assert calibration.pressure_cmmHg(0, 0, REFERENCE) == -PRESSURE_MAX_CMMHG  # an open wire: less than the preload
    assert -200 < calibration.pressure_cmmHg(0, 400, REFERENCE) < 0  # a little less than the preload is not one
    assert one(((0, 0), (8000, 3000))).pressure_cmmHg(0, 0, REFERENCE) == 0  # no preload: cannot be told


def test_noise_of_an_unloaded_sensor_is_no_open_wire():
    calibration = one(LINE)
    for counts in (60, 120, 240, 480):  # an eighth of the preload and more
        assert -200 < calibration.pressure_cmmHg(0, counts, REFERENCE) <= 80
    for counts in (-5, 0, 5, 20):  # an open wire, in the noise of the converter
        assert calibration.pressure_cmmHg(0, counts, REFERENCE) == -PRESSURE_MAX_CMMHG


def test_a_curve_that_begins_under_load_knows_an_open_wire_from_an_unloaded_sensor():
    calibration = one(((1600, 500), (8000, 3000)))  # 320 at no pressure
    assert abs(calibration.pressure_cmmHg(0, 480, REFERENCE)) < 20
    assert calibration.pressure_cmmHg(0, 0, REFERENCE) == -PRESSURE_MAX_CMMHG
    assert one(((1280, 500), (8000, 3000))).pressure_cmmHg(0, 0, REFERENCE) > -100  # 0 at no pressure: cannot be told


def test_beyond_the_knots_it_goes_on_straight():
    calibration = one(LINE)
    counts = REFERENCE * 24000 // (16384 + 24000)
    assert abs(calibration.pressure_cmmHg(0, counts, REFERENCE) - 9000) < 10


def test_it_rises_everywhere_even_with_steep_knots():
    for curve in (LINE, ((0, -30000), (1, 29000), (200000, 30000)), ((-16384, 0), (262144, 30000)), ((5, 5), (6, 6))):
        calibration = one(curve)
        before = -PRESSURE_MAX_CMMHG
        for counts in range(-32767, 24000, 97):
            pressure = calibration.pressure_cmmHg(0, counts, REFERENCE)
            assert pressure >= before
            before = pressure


def test_text_and_bytes_round_trip():
    plain = Calibration("bench-7", (LINE, ((0, 0), (5, 5)), LINE))
    remembering = Calibration("bench-8", (LINE, LINE), (300, 0), ((10, 2000, 65), (0, 0, 1)))
    for calibration in (plain, remembering):
        for again in (from_json(calibration.to_json()), unpack(calibration.pack())):
            assert (again.id, again.knots) == (calibration.id, calibration.knots)
            assert (again.creep_q14, again.hysteresis_q14) == (calibration.creep_q14, calibration.hysteresis_q14)


def test_three_sensors_of_ten_knots_fit_one_event():
    knots = tuple([(320 + 1000 * i, 700 * i) for i in range(10)])
    calibration = Calibration("K7QM2ABC-261122-1614", (knots,) * 3, (500,) * 3, ((500, 1000, 2000),) * 3)
    assert len(calibration.pack()) <= 214  # of 240: tag, kind, three varints, CRC, part and parts


def test_a_step_stays_within_a_fifth_of_a_mmHg():
    for curve in (LINE, ((0, 0), (4000, 3000), (16000, 6000)), ((320, 0), (4000, 9000))):
        calibration = one(curve)
        for limit in (1500, 3000, 6000):
            largest = calibration.step_for(0, REFERENCE, limit)
            worst = {}
            for wider in (0, 1):
                step = largest + largest * wider // 8 + wider
                steps = [0]
                for counts in range(0, REFERENCE - step - 1, 29):
                    low = calibration.pressure_cmmHg(0, counts, REFERENCE)
                    high = calibration.pressure_cmmHg(0, counts + step, REFERENCE)
                    if low >= 0 and high <= limit:
                        steps.append(high - low)
                worst[wider] = max(steps)
            assert worst[0] <= 22, (curve, limit, largest)  # 0.2 mmHg, and rounding of both ends
            assert worst[1] >= 18 or largest == 255, (curve, limit, largest)


def test_a_board_keeps_only_the_curves():
    calibration = one(LINE)
    curves = calibration.curves()
    assert not hasattr(curves, "knots")
    for counts in (MISSING, 0, 400, 5000, 24000):
        assert curves.pressure_cmmHg(0, counts, REFERENCE) == calibration.pressure_cmmHg(0, counts, REFERENCE)
    assert curves.step_for(0, REFERENCE) == calibration.step_for(0, REFERENCE)


def test_a_researcher_may_keep_every_bit():
    assert one(((0, 0), (10, 30000))).step_for(0, REFERENCE) == 1


def test_nonsense_is_refused_with_a_reason():
    for curve, reason in (
        ((), "2 to 16 knots"),
        (((0, 0),), "2 to 16 knots"),
        (tuple([(i, i) for i in range(17)]), "2 to 16 knots"),
        (((0, 0), (0, 5)), "must rise"),
        (((0, 0), (5, 0)), "must rise"),
        (((0, 5), (5, 4)), "must rise"),
        (((0, 0), (5, 5), (4, 6)), "must rise"),
        (((0, 0), (1 << 20, 5)), "outside"),
        (((0, 0), (5, 40000)), "outside"),
        (((0, 0), ("5", 5)), "pair of integers"),
        (((0, 0), (5,)), "pair of integers"),
        (((0, 0), 7), "pair of integers"),
    ):
        assert reason in refusal(lambda curve=curve: one(curve)), curve
    assert "id" in refusal(lambda: Calibration("", (LINE,)))
    assert "1 to 15" in refusal(lambda: Calibration("x", ()))
    assert "version" in refusal(lambda: from_dict({"calibration": 2}))
    assert "JSON" in refusal(lambda: from_json("no"))
    assert "knots" in refusal(lambda: from_dict({"calibration": 1, "id": "x"}))
    refusal(lambda: from_dict({"calibration": 1, "id": "x", "knots": [5]}))
    assert "per sensor" in refusal(lambda: from_dict({"calibration": 1, "id": "x", "knots": [LINE], "creep_q14": 3}))
    for creep, shares, reason in (
        ((0, 0), None, "each of the 1"),
        ((-1,), None, "0 to"),
        ((5000,), None, "0 to"),
        (("5",), None, "0 to"),
        (None, ((1, 2),), "3 shares"),
        (None, ((1, 2, -3),), "3 shares"),
        (None, ((9000, 9000, 0),), "80 %"),
    ):
        assert reason in refusal(lambda creep=creep, shares=shares: Calibration("x", (LINE,), creep, shares)), reason


def test_broken_packed_bytes_are_refused():
    for creep in (None, (300, 200)):
        data = Calibration("bench-7", (LINE, LINE), creep).pack()
        for length in range(len(data)):
            refusal(lambda data=data, length=length: unpack(data[:length]))
        refusal(lambda data=data: unpack(data + b"\0"))
        assert "version 9" in refusal(lambda data=data: unpack(b"\x09" + data[1:]))
