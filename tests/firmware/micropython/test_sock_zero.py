"""The zero of a sock moves its curves, and is told in bytes."""

from sock.calibration import Calibration, unpack
from sock.zero import pack, rest_of, set_rest, x_at
from sock.zero import unpack as unpack_zero

CURVES = (
    ((320, 0), (8000, 3000), (16000, 6000)),
    ((-200, -100), (3000, 800), (9000, 5000)),
    ((600, 400), (5000, 3000)),
)


def counts_at(x, reference=24000):
    """The smallest counts that read this x or more."""
    return -(-x * reference // (x + 16384))


def test_a_curve_gives_the_pressure_at_the_x_that_it_says():
    made = Calibration("a", CURVES)
    for channel in range(3):
        for pressure in (0, 250, 1000, 4000, 7000):
            x = x_at(made, channel, pressure)
            read = made.pressure_cmmHg(channel, counts_at(x), 24000)
            assert abs(read - pressure) <= 20


def test_what_is_read_at_rest_becomes_no_pressure_and_all_else_moves_along():
    made, moved = Calibration("a", CURVES), Calibration("a", CURVES)
    rest = rest_of(made)
    for channel, by in enumerate((120, -60, 33)):
        rest[channel] += by
    set_rest(moved, rest)
    assert rest_of(moved) == rest
    for channel, by in enumerate((120, -60, 33)):
        for pressure in (-50, 0, 700, 2500, 5500):
            assert x_at(moved, channel, pressure) == x_at(made, channel, pressure) + by
    set_rest(moved, rest_of(made))
    for channel in range(3):
        for counts in (0, 300, 3000, 9000, 20000):
            assert moved.pressure_cmmHg(channel, counts, 24000) == made.pressure_cmmHg(channel, counts, 24000)
    assert moved.pack() == unpack(made.pack()).pack()


def test_a_zero_of_another_sock_moves_nothing():
    made = Calibration("a", CURVES)
    before = rest_of(made)
    for rest in ([], [1, 2], [1, 2, 3, 4]):
        try:
            set_rest(made, rest)
        except ValueError:
            assert rest_of(made) == before
        else:
            raise AssertionError("taken")


def test_it_is_unpacked_as_it_was_packed():
    for ticks_ms, rest in ((0, [1]), (1 << 40, [-300, 0, 70000])):
        assert unpack_zero(pack(ticks_ms, rest)) == (ticks_ms, rest)
    for broken in (b"", bytes(8), bytes(11), bytes(13)):
        try:
            unpack_zero(broken)
        except ValueError:
            continue
        raise AssertionError(broken)
