"""What the wizard says."""

from gradsock.calibrate.plan import Plan, Step
from gradsock.calibrate.procedure import Live
from gradsock.calibrate.reference import Method, column_cm, pressure_mmHg, weight_g
from gradsock.errors import UsageError

_PRESSED = (
    "The sensors are pressed with known pressures from 0 to 60 mmHg, up and down: where they come from matters to them,"
    " too."
)
_RIGID = (
    "- Put the sock round a rigid cylinder as thick as the leg is there (a bottle), not on a leg: minutes at 60 mmHg"
    " are nothing for a bottle and too much for a leg. Fill it with water of 33 degC: as warm as skin."
)
_TRAP = (
    "- Lay a manual blood-pressure cuff round it so that its AIR BLADDER covers the sensor. Under the fabric beside"
    " the bladder a sensor feels 37 to 135 % more than the gauge shows, and every reading would be wrong by that."
)
_WAYS = {
    "cuff": (
        _RIGID,
        _TRAP,
        "- A manual cuff with a gauge: automatic ones do not hold a pressure. Its needle has to rest at 0 when the cuff"
        " is open.",
        "- Go up to each level from below and down to it from above, without passing it.",
    ),
    "picopress": (
        _RIGID,
        _TRAP,
        "- Lay the PicoPress' own bladder beside the sensor, both under the cuff's, and type what it shows.",
        "- Go up to each level from below and down to it from above, without passing it.",
    ),
    "weights": (
        "- Lay the sensor flat on a table, the pad on it (soft, a few mm of silicone or felt, as large as the sensor's"
        " active area or larger), and the weights on the pad. 60 mmHg are 82 g on each cm2. Not on a leg.",
        "- Put weights on and take them off one at a time, so that the pressure never passes the level asked for.",
    ),
}


def before(method: str) -> str:
    """What to know beforehand, per method."""
    return "\n".join((_PRESSED, "", *_WAYS[method], "", READINGS))


READINGS = (
    "While you wait, each sensor's reading is shown in % of the excitation voltage, +- its noise. It can be left at any"
    " time with ctrl-C: levels that were read are kept."
)
READY = {
    "cuff": "Is the bottle ready, and the cuff round it, open?",
    "picopress": "Is the bottle ready, with the PicoPress and the open cuff round it?",
    "weights": "Are the weights, the pad and a scale ready?",
}
LIVE_NOISY = 3
"""So many sensors with their noise go into 80 columns."""
PUMPING_S = 6.0  # from level to level, by hand
NOT_READY = "nothing was done; call this again when it is"

GAUGE = (
    "A gauge may be wrong by 3 mmHg; compared with a column of water (a clear hose on the cuff's tube) it is right to"
    " 0.6."
)

AFTERWARDS = "What a person is shown is rounded to whole mmHg."


def gauge_question() -> str:
    """Asks for the gauge's readings at three heights of water."""
    heights = ", ".join(f"{column_cm(mmHg):g} cm ({mmHg} mmHg)" for mmHg in (20, 40, 60))
    return f"What does your gauge show at {heights} of water? Such as 21=20,41=40,60.5=60; Enter if you cannot compare"


def instruction(step: Step, shown_mmHg: float, method: Method, area_cm2: float) -> str:
    """What to do now; Enter says that it is done."""
    if step.mmHg == 0:
        return {"weights": "Take all weights off, then press Enter."}.get(
            method.name, "Open the valve, wait until the gauge shows 0, then press Enter."
        )
    if method.name == "weights":
        mass = f"{weight_g(step.mmHg, area_cm2):g} g ({step.mmHg:g} mmHg on {area_cm2:g} cm2)"
        return f"Lay on {mass}, then press Enter (or type the grams)."
    keep = f" and keep it there for {_minutes(step.hold_s)}" if step.phase == "hold" else ""
    verb = "Let it down to" if step.phase == "down" else method.ask.capitalize()
    shown = f"{shown_mmHg:.1f}" if abs(shown_mmHg - round(shown_mmHg)) > 0.05 else f"{shown_mmHg:.0f}"
    return f"{verb} {shown} mmHg{keep}, then press Enter (or type what the gauge shows)."


def shown(typed: str, expected_mmHg: float, grams_on_cm2: float | None = None) -> float:
    """What the gauge shows: the number typed, or what was asked for; UsageError for what no gauge would show.

    grams_on_cm2: what is typed are grams, on so large a pad.
    """
    if not typed:
        return expected_mmHg
    try:
        value = float(typed.replace(",", "."))
    except ValueError:
        value = -1.0
    if grams_on_cm2 is not None:
        value = pressure_mmHg(value, grams_on_cm2)
    if not 0 <= value <= 150 or abs(value - expected_mmHg) > 10:
        what = "type what the gauge shows near it" if grams_on_cm2 is None else "type the grams that are on it"
        raise UsageError(f"Please press Enter at {expected_mmHg:.0f} mmHg, or {what}.")
    return value


def headline(step: Step, number: int, steps: int, before: Step | None) -> str:
    """A line at the beginning of each part; empty within one."""
    if before is not None and before.phase == step.phase:
        return ""
    titles = {
        "condition": "First loads, so that the sensors forget how they were handled",
        "up": "Levels on the way up",
        "down": "Levels on the way down",
        "loop": "Small swings, as a leg makes them",
        "hold": "A long hold, for the creep",
        "rest": "And at rest once more",
    }
    return f"{titles[step.phase]} ({number} of {steps})"


def live(now: Live) -> str:
    """The line that changes while one waits."""
    noisy = len(now.sites) <= LIVE_NOISY
    cells = []
    for site, ratio, noise in zip(now.sites, now.ratios, now.noise, strict=True):
        if ratio is None:
            cells.append(f"{site} -----")
            continue
        share, off = 100 * ratio / (1 + ratio), 100 * noise / (1 + ratio) ** 2
        cells.append(f"{site} {share:5.2f}+-{off:.2f}" if noisy else f"{site} {share:4.1f}")
    state = "steady" if now.steady else "moving"
    wait = f", read in {now.left_s:.0f} s" if now.left_s else ""
    return f"{('  ' if noisy else ' ').join(cells)} %  {state}{wait}"


def badly(label: str, mmHg: float) -> str:
    """When a fit leaves too much."""
    return f"The {label} is off by more than {mmHg:.0f} mmHg: does it lie flat, and is it wholly pressed? Do it again."


def duration(plan: Plan) -> str:
    """How long it will take."""
    pumping_s = plan.presses * PUMPING_S
    return f"It takes some {max(2, round((plan.duration_s + pumping_s) / 60))} minutes per place of the cuff."


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} s"
