"""Several sensors round the leg at a site: what they agree on, which side presses harder, and one that fails."""

from sock import MISSING
from sock.fit import PLAIN, FitCheck, layout_of
from sock.prescription import parse
from synthetic import PERIOD_MS, Noise

LAYOUT = (0, 0, 1, 1, 1, 2, 2)
RING = [3200, 2300, 1500, 2100, 1800, 1700, 1250]  # each side misreads the mean of its ring in its own way
LEG_KINDS = ("over-range", "under-range", "fold", "bunching", "slipped", "gradient-reversed")


class Worn:
    """A sock with rings, worn."""

    def __init__(self, seed=1, prescription="ral:II"):
        self.check = FitCheck(parse(prescription), LAYOUT)
        self.noise = Noise(seed)
        self.t_ms = 0
        self.levels = [0] * len(LAYOUT)
        self.closed = []
        self.go(5).go(8, RING).go(120)

    def go(self, seconds, levels=None):
        start, steps = self.levels, seconds * 1000 // PERIOD_MS
        target = start if levels is None else levels
        for step in range(steps):
            row = []
            for k in range(len(LAYOUT)):
                if target[k] in (MISSING, -30000, 30000):
                    row.append(target[k])
                else:
                    begin = start[k] if abs(start[k]) < 20000 else target[k]
                    level = begin + (target[k] - begin) * (step + 1) // steps
                    row.append(level + self.noise.of(60))
            if self.check.add(self.t_ms, row):
                self.closed += self.check.take_closed()
            self.t_ms += PERIOD_MS
        self.levels = list(target)
        return self

    def found(self, kinds=LEG_KINDS):
        return [
            (f.kind, f.site, f.level)
            for f in self.closed + self.check.open_findings()
            if f.kind in kinds and f.level != "info"
        ]


def with_side(channel, factor_percent):
    levels = list(RING)
    levels[channel] = levels[channel] * factor_percent // 100
    return levels


def test_the_order_of_channels_does_not_matter():
    assert layout_of([0, 1, 2]) == (PLAIN, [0, 1, 2])
    assert layout_of([2, 0, 1]) == (PLAIN, [2, 0, 1])
    assert layout_of([2, 0, 2]) == ((0, 1, 2, 2), [2, 0, 3])
    assert layout_of([1]) == (PLAIN, [1])
    assert layout_of([1, 0, 1, 2, 1]) == ((0, 1, 1, 1, 2), [1, 0, 2, 4, 3])


def test_what_the_sensors_of_a_site_agree_on_is_its_level():
    wear = Worn()
    assert wear.check.verdict == "good"
    assert wear.found() == []
    for site, mean in ((0, 2750), (1, 1800), (2, 1475)):
        assert abs(wear.check.trails[site].mean(30) - mean) < 30


def test_a_bunch_on_one_side_is_found_though_the_mean_hardly_moves():
    for channel, site, kind in ((0, "ankle", "bunching"), (3, "calf", "bunching"), (6, "knee", "fold")):
        wear = Worn()
        wear.go(2, with_side(channel, 165)).go(30)
        assert [f[:2] for f in wear.found()] == [(kind, site)], site
        wear.go(2, RING).go(30)
        assert wear.check.verdict == "good"


def test_a_fold_all_round_is_found():
    wear = Worn()
    wear.go(1, RING[:5] + [level * 17 // 10 for level in RING[5:]]).go(30)
    assert [f[:2] for f in wear.found()] == [("fold", "knee")]


def test_sides_that_shift_with_posture_are_nothing():
    wear = Worn()
    for _ in range(4):
        wear.go(3, [3300, 2250, 1750, 1950, 1850, 1850, 1150]).go(90).go(3, RING).go(90)
    assert wear.found() == []
    assert wear.check.verdict == "good"


def test_a_sensor_of_a_ring_that_fails_is_a_sensor_and_the_site_goes_on():
    for reading in (MISSING, -30000, 30000):
        wear = Worn()
        levels = list(RING)
        levels[1] = reading
        wear.go(60, levels)
        assert wear.check.verdict == "check sensor"
        assert wear.found(("sensor-fault",)) == [("sensor-fault", "ankle", "notice")]
        assert wear.found() == []
        assert abs(wear.check.trails[0].mean(30) - 2750) < 60  # not that of the side which is left
        wear.go(1, levels[:5] + [level * 17 // 10 for level in RING[5:]]).go(30)
        assert [f[:2] for f in wear.found()] == [("fold", "knee")]
        wear.go(30, RING)
        assert wear.found(("sensor-fault",))[:1] == [("sensor-fault", "ankle", "notice")]
        assert wear.check.verdict == "good"


def test_sixteen_channels_at_100_scans_a_second():
    layout = (0,) * 6 + (1,) * 5 + (2,) * 5
    check = FitCheck(parse("ral:II"), layout)
    noise = Noise(1)
    row = [0] * 16
    for number in range(75 * 100):
        for k in range(16):
            row[k] = (2700, 1950, 1480)[layout[k]] + noise.of(50)
        check.add(number * 10, row)
    assert check.verdict == "good"
