"""What the pages need of a recording, made once and kept: to read a day of samples takes seconds, a page waits tenths.

    FOLDER/overview.npz     least and highest pressure of every two seconds
    FOLDER/t.npy, SITE.npy  every sample: ms since the first one, and cmmHg; mapped later, never read whole
    FOLDER/about.json       what `gradsock logs show --json` tells
    FOLDER/check-*.json     what `gradsock check --json` tells, under a prescription

Run as a program it makes what it is asked for, beside the process that serves (`gradsock.view.web.maker`).
"""

import contextlib
import hashlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gradsock.errors import GradsockError, LogError
from gradsock.places import cache_folder
from gradsock.view import trace
from gradsock.view.trace import Grain

COURSE, CHECK = "course", "check"
KEPT_BYTES = 1_500_000_000
"""Of samples, 10 bytes each: some two months of wear. Those that were not looked at for longest go first."""
NICE = 10
"""Live traces come before what is being read."""


class Order(msgspec.Struct):
    """What is to be made: COURSE (all but the check) or CHECK, of a recording, into a folder."""

    what: str
    path: str
    folder: str
    prescription: str | None = None


class Done(msgspec.Struct):
    """How that went; error: one line, empty when it is there."""

    error: str = ""


def root() -> Path:
    """Where everything of all recordings is kept."""
    return cache_folder() / "pages"


def folder_of(path: Path) -> Path:
    """Where what is made of a file belongs: elsewhere whenever the file changes, or what it is read by."""
    try:
        stat = path.stat()
    except OSError as error:
        raise LogError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    whose = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    stamp = hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns} {_code()}".encode()).hexdigest()[:16]
    return root() / f"{whose}-{stamp}"


def check_file(folder: Path, prescription: str | None) -> Path:
    """The check under a prescription; None: the recording's own."""
    named = hashlib.sha256(prescription.encode()).hexdigest()[:16] if prescription is not None else "own"
    return folder / f"check-{named}.json"


@cache
def _code() -> str:
    """Changes whenever one of the modules does that recordings are read and checked with."""
    import sock

    import gradsock

    here = Path(str(gradsock.__file__)).parent
    folders = [Path(str(sock.__file__)).parent, here / "analysis", here / "log"]
    files = sorted(file for folder in folders for file in folder.glob("*.py"))
    files += [Path(__file__), here / "view" / "trace.py", here / "view" / "recorded.py", here / "export" / "course.py"]
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr(stats).encode()).hexdigest()


def make(order: Order) -> None:
    """Make what is asked for where it is not there yet; GradsockError when the recording cannot be read or checked."""
    path, folder = Path(order.path), Path(order.folder)
    if order.what == COURSE and not (folder / "about.json").exists():
        _make_course(path, folder)
    elif order.what == CHECK and not check_file(folder, order.prescription).exists():
        from gradsock.analysis.check import check

        told = check(path, prescription=order.prescription).as_dict()
        _keep(check_file(folder, order.prescription), lambda to: to.write_bytes(msgspec.json.encode(told)))


def _make_course(path: Path, folder: Path) -> None:
    from gradsock.export.course import laid
    from gradsock.log import recording
    from gradsock.view import recorded

    read = recording.open(path)
    told = recorded.as_dict(read)
    utc_us = laid(read)
    told["first_utc_us"] = int(utc_us[0]) if len(utc_us) else told["start_utc_us"]
    samples = trace.of_samples(utc_us, read.pressure_mmHg)
    _tidy(folder)
    first_us = int(samples.utc_us[0]) if len(samples) else 0
    since_ms = ((samples.utc_us - first_us + 500) // 1000).astype(np.int32)
    for name, values in {"t": since_ms, **samples.high_cmmHg}.items():
        narrow = values if name == "t" else np.clip(values, -32768, 32767).astype(np.int16)
        _keep(folder / f"{name}.npy", lambda to, narrow=narrow: np.save(to, narrow))  # type: ignore[misc]
    far = trace.overview(samples)
    columns = {f"low_{site}": values for site, values in far.low_cmmHg.items()}
    columns |= {f"high_{site}": values for site, values in far.high_cmmHg.items()}
    _keep(
        folder / "overview.npz",
        lambda to: np.savez(to, allow_pickle=False, utc_us=far.utc_us, first_us=np.int64(first_us), **columns),
    )
    _keep(folder / "about.json", lambda to: to.write_bytes(msgspec.json.encode(told)))  # last: then all is there


def _keep(file: Path, write: Callable[[Path], Any]) -> None:
    """Write a file whole or not at all."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
            fresh = Path(scratch) / file.name
            write(fresh)
            fresh.replace(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GradsockError(f"cannot keep {file}: {reason}; set GRADSOCK_HOME to another folder") from error


def _tidy(folder: Path) -> None:
    """Drop what was made of earlier states of this recording, and samples that nobody looked at for longest."""
    for old in root().glob(f"{folder.name.partition('-')[0]}-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    kept: list[tuple[int, int, Path]] = []
    for other in root().glob("*"):
        with contextlib.suppress(OSError):
            size = sum(file.stat().st_size for file in other.glob("*.npy"))
            kept.append((other.stat().st_mtime_ns, size, other))
    room = KEPT_BYTES
    for _, size, other in sorted(kept, reverse=True):
        room -= size
        if room < 0:
            for file in other.glob("*.npy"):  # made anew when somebody looks so closely again
                file.unlink(missing_ok=True)


def overview(folder: Path) -> Grain | None:
    """The overview, where it was made."""
    try:
        with np.load(folder / "overview.npz", allow_pickle=False) as held:
            sites = [name[4:] for name in held.files if name.startswith("low_")]
            low = {site: held[f"low_{site}"] for site in sites}
            high = {site: held[f"high_{site}"] for site in sites}
            return Grain(held["utc_us"], low, high, trace.OVERVIEW_US)
    except (OSError, ValueError, KeyError, EOFError):
        return None


def samples(folder: Path, from_us: int, to_us: int) -> Grain | None:
    """The samples of a window and one on either side of it; None where they were not made."""
    try:
        os.utime(folder)
        with np.load(folder / "overview.npz", allow_pickle=False) as held:
            first_us = int(held["first_us"])
            sites = [name[4:] for name in held.files if name.startswith("low_")]
        since_ms = np.load(folder / "t.npy", mmap_mode="r", allow_pickle=False)
        ends = np.clip([(from_us - first_us) // 1000 - 1, (to_us - first_us) // 1000 + 1], -(2**31), 2**31 - 1)
        first, last = np.searchsorted(since_ms, ends.astype(np.int32))
        rows = slice(max(0, int(first) - 1), int(last) + 1)
        columns = {site: np.load(folder / f"{site}.npy", mmap_mode="r", allow_pickle=False)[rows] for site in sites}
        return Grain(first_us + 1000 * since_ms[rows].astype(np.int64), columns, columns, 0)
    except (OSError, ValueError, KeyError, EOFError):
        return None


def draft(path: Path) -> Grain | None:
    """An overview at once, of the means that a sealed session holds for each second; None where it cannot be had."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from gradsock.log.table import means_of

    try:
        with pq.ParquetFile(path) as file:
            names = [name for name in file.schema_arrow.names if name.endswith("_mmHg")]
            table = file.read(columns=["utc", *names])
    except (OSError, pa.ArrowException):
        return None
    if not names or table["utc"].null_count or not table.num_rows:
        return None
    return trace.overview(trace.of_samples(*means_of(table)))


def rough(path: Path) -> Grain | None:
    """A draft of a draft: what the footer of a sealed session says of each stretch of 20 minutes. None: nothing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return None
    of_group = [_statistics(metadata.row_group(number)) for number in range(metadata.num_row_groups)]
    names = sorted({name for told in of_group for name in told if name.endswith("_mmHg")})
    if not names or any("utc" not in told for told in of_group):
        return None
    utc_us = np.array([told["utc"] for told in of_group], np.int64)
    span_us = int(np.median(utc_us[:, 1] - utc_us[:, 0]))
    ends = np.array([[told.get(name, (np.nan, np.nan)) for name in names] for told in of_group], np.float64)
    cmmHg = np.where(np.isnan(ends), trace.NO_PRESSURE, np.nan_to_num(np.rint(100 * ends))).astype(np.int16)
    sites = [name.removesuffix("_mmHg") for name in names]
    low, high = ({site: cmmHg[:, at, side] for at, site in enumerate(sites)} for side in (0, 1))
    return Grain(utc_us[:, 0], low, high, span_us)


def _statistics(group: Any) -> dict[str, tuple[Any, Any]]:
    """Lowest and highest of each column that has any, as numbers: as times they would load pandas first."""
    columns = [group.column(number) for number in range(group.num_columns)]
    with_ends = [one for one in columns if one.is_stats_set and one.statistics.has_min_max]
    return {one.path_in_schema: (one.statistics.min_raw, one.statistics.max_raw) for one in with_ends}


def main() -> None:
    """Make what is asked for on standard input, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who serves ends this one
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    for line in sys.stdin.buffer:
        try:
            make(msgspec.json.decode(line, type=Order))
            done = Done()
        except GradsockError as error:
            done = Done(str(error))
        sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
