"""What really happened in a wear: the labels that a check is judged by."""

from dataclasses import dataclass, field

SIZES = {"x1.3": (1.30, 1.40), "x1.4": (1.40, 1.70), "x1.7": (1.70, 2.00), "x2+": (2.00, 9.00)}
"""Size classes: pressure at the sensor over what it would be without the event (or the inverse, when it falls)."""

LARGE = ("x1.4", "x1.7", "x2+")
"""The classes of the first row of the goals; the second is that of x1.3."""

SMALL = "small"
"""The class of what stays under x1.3 or under 5 mmHg: listed, asked of nobody."""

LEAST_MMHG = 5.0
"""The rows of the goals speak of events of at least this much at the sensor."""

LEAST_S = 60.0
"""... that last at least this long."""

CELLS = (("fold", "knee"), ("bunching", "ankle"), ("bunching", "calf"), ("bunching", "knee"), ("slipped", "knee"))
"""Kinds and the site where they are drawn to be strongest (a slip may lead with the ankle)."""

FAULTS = ("open", "short", "stuck", "noisy", "intermittent", "saturated")
"""Sensor faults. Goals stand for the first three; the others are printed."""


@dataclass
class Label:
    """One event, press or sensor fault."""

    kind: str
    """"fold", "bunching", "slipped", "sensor-fault" or "external"."""
    sites: tuple[str, ...]
    """Where it really changed the pressure, the strongest first."""
    begin_ms: int
    """First trace of it."""
    onset_ms: int
    """From when on it is an event of its row of the goals: x1.4 (or x1.3) and 5 mmHg at a sensor. Else the begin."""
    end_ms: int
    """Hands smoothed it, the fault passed, or the sock came off."""
    size: float = 1.0
    """The smallest factor within the first 60 s after its rise."""
    size_class: str = SMALL
    change_mmHg: float = 0.0
    """Pressure difference that goes with size."""
    traits: dict[str, str] = field(default_factory=dict)
    """Posture, shape, ...: what strata are made of."""


@dataclass(frozen=True)
class Condition:
    """Something that holds for the whole wear and is a cause of notices of its kind at its site."""

    kind: str
    """"gradient-reversed", "over-range" or "under-range"."""
    site: str
    true_of: str
    """"sensor": of the pressure where the sensor lies; "ring": of the mean round the leg as well."""
