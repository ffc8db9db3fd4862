"""What is in a recording, as text or for JSON."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradsock import clock
from gradsock.counting import counted
from gradsock.export.course import marks_of
from gradsock.log.artefact import artefact_in
from gradsock.log.harm import kept_aside, past
from gradsock.log.recording import Recording
from gradsock.log.timeline import UNDATED
from gradsock.log.verify import open_state
from gradsock.period import duration

MAX_GAPS = 10
MAX_MARKS = 20
MAX_BOOTS = 10


def as_dict(recording: Recording) -> dict[str, Any]:
    """Everything `gradsock logs show --json` tells."""
    info = recording.infos[-1].raw if recording.infos else {}
    start_utc_us = _start_utc_us(recording)
    closing = recording.closing or {}
    artefact, harm = artefact_in(recording.contents.records), recording.harm
    marks = marks_of(recording)
    return {
        "id": recording.id,
        "path": str(recording.path),
        "start_utc_us": start_utc_us,
        "zone": recording.session.get("zone", "UTC"),
        "duration_s": recording.duration_s,
        "samples": len(recording),
        "sites": list(recording.sites),
        "side": recording.side,
        "prescription": recording.prescription,
        "calibration": recording.calibration.id if recording.calibration else None,
        "calibrated": {
            key: artefact[key]
            for key in ("made", "operator", "method", "reference_uncertainty_mmHg")
            if key in artefact
        },
        "derived_from": recording.session.get("derived_from"),
        "repeats": recording.repeats or None,
        "sock": info,
        "pressure_mmHg": {site: _percentiles(recording, site) for site in recording.sites},
        "temperature_degC": _range(recording.temperature_degC),
        "not_readable": {site: recording.columns.unread(site) for site in recording.sites},
        "verdict_s": dict(Counter(fit.verdict for _, fit in recording.fits)),
        "marks": [{"utc_us": mark.utc_us, "text": mark.text} for mark in marks if not mark.note],
        "notes": [{"utc_us": mark.utc_us, "text": mark.text} for mark in marks if mark.note],
        "time": [boot.as_dict() for boot in recording.boot_times],
        "account": {
            **recording.account.as_dict(),
            "doubled": closing.get("doubled", recording.account.doubled),
            "damaged_blocks": closing.get("damaged_blocks", 0),
        },
        "closed": recording.closing is not None,
        "damage": [str(damage) for damage in recording.damage] + recording.unreadable,
        "harm": {"lost": harm.lost, "samples": harm.samples, "what_to_do": harm.what_to_do} if harm else None,
        "lost_before": recording.loss_before.before
        if recording.loss_before and recording.loss_before.anything
        else None,
        "damaged_before": [str(kept) for kept in kept_aside(recording.path)],
    }


def describe(recording: Recording) -> str:
    """Several lines for a person."""
    return "\n".join(_lines(recording, as_dict(recording)))


def _lines(recording: Recording, told: dict[str, Any]) -> Iterator[str]:
    sock, account = told["sock"], told["account"]
    side = "side not set" if recording.side == "unset" else recording.side
    yield f"{told['id']}  {side}  {sock.get('name', '')}"
    if told["start_utc_us"] is not None:
        yield f"  start        {clock.local(told['start_utc_us'], told['zone']):%Y-%m-%d %H:%M:%S} ({told['zone']})"
    sites = ", ".join(told["sites"]) or "no site"
    yield f"  duration     {duration(told['duration_s'])}, {counted(told['samples'], 'sample')} of {sites}"
    firmware, board = sock.get("firmware", "unknown"), sock.get("board", "unknown")
    came = recording.session.get("moniker", "")
    worn = f", {came}" if str(came).startswith("sim:") else ""
    yield f"  sock         {sock.get('serial', 'unknown')}, firmware {firmware}, board {board}{worn}"
    if sock.get("protection") == "none":
        yield "  protection   none: anyone near could read this sock"
    yield f"  prescription {told['prescription'] or 'unknown'}, calibration {told['calibration'] or 'none'}"
    if made := told["calibrated"]:
        by = f" by {made['operator']}" if made.get("operator") else ""
        known = f"reference known to {made.get('reference_uncertainty_mmHg', '?')} mmHg"
        yield f"  calibrated   {str(made.get('made', ''))[:10]}{by}, {made.get('method', 'unknown')}, {known}"
    if told["derived_from"]:
        yield f"  derived      from {told['derived_from']}, read again under this calibration"
    elif told["repeats"]:
        yield f"  replayed     from {told['repeats'].removeprefix('replay:')}: it repeats the samples of that"
    for site, values in reversed(told["pressure_mmHg"].items()):
        yield f"  {site:<12} {_spread(values)}{_unread(told['not_readable'][site])}"
    if told["temperature_degC"] is not None:
        low, high = told["temperature_degC"]
        yield f"  sensors      {low:.1f} to {high:.1f} degC"
    verdicts = sorted(told["verdict_s"].items(), key=lambda item: -item[1])
    said = ", ".join(f"{verdict} {duration(s)}" for verdict, s in verdicts)
    said = f"{said}, told while connected" if said else "none was told"
    yield f"  verdicts     {said}; gradsock check judges all of it"
    yield from _said(told)
    recovered = f"{account['recovered']:,} recovered from the sock's memory, " if account["recovered"] else ""
    lost = f"{account['lost']:,} of {account['expected']:,} lost"
    yield f"  loss         {lost}, {recovered}{account['doubled']:,} doubled"
    for gap in account["gaps"][:MAX_GAPS]:
        yield f"               gap: {counted(gap['count'], 'sample')} from {gap['first_index']:,} of boot {gap['boot']}"
    if account["gap_count"] > MAX_GAPS:
        yield f"               and {counted(account['gap_count'] - MAX_GAPS, 'more gap')} (--json has them)"
    if account["unread"]:
        sites = ", ".join(site for site, counts in told["not_readable"].items() if counts["missing"])
        which = f": {sites}" if sites else ""
        yield f"               {counted(account['unread'], 'sample')} with a site that could not be read{which}"
    if account["unscanned"]:
        yield f"               {counted(account['unscanned'], 'sample')} without a reading: the board was busy"
    yield from _time(recording)
    if not told["closed"]:
        yield f"  state        {open_state(recording.path)}"
    for damage in told["damage"]:
        yield f"  damage       {damage}"
    if told["harm"]:
        yield f"               {told['harm']['lost']}"
        yield f"               {told['harm']['what_to_do']}"
    if past(recording):
        yield f"  damage       {past(recording)}"
    yield f"  file         {told['path']}"


def _spread(values: list[float] | None) -> str:
    if values is None:
        return "nothing read"
    low, middle, high = values
    return f"median {round(middle)}, from {round(low)} to {round(high)} mmHg (5 % and 95 %, worn or not)"


def _range(degC: NDArray[np.float64] | None) -> tuple[float, float] | None:
    """Lowest and highest; None where no thermistor told."""
    return None if degC is None or np.isnan(degC).all() else (float(np.nanmin(degC)), float(np.nanmax(degC)))


def _unread(counts: dict[str, int]) -> str:
    told = ", ".join(f"{count:,} {why}" for why, count in counts.items() if count)
    return f"; not readable: {told}" if told else ""


def _said(told: dict[str, Any]) -> Iterator[str]:
    """What the wearer marked, and what somebody noted afterwards."""
    for head in ("marks", "notes"):
        for number, said in enumerate(told[head][:MAX_MARKS]):
            at = "undated " if said["utc_us"] is None else f"{clock.local(said['utc_us'], told['zone']):%H:%M:%S}"
            text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in said["text"])
            yield f"  {head if number == 0 else '':<12} {at}  {text}"
        if len(told[head]) > MAX_MARKS:
            yield f"               and {len(told[head]) - MAX_MARKS:,} more (--json has them)"


def _time(recording: Recording) -> Iterator[str]:
    """How good the time is, a line per boot."""
    head = "time"
    for boot in recording.boot_times[:MAX_BOOTS]:
        yield f"  {head:<12} {boot.in_words(recording.zone)}"
        head = ""
    if len(recording.boot_times) > MAX_BOOTS:
        yield f"               and {len(recording.boot_times) - MAX_BOOTS:,} more boots (--json has them)"


def _start_utc_us(recording: Recording) -> int | None:
    dated = recording.utc_us[recording.utc_us != UNDATED]
    if len(dated):
        return int(dated.min())
    started = recording.session.get("started_utc_us")
    return int(started) if started is not None else None


def _percentiles(recording: Recording, site: str) -> list[float] | None:
    values = recording.pressure_mmHg[site]
    values = values[~np.isnan(values)]
    return [round(float(v), 2) + 0.0 for v in np.percentile(values, [5, 50, 95])] if len(values) else None
