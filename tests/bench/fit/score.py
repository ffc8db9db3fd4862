"""How a check is judged: the definitions, in one place.

Sources: the goals are the project's (fold, bunch or slip of at least x1.4 and 5 mmHg for 60 s: found in 99 %, right
site, told within 20 s at p95; x1.3: 90 % within 60 s; put on folded: 95 % within 2 min of settling; at most one false
notice in 330 worn hours with 95 % confidence; open, short, stuck sensors: 99 % within 10 s and called a sensor). The
rest is defined here.

**Notice**: a finding of level notice or warning, dated by the sample after which it could first be seen. A finding
that is told again, or ends and opens again, is another notice. Kinds about the leg: fold, bunching, slipped,
gradient-reversed, over-range, under-range. `sensor-fault` is not about the leg.

**Event**: label of kind fold, bunching or slipped. Its size is the smallest factor at the sensor (or inverse, for a
fall) within the first 60 s after its rise, against the same second without the event; it counts in a row of the goals
if that comes with at least 5 mmHg. *Onset* is the first moment of x1.4 and 5 mmHg at a sensor (of x1.3 for the
class x1.3: an event that rises for a minute is none before); *begin* its first trace. Latencies count from the onset;
a notice between begin and onset has latency 0.
  told    any notice of kind fold, bunching or slipped from begin to 60 s after the end (GRACE_S).
  found   one of these that names a site which the event really touches (x1.15 and 2.5 mmHg), or says "slipped" of a
          slip.
  kind    the first such notice also has the right kind; fold and bunching are one kind at the knee.
Events that were not found count with infinite latency in quantiles.

**Put on folded**: the same, from donning on; its onset is the moment the sock has settled.

**False notice**: one about the leg without a cause. Causes, in this order:
  event       within an event (begin to end + 60 s) at a site it touches; a reversed gradient may name the pair's other.
  condition   a true one of the whole wear (`truth.py`) of this kind at this site.
  external    within a labelled press at its site (to 30 s after): its own line in the table.
  fault       within a sensor fault (to 30 s after): "called a leg", counted with the faults.
  misplaced   within an event, at a site that it does not touch: its own line; false in the strictest count.
Three counts are printed: with conditions true of the *sensor* as causes (the row of the goals: a check cannot know
more than its sensors), with only those true of the *ring* (what a wearer would call false), and with none, so that
every notice to somebody whose sock is of the right class, and who did nothing, is false. Hours are worn hours of the
clean wears and their earlier donnings.

**Faults**: found when a sensor-fault notice names the site within 10 s of the start; called a sensor when no notice
about the leg falls into it that names its site, or that has none of the causes before "fault" (a press at another
site, a class that is truly wrong). A sensor-fault notice outside any fault and gap is a false fault.
"""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from sock import SITES

from .check import Notice, Report
from .label import Label
from .plan import Story
from .truth import alike
from .wear import Wear

EVENT_KINDS = ("fold", "bunching", "slipped")
RANGE_KINDS = ("over-range", "under-range")
LEG_KINDS = (*EVENT_KINDS, "gradient-reversed", *RANGE_KINDS)
GRACE_S = 60.0
EXTERNAL_GRACE_S = 30.0
FOLDED_S = 120.0
"""Put on folded: to be told within this of settling."""
WRONG_S = 600.0
"""A wrong class: looked for within this of settling (no goal)."""


@dataclass
class Scored:
    """What a story gave; plain values, so that it can be kept as a line of JSON."""

    spec: str
    group: str
    traits: dict[str, str]
    worn_h: float
    events: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    """Each with its cause, and for false ones whether posture truly did there what an event does (`alike`)."""
    verdict_s: dict[str, float] = field(default_factory=dict)
    """Seconds of each verdict between settling and doffing, last wear."""
    conditions: list[dict[str, Any]] = field(default_factory=list)
    """Each with told: was it said at all."""
    wrong: dict[str, Any] | None = None


def judge(story: Story, reports: list[Report]) -> Scored:
    """Compare what was said with what was so."""
    scored = Scored(str(story.spec), story.spec.group, story.traits, sum(wear.worn_s for wear in story.wears) / 3600.0)
    for number, (wear, report) in enumerate(zip(story.wears, reports, strict=True)):
        for notice in report.notices:
            why = cause(wear, notice)
            row = {**asdict(notice), "cause": why, "wear": number - len(story.wears) + 1}
            scored.notices.append(
                {**row, "alike": why == "false" and notice.kind in EVENT_KINDS and alike(wear, notice.t_ms)}
            )
    wear, report = story.wears[-1], reports[-1]
    for label in wear.labels:
        if label.kind in EVENT_KINDS:
            scored.events.append(_judge_event(story, wear, label, report))
        elif label.kind == "sensor-fault":
            scored.faults.append(_judge_fault(wear, label, report))
    for condition in wear.conditions:
        told = any(n.kind == condition.kind and _same_site(n, condition.site) for n in report.notices)
        scored.conditions.append({**asdict(condition), "told": told})
    scored.verdict_s = _shares(wear, report)
    if story.spec.group == "wrong":
        scored.wrong = _judge_wrong(wear, report)
    return scored


def cause(wear: Wear, notice: Notice) -> str:
    """Why a notice was right to come, or "false"; for sensor faults "fault", "gap" or "false fault"."""
    if notice.kind not in LEG_KINDS:
        return _technical(wear, notice)
    during = [label for label in wear.labels if label.kind in EVENT_KINDS and _within(label, notice, GRACE_S)]
    if any(_explains(label, notice) for label in during):
        return "event"
    for condition in wear.conditions:
        if condition.kind == notice.kind and _same_site(notice, condition.site):
            return f"condition-{condition.true_of}"
    for label in wear.labels:
        if label.kind == "external" and _within(label, notice, EXTERNAL_GRACE_S) and _explains(label, notice):
            return "external"
    if any(label.kind == "sensor-fault" and _within(label, notice, EXTERNAL_GRACE_S) for label in wear.labels):
        return "fault"
    return "misplaced" if during else "false"


def _technical(wear: Wear, notice: Notice) -> str:
    if notice.kind != "sensor-fault":
        return "other"
    if any(
        label.kind == "sensor-fault" and _within(label, notice, 10.0) and notice.site in label.sites
        for label in wear.labels
    ):
        return "fault"
    if any(start_s <= notice.t_ms / 1000.0 <= end_s + 10.0 for start_s, end_s, _ in wear.gaps):
        return "gap"
    return "false fault"


def _within(label: Label, notice: Notice, grace_s: float) -> bool:
    return label.begin_ms <= notice.t_ms <= label.end_ms + grace_s * 1000.0


def _explains(label: Label, notice: Notice) -> bool:
    if notice.site is None or (notice.kind == "slipped" and label.kind == "slipped"):
        return True
    if notice.kind == "gradient-reversed":  # named by the upper site of the pair or by the lower
        place = SITES.index(notice.site)
        return any(SITES.index(site) in (place - 1, place, place + 1) for site in label.sites)
    return notice.site in label.sites


def _same_site(notice: Notice, site: str) -> bool:
    return notice.site in (None, site)


def right_site(label: Label, notice: Notice) -> bool:
    """Whether a notice of an event's kind points at a place that the event really touches."""
    return notice.site in label.sites or (notice.kind == label.kind == "slipped")


def right_kind(label: Label, notice: Notice) -> bool:
    """Fold and bunching are one kind at the knee, where one channel cannot tell them apart."""
    if notice.kind == label.kind:
        return True
    return label.sites[0] == "knee" and {notice.kind, label.kind} == {"fold", "bunching"}


def _judge_event(story: Story, wear: Wear, label: Label, report: Report) -> dict[str, Any]:
    told = [n for n in report.notices if n.kind in EVENT_KINDS and _within(label, n, GRACE_S)]
    finding = [n for n in told if right_site(label, n)]
    folded = story.spec.group == "folded"
    row = {
        "kind": label.kind,
        "site": label.sites[0],
        "size_class": label.size_class,
        "size": label.size,
        "change_mmHg": label.change_mmHg,
        "onset_s": label.onset_ms / 1000.0,
        "traits": {**story.traits, **label.traits},
        "told": bool(told),
        "found": bool(finding),
        "kind_right": bool(finding) and right_kind(label, finding[0]),
        "latency_s": _latency(finding, label.onset_ms),
        "since_begin_s": _latency(finding, label.begin_ms),
        "any_leg": any(n.kind in LEG_KINDS and _within(label, n, GRACE_S) for n in report.notices),
        "repeats": max(len(finding) - 1, 0),
    }
    if folded:
        row["verdict"] = verdict_at(report, int(wear.settled_s * 1000 + FOLDED_S * 1000))
    return row


def _judge_fault(wear: Wear, label: Label, report: Report) -> dict[str, Any]:
    named = [
        n for n in report.notices if n.kind == "sensor-fault" and n.site in label.sites and _within(label, n, 10.0)
    ]
    leg = [n for n in report.notices if n.kind in LEG_KINDS and _within(label, n, EXTERNAL_GRACE_S)]
    return {
        "kind": label.size_class,
        "site": label.sites[0],
        "start_s": label.begin_ms / 1000.0,
        "traits": label.traits,
        "latency_s": _latency(named, label.begin_ms),
        "called_leg": sum(n.site in label.sites or cause(wear, n) == "fault" for n in leg),
    }


def _judge_wrong(wear: Wear, report: Report) -> dict[str, Any]:
    """Whether a sock that is truly far outside its bands was called so in time."""
    until_ms = (wear.settled_s + WRONG_S) * 1000.0
    wanted = {(c.kind, c.site) for c in wear.conditions if c.kind in RANGE_KINDS}
    told = [n for n in report.notices if n.kind in RANGE_KINDS and n.t_ms <= until_ms]
    return {
        "factor": wear.person.worn_wrong,
        "far": bool(wanted),
        "told": any((n.kind, site) in wanted for n in told for site in ([n.site] if n.site else SITES)),
        "event_called": any(n.kind in EVENT_KINDS for n in report.notices),
    }


def _latency(notices: list[Notice], from_ms: int) -> float | None:
    return max(min(n.t_ms for n in notices) - from_ms, 0) / 1000.0 if notices else None


def verdict_at(report: Report, t_ms: int) -> str:
    """The verdict that stood at that moment."""
    standing = "none"
    for since_ms, verdict in report.verdicts:
        if since_ms > t_ms:
            break
        standing = verdict
    return standing


def _shares(wear: Wear, report: Report) -> dict[str, float]:
    first, last = wear.settled_s, wear.doffing.start_s
    shares: dict[str, float] = {}
    ends = [t_ms / 1000.0 for t_ms, _ in report.verdicts[1:]] + [math.inf]
    for (t_ms, verdict), end_s in zip(report.verdicts, ends, strict=True):
        length = min(end_s, last) - max(t_ms / 1000.0, first)
        if length > 0:
            shares[verdict] = shares.get(verdict, 0.0) + length
    return shares
