"""Tell stories, hand them to checks, judge what they said; over two processes or more."""

import functools
import json
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from .check import Factory, Report, attend, factory
from .plan import Spec, Story, tell
from .score import Scored, judge

Result = dict[str, Scored]
"""By name of the check, in the order they were asked for."""


def attend_story(story: Story, factories: dict[str, Factory]) -> dict[str, list[Report]]:
    """All checks hear the same story; one report per wear."""
    sessions = {name: make(story.wears[-1].person.prescription) for name, make in factories.items()}
    reports: dict[str, list[Report]] = {name: [] for name in factories}
    for wear in story.wears:
        for session in sessions.values():
            session.next_wear()
        for chunk in wear.chunks():
            for session in sessions.values():
                attend(session, chunk, wear.marks)
        for name, session in sessions.items():
            reports[name].append(session.report())
    return reports


def run_one(spec: Spec, checks: dict[str, str], sensors_per_site: int = 1) -> Result:
    """Everything about one story. checks: name to MODULE:FACTORY."""
    story = tell(spec, sensors_per_site)
    reports = attend_story(story, {name: factory(path) for name, path in checks.items()})
    return {name: judge(story, reports[name]) for name in checks}


def run(specs: list[Spec], checks: dict[str, str], jobs: int = 1, sensors_per_site: int = 1) -> Iterator[Result]:
    """Results in any order as they come. jobs: worker processes; 1 runs here."""
    work = functools.partial(run_one, checks=checks, sensors_per_site=sensors_per_site)
    if jobs <= 1:
        yield from map(work, specs)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(work, specs, chunksize=4)


def counted(results: Iterator[Result], total: int, say: Callable[[str], object]) -> Iterator[Result]:
    """The same results, with a line of progress now and then."""
    began = said = time.monotonic()
    hours = 0.0
    for number, result in enumerate(results, start=1):
        hours += next(iter(result.values())).worn_h
        now = time.monotonic()
        if now - said > 5.0 or number == total:
            said = now
            left = (now - began) * (total - number) / number
            say(f"\r{number}/{total} wears, {hours:.0f} h worn, {now - began:.0f} s, about {left:.0f} s to go  ")
        yield result
    say("\n")


def resume(path: Path, specs: list[Spec]) -> tuple[list[Result], list[Spec]]:
    """What a run that was broken off has kept, and the stories that are left, in an order that makes any part of them
    a fair sample. A line that was not written to its end is dropped.
    """
    have = kept(path) if path.exists() else []
    keep(path, have)
    done = {result["check"].spec for result in have}
    left = [spec for spec in specs if str(spec) not in done]
    random.Random(len(specs)).shuffle(left)
    return have, left


def noted(path: Path, results: Iterator[Result]) -> Iterator[Result]:
    """The same results, each in the file before the next is asked for."""
    with path.open("a", encoding="utf-8") as out:
        for result in results:
            out.write(_line(result))
            out.flush()
            yield result


def keep(path: Path, results: list[Result]) -> None:
    """One JSON line per story, so that tables can be printed again without running."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(_line(result) for result in results)


def kept(path: Path) -> list[Result]:
    """What `keep` wrote."""
    with path.open(encoding="utf-8") as lines:
        return [
            {name: Scored(**scored) for name, scored in json.loads(line).items()} for line in lines if line[-1] == "\n"
        ]


def _line(result: Result) -> str:
    return json.dumps({name: asdict(scored) for name, scored in result.items()}) + "\n"
