"""The recordings as pages ask for them: a list, one with its findings, a window of some of them."""

import asyncio
import hashlib
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from gradsock.analysis import check as checking
from gradsock.errors import GradsockError, LogError
from gradsock.export.course import laid, marks_of
from gradsock.log import catalogue, layout, recording
from gradsock.places import cache_folder
from gradsock.view import recorded, trace
from gradsock.view.trace import Grain

KEPT = 4
"""Recordings whose samples are kept in memory: about 12 MB an hour of three sites."""
FINE_US = 3 * 3600 * 1_000_000
"""Longer windows are drawn from the overview."""
WIDTHS = (16, 4000)
OVERVIEWS = "overviews"


class Library:
    """What lies in a folder of recordings. Reading is done in threads; asks for the same at once share the work."""

    def __init__(self, logs: Path | None = None) -> None:
        self._logs = logs
        self._samples: OrderedDict[str, tuple[str, Grain, dict[str, Any]]] = OrderedDict()
        self._checked: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._reading = asyncio.Lock()

    async def entries(self) -> list[dict[str, Any]]:
        """All recordings, the newest first."""
        entries = await asyncio.to_thread(catalogue.entries, self._logs)
        return [entry.as_dict() for entry in reversed(entries)]

    async def show(self, name: str) -> dict[str, Any]:
        """All that `gradsock logs show --json` tells of one."""
        _, _, told = await self._read(name)
        return told

    async def check(self, name: str, prescription: str | None) -> dict[str, Any]:
        """The fit check over one; spans are in seconds from its first sample."""
        path = self._find(name)
        key = (str(path), _stamp(path), prescription or "")
        if key not in self._checked:
            done = await asyncio.to_thread(checking.check, path, prescription=prescription)
            self._checked[key] = done.as_dict()
        return self._checked[key]

    async def window(self, names: list[str], from_us: int | None, to_us: int | None, width: int) -> dict[str, Any]:
        """A window over some of them as one; without ends: all of it."""
        width = max(WIDTHS[0], min(WIDTHS[1], width))
        far = trace.joined([await self._overview(name) for name in names])
        if not len(far):
            return {"t": [], "sites": {}, "from": None, "to": None}
        start = int(far.utc_us[0]) if from_us is None else from_us
        end = int(far.utc_us[-1]) + far.span_us if to_us is None else to_us
        if end <= start:
            raise GradsockError("a window ends after it begins")
        grain = far
        if end - start <= FINE_US:
            grain = trace.joined([await self._fine(name, start, end) for name in names])
        return {**trace.window(grain, start, end, width), "from": start / 1000, "to": end / 1000}

    async def prepare(self) -> None:
        """Make the overviews that are missing, so that the list and long windows are there at once."""
        for entry in await asyncio.to_thread(catalogue.entries, self._logs):
            try:
                await self._overview(entry.id)
            except GradsockError:
                continue  # it is listed with the reason

    def _find(self, name: str) -> Path:
        if "/" in name or "\\" in name or name.startswith("."):
            raise LogError(f"no recording is called {name}")
        return layout.find(name, self._logs)

    async def _fine(self, name: str, start_us: int, end_us: int) -> Grain:
        far = await self._overview(name)
        if not len(far) or far.utc_us[0] > end_us or far.utc_us[-1] + far.span_us < start_us:
            return trace.joined([])
        return (await self._read(name))[1]

    async def _read(self, name: str) -> tuple[str, Grain, dict[str, Any]]:
        path = self._find(name)
        stamp = _stamp(path)
        async with self._reading:
            held = self._samples.get(str(path))
            if held is None or held[0] != stamp:
                held = await asyncio.to_thread(_read, path, stamp)
                self._samples[str(path)] = held
            self._samples.move_to_end(str(path))
            while len(self._samples) > KEPT:
                self._samples.popitem(last=False)
        return held

    async def _overview(self, name: str) -> Grain:
        path = self._find(name)
        whose = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
        file = cache_folder() / OVERVIEWS / f"{whose}-{_stamp(path)}.npz"
        found = await asyncio.to_thread(_load, file)
        if found is None:
            found = trace.overview((await self._read(name))[1])
            await asyncio.to_thread(_store, file, found)
        return found


def _stamp(path: Path) -> str:
    """Changes whenever the file does."""
    try:
        stat = path.stat()
    except OSError as error:
        raise LogError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    return hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:16]


def _read(path: Path, stamp: str) -> tuple[str, Grain, dict[str, Any]]:
    read = recording.open(path)
    told = recorded.as_dict(read)
    utc_us = laid(read)
    told["marks"] = [{"utc_us": mark.utc_us, "text": mark.text} for mark in marks_of(read)]
    first = int(utc_us[0]) if len(utc_us) else told["start_utc_us"]
    told["first_utc_us"] = first
    return stamp, trace.of_samples(utc_us, read.pressure_mmHg), told


def _load(file: Path) -> Grain | None:
    try:
        with np.load(file, allow_pickle=False) as held:
            sites = [name[4:] for name in held.files if name.startswith("low_")]
            low = {site: held[f"low_{site}"] for site in sites}
            high = {site: held[f"high_{site}"] for site in sites}
            return Grain(held["utc_us"], low, high, trace.OVERVIEW_US)
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _store(file: Path, far: Grain) -> None:
    """Kept where it can be; without it the page is slower and as right."""
    columns = {f"low_{site}": values for site, values in far.low_cmmHg.items()}
    columns |= {f"high_{site}": values for site, values in far.high_cmmHg.items()}
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in file.parent.glob(f"{file.name.rpartition('-')[0]}-*.npz"):
            old.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".new", delete=False) as scratch:
            np.savez(scratch, allow_pickle=False, utc_us=far.utc_us, **columns)
        Path(scratch.name).replace(file)
    except OSError:
        return
