"""A bar for work that takes its time: on a terminal, and gone when it is done."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say what is being done, and for how long, while nobody knows how long it takes."""
    if not sys.stderr.isatty():
        yield
        return
    with _bar() as bar:
        bar.add_task(what, total=None)
        yield


def each(what: str, things: Sequence[T]) -> Iterable[T]:
    """The same things, with a bar that tells how many are done."""
    if not sys.stderr.isatty() or len(things) < 2:
        return things
    return _each(what, things)


def _each(what: str, things: Sequence[T]) -> Iterator[T]:
    with _bar() as bar:
        task = bar.add_task(what, total=len(things))
        for thing in things:
            yield thing
            bar.advance(task)


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
