"""The guided calibration: asks, waits, reads, fits, shows, writes. Everything it asks may be typed through a pipe."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

from gradsock import clock
from gradsock.calibrate import begun as levels
from gradsock.calibrate import files, picture, words
from gradsock.calibrate.artefact import Artefact, Sensor, check_writable, read, write
from gradsock.calibrate.begun import Begun
from gradsock.calibrate.keyboard import Keyboard
from gradsock.calibrate.plan import Plan, Step, presses
from gradsock.calibrate.points import Point
from gradsock.calibrate.procedure import Live, Procedure
from gradsock.calibrate.questions import Head, ask_channels, ask_head, ask_place
from gradsock.calibrate.readout import Readout
from gradsock.calibrate.reference import METHODS
from gradsock.errors import CalibrateError, GradsockError, UsageError

BADLY_MMHG = 2.0
"""A fit that leaves more than this is worth doing again."""
VIRTUAL_RAMP_S = 2.5
"""A virtual cuff's pressure is there after so long."""


@dataclass
class Wanted:
    """What was said beforehand, on the command line; what is None there is asked for."""

    into: Path | None = None
    head: Head = field(default_factory=Head)
    sites: tuple[str, ...] = ()
    plan: Plan = field(default_factory=Plan)


class Wizard:
    """One calibration of one sock; ``path`` is the file of the artefact. First `prepare`, then `run` with readings."""

    def __init__(self, keyboard: Keyboard, wanted: Wanted) -> None:
        self._keyboard = keyboard
        self._wanted = wanted
        self._readout: Readout
        self._sensors: dict[int, Sensor] = {}
        self._labels: tuple[str, ...] = ()
        self._head: Artefact
        self._method = wanted.head.method or ""
        self._number = self._presses = 0
        self._before: Step | None = None
        self._begun: Begun | None = None
        self.path = wanted.into or Path()

    async def prepare(self) -> None:
        """What is asked before a sock is looked for. GradsockError when nobody answers, or is not ready."""
        keyboard = self._keyboard
        if self._wanted.into:
            begun = levels.read(self.path)
            head = read(self.path) if self.path.exists() else begun.head if begun else None
            if head is None:
                check_writable(self.path)
            self._method = head.method if head else self._method
        if not self._method:
            self._method = await keyboard.one_of("What presses?", tuple(METHODS), "cuff")
        keyboard.say(words.before(self._method))
        keyboard.say(words.duration(self._wanted.plan))
        if not await keyboard.confirm(words.READY[self._method]):
            raise CalibrateError(words.NOT_READY)

    async def run(self, readout: Readout) -> Artefact:
        """All sensors of the sock, one place of the cuff after the other. GradsockError when it cannot go on."""
        try:
            return await self._run(readout)
        except (asyncio.CancelledError, GradsockError):
            self._keyboard.say(f"\n{self._kept()}")
            raise

    def _kept(self) -> str:
        """What is there of it when it is left."""
        done = self._begun.told if self._begun else ", ".join(self._labels[i] for i in sorted(self._sensors))
        if not done:
            return "Nothing was kept: it is from the first level on, which comes after the first loads."
        again = f"gradsock calibrate --into {self.path}" if self._wanted.into else "gradsock calibrate"
        return f"Kept: {done}. The next {again} offers to go on from there."

    async def _run(self, readout: Readout) -> Artefact:
        self._readout, self._labels = readout, labels(readout.sites)
        if unknown := set(self._wanted.sites) - set(readout.sites):
            raise UsageError(f"{readout.name} has no sensor at {', '.join(sorted(unknown))}")
        self._head = await self._begin()
        if self._begun is not None:
            await self._calibrate([self._labels.index(label) for label in self._begun.labels])
        while remaining := self._remaining():
            channels = await self._which(remaining)
            if not channels:
                break
            await self._calibrate(channels)
        return self._finish()

    @property
    def complete(self) -> bool:
        """Whether every sensor of the sock has its curve."""
        return len(self._sensors) == len(self._labels)

    async def _begin(self) -> Artefact:
        """Who, with what, and into which file; sensors that the file has already are kept."""
        readout = self._readout
        id = files.new_id(readout.serial)
        if self._wanted.into is None:
            self.path = files.file_of(id)
            await self._look_for_one(readout.serial)
        elif (begun := levels.read(self.path)) is not None:
            await self._offer(self.path, begun)
        if self.path.exists():
            return self._go_on(read(self.path))
        if self._begun is not None:
            return self._begun.head
        check_writable(self.path)
        return await ask_head(self._keyboard, self._wanted.head, self._method, readout, id)

    async def _look_for_one(self, serial: str) -> None:
        """One that was left, in a file that nobody named: levels, or an artefact that lacks sensors."""
        if (found := levels.newest(serial)) is not None and await self._offer(*found):
            return
        if (left := files.unfinished(serial, len(self._labels))) is None:
            return
        sites = ", ".join(sensor.site for sensor in left[1].sensors)
        if await self._keyboard.confirm(f"A calibration of {_minute(left[1])} has {sites}. Go on with it?"):
            self.path = left[0]

    async def _offer(self, path: Path, begun: Begun) -> bool:
        """Levels that were kept are gone on with, or forgotten."""
        head = begun.head
        if head.serial and self._readout.serial and head.serial != self._readout.serial:
            raise CalibrateError(f"{path} is of sock {head.serial}, not of {self._readout.serial}: name another file")
        question = f"A calibration of {_minute(head)} was left after {begun.told}."
        known = set(begun.labels) <= set(self._labels)
        if known and await self._keyboard.confirm(f"{question} Go on with it? Without that they are forgotten."):
            self.path, self._begun = path, begun.whole_holds()
            return True
        levels.forget(path)
        return False

    def _go_on(self, begun: Artefact) -> Artefact:
        if begun.serial and self._readout.serial and begun.serial != self._readout.serial:
            raise CalibrateError(
                f"{self.path} is of sock {begun.serial}, not of {self._readout.serial}: name another file"
            )
        for sensor in begun.sensors:
            free = [i for i, site in enumerate(self._readout.sites) if site == sensor.site and i not in self._sensors]
            if not free:
                raise CalibrateError(f"{self.path} has a sensor at the {sensor.site}, the sock has none: another file")
            self._sensors[free[0]] = sensor
        self._keyboard.say(
            f"{self.path} has {', '.join(self._labels[i] for i in sorted(self._sensors))}: going on from there"
        )
        return begun

    def _remaining(self) -> list[int]:
        wanted = self._wanted.sites or self._readout.sites
        return [i for i, site in enumerate(self._readout.sites) if site in wanted and i not in self._sensors]

    async def _which(self, remaining: list[int]) -> list[int]:
        """Which sensors lie under the cuff now; none: no more of them."""
        if self._wanted.sites:
            return remaining
        named = [self._labels[i] for i in remaining]
        together = await self._readout.press(0.0)  # nothing slips off a virtual bottle
        chosen = await ask_channels(self._keyboard, named, self._method, together)
        return [remaining[at] for at in chosen]

    async def _calibrate(self, channels: list[int]) -> None:
        """One run with these; done again when the points make no curve and the person wants to."""
        while True:
            points = await self._read(channels)
            try:
                degC, per_degC = self._head.degC, self._head.per_degC
                made = {i: Sensor.of(self._labels[i], points[i], degC=degC, per_degC=per_degC) for i in channels}
            except CalibrateError as error:
                self._keyboard.say(f"This makes no calibration: {error}")
                again = await self._keyboard.confirm("Once more?")
                self._forget()
                if not again:
                    raise
                continue
            self._keyboard.say(picture.terminal(list(made.values())))
            badly = [label for label, sensor in made.items() if sensor.fit.rms_mmHg > BADLY_MMHG]
            for i in badly:
                self._keyboard.say(words.badly(self._labels[i], BADLY_MMHG))
            if not badly or await self._keyboard.confirm("Keep it all the same?", default=False):
                break
            self._forget()
        for i, sensor in made.items():
            if i in self._sensors:
                continue  # its place was told before a break
            place = await ask_place(self._keyboard, self._readout, i, self._labels[i])
            self._sensors[i] = replace(sensor, site=self._readout.sites[i], place=place)
            write(self._artefact(), self.path)
        self._forget()

    async def _read(self, channels: list[int]) -> dict[int, list[Point]]:
        """All points, those read before a break first; kept as they come."""
        begun, plan = self._begun, self._begun.plan if self._begun else self._wanted.plan
        steps = begun.steps if begun else list(plan.steps())
        points = {i: begun.points[self._labels[i]] if begun else [] for i in channels}
        self._number, self._presses, self._before = 0, presses(steps), None
        left = len(list(plan.steps())) - (begun.done if begun else 0)
        again = len(steps) - left  # loads before it goes on

        def keep(step: Step, read: dict[int, list[Point]]) -> None:
            nonlocal again, left
            again, left = (again - 1, left) if again else (0, left - 1)
            if step.phase != "condition" or begun:
                named = {self._labels[i]: read[i] for i in channels}
                done = len(list(plan.steps())) - left
                self._begun = Begun(self._head, tuple(named), plan, done, named, clock.utc_us())
                levels.keep(self._begun, self.path)

        procedure = Procedure(self._readout, channels, self._head.gauge, self._arrive, self._show, keep)
        await procedure.run(plan, steps, points, begun.pause_s if begun else 0.0)
        self._keyboard.say()
        if procedure.unsteady:
            unsteady = ", ".join(f"{step.mmHg:.0f}" for step in procedure.unsteady)
            self._keyboard.say(f"Still moving when they were read: {unsteady} mmHg")
        return points

    def _forget(self) -> None:
        """The levels became curves, or none."""
        self._begun = None
        levels.forget(self.path)

    async def _arrive(self, step: Step, shown_mmHg: float) -> float:
        self._number += 1
        headline = words.headline(step, self._number, self._presses, self._before)
        self._before = step
        if headline:
            self._keyboard.say(headline)
        if await self._readout.press(step.mmHg):
            self._keyboard.say(f"The virtual cuff presses with {step.mmHg:.0f} mmHg.")
            await asyncio.sleep(VIRTUAL_RAMP_S)
            return shown_mmHg
        method = METHODS[self._head.method]
        area_cm2 = self._head.area_cm2
        asked = words.instruction(step, shown_mmHg, method, area_cm2 or 1.0)
        while True:
            typed = await self._keyboard.ask(asked)
            try:
                return words.shown(typed, shown_mmHg, area_cm2)
            except UsageError as error:
                self._keyboard.say(str(error))

    def _show(self, live: Live) -> None:
        self._keyboard.show(words.live(live))

    def _artefact(self) -> Artefact:
        return replace(self._head, sensors=tuple(self._sensors[i] for i in sorted(self._sensors)))

    def _finish(self) -> Artefact:
        if not self._sensors:
            raise CalibrateError("no sensor was calibrated")
        made, drawn = self._artefact(), self.path.with_suffix(".svg")
        try:
            drawn.write_text(picture.svg(made), encoding="utf-8")
        except OSError as error:
            raise CalibrateError(f"cannot write {drawn}: {(error.strerror or str(error)).lower()}") from error
        files.keep(self.path)
        self._keyboard.say(f"calibration {made.id}: {self.path}\npicture:     {drawn}")
        self._keyboard.say(words.AFTERWARDS)
        missing = [label for i, label in enumerate(self._labels) if i not in self._sensors]
        if missing:
            self._keyboard.say(f"not calibrated yet: {', '.join(missing)}; go on with --into {self.path}")
        return made


def _minute(artefact: Artefact) -> str:
    """When it was begun."""
    return artefact.made[:16].replace("T", " ")


def labels(sites: tuple[str, ...]) -> tuple[str, ...]:
    """The site of each channel, numbered where there are several: ``ankle``, ``knee``, ``knee2``."""
    return tuple(
        site if sites[:i].count(site) == 0 else f"{site}{sites[:i].count(site) + 1}" for i, site in enumerate(sites)
    )
