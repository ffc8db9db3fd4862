"""Recordings made up for the tests of the log: any blocks, any order, any boots."""

from array import array
from pathlib import Path

from gradsock.link import BlockReceived, InfoRead, Probe, Probed
from gradsock.link.events import BlockFetched
from gradsock.log import samples
from gradsock.log.recorder import Recorder
from sock import MISSING, block

PERIOD_MS = 40


def record(logs: Path, *events) -> Path:
    """A closed block file of these events."""
    with Recorder(logs) as recorder:
        for happened in events:
            recorder.take(happened)
    assert recorder.path is not None
    return recorder.path


def said(made, boot=None, at_us=None):
    """What a sock says before its samples: Info, context, and a few probes."""
    of = type(made)(made.serial, made.side, made.boot if boot is None else boot)
    t0 = made.t0_us if at_us is None else at_us
    yield InfoRead(of.info(), t0)
    for data in of.context():
        yield BlockReceived(data, t0)
    for n in range(3):
        sent = t0 + n * 250_000
        yield Probed(Probe(of.boot, sent - 8_000, sent + 8_000, 1000 + n * 250, 1000 + n * 250), sent + 8_000)


def pressed(boot, index, pressures_mmHg, *, seconds=1, per_block=25):
    """Live blocks of a sock that reads these pressures for so long, by the calibration of the made sock."""
    counts = [counts_of(p) for p in pressures_mmHg]
    return [bytes(encoded(boot, index + at, [counts] * per_block)) for at in range(0, round(seconds * 25), per_block)]


def counts_of(pressure_mmHg, reference=24000):
    """The counts that the made calibration (6000 cmmHg at x = Q14) reads as this pressure."""
    if pressure_mmHg is None:
        return MISSING
    x = pressure_mmHg * 100 / 6000
    return round(reference * x / (1 + x))


def encoded(boot, index, rows, steps=(1, 1, 1), reference=24000, flags=0, ticks_ms=None):
    """One block of these counts."""
    encoder = block.BlockEncoder(len(steps), 240)
    ticks_ms = 1000 + PERIOD_MS * index if ticks_ms is None else ticks_ms
    encoder.begin(boot, index, ticks_ms, PERIOD_MS, reference, steps, flags)
    for row in rows:
        assert encoder.add(array("h", row))
    return encoder.finish()


def live(blocks, t_utc_us):
    return [BlockReceived(data, t_utc_us + n * 200_000) for n, data in enumerate(blocks)]


def fetched(blocks, t_utc_us):
    return [BlockFetched(data, t_utc_us + n * 1_000) for n, data in enumerate(blocks)]


def same(some, others) -> bool:
    """Whether two recordings hold the same samples, records and account."""
    return (
        samples.equal(some.contents.samples, others.contents.samples)
        and some.contents.records == others.contents.records
        and some.account.as_dict() == others.account.as_dict()
    )
