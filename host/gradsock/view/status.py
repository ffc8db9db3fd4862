"""How a sock is, in words and as JSON."""

import textwrap
from dataclasses import dataclass
from typing import Any

from sock.finding import Finding
from sock.fit import INCONCLUSIVE
from sock.prescription import PrescriptionError, parse
from sock.words import REMINDERS, advice

from gradsock.analysis.evidence import also
from gradsock.errors import GradsockError
from gradsock.link.events import FitNow, SockInfo
from gradsock.link.owned import Vitals

WIDTH, LABEL = 78, 13
SAFE_MODE = (
    "none: three starts failed, so it only lets its owners fetch what it kept. gradsock sync, then gradsock flash"
)
LOW_PERCENT = 15


@dataclass(frozen=True)
class Status:
    """What a sock answered."""

    info: SockInfo
    protection: str
    vitals: Vitals
    settings: dict[str, Any]


def as_dict(status: Status) -> dict[str, Any]:
    """For JSON; what the sock cannot tell is null."""
    info, vitals = status.info, status.vitals
    fit = vitals.fit
    return {
        "serial": info.serial,
        "name": info.name,
        "side": info.side,
        "verdict": fit.verdict if fit else None,
        "descending": fit.descending if fit else None,
        "findings": [{"kind": k, "site": s, "level": v} for k, s, v in fit.findings] if fit else [],
        "reminder": fit.reminder if fit else None,
        "battery_percent": vitals.battery_percent,
        "hours_left": {str(mAh): hours for mAh, hours in hours_left(status).items()},
        "journal": info.raw.get("journal"),
        "dropped_blocks": info.dropped,
        "boot": info.boot,
        "reset": info.raw.get("reset"),
        "crashed": info.raw.get("crash"),
        "safe_mode": bool(info.raw.get("safe")),
        "firmware": info.firmware,
        "board": info.raw.get("board"),
        "rate_Hz": info.rate_Hz,
        "sites": list(info.sites),
        "prescription": status.settings.get("prescription"),
        "calibration": info.raw.get("calibration"),
        "protection": status.protection,
        "rssi_dBm": vitals.rssi_dBm,
        "mtu": vitals.mtu,
    }


def describe(status: Status) -> str:
    """For a person, at most 78 characters wide."""
    info, vitals = status.info, status.vitals
    reminder = REMINDERS.get(vitals.fit.reminder or "") if vitals.fit else None
    lines = [
        ("sock", f"{info.name} ({info.serial}), {_side(info.side)}"),
        ("verdict", _verdict(status)),
        *([("reminder", reminder)] if reminder else []),
        ("battery", _battery(status)),
        ("memory", _memory(info)),
        ("lost", _lost(info)),
        ("started", _started(info)),
        ("prescribed", _prescription(str(status.settings.get("prescription") or info.prescription))),
        ("calibration", _calibration(info)),
        ("measures", f"{', '.join(info.sites)} at {info.rate_Hz} Hz"),
        ("firmware", f"{info.firmware} on {info.raw.get('board', 'an unknown board')}"),
        ("link", f"{_signal(vitals.rssi_dBm)}, MTU {vitals.mtu}, protection: {status.protection}"),
    ]
    return "\n".join(_line(label, text) for label, text in lines)


def _verdict(status: Status) -> str:
    if status.info.raw.get("safe"):
        return SAFE_MODE
    fit = status.vitals.fit
    if not status.info.raw.get("calibration") and (fit is None or fit.verdict == INCONCLUSIVE):
        return "none without a calibration"  # waiting does not help
    return verdict(fit)


def verdict(fit: FitNow | None) -> str:
    """The one word, and what to do."""
    if fit is None:
        return "none yet: it judges once a second; ask again in a moment"
    first = fit.findings[0] if fit.findings else None
    finding = Finding(*first, fit.ticks_ms, fit.ticks_ms, {}) if first else None
    return f"{fit.verdict}. {advice(fit.verdict, finding)}{also(fit.findings[1:])}"


def hours_left(status: Status) -> dict[int, int]:
    """Whole hours of wear left, by the cell's size in mAh; computed from data sheets. Empty where nothing is known.

    Of the cell that the settings name, or of those that are usual.
    """
    from gradsock.boards import budget_of, facts_of
    from gradsock.boards.budget import CELLS_mAh

    percent = status.vitals.battery_percent
    if percent is None:
        return {}
    try:
        budget = budget_of(facts_of(str(status.info.raw.get("board"))))
    except GradsockError:
        return {}
    named = status.settings.get("battery_mAh")
    cells = (named,) if isinstance(named, int) and named > 0 else CELLS_mAh
    return {mAh: budget.hours(mAh * percent / 100)[0] for mAh in cells}


def _line(label: str, text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=label.ljust(LABEL), subsequent_indent=" " * LABEL)


def _side(side: str) -> str:
    return f"{side} leg" if side in ("left", "right") else "side not set: gradsock side left"


def _battery(status: Status) -> str:
    percent = status.vitals.battery_percent
    if percent is None:
        return "its board cannot tell"
    text = f"{percent} %"
    hours = hours_left(status)
    if hours:
        left = ", ".join(f"{value} h on {mAh} mAh" for mAh, value in hours.items())
        text += f", by its data sheet {left}"
        if not status.settings.get("battery_mAh"):
            text += " (say which: gradsock settings set battery_mAh=...)"
    return text + (": charge it, off the leg" if percent < LOW_PERCENT else "")


def _memory(info: SockInfo) -> str:
    held = info.raw.get("journal")
    if not held:
        return "keeps nothing by itself: what is not recorded while connected is gone"
    first, last, overwritten, unkept, percent = held
    text = "empty" if first > last else f"{percent} % full: gradsock sync fetches it"
    if overwritten:
        text += f"; {_stretch(overwritten, info.rate_Hz)} had to make room before anybody fetched it"
    if unkept:
        text += f"; {_stretch(unkept, info.rate_Hz)} found no room in its flash"
    return text


def _lost(info: SockInfo) -> str:
    lost = []
    if info.dropped:
        kept = ", but kept: gradsock sync fetches them" if info.raw.get("journal") else ""
        lost.append(f"{info.dropped} blocks not taken in time by a host{kept}")
    if missed := info.raw.get("missed"):
        lost.append(f"{missed} readings not made in time")
    return f"{'; '.join(lost)} (since it started)" if lost else "nothing since it started"


def _stretch(samples: int, rate_Hz: int) -> str:
    minutes = round(samples / rate_Hz / 60)
    return (
        f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min" if minutes else "under a minute"
    )


def _started(info: SockInfo) -> str:
    cause = f", last by {info.raw['reset']}" if info.raw.get("reset") else ""
    crashed = "; a crash was noted: gradsock doctor --port shows it" if info.raw.get("crash") else ""
    return f"{info.boot} time{'' if info.boot == 1 else 's'}{cause}{crashed}"


def _calibration(info: SockInfo) -> str:
    known = info.raw.get("calibration")
    return str(known) if known else "none, so there are no pressures and no verdict: gradsock calibrate"


def _prescription(text: str) -> str:
    from gradsock.view.bands import in_words

    try:
        return in_words(parse(text))
    except PrescriptionError:
        return text


def _signal(rssi_dBm: int | None) -> str:
    return "signal unknown" if rssi_dBm is None else f"signal {rssi_dBm} dBm"
