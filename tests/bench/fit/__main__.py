"""python -m tests.bench.fit: judge a check on drawn wears, and print the tables.

Exit 0 when every goal that was measured is met, 1 when not, 2 on wrong usage.
"""

import argparse
import csv
import sys
from collections.abc import Callable
from pathlib import Path

from sock import MISSING

from .check import factory
from .goals import GOALS
from .plan import DRAWINGS, GROUPS, Spec, plan, tell
from .published import published_table
from .run import Result, counted, keep, kept, noted, resume, run
from .score import LEG_KINDS, Scored
from .table import tables

SOCK_FIT = f"{__package__}.check:sock_fit"
NAIVE = f"{__package__}.naive:naive"


def main(arguments: list[str], say: Callable[[str], object] = sys.stdout.write) -> int:
    """The command."""
    asked = _parser().parse_args(arguments)
    if asked.dump:
        return _dump(Spec.parse(asked.dump), Path(asked.csv), say)
    if asked.again:
        results = kept(asked.again)
    else:
        groups = asked.only or GROUPS
        specs = [spec for spec in plan(asked.drawing, asked.seed, asked.hours, asked.events) if spec.group in groups]
        checks = {"check": asked.check} if asked.no_naive else {"check": asked.check, "naive": NAIVE}
        results, left = resume(asked.resume, specs) if asked.resume else ([], specs)
        fresh = counted(run(left, checks, asked.jobs, asked.ring), len(left), sys.stderr.write)
        results += noted(asked.resume, fresh) if asked.resume else fresh
        results.sort(key=lambda result: _order(result["check"].spec))
        say(f"{asked.check} on the {asked.drawing} drawing, seed {asked.seed}: {len(specs)} stories\n\n")
    if asked.keep:
        keep(asked.keep, results)
    by_check = {name: [result[name] for result in results] for name in results[0]} if results else {}
    say(tables(by_check) + "\n")
    if not asked.again and not asked.only:
        say("\n" + published_table({name: factory(path) for name, path in checks.items()}) + "\n")
    for line in _examples(results, asked.show):
        say(line + "\n")
    met = [figure(by_check["check"])[1] for _, _, figure in GOALS]
    return 1 if False in met else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fit", description=__doc__.splitlines()[0])
    parser.add_argument("--drawing", choices=list(DRAWINGS), default="tuning", help="which recipe wears are drawn from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=100.0, help="worn hours of clean wear")
    parser.add_argument("--events", type=int, default=20, help="events per kind and size class")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes")
    parser.add_argument("--ring", type=int, default=1, metavar="N", help="sensors per site")
    parser.add_argument("--check", default=SOCK_FIT, metavar="MODULE:FACTORY", help="what is judged")
    parser.add_argument("--no-naive", action="store_true", help="leave the naive rule out")
    parser.add_argument("--only", action="append", choices=GROUPS, help="only these groups of wears")
    parser.add_argument(
        "--show", type=int, default=0, metavar="N", help="name the first N misses and the first N false notices"
    )
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep what was scored as lines of JSON")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="note each story there as it ends, and run only what it lacks"
    )
    parser.add_argument("--again", type=Path, metavar="FILE", help="print the tables of a kept file, run nothing")
    parser.add_argument(
        "--dump", metavar="SPEC", help="write one wear (such as reporting/1/event/17) as CSV and say its labels"
    )
    parser.add_argument("--csv", default="wear.csv", metavar="FILE", help="where to")
    return parser


def _order(spec: str) -> tuple[str, int]:
    parsed = Spec.parse(spec)
    return parsed.group, parsed.number


def _examples(results: list[Result], count: int) -> list[str]:
    scored: list[Scored] = [result["check"] for result in results]
    missed = [
        f"  {one.spec}: {e['kind']} at {e['site']} {e['size_class']} ({e['size']:.2f}, {e['change_mmHg']:+.1f} mmHg) "
        f"at {e['onset_s']:.1f} s, told {e['told']}, {e['traits']}"
        for one in scored
        for e in one.events
        if not e["found"] and e["size_class"] != "small"
    ]
    wrongly = [
        f"  {one.spec}: {n['level']} {n['kind']} at {n['site']}, {n['t_ms'] / 1000:.1f} s "
        f"(wear {n['wear']}), {one.traits}"
        for one in scored
        for n in one.notices
        if n["kind"] in LEG_KINDS and n["cause"] in ("false", "misplaced")
    ]
    lines = []
    for title, found in (("Not found", missed), ("False or misplaced", wrongly)):
        if count and found:
            lines += ["", f"{title}: {len(found)}", *found[:count]]
    return lines


def _dump(spec: Spec, path: Path, say: Callable[[str], object]) -> int:
    """The judged wear of a story as t_s,ankle,calf,knee (an empty cell is a missing reading)."""
    story = tell(spec)
    wear = story.wears[-1]
    with path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(("t_s", "ankle", "calf", "knee"))
        for chunk in wear.chunks():
            for t_ms, row in zip(
                chunk.t_ms[chunk.present].tolist(), chunk.pressure_cmmHg[chunk.present].tolist(), strict=True
            ):
                rows.writerow(
                    (f"{t_ms / 1000:.3f}", *("" if value == MISSING else f"{value / 100:.2f}" for value in row))
                )
    say(f"{spec}: {wear.person.prescription.text}, settled at {wear.settled_s:.0f} s, {story.traits}\n")
    for label in wear.labels:
        say(f"  {label}\n")
    for condition in wear.conditions:
        say(f"  {condition}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
