"""The goals, and the figure that a run gives for each."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from .bounds import poisson_upper, quantile
from .label import LARGE
from .score import FOLDED_S, LEG_KINDS, Scored

PER_H = 330.0
"""A month of wearing, 11 h a day: the budget is one false notice in it."""

STRICTNESS = {
    "no cause at the sensors": ("false",),
    "... nor on the mean of the ring": ("false", "condition-sensor"),
    "every notice to a correct wearer": ("false", "misplaced", "condition-sensor", "condition-ring", "external"),
}


def percent(hits: int, n: int) -> str:
    """A share with enough digits to see a miss in a thousand."""
    return "-" if not n else f"{100.0 * hits / n:.1f} %"


def seconds(value: float) -> str:
    return "never" if math.isinf(value) else "-" if math.isnan(value) else f"{value:.1f} s"


def events_of(scored: list[Scored], *sizes: str) -> list[dict[str, Any]]:
    """Events during wear (not put on folded) of these size classes."""
    return [event for one in scored if one.group == "event" for event in one.events if event["size_class"] in sizes]


def folded_of(scored: list[Scored], baseline: str) -> list[dict[str, Any]]:
    """Events that were there from donning, of x1.7 and more, by what was known of the wearer."""
    return [
        event
        for one in scored
        if one.group == "folded"
        for event in one.events
        if event["size_class"] in ("x1.7", "x2+") and event["traits"]["baseline"] == baseline
    ]


def false_in(scored: Iterable[Scored], causes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Notices about the leg whose cause is one of these."""
    return [n for one in scored for n in one.notices if n["kind"] in LEG_KINDS and n["cause"] in causes]


def repeated(scored: Iterable[Scored]) -> int:
    """Notices on what truly holds all the time, after the first of their kind and site in a wear."""
    held = [
        (one.spec, n["wear"], n["kind"], n["site"])
        for one in scored
        for n in one.notices
        if n["cause"].startswith("condition")
    ]
    return len(held) - len(set(held))


def in_time(events: list[dict[str, Any]], limit_s: float = math.inf) -> int:
    """How many were found within so many seconds of their onset."""
    return sum(event["found"] and event["latency_s"] <= limit_s for event in events)


Figure = tuple[str, bool | None]


def _large_found(scored: list[Scored]) -> Figure:
    events = events_of(scored, *LARGE)
    hits = in_time(events)
    return f"{percent(hits, len(events))} of {len(events)}", hits >= 0.99 * len(events) if events else None


def _anything(scored: list[Scored]) -> Figure:
    events = events_of(scored, *LARGE)
    return f"{percent(sum(event['any_leg'] for event in events), len(events))} of {len(events)}", None


def _large_p95(scored: list[Scored]) -> Figure:
    value = quantile([e["latency_s"] for e in events_of(scored, *LARGE)], 0.95)
    return seconds(value), None if math.isnan(value) else value <= 20.0


def _least_found(scored: list[Scored]) -> Figure:
    events = events_of(scored, "x1.3")
    hits = in_time(events, 60.0)
    return f"{percent(hits, len(events))} of {len(events)}", hits >= 0.9 * len(events) if events else None


def _folded(baseline: str, goal: float | None) -> Callable[[list[Scored]], Figure]:
    def figure(scored: list[Scored]) -> Figure:
        events = folded_of(scored, baseline)
        hits = in_time(events, FOLDED_S)
        return f"{percent(hits, len(events))} of {len(events)}", hits >= goal * len(events) if goal and events else None

    return figure


def _inconclusive(scored: list[Scored]) -> Figure:
    missed = [e for e in folded_of(scored, "no baseline") if not (e["found"] and e["latency_s"] <= FOLDED_S)]
    hits = sum(event.get("verdict") == "inconclusive" for event in missed)
    return f"{percent(hits, len(missed))} of {len(missed)}", None


def _false_rate(scored: list[Scored]) -> Figure:
    clean = [one for one in scored if one.group == "clean"]
    hours = sum(one.worn_h for one in clean)
    count = len(false_in(clean, STRICTNESS["no cause at the sensors"]))
    if not hours:
        return "-", None
    return f"{count} in {hours:.0f} h, <= {poisson_upper(count) * PER_H / hours:.2f}", poisson_upper(
        count
    ) * PER_H <= hours


def _fault_rate(scored: list[Scored]) -> Figure:
    faults = [fault for one in scored for fault in one.faults if fault["kind"] in ("open", "short", "stuck")]
    hits = sum(
        fault["latency_s"] is not None and fault["latency_s"] <= 10.0 and not fault["called_leg"] for fault in faults
    )
    return f"{percent(hits, len(faults))} of {len(faults)}", hits >= 0.99 * len(faults) if faults else None


GOALS: tuple[tuple[str, str, Callable[[list[Scored]], Figure]], ...] = (
    ("fold, bunch, slip >= x1.4, right site", ">= 99 %", _large_found),
    ("... any notice about the leg while it lasted", "printed", _anything),
    ("... told after, p95", "<= 20 s", _large_p95),
    ("the same of x1.3, within 60 s", ">= 90 %", _least_found),
    ("put on folded, 3 earlier, repeats <= 12 %, in 2 min", ">= 95 %", _folded("repeats <= 12 %", 0.95)),
    ("... repeats > 12 %", "printed", _folded("repeats > 12 %", None)),
    ("... no baseline", "printed", _folded("no baseline", None)),
    ("... no baseline, not found: inconclusive", "said", _inconclusive),
    ("false notices in clean wear; 95 % bound per 330 h", "<= 1", _false_rate),
    ("open, short, stuck: in 10 s, called a sensor only", ">= 99 %", _fault_rate),
)
