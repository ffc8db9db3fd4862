"""The tables of a run: goals with figures, every kind and size, false notices and their bound, faults, worst strata."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from .bounds import poisson_upper, quantile, wilson_lower
from .goals import GOALS, PER_H, STRICTNESS, events_of, false_in, folded_of, in_time, percent, repeated, seconds
from .label import CELLS, FAULTS, LARGE, SIZES, SMALL
from .score import Scored

LEAST_IN_STRATUM = 40
"""A stratum needs this many events to be called the worst."""


def tables(results: dict[str, list[Scored]]) -> str:
    """All tables of a run: name of the check to what it scored. The first check is the one that is judged."""
    return "\n\n".join(part for part in _parts(results) if part)


def _parts(results: dict[str, list[Scored]]) -> Iterable[str]:
    judged = next(iter(results))
    scored = results[judged]
    yield _goals(results)
    yield _events(judged, scored)
    yield _worst(scored)
    yield _false(results)
    yield _faults(scored)
    yield _conditions(results)
    yield _verdicts(results)


def grid(title: str, head: list[str], rows: list[list[str]]) -> str:
    """A plain table; the first column left, the others right."""
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]

    def line(row: list[str]) -> str:
        first = row[0].ljust(widths[0])
        return "  ".join(
            [first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()

    return "\n".join([title, line(head), *(line(row) for row in rows)])


def _goals(results: dict[str, list[Scored]]) -> str:
    rows = []
    for label, goal, figure in GOALS:
        figures = [figure(scored) for scored in results.values()]
        met = figures[0][1]
        rows.append([label, goal, *(text for text, _ in figures), "-" if met is None else "yes" if met else "NO"])
    return grid("Goals", ["", "goal", *results, "met"], rows)


def _events(judged: str, scored: list[Scored]) -> str:
    head = ["", "n", "told", "found", "right kind", "<= 20 s", "median", "p95", "p95 of begin", "repeats"]
    rows = []
    for kind, site in CELLS:
        for size in (*SIZES, SMALL):
            cell = [
                e for e in events_of(scored, size) if e["kind"] == kind and (kind == "slipped" or e["site"] == site)
            ]
            rows.append([f"{kind}{'' if kind == 'slipped' else ' at the ' + site} {size}", *_cell(cell)])
    for baseline in ("repeats <= 12 %", "repeats > 12 %", "no baseline"):
        rows.append([f"put on folded, {baseline}", *_cell(folded_of(scored, baseline))])
    return grid(f"Events ({judged})", head, [row for row in rows if row[1] != "0"])


def _cell(events: list[dict[str, Any]]) -> list[str]:
    n, found = len(events), in_time(events)
    latencies = [event["latency_s"] for event in events]
    return [
        str(n),
        percent(sum(event["told"] for event in events), n),
        percent(found, n),
        percent(sum(event["kind_right"] for event in events), found),
        percent(in_time(events, 20.0), n),
        *(seconds(quantile(latencies, q)) for q in (0.5, 0.95)),
        seconds(quantile([event["since_begin_s"] for event in events], 0.95)),
        str(sum(event["repeats"] for event in events)),
    ]


STRATA: dict[str, Callable[[dict[str, Any]], str]] = {
    "prescription": lambda event: event["traits"]["prescription"],
    "site": lambda event: f"{event['kind']} at the {event['site']}",
    "posture": lambda event: event["traits"]["posture"],
    "size": lambda event: event["size_class"],
    "rise": lambda event: event["traits"]["rise"],
    "noise": lambda event: event["traits"]["noise"],
    "time since donning": lambda event: (
        "first 10 min" if event["onset_s"] < 600 else "10-60 min" if event["onset_s"] < 3600 else "> 1 h"
    ),
}


def _worst(scored: list[Scored]) -> str:
    events = events_of(scored, *LARGE)
    if not events:
        return ""
    rows = []
    for name, stratum in STRATA.items():
        groups: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            groups.setdefault(stratum(event), []).append(event)
        ranked = [
            (in_time(group) / len(group), value, group)
            for value, group in groups.items()
            if len(group) >= LEAST_IN_STRATUM
        ]
        if ranked:
            share, value, group = min(ranked, key=lambda item: item[:2])
            late = seconds(quantile([event["latency_s"] for event in group], 0.95))
            bound = wilson_lower(in_time(group), len(group))
            rows.append([f"{name}: {value}", str(len(group)), f"{100 * share:.1f} %", f"{100 * bound:.1f} %", late])
    head = ["", "n", "found", "95 % bound", "p95"]
    return grid(f"Worst stratum of each sort (>= x1.4, at least {LEAST_IN_STRATUM} events)", head, rows)


def _false(results: dict[str, list[Scored]]) -> str:
    head = ["", *(column for name in results for column in (name, "per 330 h", "95 % bound"))]
    rows = []
    for label, causes in STRICTNESS.items():
        rows.append([label, *_rates(results, lambda one: one.group == "clean", causes)])
    rows.append(
        ["on presses from outside (x1.25, 15 s)", *_rates(results, lambda one: one.group == "clean", ("external",))]
    )
    rows.append(["repeats of what truly holds", *_rates(results, lambda one: one.group == "clean", ())])
    rows.append(
        [
            "misplaced or uncaused, wears with events",
            *_rates(results, lambda one: one.group == "event", ("false", "misplaced")),
        ]
    )
    rows.append(
        [
            "uncaused, other wears",
            *_rates(results, lambda one: one.group in ("fault", "folded", "wrong"), ("false", "misplaced")),
        ]
    )
    text = grid("False notices", head, rows)
    for name, scored in results.items():
        clean = [one for one in scored if one.group == "clean"]
        kinds = Counter(f"{n['kind']} at {n['site']}" for n in false_in(clean, STRICTNESS["no cause at the sensors"]))
        if kinds:
            fooled = sum(n["alike"] for n in false_in(clean, STRICTNESS["no cause at the sensors"]))
            text += f"\n  {name}: {fooled} of them where posture itself did x1.3 and 5 mmHg to a sensor; "
            text += ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
            text += f"\n  {name}, worst class: " + _worst_class(clean)
    return text


def _rates(results: dict[str, list[Scored]], chosen: Callable[[Scored], bool], causes: tuple[str, ...]) -> list[str]:
    """Count in hours, rate and bound per check; no causes: repeats of what truly holds."""
    cells = []
    for scored in results.values():
        group = [one for one in scored if chosen(one)]
        hours, count = sum(one.worn_h for one in group), len(false_in(group, causes)) if causes else repeated(group)
        if not hours:
            cells += ["-", "-", "-"]
        else:
            cells += [
                f"{count} in {hours:.0f} h",
                f"{count * PER_H / hours:.2f}",
                f"{poisson_upper(count) * PER_H / hours:.2f}",
            ]
    return cells


def _worst_class(clean: list[Scored]) -> str:
    by_class: dict[str, list[Scored]] = {}
    for one in clean:
        by_class.setdefault(one.traits["prescription"], []).append(one)
    rates = []
    for name, group in by_class.items():
        hours, count = sum(one.worn_h for one in group), len(false_in(group, STRICTNESS["no cause at the sensors"]))
        if hours > PER_H / 3:
            rates.append(
                (count * PER_H / hours, f"{name}, {count} in {hours:.0f} h ({count * PER_H / hours:.1f} per 330 h)")
            )
    return max(rates)[1] if rates else "too few hours in each"


def _faults(scored: list[Scored]) -> str:
    rows = []
    for kind in FAULTS:
        faults = [fault for one in scored for fault in one.faults if fault["kind"] == kind]
        if faults:
            n, latencies = len(faults), [fault["latency_s"] for fault in faults]
            quick = sum(value is not None and value <= 10.0 for value in latencies)
            found = sum(value is not None for value in latencies)
            leg = sum(bool(fault["called_leg"]) for fault in faults)
            rows.append(
                [kind, str(n), percent(quick, n), percent(found, n), seconds(quantile(latencies, 0.5)), percent(leg, n)]
            )
    if not rows:
        return ""
    text = grid("Sensor faults", ["", "n", "in 10 s", "found", "median", "called a leg"], rows)
    hours = sum(one.worn_h for one in scored)
    wrongly = sum(n["cause"] == "false fault" for one in scored for n in one.notices)
    return (
        f"{text}\n  false sensor faults: {wrongly} in {hours:.0f} h, {wrongly * PER_H / max(hours, 1e-9):.2f} per 330 h"
    )


def _conditions(results: dict[str, list[Scored]]) -> str:
    rows = []
    for kind in ("gradient-reversed", "over-range", "under-range"):
        for true_of in ("ring", "sensor"):
            cells: list[str] = []
            for scored in results.values():
                held = [
                    c
                    for one in scored
                    if one.group == "clean"
                    for c in one.conditions
                    if (c["kind"], c["true_of"]) == (kind, true_of)
                ]
                cells += [str(len(held)), percent(sum(c["told"] for c in held), len(held))]
            rows.append([f"{kind}, true of the {true_of}", *cells])
    cells = []
    for scored in results.values():
        far = [one.wrong for one in scored if one.wrong and one.wrong["far"]]
        cells += [str(len(far)), percent(sum(one["told"] for one in far), len(far))]
    rows.append(["wrong class, truly far outside, in 10 min", *cells])
    head = ["", *(column for name in results for column in ("n", name))]
    return grid("What holds for a whole wear, and was said (no goal)", head, rows)


def _verdicts(results: dict[str, list[Scored]]) -> str:
    lines = []
    for name, scored in results.items():
        total: Counter[str] = Counter()
        for one in scored:
            if one.group == "clean":
                total.update(one.verdict_s)
        if total:
            everything = sum(total.values())
            lines.append(f"  {name}: " + ", ".join(f"{v} {100 * s / everything:.1f} %" for v, s in total.most_common()))
            lines.append(f"  {name}: called reversed for most of the time: {_mostly_reversed(scored)}")
    return "\n".join(["Verdicts, share of settled time in clean wear", *lines]) if lines else ""


def _mostly_reversed(scored: list[Scored]) -> str:
    """Wearers of a correct graduated sock whom a check calls reversed for more than half of their settled time."""
    graduated = [
        one
        for one in scored
        if one.group == "clean" and ":progressive" not in (t := one.traits["prescription"]) and "flat" not in t
    ]
    most = sum(one.verdict_s.get("reversed", 0.0) > 0.5 * sum(one.verdict_s.values()) for one in graduated)
    return f"{percent(most, len(graduated))} of {len(graduated)} with a graduated sock"
