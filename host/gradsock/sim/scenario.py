"""What happens to a leg and its sock, minute by minute: scenarios as text that a person can write.

One line, one thing. The first lines say what is worn, the others when something begins::

    # A fold at the knee that is found and mended.
    sock sigel                     a published profile; single values may follow: knee=16, all of it: x1.2
    side left                      left or right (default: left)
    prescription ral:II            default: the one published with the profile
    0:00  table                    the sock lies on the table
    0:03  don over=8               pulled up, from the ankle to the knee, within 8 s
    1:20  walk cadence=0.95        strides per second; also: stand, sit, lie
    2:05  fold knee x2 over=1      the pressure at a site grows to that multiple; also: bunch SITE
    2:30  smooth knee over=2       and goes back; without a site: everything does
    2:50  end                      what holds now goes on holding

Further things that happen: ``slip over=60`` (the top comes down), ``swell x1.15 over=3:00:00`` (all sites),
``doff over=4``, ``press mmHg=20`` (something else presses on all sites, as a cuff does); to a sensor: ``open SITE``,
``short SITE``, ``stuck SITE``, ``noisy SITE rms=4`` and ``mend SITE``. Times are seconds, ``m:ss`` or ``h:mm:ss``, and
never go back. ``#`` begins a comment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradsock.errors import UsageError
from gradsock.meant import meant
from gradsock.sim.published import SITES, profile

FOLDER = Path(__file__).parent / "scenarios"
POSTURES = ("table", "stand", "walk", "sit", "lie")
SENSOR_FAULTS = ("open", "short", "stuck", "noisy")

# Action: (needs a site, needs a factor, default seconds that it takes)
ACTIONS = {
    **dict.fromkeys(POSTURES, (False, False, 2.0)),
    **dict.fromkeys(SENSOR_FAULTS, (True, False, 0.0)),
    "don": (False, False, 10.0),
    "doff": (False, False, 5.0),
    "fold": (True, True, 1.0),
    "bunch": (True, True, 4.0),
    "smooth": (False, False, 2.0),
    "slip": (False, False, 60.0),
    "swell": (False, True, 3 * 3600.0),
    "mend": (True, False, 0.0),
    "press": (False, False, 2.0),
    "end": (False, False, 0.0),
}
_OPTIONS = {"over": 0.0, "cadence": 0.95, "settle": 8.0, "rms": 4.0, "mmHg": 0.0}
_CAUSES = {"fold": "fold", "bunch": "bunching", "slip": "slipped"}
_POSTURE_LABELS = {"table": "not worn", "stand": "standing", "walk": "walking", "sit": "sitting", "lie": "lying"}


@dataclass(frozen=True)
class Event:
    """One line of a scenario: from ``start_s`` on something happens, and takes ``over_s``."""

    start_s: float
    action: str
    site: str | None = None
    factor: float = 1.0
    over_s: float = 0.0
    cadence_hz: float = _OPTIONS["cadence"]
    settle_s: float = _OPTIONS["settle"]
    rms_mmHg: float = _OPTIONS["rms"]
    mmHg: float = _OPTIONS["mmHg"]


@dataclass(frozen=True)
class Label:
    """What is true of the leg or the sock from ``start_s`` until ``end_s`` (seconds from the beginning)."""

    kind: str
    """``worn``, a posture (``standing`` ...), a cause (``fold``, ``bunching``, ``slipped``, ``swelling``) or the fault
    of a sensor (``open``, ``short``, ``stuck``, ``noisy``)."""
    site: str | None
    start_s: float
    end_s: float
    factor: float = 1.0
    """By how much the pressure at the site is multiplied."""


@dataclass(frozen=True)
class Scenario:
    """A leg, the sock on it and everything that happens."""

    name: str
    title: str
    pressure_mmHg: tuple[float | None, float | None, float | None]
    """Ankle, calf, knee in the profile's own posture; ``None``: no sensor there."""
    base_posture: str = "standing"
    side: str = "left"
    prescription: str = ""
    events: tuple[Event, ...] = field(default=())
    duration_s: float = 0.0

    @property
    def settings(self) -> dict[str, str]:
        """What the sock that is worn here should be told: its side, and its prescription where there is one."""
        return {"side": self.side} | ({"prescription": self.prescription} if self.prescription else {})

    @property
    def labels(self) -> tuple[Label, ...]:
        """What is true when, in the order in which it begins."""
        return tuple(sorted(_labels(self), key=lambda label: label.start_s))


def names() -> list[str]:
    """The scenarios that come with gradsock."""
    return sorted(file.stem for file in FOLDER.glob("*.txt"))


def load(name_or_file: str | Path) -> Scenario:
    """A scenario by its name, or from a text file of your own (a path that ends in ``.txt``).

    Raises :class:`UsageError`: with all names when there is no such scenario, else with the line that is wrong.
    """
    name = str(name_or_file)
    file = Path(name) if name.endswith(".txt") else FOLDER / f"{name}.txt"
    if not file.is_file() or (file.parent == FOLDER and file.stem not in names()):
        if name.endswith(".txt"):
            raise UsageError(f"there is no file {name}; without .txt there are: {', '.join(names())}")
        raise UsageError(
            f"no scenario is called '{name}'; there are: {', '.join(names())} (or a file NAME.txt)"
            f"{meant(name, names())}"
        )
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file} as a scenario: it is no text, or not to be read") from error
    return parse(text, file.stem)


def parse(text: str, name: str = "scenario") -> Scenario:
    """Read the text of a scenario; :class:`UsageError` names the line that is wrong."""
    worn = profile("sigel")
    made: dict[str, Any] = {
        "pressure_mmHg": worn.pressure_mmHg,
        "base_posture": worn.posture,
        "prescription": worn.prescription,
    }
    title, events, duration_s = "", list[Event](), 0.0
    for number, raw in enumerate(text.splitlines(), 1):
        line, _, comment = raw.partition("#")
        title = title or comment.strip()
        words = line.split()
        if not words:
            continue
        try:
            if words[0][0].isdigit():
                event = _event(words)
                if event.start_s < duration_s:
                    raise ValueError("time goes back")
                duration_s = event.start_s
                events.append(event)
            else:
                made |= _setting(words)
        except ValueError as wrong:
            raise UsageError(f"scenario {name}, line {number}: {wrong}: '{line.strip()}'") from None
    if not events or events[-1].action != "end":
        raise UsageError(f"scenario {name}: the last line has to say when it ends, such as '5:00 end'")
    return Scenario(name=name, title=title, events=tuple(events), duration_s=duration_s, **made)


def _setting(words: list[str]) -> dict[str, object]:
    """A line about what is worn: ``sock``, ``side`` or ``prescription``."""
    kind, value, *rest = *words, ""
    rest = rest[:-1] if rest else rest
    if kind == "side" and value in ("left", "right"):
        return {"side": value}
    if kind == "prescription" and value:
        return {"prescription": value}
    if kind == "sock" and value:
        return _sock(value, rest)
    raise ValueError("expected a time, or: sock PROFILE, side left|right, prescription TEXT")


def _sock(name: str, changes: list[str]) -> dict[str, object]:
    worn = profile(name)
    pressure_mmHg, scale = list(worn.pressure_mmHg), 1.0
    for change in changes:
        site, _, value = change.partition("=")
        if change[0] == "x":
            scale = _number(change[1:], "a factor such as x1.2")
        elif site in SITES:
            pressure_mmHg[SITES.index(site)] = _number(value, "a pressure in mmHg")
        else:
            raise ValueError(f"'{change}' is neither ankle=, calf=, knee= nor a factor such as x1.2")
    return {
        "pressure_mmHg": tuple(None if value is None else value * scale for value in pressure_mmHg),
        "base_posture": worn.posture,
        "prescription": worn.prescription,
    }


def _event(words: list[str]) -> Event:
    start_s, action, rest = _seconds(words[0]), words[1] if len(words) > 1 else "", words[2:]
    if action not in ACTIONS:
        raise ValueError(f"something out of {', '.join(ACTIONS)} can happen, not '{action}'")
    needs_site, needs_factor, over_s = ACTIONS[action]
    site, factor, options = None, None, {"over": over_s}
    for word in rest:
        option, is_option, value = word.partition("=")
        if is_option and option in _OPTIONS:
            options[option] = _option(option, value)
        elif word in SITES and (needs_site or action == "smooth"):
            site = word
        elif word[0] == "x" and needs_factor:
            factor = _number(word[1:], "a factor such as x1.8")
        else:
            raise ValueError(f"'{word}' makes no sense here")
    if needs_site and site is None:
        raise ValueError(f"'{action}' needs a site: {', '.join(SITES)}")
    if needs_factor and factor is None:
        raise ValueError(f"'{action}' needs a factor such as x1.8")
    return Event(
        start_s=start_s,
        action=action,
        site=site,
        factor=factor or 1.0,
        over_s=options["over"],
        cadence_hz=options.get("cadence", _OPTIONS["cadence"]),
        settle_s=options.get("settle", _OPTIONS["settle"]),
        rms_mmHg=options.get("rms", _OPTIONS["rms"]),
        mmHg=options.get("mmHg", _OPTIONS["mmHg"]),
    )


def _option(option: str, value: str) -> float:
    if option in ("over", "settle"):
        return _seconds(value)
    if option == "mmHg" and value.strip("0.") == "" and value:
        return 0.0
    return _number(value, f"{option}=NUMBER")


def _number(text: str, wanted: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e6:
        raise ValueError(f"'{text}' is not {wanted}")
    return value


def _seconds(text: str) -> float:
    """``12.5``, ``1:20`` or ``3:00:00`` in seconds."""
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 3 or not all(0 <= part < 1e7 for part in parts):
        raise ValueError(f"'{text}' is not a time such as 12.5, 1:20 or 3:00:00")
    return sum(part * 60.0**power for power, part in enumerate(reversed(parts)))


def _labels(scenario: Scenario) -> Iterator[Label]:
    """Every stretch of time in which one thing holds: opened by an event, closed by the one that undoes it."""
    open_: dict[tuple[str, str | None], Label] = {}

    def begin(event: Event, slot: str, kind: str, factor: float = 1.0) -> None:
        open_[slot, event.site] = Label(kind, event.site, event.start_s, scenario.duration_s, factor)

    def end(at_s: float, slot: str, site: str | None) -> Iterator[Label]:
        for key in [key for key in open_ if key[0] == slot and site in (None, key[1])]:
            label = open_.pop(key)
            if at_s > label.start_s:
                yield Label(label.kind, label.site, label.start_s, at_s, label.factor)

    for event in scenario.events:
        action, at_s = event.action, event.start_s
        if action in POSTURES:
            yield from end(at_s, "posture", None)
            begin(event, "posture", _POSTURE_LABELS[action])
        elif action == "don":
            yield from end(at_s, "posture", None)
            begin(event, "worn", "worn")
            begin(event, "posture", "standing")
        elif action == "doff":
            for slot in ("posture", "worn", "cause", "swelling"):
                yield from end(at_s, slot, None)
            begin(event, "posture", "not worn")
        elif action == "swell":
            begin(event, "swelling", "swelling", event.factor)
        elif action in _CAUSES:
            yield from end(at_s, "cause", event.site)
            begin(event, "cause", _CAUSES[action], event.factor)
        elif action == "smooth":
            yield from end(at_s + event.over_s, "cause", event.site)
        elif action in SENSOR_FAULTS or action == "mend":
            yield from end(at_s, "sensor", event.site)
            if action != "mend":
                begin(event, "sensor", action)
    yield from open_.values()
