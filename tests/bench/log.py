"""What keeping recordings costs: bytes, work, and how long one waits.

    python -m tests.bench.log [--days 14] [--sessions 10000] [--every-byte]

The signal is that of tests/bench/codec.py: three sites at 25 Hz, 0.5 mmHg RMS of white noise, walking a quarter of the
time, stored as the virtual leg's calibration cuts it. A day is worn for 16 hours and lies beside the bed for 8, where
the converter's own noise is all there is; the figure for days that are worn through stands beside it. Live: blocks of
five samples and a verdict a second. Fetched: blocks of 240 bytes from the journal. Times are CPU seconds of this
process, so that a busy machine does not show in them; --every-byte changes each byte of a small recording, either form.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from gradsock.flash.nominal import calibration_from_curves
from gradsock.link.events import FitChanged, FitNow, InfoRead, LinkEvent
from gradsock.log import catalogue, contents, layout, sealed, told
from gradsock.log.decode import decode_all
from gradsock.log.frames import Kind, Record
from gradsock.log.recorder import Recorder
from gradsock.log.recording import Recording
from gradsock.log.samples import Runs, Samples
from gradsock.log.seal import seal
from gradsock.log.table import to_table
from gradsock.log.verify import verify
from gradsock.sim.sensor import Sensor
from sock import event
from sock.calibration import from_json

from tests.bench.codec import PROFILE, REFERENCE, blocks, following, pressures, stored_counts
from tests.host.conftest import MadeSock
from tests.host.log_bench import live, record, said

RATE_HZ, BOOT, T0_US = 25, 7, 1_760_000_000_000_000
STRETCH = RATE_HZ * 600  # samples; every fourth stretch is walked
WORN_H = 16
CALIBRATION = from_json(calibration_from_curves([Sensor().curve()] * 3))
MADE = MadeSock(boot=BOOT)


def row(what: str, figure: str, goal: str = "") -> None:
    """One line of the table."""
    print(f"  {what:<58}{figure:>18}  {goal}", flush=True)


def worn_counts(hours: float, worn_h: float, steps: tuple[int, ...], seed: int) -> Any:
    """Stored counts, (samples, 3): worn first, then off the leg."""
    rng, parts, worn = np.random.default_rng(seed), [], round(worn_h * 3600 * RATE_HZ)
    for number in range(-(-worn // STRETCH)):
        noisy = pressures(PROFILE, number % 4 == 0, STRETCH, seed=1000 * seed + number)[1]
        parts.append(np.stack([_counts(noisy[site], site, steps[site]) for site in range(3)], axis=1))
    off = round((hours - worn_h) * 3600 * RATE_HZ)
    at_rest = np.stack([_counts(np.zeros(off), site, 1) for site in range(3)], axis=1)
    parts = [np.concatenate(parts)[:worn], _cut(at_rest + np.rint(rng.normal(0, 0.4, (off, 3))).astype(int), steps)]
    return np.concatenate(parts).astype(np.int16)


def _counts(pressure_mmHg: Any, site: int, step: int) -> Any:
    ratio = np.interp(pressure_mmHg * 100, CALIBRATION._y[site], CALIBRATION._x[site])
    return _cut(np.round(REFERENCE * ratio / (ratio + 16384)).astype(int), step)


def _cut(counts: Any, step: Any) -> Any:
    return (counts + np.asarray(step) // 2) // step * step


def session(hours: float, worn_h: float, *, is_live: bool, seed: int = 1) -> Recording:
    """A session as it would have been recorded, without the hours that takes."""
    steps, rng = following(CALIBRATION), np.random.default_rng(seed)
    counts = worn_counts(hours, worn_h, steps, seed)
    first = np.arange(0, len(counts), 5 if is_live else 110)
    number, index = len(first), np.arange(len(counts))
    came = T0_US + 40_000 * np.append(first[1:], len(counts)) + rng.integers(0, 30_000, number)
    runs = Runs(
        first=first,
        channels=np.full(number, 3),
        period_ms=np.full(number, 40),
        reference_counts=REFERENCE + rng.integers(-2, 3, number),
        flags=np.zeros(number, np.int64),
        received_utc_us=came if is_live else T0_US + 10**11 + 30_000 * np.arange(number),
        fetched=np.full(number, not is_live),
        step_counts=np.tile(np.array(steps), (number, 1)),
    )
    samples = Samples(np.full(len(counts), BOOT), index, 1000 + 40 * index, counts, runs)
    held = contents.Contents(samples=samples, records=list(_records(hours, is_live=is_live)))
    return Recording(Path("251122-1614-made.parquet"), held)


def _records(hours: float, *, is_live: bool) -> Any:
    yield Record(Kind.SESSION, T0_US, json.dumps({"zone": "Europe/Berlin", "started_utc_us": T0_US}).encode())
    yield Record(Kind.INFO, T0_US, json.dumps(MADE.info().raw).encode())
    for part, data in enumerate(event.context_parts(CALIBRATION.pack(), 240)):
        yield Record(Kind.EVENT, T0_US, event.encode_event(event.CONTEXT_CALIBRATION, BOOT, part, 900, data))
    rng = np.random.default_rng(3)
    for n in range(round(hours * 120) if is_live else 16):
        sent = T0_US + 30_000_000 * n + int(rng.integers(0, 90_000))
        trip, ticks = int(rng.integers(8_000, 40_000)), (sent - T0_US) // 1000 + 1000
        probe = {"boot": BOOT, "sent_utc_us": sent, "received_utc_us": sent + trip}
        probe |= {"sock_received_ticks_ms": ticks + trip // 2000, "sock_sent_ticks_ms": ticks + trip // 2000}
        yield Record(Kind.PROBE, sent + trip, json.dumps(probe, separators=(",", ":")).encode())
    for n in range(round(hours * 3600) if is_live else 0):
        verdict = "good" if n % 1800 else "fold"
        yield Record(Kind.FIT, T0_US + 1_000_000 * n + int(rng.integers(0, 30_000)), MADE.fit(1000 * n + 1000, verdict))


def packed(recording: Recording) -> bytes:
    """What it is sealed into."""
    return sealed.pack(to_table(recording.columns), recording.contents.records, told.told(recording, ["made.gslog"]))


def recording_cost(minutes: int, logs: Path) -> None:
    """A sock recorded live: bytes of its block file, CPU of keeping it, and what sealing makes of it."""
    count = minutes * 60 * RATE_HZ
    steps = following(CALIBRATION)
    stored = stored_counts(pressures(PROFILE, False, count)[1], CALIBRATION, steps)
    events: list[LinkEvent] = [InfoRead(MADE.info(), T0_US), *live(blocks(stored, steps, 5), T0_US)]
    for second in range(minutes * 60):
        data = MADE.fit(1000 * second, "good")
        events.append(FitChanged(FitNow.parse(data), data, T0_US + 1_000_000 * second))
    recorder = Recorder(logs)
    taken_s = cpu(lambda: [recorder.take(happened) for happened in events])
    recorder.close()
    assert recorder.path is not None
    path, hours = recorder.path, minutes / 60
    row("while recording, bytes per hour (live, with verdicts)", f"{path.stat().st_size / hours / 1e6:.2f} MB/h")
    row("CPU per sock while recording", f"{100 * taken_s / (minutes * 60):.2f} %")
    data = [block for block in map(_block, contents.read_frames(path)) if block]
    row("reading blocks, site-samples per CPU second", f"{3 * count / cpu(lambda: decode_all(data)):,.0f}")
    opened_s = cpu(lambda: Recording(path, contents.read(path)).counts)
    row("opening a block file of 12 hours", f"{opened_s * 12 / hours:.2f} s")
    sealed_s = cpu(lambda: seal(path))
    row("sealing, of 12 hours", f"{sealed_s * 12 / hours:.1f} s")


def _block(item: Any) -> bytes | None:
    return item.payload if isinstance(item, Record) and item.kind == Kind.BLOCK else None


def sealing(days: int) -> None:
    """Bytes of sealed days."""
    for is_live, way in ((False, "fetched"), (True, "live, with verdicts")):
        sizes = [len(packed(session(24, WORN_H, is_live=is_live, seed=day + 1))) for day in range(days)]
        goal = "<= 60 MB" if not is_live else ""
        row(f"14 days of 25 Hz x 3 sites, worn 16 h, {way}", f"{sum(sizes) * 14 / days / 1e6:.1f} MB", goal)
    through = len(packed(session(24, 24, is_live=False)))
    row("  worn through, 24 h a day, fetched", f"{through * 14 / 1e6:.1f} MB")
    hour = len(packed(session(12, 12, is_live=True))) / 12
    row("  an hour worn, live, bytes", f"{hour / 1e3:.0f} kB")


def opening(folder: Path) -> None:
    """Opening 12 hours."""
    path = folder / "x.parquet"
    path.write_bytes(packed(session(12, 12, is_live=True)))

    def opened() -> None:
        recording = Recording(path, sealed.read_sealed(path))
        assert len(recording.utc_us) == len(recording.counts["ankle"]) == 12 * 3600 * RATE_HZ

    row("opening 12 hours: time and counts", f"{min(cpu(opened) for _ in range(5)):.2f} s", "<= 0.5 s")
    recording = Recording(path, sealed.read_sealed(path))
    row("  and pressures, when asked for", f"{cpu(lambda: recording.pressure_mmHg):.2f} s")
    code = f"import gradsock; len(gradsock.open({str(path)!r}).utc_us)"
    row("  in a fresh Python, imports and all", f"{cpu_of([sys.executable, '-c', code]):.2f} s")
    row("verifying 12 hours", f"{cpu(lambda: verify(path)):.2f} s")


def listing(folder: Path, sessions: int) -> None:
    """The list of many sessions."""
    path = folder / "one.parquet"
    path.write_bytes(packed(session(0.2, 0.2, is_live=True)))
    logs = folder / "logs"
    for number in range(sessions):
        day = logs / f"sock=SOCK{number % 20:04}" / f"date=2025-{number // 20 % 12 + 1:02}-{number // 240 % 28 + 1:02}"
        day.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, day / f"25{number:06}-made.parquet") if number < 40 else os.link(
            path, day / f"25{number:06}-made.parquet"
        )
    row(f"listing {sessions:,} sessions, the catalogue made anew", f"{cpu(lambda: catalogue.rebuild(logs)):.2f} s")
    row(
        f"listing {sessions:,} sessions",
        f"{min(cpu(lambda: catalogue.entries(logs)) for _ in range(3)):.2f} s",
        "<= 0.5 s",
    )
    command = [sys.executable, "-m", "gradsock", "logs", "--logs", str(logs)]
    row("  `gradsock logs`, imports and all", f"{cpu_of(command):.2f} s")
    assert len(layout.files(logs)) == sessions


def every_byte(folder: Path) -> None:
    """Each byte of a small recording of either form, changed: is it noticed, and what is lost."""
    path = record(folder / "fuzz", *said(MADE), *live([MADE.block(index) for index in range(0, 100, 5)], T0_US))
    for suffix in (layout.SUFFIX, layout.SEALED):
        if suffix == layout.SEALED:
            (path,) = seal(path)
        data, unnoticed, fewest = path.read_bytes(), 0, 100
        for at in range(len(data)):
            broken = bytearray(data)
            broken[at] ^= 1 << at % 8
            path.write_bytes(broken)
            result = verify(path)
            unnoticed += not result.faults and not result.remarks
            fewest = min(fewest, result.samples)
        path.write_bytes(data)
        row(f"{suffix}: each of {len(data):,} bytes changed, unnoticed", f"{unnoticed}", "0")
        row("  samples that are left of 100, at the least", f"{fewest}")


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def cpu_of(command: list[str]) -> float:
    """CPU seconds of a command, the lesser of two runs."""
    with tempfile.TemporaryDirectory() as folder:
        return min(run(command, compiled(Path(folder)))[1] for _ in range(2))


def compiled(folder: Path) -> dict[str, str]:
    """The environment of a command that is installed and was run before: Python keeps what it compiled of it."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def run(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Seconds on the wall and of CPU that a command takes."""
    began, before = time.monotonic(), os.times()
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, used


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=int, default=14, help="days that are really sealed")
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--every-byte", action="store_true")
    chosen = parser.parse_args()
    print("Recordings")
    with tempfile.TemporaryDirectory() as folder:
        opening(Path(folder))
        recording_cost(60, Path(folder) / "recorded")
        listing(Path(folder), chosen.sessions)
        sealing(chosen.days)
        if chosen.every_byte:
            every_byte(Path(folder))


if __name__ == "__main__":
    main()
