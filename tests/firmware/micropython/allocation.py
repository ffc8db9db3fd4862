"""Under MicroPython only: from the counts onward nothing is allocated. Samples go through while the heap is locked."""

from array import array

import micropython
from sock import MISSING
from sock.calibration import Calibration
from sock.encoder import BlockEncoder, quantise
from sock.fit import FitCheck
from sock.history import LoadHistory
from sock.prescription import parse
from sock.reducer import Reducer

LINE = ((320, 0), (8000, 3000), (16000, 6000))
COUNTS = (3100, 2500, -9, 7000, 32767, MISSING, 3100, MISSING, -32767)


def locked(work):
    """Run work with the heap locked: an allocation raises MemoryError."""
    work()  # once before: what is made at the first call may be
    micropython.heap_lock()
    try:
        work()
    finally:
        micropython.heap_unlock()


def test_the_lock_holds():
    try:
        locked(lambda: [1, 2, 3])
    except MemoryError:
        return
    raise AssertionError


def test_no_small_integer_is_left_on_the_way_to_a_block():
    encoder = BlockEncoder(3, 240)
    row = array("h", [0, 0, 0])
    encoder.begin(1, 0, 0, 40, 24000, (16, 16, 16))

    def work():
        for i in range(len(COUNTS)):
            for channel in range(3):
                row[channel] = quantise(COUNTS[(i + channel) % len(COUNTS)], 4)
            encoder.add(row)

    locked(work)
    assert encoder.count == 2 * len(COUNTS)


def test_pressures():
    calibration = Calibration("x", (LINE, LINE, LINE))

    def work():
        for counts in COUNTS:
            for site in range(3):
                calibration.pressure_cmmHg(site, counts, 24000)

    locked(work)


def test_what_earlier_loads_left():
    history = LoadHistory((600, 0, 1900), ((900, 900, 900),) * 3)

    def work():
        for number in range(200):
            history.advance(number // 3)
            for site in range(3):
                history.corrected(site, COUNTS[number % len(COUNTS)] % 20000)

    locked(work)


def test_the_reducer():
    reducer = Reducer()
    pressures = [1800, 1400, 800]

    def work():
        for number in range(60):
            pressures[1] = COUNTS[number % len(COUNTS)] % 3000
            pressures[2] = COUNTS[number % len(COUNTS)]
            reducer.add(number * 40, pressures)

    locked(work)


def test_the_fit_check_within_a_second():
    check = FitCheck(parse("ral:II"))
    pressures = [1800, 1400, 800]

    def work():
        for number in range(25):
            pressures[0] = 1800 + number
            check.add(number * 40, pressures)

    locked(work)
