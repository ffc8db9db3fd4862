"""A leg and a sensor for tests, in integers and on synthetic time: runs on MicroPython and CPython alike.

A `Wear` is fed to a fit check sample by sample; hours pass in milliseconds. Pressures are in cmmHg.
"""

from sock import MISSING
from sock.fit import FitCheck
from sock.prescription import parse

PERIOD_MS = 40
# One stride in 25 steps: a fundamental with its second and third harmonic.
STRIDE = (0, 310, 570, 741, 800, 748, 614, 441, 276, 155, 90, 68, 63)
STRIDE += (39, -25, -134, -273, -418, -543, -634, -691, -719, -712, -618, -376)
STRIDE_MEAN = sum(STRIDE) // len(STRIDE)
SIGEL = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"
SIGEL_CMMHG = [1800, 1400, 800]
CLASS_TWO = [2730, 1960, 1500]
LEG_KINDS = ("over-range", "under-range", "fold", "bunching", "slipped", "gradient-reversed")


class Noise:
    """Repeatable noise, nearly normal: the sum of four equally spread numbers of a small generator."""

    def __init__(self, seed=1):
        self.state = seed * 7919 % 65521 + 1

    def number(self):
        self.state = (self.state * 17364 + 1) % 65521
        return self.state

    def of(self, sd):
        """An integer with mean 0 and this standard deviation."""
        total = 0
        for _ in range(4):
            total += self.number() - 32760
        return total * sd // 37829  # four times the variance of one: (65521^2 / 12) * 4


class Wear:
    """A worn sock: what it presses, how the leg moves, and what the check said when."""

    def __init__(self, prescription, seed=1, noise_cmmHg=50, period_ms=PERIOD_MS):
        self.check = FitCheck(parse(prescription))
        self.noise = Noise(seed)
        self.noise_cmmHg = noise_cmmHg
        self.t_ms = 0
        self.period_ms = period_ms
        self.sites = [0, 0, 0]
        self.swing = 0
        self.stuck = [None, None, None]
        self.closed = []
        self.verdicts = []  # (second, verdict) at each change

    def go(self, seconds, sites=None, swing=None, over_s=0):
        """Let time pass. sites: pressures to go to (MISSING: no reading) within over_s; swing: gait, peak to peak."""
        start = list(self.sites)
        target = start if sites is None else sites
        if swing is not None:
            self.swing = swing
        steps = seconds * 1000 // self.period_ms
        ramp = over_s * 1000 // self.period_ms
        row = [0, 0, 0]
        for step in range(steps):
            for site in range(3):
                level = target[site]
                if level != MISSING and start[site] != MISSING and step < ramp:
                    level = start[site] + (target[site] - start[site]) * step // ramp
                self.sites[site] = level
                row[site] = self._reading(site, level, step)
            self.feed(row)
        self.sites = list(target)
        return self

    def feed(self, row):
        """One sample."""
        if self.check.add(self.t_ms, row):
            self.closed += self.check.take_closed()
            verdict = self.check.verdict
            if not self.verdicts or self.verdicts[-1][1] != verdict:
                self.verdicts.append((self.t_ms // 1000, verdict))
        self.t_ms += self.period_ms

    def _reading(self, site, level, step):
        if level == MISSING:
            return MISSING
        if self.stuck[site] is not None:
            return self.stuck[site]
        move = self.swing * (STRIDE[(step + 7 * site) % 25] - STRIDE_MEAN) // 1519 if level > 300 else 0
        return level + move + self.noise.of(self.noise_cmmHg)

    def don(self, sites):
        """Put on within eight seconds, and worn until it has settled."""
        return self.go(5, [MISSING if site == MISSING else 0 for site in sites]).go(80, sites, over_s=8)

    def findings(self, at_least="info"):
        """(kind, site, level) of all so far, ended ones first."""
        order = ("info", "notice", "warning")
        found = self.closed + self.check.open_findings()
        return [(f.kind, f.site, f.level) for f in found if order.index(f.level) >= order.index(at_least)]


def told(wear):
    """Findings about the leg that a wearer would notice."""
    return [found for found in wear.findings("notice") if found[0] in LEG_KINDS]


def finding(wear, kind):
    """The one of this kind that a wearer would notice."""
    (found,) = [f for f in wear.closed + wear.check.open_findings() if f.kind == kind and f.level != "info"]
    return found
