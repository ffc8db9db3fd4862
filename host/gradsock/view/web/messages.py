"""What the live page is told about a sock, as JSON messages."""

from typing import Any

import msgspec
from sock import MISSING, SITES
from sock.curves import PRESSURE_MAX_CMMHG

from gradsock import clock
from gradsock.log import live_time
from gradsock.view.watched import Row, Watched
from gradsock.view.words import advice_for, age_s, band_mmHg, is_current, loss_text, place, verdict_of


class LiveTime(live_time.LiveTime):
    """UTC of the newest samples, as pages want it."""

    def utc_ms(self, rows: list[Row], received_utc_us: int) -> list[float]:
        """UTC in ms of rows of one boot, the last of which was received at a time."""
        ticks_ms = [row.ticks_ms for row in rows]
        return [us / 1000 for us in self.utc_us(rows[-1].boot, ticks_ms, received_utc_us)]


def samples(number: int, utc_ms: list[float], rows: list[Row]) -> bytes:
    """Pressures of some scans: times in ms UTC, per site mmHg or null."""
    return msgspec.json.encode({"type": "samples", "sock": number, "t": utc_ms, "p": _columns(rows)})


def _columns(rows: list[Row]) -> dict[str, list[float | None]]:
    return {site: [_mmHg(row.pressures_cmmHg[at]) for row in rows] for at, site in enumerate(SITES)}


def _mmHg(pressure_cmmHg: int) -> float | None:
    return None if pressure_cmmHg == MISSING or abs(pressure_cmmHg) >= PRESSURE_MAX_CMMHG else pressure_cmmHg / 100


def state(number: int, watched: Watched, recording: str | None) -> bytes:
    """All that is known of a sock but its traces."""
    info, fit, pressures = watched.info, watched.fit, watched.pressure_mmHg
    bands = {site: band_mmHg(watched, site) for site in SITES}
    now = fit if is_current(watched) else None
    worn = fit is not None and fit.verdict != "not worn"
    message: dict[str, Any] = {
        "type": "state",
        "sock": number,
        "moniker": watched.moniker,
        "label": watched.label,
        "name": info.name if info else "",
        "state": str(watched.state),
        "verdict": verdict_of(watched),
        "advice": advice_for(watched),
        "current": now is not None,
        "level": now.level if now else "",
        "descending": fit.descending if fit else None,
        "sites": {
            site: {
                "mmHg": pressures[site],
                "band": bands[site],
                "place": place(pressures[site], bands[site]) if worn else "none",
                "there": info is None or site in info.sites,
            }
            for site in SITES
        },
        "prescription": watched.prescription.text if watched.prescription else "",
        "calibrated": watched.calibrated,
        "worn_s": watched.worn_s,
        "age_s": age_s(watched, clock.utc_us()),
        "loss": loss_text(watched),
        "fetching": watched.fetching,
        "battery_percent": watched.battery_percent,
        "recording": recording,
        "findings": [
            {
                "kind": seen.kind,
                "site": seen.site,
                "level": seen.level,
                "lasted_s": seen.lasted_s,
                "open": now is not None and (seen.kind, seen.site) in {(k, s) for k, s, _ in now.findings},
            }
            for seen in watched.findings[-20:]
        ],
    }
    return msgspec.json.encode(message)


def noted(number: int, text: str, utc_ms: float) -> bytes:
    """A mark that was put."""
    return msgspec.json.encode({"type": "mark", "sock": number, "text": text, "t": utc_ms})


def answer(text: str, *, failed: bool, to: str = "", symptom: bool = False) -> bytes:
    """To the one page that asked for something; to: for what. symptom: it is advice on one, which stays."""
    return msgspec.json.encode({"type": "answer", "text": text, "failed": failed, "to": to, "symptom": symptom})
