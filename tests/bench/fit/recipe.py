"""What has to be said to draw a wear: the fields of a recipe, with their units and meaning.

The numbers stand in `drawing_tuning`, `drawing_reporting` and `drawing_wild`. Pressures are mmHg; "at 25" means for a
sock that presses 25 mmHg at the ankle, 18 at the calf and 15.5 below the knee, and is scaled with the wearer's own
pressure at the site.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .draw import Draw

LIE, SIT, STAND, WALK = range(4)
POSTURES = ("lie", "sit", "stand", "walk")

Sites = tuple[Draw, Draw, Draw]
"""One distribution per site: ankle, calf, knee."""


@dataclass(frozen=True)
class Legs:
    """The sock as made, and what a leg and one sensor on it make of that."""

    prescriptions: Mapping[str, float]
    """Prescription to weight."""
    lab_position: Draw
    """Where in the ankle band the sock lies in the laboratory: 0 lower end, 1 upper end."""
    calf_position: Draw
    """The same for the calf's share in its band."""
    knee_of_calf: Draw
    """Laboratory pressure at the knee as a share of that at the calf (graduated and progressive)."""
    leg_minus_lab: Draw
    """Pressure on the leg minus laboratory at the ankle, mmHg at 25: limits of agreement -10 to +6."""
    gradient_loss: Draw
    """0: the leg keeps the gradient of the wooden leg; 1: it has none."""
    site_log: Draw
    """Per site, log of leg over laboratory: shape of the leg, tissue, fit."""
    ring_log: Draw
    """Per sensor, log of what it meets over the mean of its ring: one-sided sensors."""
    height_cm: Draw
    """Per sensor, height above where it should sit."""
    repeat_log: Draw
    """SD of log(knee / ankle) from one donning to the next of the same wearer."""


@dataclass(frozen=True)
class Style:
    """A way to spend a day: how long each posture lasts (s) and what follows it (weights lie, sit, stand, walk)."""

    duration_s: tuple[Draw, Draw, Draw, Draw]
    follows: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class Days:
    """Postures, and what they do to the pressures."""

    model: str
    """"markov": each posture draws the next; "schedule": long blocks, interrupted at random."""
    styles: tuple[tuple[float, Style], ...]
    posture: Mapping[int, Sites]
    """Per posture, mean pressure minus standing, mmHg at 25."""
    bout_sd: Mapping[int, tuple[float, float, float]]
    """Per posture, how much two bouts of the same posture differ: SD, mmHg at 25."""
    fidget_s: Draw
    """Seconds until a sitting, lying or standing leg shifts a little (a new draw of half the bout's SD)."""
    ramp_s: Draw
    """How long a change of posture takes."""
    move_mmHg: Draw
    """Height of the bump while the posture changes (muscles, hands)."""
    wander_mmHg: Draw
    """SD of slow wandering at each sensor in one posture."""
    wander_s: Draw
    """Its time scale."""
    swelling: Draw
    """Rise of all pressures by the end of ten hours upright, as a share."""
    relax: Draw
    """Excess just after donning, as a share, which fades with relax_s."""
    relax_s: Draw


@dataclass(frozen=True)
class Gaits:
    """Walking and other rhythms (PicoPress, 10 people x 8 stockings: B1 6.0-6.8, C 3.7-4.3, D 4.2-6.3 mmHg)."""

    form: str
    """"harmonics": a sum of sines; "pulses": two humps per stride."""
    amplitude: Sites
    """Max minus min per stride, mmHg at 25."""
    spread: Draw
    """One factor per wearer on all three."""
    stride_Hz: Draw
    stride_jitter: Draw
    """SD of a stride's period, as a share."""
    amplitude_jitter: Draw
    overtones: tuple[Draw, ...]
    """Amplitude of the second, third, ... harmonic over the first."""
    jiggle_per_h: float
    """Bouts of leg bouncing per sitting hour."""
    jiggle_Hz: Draw
    jiggle_mmHg: Draw
    cycling_share: float
    """Share of walking bouts that are pedalling or stairs instead: slower, larger, smoother."""


@dataclass(frozen=True)
class Press:
    """Pressure from outside that is nobody's fault: a crossed leg, a chair's edge, a knee on the floor, a knock."""

    name: str
    postures: tuple[int, ...]
    per_h: float
    sites: tuple[float, float, float]
    """Weights: which site gets it."""
    mmHg: Draw
    seconds: Draw
    rise_s: Draw
    beside: float
    """Share of it that each other site gets, in either sign."""


@dataclass(frozen=True)
class Sensors:
    """What stands between a pressure and a reading."""

    noise: str
    """"white"; "pink": equal power per octave with impulses and little jumps."""
    noise_mmHg: Draw
    """SD of one reading at 25 Hz."""
    drift_share: Draw
    """Slow noise at one-minute scale, as a share of noise_mmHg."""
    gain_log: Draw
    """Log of the calibration's error in gain."""
    offset_mmHg: Draw
    creep: str
    """"log": a few per cent per decade of time; "exponential": toward an end value within hours."""
    creep_common: Draw
    """Per decade of time (log) or at the end (exponential), as a share of the load: all sensors together."""
    creep_own: Draw
    """The same, each sensor on its own."""
    creep_t0_s: Draw
    hysteresis: Draw
    """Width of a full loop as a share of the ankle's pressure."""
    temperature: Draw
    """Share per degree C that the calibration does not take out."""
    warming_s: Draw
    """Time constant from the room's to the skin's temperature."""
    step_mmHg: Draw
    """One stored step."""
    clip_share: float
    """Share of socks whose calibration ends at zero, so that a free sensor reads exactly 0."""
    rail_mmHg: Draw
    """What a reading at the upper end of the curve becomes."""
    lost_share: Draw
    """Share of single samples that could not be read."""
    gaps_per_h: Draw
    gap_s: Draw


@dataclass(frozen=True)
class Events:
    """How folds, bunches and slips come, stay and go. Simulated: nobody has published the pressure under a real one."""

    within_class: Draw
    """Where in its size class an event lies: 0 lower end, 1 upper end."""
    largest: float
    """Upper end of the class x2+."""
    shapes: tuple[tuple[float, str], ...]
    """(weight, shape) of the rise, see `event.rise`."""
    fold_s: Draw
    """Length of the rise per kind."""
    bunch_s: Draw
    slip_s: Draw
    lasting_s: Draw
    """From the end of the rise to the smoothing, at least 60 s."""
    moving_share: float
    """Share of events whose size changes with posture after the first minute."""
    moving: Draw
    """The factor on its log per posture."""
    aligned_share: float
    """Share of events that begin together with a change of posture."""
    slip_ankle_share: float
    """Share of slips whose main sign is the ankle rising; the others: the knee falling."""
    slip_knee_log: Draw
    """Log of the knee's factor when the ankle leads (mostly falling)."""
    slip_calf_log: Draw
    slip_ankle_log: Draw
    """Log of the ankle's factor when the knee leads."""
    elsewhere_log: Draw
    """Log of what an event does to the sites that it does not concern."""


@dataclass(frozen=True)
class Hands:
    """Donning, smoothing and doffing: hands on the sock."""

    table_s: Draw
    """How long the sock lies about before and after."""
    pull_s: Draw
    """Per site, how long it takes to come up from the one below."""
    tug_mmHg: Draw
    tugs: Draw
    """Number of tugs and strokes until it sits."""
    smoothing_s: Draw
    doff_s: Draw


@dataclass(frozen=True)
class Recipe:
    name: str
    legs: Legs
    days: Days
    gaits: Gaits
    presses: tuple[Press, ...]
    sensors: Sensors
    events: Events
    hands: Hands
