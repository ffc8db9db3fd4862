"""Sessions of one boot know its time together: a probe made in one of them tells of the others too.

A sock that runs for days is met now and then, and each meeting has its probes at its end. One meeting alone does not
know how fast the sock's clock goes (20 ppm are 860 ms after half a day); two know it between them and beyond.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gradsock import jsontext
from gradsock.link.events import Probe
from gradsock.log import timeline
from gradsock.log.frames import Kind, Record

MATTERS_US = 2_000  # a session is written anew when its time moves by more than that


def probes_of(records: Iterable[Record], boots: set[int]) -> dict[Record, Probe]:
    """The probes of some boots; those that make no sense are passed over."""
    found = {}
    for record in records:
        if record.kind != Kind.PROBE:
            continue
        try:
            probe = Probe(**jsontext.loads(record.payload))
        except (ValueError, TypeError):
            continue
        if probe.boot in boots:
            found[record] = probe
    return found


def boots_of(summary: dict[str, Any]) -> set[int]:
    """The boots of a sealed session."""
    return {int(boot) for boot, *_ in summary.get("held", [])}


def sharing(boots: set[int], there: Sequence[tuple[Path, dict[str, Any]]]) -> list[tuple[Path, dict[str, Any]]]:
    """The sealed sessions that have a boot in common with these."""
    return [(path, said) for path, said in there if boots & boots_of(said) and not said.get("apart")]


def moves(summary: dict[str, Any], known: Iterable[Probe], more: Iterable[Probe]) -> bool:
    """Whether more probes change the time of a sealed session by so much that it matters."""
    known, more = list(known), list(more)
    before, after = timeline.fit(known), timeline.fit([*known, *more])
    for boot, *ticks_ms in summary.get("ticks_ms", []):
        if boot not in after:
            continue
        if boot not in before:
            return True
        at = np.array(ticks_ms, np.int64)
        if np.abs(after[boot].utc_us(at) - before[boot].utc_us(at)).max() > MATTERS_US:
            return True
    return False
