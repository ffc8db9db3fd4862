"""A CSV of pressures as the records of a sock that never was: blocks, a calibration, verdicts of the fit check."""

import itertools
import json
from array import array
from base64 import b32encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sock import MISSING, SITES, block, event, fit, prescription, protocol, settings
from sock.calibration import Q14, Calibration

from gradsock.analysis.csv_file import Series, read_csv
from gradsock.log.frames import Kind, Record

NOTICED = ("kind", "site", "level", "start_ms", "notified_ms", "end_ms", "evidence")
REFERENCE_COUNTS = 32000  # as an input reads that is not at the rail
IDENTITY = Calibration("pressures", (((0, 0), (Q14, Q14)),) * len(SITES))
"""One step of x_q14 is a hundredth of a mmHg, so that the counts say the pressures of the file to 0.02 mmHg."""


def records_of_csv(path: Path, prescribed: str = "") -> list[Record]:
    """The records that a sock with these pressures would have sent; AnalysisError when the file cannot be read."""
    series = read_csv(path)
    period_ms = _period_ms(series)
    wanted = prescribed or settings.defaults()["prescription"]
    info = {
        "protocol": protocol.PROTOCOL_VERSION,
        "serial": b32encode(sha256(series.name.encode()).digest())[:8].decode(),
        "name": path.stem[:10],
        "firmware": "csv",
        "board": "csv",
        "boot": 0,
        "side": "unset",
        "channels": [[site, 72, number, 0] for number, site in enumerate(SITES)],
        "rate_Hz": max(1, round(1000 / period_ms)),
        "prescription": wanted,
        "calibration": IDENTITY.id,
        "journal": None,
        "dropped": 0,
    }
    records = [Record(Kind.INFO, 0, json.dumps(info).encode())]
    parts = event.context_parts(IDENTITY.pack(), protocol.BLOCK_MAX_BYTES)
    first_ms = int(series.t_ms[0])
    for sequence, part in enumerate(parts):
        packed = event.encode_event(event.CONTEXT_CALIBRATION, 0, sequence, first_ms, part)
        records.append(Record(Kind.EVENT, 0, packed))
    timed = [*_blocks(series, period_ms), *_verdicts(series, wanted, len(parts))]
    return records + sorted(timed, key=lambda record: record.t_utc_us)


def _period_ms(series: Series) -> int:
    """The grid of the file: its median step."""
    steps = sorted(after - before for before, after in itertools.pairwise(series.t_ms.tolist()))
    return steps[len(steps) // 2] if steps else 1000


def _blocks(series: Series, period_ms: int) -> Iterator[Record]:
    """Blocks of at most five samples on the file's grid; a slot that the file lacks leaves a gap in the index."""
    encoder = block.BlockEncoder(len(SITES), protocol.BLOCK_MAX_BYTES)
    steps, began, first_ms = (1,) * len(SITES), None, int(series.t_ms[0])
    for t_ms, pressures in series.rows():
        index = round((t_ms - first_ms) / period_ms)
        if began is not None and (encoder.count == 5 or index != began[0] + encoder.count):
            yield Record(Kind.BLOCK, began[1] * 1000, bytes(encoder.finish()))
            began = None
        if began is None:
            encoder.begin(0, index, t_ms, period_ms, REFERENCE_COUNTS, steps)
            began = (index, t_ms)
        encoder.add(array("h", [_counts(pressure) for pressure in pressures]))
    if began is not None:
        yield Record(Kind.BLOCK, began[1] * 1000, bytes(encoder.finish()))


def _counts(pressure_cmmHg: int) -> int:
    """The counts that the calibration above maps to a pressure."""
    if pressure_cmmHg == MISSING:
        return MISSING
    return round(pressure_cmmHg * REFERENCE_COUNTS / (Q14 + pressure_cmmHg))


def _verdicts(series: Series, prescribed: str, sequence: int) -> Iterator[Record]:
    """What the sock's check says each second, and of each finding as it opens, gets worse or ends (events from sequence
    on), which alone tells its onset.
    """
    check, numbers = fit.FitCheck(prescription.parse(prescribed)), itertools.count(sequence)
    for t_ms, pressures in series.rows():
        if not check.add(t_ms, pressures):
            continue
        findings = check.open_findings(resting=True)
        for found in [*(each for each in findings if each.told != each.level), *check.take_closed()]:
            found.told = found.level
            told = json.dumps({name: getattr(found, name) for name in NOTICED}).encode()
            for part in event.context_parts(told, protocol.BLOCK_MAX_BYTES):
                packed = event.encode_event(event.NOTICE, 0, next(numbers), t_ms, part)
                yield Record(Kind.EVENT, t_ms * 1000, packed)
        open_now = [(found.kind, found.site, found.level) for found in check.open_findings()]
        said = protocol.pack_fit(t_ms, check.verdict, check.descending_permille, open_now, protocol.BLOCK_MAX_BYTES)
        yield Record(Kind.FIT, t_ms * 1000, said)
