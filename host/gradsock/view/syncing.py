"""What a sync shows: how far it is, how long it takes yet, and what came of it."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gradsock.counting import counted
from gradsock.log.recorder import Recorder
from gradsock.log.syncing import Syncing
from gradsock.period import duration

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

STEP = 10  # without a terminal: a line at every so many percent
MAX_GAPS = 5


class SyncView:
    """A progress bar on a terminal, a line now and then elsewhere. Give :meth:`show` to a `Syncing`."""

    def __init__(self, screen: bool | None = None) -> None:
        self._screen = sys.stdout.isatty() if screen is None else screen
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._text = ""
        self._percent = -STEP

    def __enter__(self) -> Self:
        if self._screen:
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
            self._bar = Progress(*columns)
            self._bar.start()
            self._task = self._bar.add_task("", total=None, said="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, syncing: Syncing) -> None:
        """How it stands now."""
        if self._bar is None or self._task is None:
            self._line(syncing)
            return
        progress = syncing.progress
        total, done = (progress.entries, progress.done) if progress else (None, 0)
        self._bar.update(self._task, description=syncing.text, total=total, completed=done, said=_said(syncing))

    def _line(self, syncing: Syncing) -> None:
        progress = syncing.progress
        percent = 100 * progress.done // max(1, progress.entries) if progress else -STEP
        if syncing.text == self._text and percent < self._percent + STEP:
            return
        if syncing.text != self._text:
            self._text = syncing.text
            sys.stdout.write(f"{self._text}\n")
        if percent >= self._percent + STEP:
            self._percent = percent - percent % STEP
            sys.stdout.write(f"{self._percent:3d} %  {_said(syncing)}\n")
        sys.stdout.flush()


def _said(syncing: Syncing) -> str:
    progress = syncing.progress
    if progress is None:
        return ""
    left_s = progress.left_s
    rate = progress.fetched_bytes / progress.seconds / 1000 if progress.seconds > 1 else 0.0
    parts = [_size(progress.fetched_bytes)]
    if rate:
        parts.append(f"{rate:.1f} kB/s")
    if left_s is not None and progress.seconds > 1:
        parts.append(f"{duration(left_s)} left")
    return ", ".join(parts)


def summary(syncing: Syncing, logs: Path | None = None) -> str:
    """What came of it, in a few lines."""
    return "\n".join(_lines(syncing, logs))


def _lines(syncing: Syncing, logs: Path | None) -> Iterator[str]:
    account, info = syncing.recorder.account, syncing.recorder.info
    yield info.label if info else syncing.text
    if not account.received:
        yield "  nothing new: all that it kept is here already"
    else:
        yield f"  fetched    {counted(account.received, 'sample')}, {_size(syncing.fetched_bytes)}"
        yield from _gaps(syncing.recorder)
    for path in syncing.sessions:
        chosen = "" if logs is None else f" --logs {shlex.quote(str(logs))}"
        yield f"  session    gradsock logs show {path.stem}{chosen}"
    if not syncing.sessions and syncing.recorder.path is not None:
        yield f"  log        {syncing.recorder.path}"


def _gaps(recorder: Recorder) -> Iterator[str]:
    """What lies between samples that came, and is in no recording."""
    gaps = [
        (gap.boot, first, last - first + 1)
        for gap in recorder.account.gaps()
        for first, last in recorder.missing(gap.boot, gap.first_index, gap.first_index + gap.count - 1)
    ]
    for boot, first, count in gaps[:MAX_GAPS]:
        yield f"             gap: {counted(count, 'sample')} from {first:,} of boot {boot}"
    if len(gaps) > MAX_GAPS:
        yield f"             and {counted(len(gaps) - MAX_GAPS, 'more gap')}; all are in the recordings"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} kB"
