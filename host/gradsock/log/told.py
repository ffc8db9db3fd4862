"""What a sealed session tells of itself in its metadata, for people and for tools that know nothing of gradsock.

Each is JSON under ``gradsock.NAME``. It repeats what the records say, which stay as they were received; nothing is only
here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sock.event import CONTEXT_DONNINGS, CONTEXT_FIT
from sock.event_reader import ContextParts, Event

from gradsock.link.events import Probe
from gradsock.log.frames import Kind
from gradsock.log.recording import Recording
from gradsock.log.table import channel_names
from gradsock.log.timeline import UNDATED

CONTEXTS = (CONTEXT_DONNINGS, CONTEXT_FIT)  # bytes for machines
PROBES = 32  # of each boot: enough to tell its time by


def told(recording: Recording, sources: Iterable[str]) -> dict[str, Any]:
    """All of it. sources: the names of the block files that this session was sealed from."""
    said = {
        "summary": summary(recording, sources),
        "zone": recording.zone,
        "firmware": recording.infos[0].firmware if recording.infos else "",
        "settings": recording.settings,
        "prescription": recording.prescription,
        "calibration": _calibration(recording),
        "loss": recording.account.as_dict(),
        "probes": _probes(recording),
        "events": [_event(recording, event) for event in recording.events if event.kind not in CONTEXTS],
        "verdicts": _verdicts(recording),
    }
    baseline = _baseline(recording.events)
    if baseline:
        said["baseline"] = baseline.hex()
    artefact = [record for record in recording.contents.records if record.kind == Kind.ARTEFACT]
    if artefact:
        said["calibration_artefact"] = artefact[-1].payload.decode("utf-8", "replace")
    return said


def summary(recording: Recording, sources: Iterable[str] = ()) -> dict[str, Any]:
    """What a list of sessions shows, and what its columns are."""
    samples, info = recording.contents.samples, recording.infos[0] if recording.infos else None
    start, end = bounds_utc_us(recording)
    account = recording.account
    return {
        "id": recording.id,
        "serial": recording.serial,
        "name": info.name if info else "",
        "side": recording.side,
        "zone": recording.zone,
        "start_utc_us": start,
        "end_utc_us": end,
        "duration_s": recording.duration_s,
        "samples": len(recording),
        "expected": account.expected,
        "received": account.received,
        "recovered": account.recovered,
        "lost": account.lost,
        "sites": list(recording.sites),
        "prescription": recording.prescription,
        "calibration": recording.calibration.id if recording.calibration else None,
        "held": [[boot, first, end - 1] for boot, first, end in samples.held()],
        "ticks_ms": [
            [boot, int(samples.ticks_ms[rows.start]), int(samples.ticks_ms[rows.stop - 1])]
            for boot, rows in recording.columns.boots
        ],
        "channels": {str(boot): names for boot, names in channel_names(recording.columns).items()},
        "moniker": str(recording.session.get("moniker", "")),
        "apart": bool(recording.repeats),
        "repeats": recording.repeats,
        "damaged_before": recording.loss_before is not None and recording.loss_before.anything,
        "sources": list(sources),
    }


def bounds_utc_us(recording: Recording) -> tuple[int | None, int | None]:
    """UTC of the first and the last sample; where none is dated, of their receipt at the start."""
    utc_us = recording.utc_us
    dated = utc_us[utc_us != UNDATED]
    if len(dated):
        return int(dated.min()), int(dated.max())
    started = recording.session.get("started_utc_us")
    return (int(started), None) if isinstance(started, int) else (None, None)


def _baseline(events: Sequence[Event]) -> bytes:
    """The wearer's confirmed donnings as the sock first told them (`sock.donnings`); empty: it told none."""
    parts: dict[int, ContextParts] = {}
    for event in events:
        if event.kind == CONTEXT_DONNINGS:
            try:
                whole = parts.setdefault(event.boot, ContextParts()).add(event.payload)
            except ValueError:
                continue
            if whole is not None:
                return whole
    return b""


def _probes(recording: Recording) -> list[dict[str, int]]:
    """The fastest exchanges of clocks of each boot; all of them are among the records."""
    fastest: dict[int, list[Probe]] = {}
    for probe in sorted(recording.probes, key=lambda probe: probe.round_trip_us):
        of_boot = fastest.setdefault(probe.boot, [])
        if len(of_boot) < PROBES:
            of_boot.append(probe)
    return [
        {name: getattr(probe, name) for name in probe.__slots__} | {"round_trip_us": probe.round_trip_us}
        for of_boot in fastest.values()
        for probe in of_boot
    ]


def _calibration(recording: Recording) -> Any:
    calibration = recording.calibration
    if calibration is None:
        return None
    return {
        "id": calibration.id,
        "knots": calibration.knots,
        "creep_q14": calibration.creep_q14,
        "hysteresis_q14": calibration.hysteresis_q14,
    }


def _event(recording: Recording, event: Any) -> dict[str, Any]:
    line = recording.timelines.get(event.boot)
    utc_us = int(line.utc_us(np.array([event.ticks_ms]))[0]) if line else None
    said = {"boot": event.boot, "sequence": event.sequence, "ticks_ms": event.ticks_ms, "utc_us": utc_us}
    return {**said, "kind": event.name, "text": event.payload.decode("utf-8", "replace")}


def _verdicts(recording: Recording) -> list[dict[str, Any]]:
    """The sock's own verdicts, each for as long as it stood: when it first came and when the last word of it did."""
    spans: list[dict[str, Any]] = []
    for t_utc_us, fit in recording.fits:
        if not spans or spans[-1]["verdict"] != fit.verdict:
            spans.append({"verdict": fit.verdict, "start_utc_us": t_utc_us, "end_utc_us": t_utc_us})
        spans[-1]["end_utc_us"] = t_utc_us
    return spans
