"""How finely readings are kept: no more than 0.2 mmHg asks for at the pressures of these minutes."""

from sock import MISSING
from sock.calibration import Calibration
from sock.steps import StepLatch

SENSOR = ((330, 0), (1680, 500), (3040, 1000), (5760, 2000), (8480, 3000), (16640, 6000))  # G R of 1 at 60 mmHg
REFERENCE = 24000
HELD = 100


def latch(channels=1):
    made = StepLatch(Calibration("x", (SENSOR,) * channels), channels, HELD)
    made.refer(REFERENCE)
    return made


def scan(steps, *pressures):
    for channel, pressure in enumerate(pressures):
        steps.note(channel, pressure)
    return steps.turn()


def test_before_anything_is_known_60_mmHg_are_in_range():
    assert latch().steps[0] == Calibration("x", (SENSOR,)).step_for(0, REFERENCE, 6000)


def test_a_low_pressure_is_stored_coarser_after_a_while():
    steps = latch()
    first = steps.steps[0]
    turns = [scan(steps, 1500) for _ in range(HELD)]
    assert turns == [False] * (HELD - 1) + [True]
    assert steps.steps[0] > first


def test_a_rise_is_followed_at_once():
    steps = latch()
    for _ in range(2 * HELD):
        scan(steps, 800)
    low = steps.steps[0]
    assert scan(steps, 5000)
    assert steps.steps[0] < low
    assert not scan(steps, 5000)


def test_a_step_stays_within_a_fifth_of_a_mmHg_whatever_the_pressure():
    calibration = Calibration("x", (SENSOR,))
    steps = latch()
    for pressure in list(range(0, 9000, 150)) + list(range(9000, 0, -150)):
        for _ in range(HELD):
            scan(steps, pressure)
        counts = 0
        while calibration.pressure_cmmHg(0, counts, REFERENCE) < pressure:
            counts += 16
        step = steps.steps[0]
        height = calibration.pressure_cmmHg(0, counts + step, REFERENCE)
        height -= calibration.pressure_cmmHg(0, counts, REFERENCE)
        assert height <= 21, (pressure, step)


def test_gait_at_a_ceiling_does_not_change_it_again_and_again():
    steps = latch()
    changes = 0
    for number in range(40 * HELD):
        changes += scan(steps, 2000 + 300 * (number % 2))
    assert changes <= 2


def test_channels_are_apart_and_missing_counts_for_nothing():
    steps = latch(2)
    for _ in range(HELD):
        scan(steps, 700, MISSING)
    assert steps.steps[0] > latch().steps[0]
    assert scan(steps, 30000, -30000) is False


def test_another_reference_is_taken_over():
    steps = latch()
    before = steps.steps[0]
    steps.refer(REFERENCE // 4)
    assert steps.steps[0] < before
