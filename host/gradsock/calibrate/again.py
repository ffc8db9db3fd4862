"""An old recording read again under another calibration: a recording of its own beside it; the old one stays."""

import json
from pathlib import Path

from gradsock.calibrate.artefact import read_calibration, read_object
from gradsock.errors import CalibrateError, LogError
from gradsock.log import layout
from gradsock.log.contents import read_records
from gradsock.log.frames import MAX_PAYLOAD, Damage, Kind, Record
from gradsock.log.recording import Recording
from gradsock.log.recording import open as open_recording
from gradsock.log.seal import seal
from gradsock.log.writer import Writer


def recalibrate(id_or_file: str | Path, calibration: Path, *, logs: Path | None = None) -> Path:
    """Write the derived recording; its file. CalibrateError and LogError, one line, when that cannot be."""
    path = layout.find(id_or_file, logs)
    old = open_recording(path)
    wanted = read_calibration(calibration)
    if not len(old):
        raise CalibrateError(f"{old.id} has no samples to read again")
    channels = {len(old.contexts.sites(boot)) for boot in set(old.boot.tolist())}
    if channels != {len(wanted.knots)}:
        raise CalibrateError(f"{wanted.id} has {len(wanted.knots)} curves, {old.id} has {max(channels)} sensors")
    of = read_object(calibration).get("serial")
    if of and old.serial and of != old.serial:
        raise CalibrateError(
            f"{wanted.id} is of sock {of}, {old.id} of {old.serial}: no other sock's sensors are like it"
        )
    session = old.session | {"derived_from": old.id, "calibration": json.loads(wanted.to_json())}
    records = [record for record in read_records(path) if not isinstance(record, Damage)]
    began_us = min(record.t_utc_us for record in records)
    kept = [record for record in records if record.kind not in (Kind.SESSION, Kind.ARTEFACT)]
    target = _beside(path)
    with Writer(target, _json(Kind.SESSION, began_us, session)) as writer:
        for record in (*_artefact(calibration, began_us), *kept):
            writer.append(record)
    try:
        return seal(target)[0]
    except (LogError, IndexError):
        target.unlink(missing_ok=True)
        raise


def changes_mmHg(old: Recording, new: Recording) -> dict[str, tuple[float, float]]:
    """Per site the median pressure before and after, in mmHg, over the samples that both could read."""
    import numpy as np

    found = {}
    for site in new.sites:
        before, after = old.pressure_mmHg.get(site), new.pressure_mmHg[site]
        if before is None or len(before) != len(after):
            continue
        both = np.isfinite(before) & np.isfinite(after)
        if both.any():
            found[site] = float(np.median(before[both])), float(np.median(after[both]))
    return found


def _beside(path: Path) -> Path:
    """``ID-cal2`` and so on: the first that is free."""
    stem, number = path.stem, 2
    while any(path.with_name(f"{stem}-cal{number}{ending}").exists() for ending in (layout.SUFFIX, layout.SEALED)):
        number += 1
    return path.with_name(f"{stem}-cal{number}{layout.SUFFIX}")


def _artefact(calibration: Path, t_utc_us: int) -> list[Record]:
    """The whole artefact, where the file is one and not the short form of it."""
    whole = read_object(calibration)
    record = _json(Kind.ARTEFACT, t_utc_us, whole)
    return [record] if "artefact" in whole and len(record.payload) <= MAX_PAYLOAD else []


def _json(kind: Kind, t_utc_us: int, content: dict[str, object]) -> Record:
    return Record(kind, t_utc_us, json.dumps(content, separators=(",", ":")).encode())
