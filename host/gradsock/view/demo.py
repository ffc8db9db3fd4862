"""The demo: a virtual sock through a scenario, told as it goes."""

from pathlib import Path

from gradsock.sim.scenario import Scenario, load
from gradsock.view.watching import Watching, has_terminal

IN_A_TERMINAL, WITHOUT = "demo", "demo-short"
LAST_LOOK_S = 2.0  # the end of the scenario is still seen


class Demo(Watching):
    """A virtual sock worn through a scenario, recorded; it ends with the scenario. UsageError for an unknown one."""

    def __init__(self, scenario: str | None = None, *, logs: Path | None = None, screen: bool | None = None) -> None:
        on_screen = has_terminal() if screen is None else screen
        name = scenario or (IN_A_TERMINAL if on_screen else WITHOUT)
        self.scenario = load(name)
        super().__init__(
            [f"sim:{name}"],
            recording=True,
            logs=logs,
            for_s=self.scenario.duration_s + LAST_LOOK_S,
            screen=on_screen,
            narrate=lambda t_s: story(self.scenario, t_s),
        )


def story(scenario: Scenario, t_s: float) -> str:
    """What is true of the virtual leg and sock at a second of its scenario, as a few words."""
    now = [label for label in scenario.labels if label.start_s <= t_s < label.end_s and label.kind != "worn"]
    told = []
    for label in now:
        where = f" at the {label.site}" if label.site else ""
        factor = f" x{label.factor:g}" if label.factor != 1.0 else ""
        told.append(f"{label.kind}{where}{factor}")
    return "on the virtual leg: " + (", ".join(told) or "the end")
