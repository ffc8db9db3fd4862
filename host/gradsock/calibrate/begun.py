"""A run with the cuff that was left before its sensors had their curves: its levels are kept as they are read.

One file beside the artefact's, written anew after each level and forgotten with the last sensor's curve: the artefact
without sensors, ``labels`` of those under the cuff, the plan, how many of its steps are ``done``, and the points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradsock import clock
from gradsock.calibrate.artefact import Artefact, head_of, read_object, write_object
from gradsock.calibrate.plan import CREEP_MAX_S, SETTLE_S, Plan, Step, checked
from gradsock.calibrate.points import Point
from gradsock.errors import CalibrateError, UsageError
from gradsock.log.artefact import folder

BEGUN_VERSION = 1
SUFFIX = ".begun"
BREAK_MAX_S = 3600.0
"""After so long without pressure a sensor remembers no more than after longer."""


@dataclass(frozen=True)
class Begun:
    """What was read so far, of the sensors that lie under the cuff together."""

    head: Artefact
    """Without sensors."""
    labels: tuple[str, ...]
    plan: Plan
    done: int
    """Steps of the plan."""
    points: dict[str, list[Point]]
    """Per label; those read while the sensors were loaded once more are among them."""
    kept_utc_us: int

    @property
    def steps(self) -> list[Step]:
        """What is left to do."""
        return self.plan.left(self.done)

    @property
    def pause_s(self) -> float:
        """For how long nothing has pressed since the last point."""
        return min(max((clock.utc_us() - self.kept_utc_us) / 1e6, 1.0), BREAK_MAX_S)

    @property
    def told(self) -> str:
        """How far it has come, for a person."""
        return f"{self.done} of {len(list(self.plan.steps()))} levels of {', '.join(self.labels)}"

    def whole_holds(self) -> "Begun":
        """A hold that was left begins anew; what was read of it only tells what the sensors have been through."""
        begins = self.plan.begins(self.done)
        cut = self.done - begins
        points = {
            label: points[: len(points) - cut]
            + [replace(point, phase="condition") for point in points[len(points) - cut :]]
            for label, points in self.points.items()
        }
        return replace(self, done=begins, points=points)


def file_of(artefact: Path) -> Path:
    """Where the levels lie while an artefact is made."""
    return artefact.with_name(artefact.name + SUFFIX)


def keep(begun: Begun, artefact: Path) -> None:
    """Write it whole or not at all; CalibrateError when the system refuses."""
    plan = begun.plan
    write_object(
        file_of(artefact),
        {
            "begun": BEGUN_VERSION,
            **begun.head.head_as_dict(),
            "labels": list(begun.labels),
            "levels_mmHg": list(plan.levels_mmHg),
            "settle_s": plan.settle_s,
            "creep_s": plan.creep_s,
            "done": begun.done,
            "points": {label: [point.as_dict() for point in points] for label, points in begun.points.items()},
            "kept_utc_us": begun.kept_utc_us,
        },
    )


def read(artefact: Path) -> Begun | None:
    """What was begun of an artefact; None when nothing was, or what is there is no such thing."""
    try:
        return _begun(read_object(file_of(artefact)))
    except (CalibrateError, UsageError, KeyError, TypeError, ValueError):
        return None


def forget(artefact: Path) -> None:
    """It is done, or not wanted."""
    try:
        file_of(artefact).unlink(missing_ok=True)
    except OSError as error:
        raise CalibrateError(f"cannot delete {file_of(artefact)}: {(error.strerror or str(error)).lower()}") from error


def newest(serial: str) -> tuple[Path, Begun] | None:
    """The artefact's path and what was begun of it last for a sock, among those whose file was not named."""
    for path in sorted(folder().glob(f"{serial[:16] or 'bench'}-*{SUFFIX}"), reverse=True):
        artefact = path.with_name(path.name.removesuffix(SUFFIX))
        if (begun := read(artefact)) is not None and begun.head.serial == serial:
            return artefact, begun
    return None


def _begun(data: Mapping[str, Any]) -> Begun:
    if data["begun"] != BEGUN_VERSION:
        raise ValueError(data["begun"])
    plan = Plan(
        checked([float(level) for level in data["levels_mmHg"]]), float(data["settle_s"]), float(data["creep_s"])
    )
    labels = tuple(data["labels"])
    points = {label: [Point.from_dict(point) for point in data["points"][label]] for label in labels}
    done, enough = int(data["done"]), SETTLE_S[0] <= plan.settle_s <= SETTLE_S[1] and plan.creep_s <= CREEP_MAX_S
    if not labels or not enough or not 0 < done <= min(len(list(plan.steps())), *map(len, points.values())):
        raise ValueError(done)
    return Begun(head_of(data), labels, plan, done, points, int(data["kept_utc_us"]))
