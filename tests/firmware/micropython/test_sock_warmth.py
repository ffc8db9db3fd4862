"""How warm the sensors are: read of a thermistor, taken off a curve, told. The same integers everywhere."""

from sock import MISSING
from sock.calibration import Calibration, CalibrationError, from_json, unpack
from sock.warmth import SKIN_cC, pack, read_cC, set_warmth, thermometer
from sock.warmth import unpack as unpack_warmth
from sock.zero import rest_of, set_rest

REFERENCE = 24000
CURVE = ((320, 0), (8192, 3000), (16384, 6000))


def counts_of(x_q14):
    return REFERENCE * x_q14 // (x_q14 + 16384)


def test_a_thermistor_of_ten_kilohms_is_read():
    meter = thermometer()
    for x_q14, cC in ((16384, 2500), (25185, 3500), (13070, 2000), (22785, 3250)):
        assert abs(read_cC(meter, counts_of(x_q14), REFERENCE) - cC) <= 15
    for nothing in (MISSING, 0, 23999, 30000, 32767):  # not there, open, short
        assert read_cC(meter, nothing, REFERENCE) == SKIN_cC
    assert read_cC(meter, 12000, MISSING) == SKIN_cC


def test_a_warmer_sensor_reads_the_same_pressure():
    share = 3775  # 0.36 % per degree in 2^-20
    calibration = Calibration("x", (CURVE,), None, None, (share,))
    for cC in (1500, 2300, 3300, 3850):
        set_warmth(calibration, calibration.per_degC_q20, cC)
        gain = 1000000 + 36 * (cC - SKIN_cC)  # per million
        for x in (320, 1000, 4000, 8192, 12000, 16000):
            cold = calibration.pressure_cmmHg(0, counts_of(320 + (x - 320) * gain // 1000000), REFERENCE)
            calibration.warm, warm = [], calibration.warm
            true = calibration.pressure_cmmHg(0, counts_of(x), REFERENCE)
            calibration.warm = warm
            assert abs(cold - true) <= 6, (cC, x, cold, true)


def test_a_sensor_of_which_nothing_is_known_is_left_alone():
    calibration = Calibration("x", (CURVE, CURVE), None, None, (0, 3775))
    before = [calibration.pressure_cmmHg(channel, 8000, REFERENCE) for channel in (0, 1)]
    set_warmth(calibration, calibration.per_degC_q20, 2300)
    after = [calibration.pressure_cmmHg(channel, 8000, REFERENCE) for channel in (0, 1)]
    assert after[0] == before[0]
    assert after[1] > before[1]


def test_rails_stay_rails_however_warm():
    calibration = Calibration("x", (CURVE,), None, None, (10486,))
    for cC in (10, 5990):
        set_warmth(calibration, calibration.per_degC_q20, cC)
        assert calibration.pressure_cmmHg(0, 0, REFERENCE) == -30000
        assert calibration.pressure_cmmHg(0, REFERENCE, REFERENCE) == 30000
        assert calibration.pressure_cmmHg(0, REFERENCE - 1, REFERENCE) == 30000


def test_a_zero_moves_what_is_rest():
    calibration = Calibration("x", (CURVE,), None, None, (3775,))
    set_warmth(calibration, calibration.per_degC_q20, 2300)
    set_rest(calibration, [500])
    moved = Calibration("x", (CURVE,), None, None, (3775,))
    set_rest(moved, [500])
    set_warmth(moved, moved.per_degC_q20, 2300)
    assert (calibration.warm, rest_of(calibration)) == (moved.warm, [500])


def test_what_is_told_comes_back():
    assert unpack_warmth(pack(1 << 40, 2350)) == (1 << 40, 2350)
    for data in (b"", bytes(9), bytes(11)):
        try:
            unpack_warmth(data)
        except ValueError:
            continue
        raise AssertionError(data)


def test_a_calibration_carries_the_share_of_each_sensor():
    for creep in (None, (300, 0)):
        made = Calibration("bench-9", (CURVE, CURVE), creep, None, (3775, 0))
        for again in (from_json(made.to_json()), unpack(made.pack())):
            assert (again.knots, again.creep_q14, again.per_degC_q20) == (made.knots, made.creep_q14, (3775, 0))
        data = made.pack()
        for length in range(len(data)):
            try:
                unpack(data[:length])
            except CalibrationError:
                continue
            raise AssertionError(length)
    for shares in ((1,), (-1, 0), (10487, 0), (0.5, 0)):
        try:
            Calibration("x", (CURVE, CURVE), None, None, shares)
        except CalibrationError as error:
            assert "per_degC_q20" in str(error)
            continue
        raise AssertionError(shares)
