"""The words and marks that lines, screen and summary share."""

from sock import SITES
from sock.finding import Finding
from sock.fit import INCONCLUSIVE
from sock.words import REMINDERS, advice

from gradsock.analysis.evidence import also
from gradsock.link.events import State
from gradsock.period import duration
from gradsock.view.watched import Watched

STALE_S = 2.0  # data older than this are shown as old
IN_BAND, BELOW, ABOVE, NO_BAND = "in", "below", "above", "none"


def advice_for(watched: Watched) -> str:
    """To the wearer: what the sock does and what to do about it, what else is found, and the reminder that stands, a
    sentence each; why there is none while not connected.
    """
    if watched.failure is not None:
        return str(watched.failure)
    if watched.state in (State.LOST, State.CONNECTING) or watched.fit is None:
        return watched.text
    if watched.fit.verdict == INCONCLUSIVE and (why := lacking(watched)):
        return why  # waiting does not help
    first = watched.fit.findings[0] if watched.fit.findings else None
    finding = Finding(*first, watched.fit.ticks_ms, watched.fit.ticks_ms, {}) if first else None
    reminder = REMINDERS.get(watched.fit.reminder or "")
    told = advice(watched.fit.verdict, finding) + also(watched.fit.findings[1:])
    return told + (f" {reminder}" if reminder else "")


def lacking(watched: Watched) -> str:
    """Why no pressure comes however long one waits, and what to do; empty where nothing is in the way."""
    if watched.info is None:
        return ""
    account = watched.account
    looked = account.received - account.recovered - watched.unread_scans
    never = [site for site in dict.fromkeys(watched.info.sites) if 0 < looked <= watched.unread.get(site, 0)]
    if never:
        return f"nothing is read at {', '.join(never)}: see gradsock doctor"
    return "" if watched.info.raw.get("calibration") else "no calibration: gradsock calibrate"


def verdict_of(watched: Watched) -> str:
    """The one word, or where the link stands while there is none."""
    if watched.failure is not None:
        return "stopped"
    if watched.state is not State.CONNECTED and watched.state is not State.ENDED:
        return str(watched.state)
    return watched.fit.verdict if watched.fit else "..."


def is_current(watched: Watched) -> bool:
    """Whether the verdict is what the sock tells now, and not what it told before it was lost."""
    return watched.fit is not None and verdict_of(watched) == watched.fit.verdict


def tells(watched: Watched) -> bool:
    """Whether the sock tells the wearer anything that it could be silent about; also while that is not known."""
    fit = watched.fit
    return not is_current(watched) or fit is None or fit.level not in ("", "info") or fit.reminder is not None


def age_s(watched: Watched, now_utc_us: int) -> float | None:
    """Age of the newest data; None before the first."""
    if watched.last_block_utc_us is None:
        return None
    return max(0.0, (now_utc_us - watched.last_block_utc_us) / 1e6)


def fresh_text(watched: Watched, now_utc_us: int) -> str:
    """How old the newest data are; where no more will come, that it ended."""
    return "ended" if watched.state is State.ENDED else age_text(age_s(watched, now_utc_us))


def age_text(age: float | None) -> str:
    """An age in words: tenths of a second while fresh."""
    if age is None:
        return "no data yet"
    if age < 10:
        return f"{age:.1f} s old"
    return f"{duration(age)} old"


def loss_text(watched: Watched) -> str:
    """The loss account in a few words."""
    account = watched.account
    if not account.expected:
        return "no samples yet"
    return f"lost {account.lost:,} of {account.expected:,}"


def band_mmHg(watched: Watched, site: str) -> tuple[float | None, float | None] | None:
    """The prescription's band at a site in mmHg, open ends None; None where nothing is said."""
    prescription = watched.prescription
    band = prescription.bands[SITES.index(site)] if prescription else None
    if band is None:
        return None
    low, high = band
    return (None if low is None else low / 100, None if high is None else high / 100)


def place(pressure_mmHg: float | None, band: tuple[float | None, float | None] | None) -> str:
    """Where a pressure lies: in, below or above its band."""
    if pressure_mmHg is None or band is None:
        return NO_BAND
    low, high = band
    if low is not None and pressure_mmHg < low:
        return BELOW
    return ABOVE if high is not None and pressure_mmHg > high else IN_BAND
