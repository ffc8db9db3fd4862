"""What a guided calibration asks for, step by step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradsock.calibrate.points import HIGHEST_MIN_MMHG, LEVELS_MIN
from gradsock.errors import UsageError

CONDITIONING = 5
CONDITIONING_LOAD = 1.1
"""[R] a rested sensor reads differently at its first loads: 4 to 5 of them, at 110 % of the highest level."""
LEVELS_MMHG = tuple(float(level) for level in range(0, 61, 5))
LOOP = (0.5, 0.25, 0.5, 0.75, 0.5, 0.75)  # of the highest level: how it lags in swings as small as those of a leg
READ_S = 3.0
HOLD = 2 / 3  # of the highest level
HOLD_READ_AT = (0.025, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)  # of the hold: equal steps of the logarithm of time, about


@dataclass(frozen=True, slots=True)
class Step:
    """Bring the pressure to ``mmHg`` and leave it there until it was read, ``hold_s`` after it arrived."""

    phase: str
    mmHg: float
    hold_s: float
    same_hold: bool = False
    """The pressure has been there since the step before; ``hold_s`` counts from its arrival."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a calibration goes; how long it takes with a hand that pumps, `words.duration` says."""

    levels_mmHg: tuple[float, ...] = LEVELS_MMHG
    settle_s: float = 15.0
    """At each level, before it is read."""
    creep_s: float = 600.0
    """The long hold; 0 leaves it out, and the creep unknown."""

    @property
    def pulse_s(self) -> float:
        """Each half of a conditioning load."""
        return self.settle_s / 2

    @property
    def rest_s(self) -> float:
        """Without pressure, after the conditioning and at the end."""
        return self.settle_s * 4

    @property
    def read_s(self) -> float:
        """A reading is the mean over so long, at the end of its hold."""
        return min(READ_S, self.settle_s / 2)

    def steps(self) -> Iterator[Step]:
        """All steps in their order."""
        up = sorted(self.levels_mmHg)
        highest = up[-1]
        for _ in range(CONDITIONING):
            yield Step("condition", round(highest * CONDITIONING_LOAD), self.pulse_s)
            yield Step("condition", 0.0, self.pulse_s)
        yield Step("up", 0.0, self.rest_s)
        for level in up[1:]:
            yield Step("up", level, self.settle_s)
        for level in up[-2::-1]:
            yield Step("down", level, self.settle_s)
        for share in LOOP:
            yield Step("loop", round(highest * share), self.settle_s)
        if self.creep_s:
            read_at_s = 0.0
            for at_s in (share * self.creep_s for share in HOLD_READ_AT):
                if at_s - read_at_s >= self.read_s:
                    yield Step("hold", round(highest * HOLD), at_s, read_at_s > 0.0)
                    read_at_s = at_s
        yield Step("rest", 0.0, self.rest_s)

    def begins(self, done: int) -> int:
        """The step with which what follows so many begins: a hold that was left is held anew."""
        steps = list(self.steps())
        while done < len(steps) and steps[done].same_hold:
            done -= 1
        return done

    def left(self, done: int) -> list[Step]:
        """What is left after so many steps and a pause: sensors that rested are loaded anew first.

        On the way down from the top: pressure only falls there.
        """
        steps, highest = list(self.steps()), max(self.levels_mmHg)
        rest = steps[self.begins(done) :]
        if not rest or not done:
            return rest
        loads = [Step("condition", 0.0, self.pulse_s)]
        loads += [step for step in steps if step.phase == "condition"][:-1]
        loads.append(Step("condition", highest if rest[0].phase == "down" else 0.0, self.settle_s))
        return loads + rest

    @property
    def presses(self) -> int:
        """How often the pressure is to be changed, or found to be right."""
        return presses(list(self.steps()))

    @property
    def duration_s(self) -> float:
        """How long it takes at least."""
        holds = sum(step.hold_s for step in self.steps() if step.phase != "hold")
        return holds + self.creep_s


def presses(steps: Sequence[Step]) -> int:
    """How often the pressure is to be changed, or found to be right."""
    return sum(not step.same_hold for step in steps)


QUICK = Plan((0.0, 15.0, 30.0, 45.0, 60.0), 5.0, 60.0)
"""For trying it out."""
SETTLE_S = (1.0, 120.0)
CREEP_MAX_S = 3600.0


def checked(levels_mmHg: Sequence[float]) -> tuple[float, ...]:
    """Levels as a person gave them, rising and with 0 among them; UsageError when no curve could come of them."""
    levels = tuple(sorted({0.0, *levels_mmHg}))
    if len(levels) < LEVELS_MIN:
        raise UsageError(
            f"these are too few for a curve ({len(levels)}): at least {LEVELS_MIN} with 0, such as 0,15,30,45,60"
        )
    if levels[0] < 0 or not HIGHEST_MIN_MMHG <= levels[-1] <= 120:
        raise UsageError(f"levels go from 0 to 60 mmHg, at least to {HIGHEST_MIN_MMHG:.0f} and at most to 120")
    return levels
