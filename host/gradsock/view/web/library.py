"""The recordings as pages ask for them: a list, one with its findings, a window of some of them, notes."""

import asyncio
import importlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gradsock.errors import GradsockError, LogError
from gradsock.log import catalogue, layout, notes
from gradsock.view import trace
from gradsock.view.trace import Grain
from gradsock.view.web import digest
from gradsock.view.web.digest import CHECK, COURSE
from gradsock.view.web.maker import NOW, SOMETIME, SOON, Maker

FEW = 3
"""So many recordings are drafted from the means of seconds, more of them from what the footers of the files say."""
PREPARED = 60
KEPT_DRAFTS = 200
KEPT_FAR = 12
"""Overviews in memory: half a megabyte for twelve hours of wear."""
FINE_US = 3 * 3600 * 1_000_000
"""Longer windows are drawn from overviews."""
WIDTHS = (16, 4000)
NEVER = (1, 0)
FRESH_S = 10.0
"""A recording that is still going on is read anew after so long."""


@dataclass(frozen=True)
class Far:
    """Some recordings from far away: joined, from when to when each of them is, whether it is more than a draft."""

    grain: Grain
    spans_us: tuple[tuple[int, int], ...]
    exact: bool


class Library:
    """What lies in a folder of recordings. A process of its own reads them, until `close`."""

    def __init__(self, logs: Path | None = None) -> None:
        self._logs = logs
        self._maker = Maker()
        self._far: OrderedDict[tuple[tuple[Path, bool], ...], Far] = OrderedDict()
        self._drafts: OrderedDict[tuple[Path, bool], Grain | None] = OrderedDict()
        self._growing: dict[Path, tuple[float, Path]] = {}

    async def close(self) -> None:
        """End what is being read."""
        await self._maker.close()

    async def entries(self) -> list[dict[str, Any]]:
        """All recordings, the newest first."""
        entries = await asyncio.to_thread(catalogue.entries, self._logs)
        return [entry.as_dict() for entry in reversed(entries)]

    async def show(self, name: str) -> dict[str, Any]:
        """All that `gradsock logs show --json` tells of one, with the notes of now."""
        path = self._find(name)
        folder = await self._course(path, fresh=True)  # somebody may look for the mark that was put just now
        told: dict[str, Any] = msgspec.json.decode((folder / "about.json").read_bytes())
        upon = await asyncio.to_thread(notes.notes_of, path)
        told["notes"] = [{"utc_us": note.utc_us, "text": note.text} for note in upon]
        return told

    async def note(self, name: str, utc_us: int, text: str) -> dict[str, Any]:
        """Put a note upon one."""
        note = await asyncio.to_thread(notes.add_note, self._find(name), utc_us, text)
        return {"utc_us": note.utc_us, "text": note.text}

    async def check(self, name: str, prescription: str | None) -> dict[str, Any]:
        """The fit check over one; spans are in seconds from its first sample."""
        path = self._find(name)
        folder = self._folder(path)
        file = digest.check_file(folder, prescription)
        if not file.exists():
            await self._maker.make(CHECK, path, folder, prescription, when=NOW)
        checked: dict[str, Any] = msgspec.json.decode(file.read_bytes())
        return checked

    async def window(self, names: list[str], from_us: int | None, to_us: int | None, width: int) -> dict[str, Any]:
        """A window over some of them as one; without ends: all of it.

        ``draft``: it is drawn from what can be had at once, until what is exact has been read; ask again then.
        """
        width = max(WIDTHS[0], min(WIDTHS[1], width))
        paths = [self._find(name) for name in dict.fromkeys(names)]
        far = await self._from_far(paths)
        grain, exact = far.grain, far.exact
        if not len(grain):
            return {"t": [], "sites": {}, "gaps": [], "from": None, "to": None, "draft": False}
        start = int(grain.utc_us[0]) if from_us is None else from_us
        end = int(grain.utc_us[-1]) + grain.span_us if to_us is None else to_us
        if end <= start:
            raise GradsockError("a window ends after it begins")
        if end - start <= FINE_US:
            spans = zip(paths, far.spans_us, strict=True)
            near = [path for path, (first, last) in spans if first <= end and last >= start]
            grain, exact = trace.joined([await self._samples(path, start, end) for path in near]), True
        found = trace.window(grain, start, end, width)
        return {**found, "from": start / 1000, "to": end / 1000, "draft": not exact}

    def lines(self, names: list[str]) -> list[list[str]]:
        """Which of some belong on one line of time: those of one sock."""
        by_sock: dict[Path, list[str]] = {}
        for name in dict.fromkeys(names):
            by_sock.setdefault(self._find(name).parent.parent, []).append(name)
        return list(by_sock.values())

    async def prepare(self) -> None:
        """Have made what is missing of the newest, so that the list, long windows and findings are there at once."""
        await asyncio.to_thread(importlib.import_module, "gradsock.log.sealed")  # before anybody waits
        entries = await asyncio.to_thread(catalogue.entries, self._logs)
        for what in (COURSE, CHECK):
            for entry in reversed(entries[-PREPARED:]):
                if entry.sealed and not entry.state:  # else it is listed with the reason, or still being recorded
                    try:
                        folder = self._folder(entry.path)
                        made = folder / "about.json" if what == COURSE else digest.check_file(folder, None)
                        if not made.exists():
                            await self._maker.make(what, entry.path, folder, when=SOMETIME)
                    except GradsockError:
                        continue

    def _find(self, name: str) -> Path:
        if "/" in name or "\\" in name or name.startswith("."):
            raise LogError(f"no recording is called {name}")
        return layout.find(name, self._logs)

    def _folder(self, path: Path, *, fresh: bool = False) -> Path:
        """Where what is made of it lies. Of a recording that goes on what was made a moment ago is good enough.

        fresh: it is to be all that there is now.
        """
        folder, now = digest.folder_of(path), asyncio.get_running_loop().time()
        if path.suffix == layout.SEALED:
            return folder
        made_s, before = self._growing.get(path, (0.0, folder))
        if before != folder and now - made_s < FRESH_S and before.exists() and not fresh:
            return before
        if before != folder or path not in self._growing:
            self._growing[path] = (now, folder)
        return folder

    async def _course(self, path: Path, *, fresh: bool = False) -> Path:
        """The folder in which its course lies, made where it was not; fresh as `_folder` has it."""
        folder = self._folder(path, fresh=fresh)
        if not (folder / "about.json").exists():
            await self._maker.make(COURSE, path, folder, when=NOW)
        return folder

    async def _from_far(self, paths: list[Path]) -> Far:
        folders = [self._folder(path) for path in paths]
        key = tuple((folder, (folder / "about.json").exists()) for folder in folders)
        far = self._far.get(key)
        if far is None:
            both = await asyncio.gather(*(self._overview(path, rough=len(paths) > FEW) for path in paths))
            overviews = [overview for overview, _ in both]
            spans = tuple(
                (int(of.utc_us[0]), int(of.utc_us[-1]) + of.span_us) if len(of) else NEVER for of in overviews
            )
            joined = await asyncio.to_thread(trace.joined, overviews)
            far = Far(joined, spans, all(exact for _, exact in both))
        _put(self._far, key, far, KEPT_FAR)
        return far

    async def _overview(self, path: Path, *, rough: bool) -> tuple[Grain, bool]:
        """Whether it is exact: as it was made, or for the time being as it can be had at once."""
        folder = self._folder(path)
        if not (folder / "about.json").exists() and path.suffix == layout.SEALED:
            key = (folder, rough)
            if key not in self._drafts:
                drafted = await asyncio.to_thread(digest.rough if rough else digest.draft, path)
                _put(self._drafts, key, drafted, KEPT_DRAFTS)
            draft = self._drafts[key]
            if draft is not None:
                self._maker.ask(COURSE, path, folder, when=SOON)
                return draft, False
        folder = await self._course(path)
        return await asyncio.to_thread(digest.overview, folder) or trace.joined([]), True

    async def _samples(self, path: Path, start_us: int, end_us: int) -> Grain:
        for _ in range(2):  # what was kept of it may have been dropped to make room
            folder = await self._course(path)
            found = digest.samples(folder, start_us, end_us)
            if found is not None:
                return found
            (folder / "about.json").unlink(missing_ok=True)
        raise LogError(f"{path.stem} cannot be drawn: what is kept of it cannot be read")


def _put(held: "OrderedDict[Any, Any]", key: Any, value: Any, at_most: int) -> None:
    """Keep it as the one that was looked at last."""
    held[key] = value
    held.move_to_end(key)
    while len(held) > at_most:
        held.popitem(last=False)
