"""How a person names a sock: ``ble:NAME``, ``sim:SCENARIO``, ``replay:ID-or-file[?speed=10]``."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from gradsock.errors import MonikerError

FORMS = "ble:NAME, sim:SCENARIO or replay:ID-or-file"
MAX_SPEED = 10_000.0


@dataclass(frozen=True, slots=True)
class Ble:
    """A sock on the radio, by its advertised name or the serial of one known here; empty: the only one."""

    name: str


@dataclass(frozen=True, slots=True)
class Sim:
    """A virtual sock, worn through a scenario."""

    scenario: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording or a CSV file, as if it happened now."""

    what: str
    speed: float


def parse(moniker: str) -> Ble | Sim | Replay:
    """Read a moniker; UsageError says what is wrong with it."""
    if not isinstance(moniker, str):
        raise MonikerError(f"{moniker!r} names no sock: write {FORMS}")
    kind, colon, rest = moniker.partition(":")
    if not colon or kind not in ("ble", "sim", "replay"):
        hint = f"; did you mean ble:{moniker}?" if not colon and moniker else ""
        raise MonikerError(f"'{moniker}' names no sock: write {FORMS}{hint}")
    if kind == "ble":
        return Ble(rest)
    if kind == "sim":
        return Sim(_known_scenario(rest))
    return _replay(rest)


def _known_scenario(name: str) -> str:
    from gradsock.sim import scenario

    if not name:
        raise MonikerError(f"sim: needs a scenario: {', '.join(scenario.names())}")
    scenario.load(name)
    return name


def _replay(rest: str) -> Replay:
    what, _, query = rest.partition("?")
    if not what:
        raise MonikerError("replay: needs the id of a recording or a file; `gradsock logs` lists them")
    options = dict(parse_qsl(query, keep_blank_values=True))
    speed = options.pop("speed", "1")
    if options:
        raise MonikerError(f"replay: knows only ?speed=, not '{next(iter(options))}'")
    try:
        value = float(speed)
    except ValueError:
        value = 0.0
    if not 0 < value <= MAX_SPEED:
        raise MonikerError(f"replay: speed is a number above 0 and at most {MAX_SPEED:.0f}, not '{speed}'")
    return Replay(what, value)
