"""One line a second and sock, for where there is no terminal: pipes, files, services."""

from sock import SITES

from gradsock import clock
from gradsock.link.events import State
from gradsock.view.watched import Watched
from gradsock.view.words import advice_for, fresh_text, loss_text, verdict_of

SELF_EXPLAINING = ("good", "not worn")  # verdicts that need no advice


def line(watched: Watched, now_utc_us: int) -> str:
    """The present state of one sock in one line."""
    at = clock.local(now_utc_us)
    if watched.last_block_utc_us is None:
        return f"{at:%H:%M:%S}  {watched.label:<8} {advice_for(watched)}"
    pressures = "  ".join(f"{site} {_mmHg(watched.pressure_mmHg[site])}" for site in SITES)
    parts = [f"{at:%H:%M:%S}  {watched.label:<8} {pressures} mmHg  {verdict_of(watched):<12}"]
    parts.append(f"{fresh_text(watched, now_utc_us)}, {loss_text(watched)}")
    if watched.state is not State.ENDED and verdict_of(watched) not in SELF_EXPLAINING:
        parts.append(advice_for(watched))
    return " | ".join(parts)


def _mmHg(value: float | None) -> str:
    return " --" if value is None else f"{round(value):3d}"
