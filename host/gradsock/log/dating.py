"""How good the time of a recording is, boot by boot, and where a boot lies that no host ever probed.

A sock counts its boots, so an undated one lies between its neighbours: after the last that is known of the one before,
and early enough for all its samples to end before the next one began, or before they arrived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradsock import clock
from gradsock.log.timeline import TimeLine

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class BootSpan:
    """What is there of one boot: its first and last tick, and when the first of it arrived (None: not known)."""

    boot: int
    first_ticks_ms: int
    last_ticks_ms: int
    arrived_utc_us: int | None = None


@dataclass(frozen=True, slots=True)
class BootTime:
    """When a boot was. ``line`` is None where no host probed it: then its tick 0 lies between ``after`` and ``before``.

    after_utc_us, before_utc_us   bounds of its tick 0; None where nothing bounds it
    off_by_at_most_us             over all that is there of the boot; None without a line
    """

    boot: int
    line: TimeLine | None
    after_utc_us: int | None
    before_utc_us: int | None
    off_by_at_most_us: int | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        if self.line is None:
            return {"boot": self.boot, "after_utc_us": self.after_utc_us, "before_utc_us": self.before_utc_us}
        line = self.line
        return {
            "boot": self.boot,
            "probes": line.probes,
            "best_round_trip_ms": line.best_round_trip_us / 1000,
            "drift_ppm": round(line.drift * 1e6, 3),
            "off_by_at_most_ms": (self.off_by_at_most_us or 0) / 1000,
            "bends": max(0, len(line.bends) - 2),
            "jumps": [{"after_ticks_ms": jump.after_ticks_ms, "by_s": jump.by_us / 1e6} for jump in line.jumps],
        }

    def in_words(self, zone: str | None = None) -> str:
        """One line for a person; times are local to the zone (default: this machine's)."""
        if self.line is None:
            return f"boot {self.boot}: undated, {_between(self.after_utc_us, self.before_utc_us, zone)}"
        line = self.line
        parts = [
            f"boot {self.boot}: within {_ms(self.off_by_at_most_us or 0)} by {line.probes:,} "
            + ("probe" if line.probes == 1 else "probes")
        ]
        if line.drift_uncertainty < abs(line.drift):
            parts.append(f"the sock's clock {abs(line.drift) * 1e6:.1f} ppm {'slow' if line.drift > 0 else 'fast'}")
        parts += [f"this computer's clock was set by {jump.by_us / 1e6:+,.1f} s" for jump in line.jumps]
        return ", ".join(parts)


def spans_of(
    boot: "NDArray[np.int64]", ticks_ms: "NDArray[np.int64]", arrived_utc_us: Mapping[int, int] | None = None
) -> list[BootSpan]:
    """What there is of each boot, from a recording's columns; arrived_utc_us: per boot when the first of it came."""
    arrived = arrived_utc_us or {}
    spans = []
    for number in np.unique(boot).tolist():
        of_boot = ticks_ms[boot == number]
        spans.append(BootSpan(number, int(of_boot.min()), int(of_boot.max()), arrived.get(number)))
    return spans


def judge(spans: Sequence[BootSpan], lines: Mapping[int, TimeLine]) -> list[BootTime]:
    """When each boot was, in their order; lines of boots without a span bound their neighbours too."""
    spans = sorted(spans, key=lambda span: span.boot)
    return [_dated(span, lines[span.boot]) if span.boot in lines else _undated(span, spans, lines) for span in spans]


def _dated(span: BootSpan, line: TimeLine) -> BootTime:
    began_us = _utc_us(line, 0)
    worst_us = max(line.off_by_at_most_us(ticks_ms) for ticks_ms in (span.first_ticks_ms, span.last_ticks_ms))
    return BootTime(span.boot, line, began_us, began_us, worst_us)


def _undated(span: BootSpan, spans: Sequence[BootSpan], lines: Mapping[int, TimeLine]) -> BootTime:
    """From both sides, one undated neighbour after the other, to the next boot that has a time."""
    last_ms = {boot: line.last_ticks_ms for boot, line in lines.items()}
    for other in spans:
        last_ms[other.boot] = max(other.last_ticks_ms, last_ms.get(other.boot, 0))
    after_us = before_us = None
    earlier = max((boot for boot in lines if boot < span.boot), default=None)
    if earlier is not None:
        between_ms = sum(ms for boot, ms in last_ms.items() if earlier < boot < span.boot)
        after_us = _utc_us(lines[earlier], last_ms[earlier]) + 1000 * between_ms
    ends = []  # what cannot begin before this boot has ended
    later = min((boot for boot in lines if boot > span.boot), default=None)
    if later is not None:
        between_ms = sum(ms for boot, ms in last_ms.items() if span.boot < boot < later)
        ends.append(_utc_us(lines[later], 0) - 1000 * (between_ms + last_ms[span.boot]))
    if span.arrived_utc_us is not None:
        ends.append(span.arrived_utc_us - 1000 * span.first_ticks_ms)
    if ends:
        before_us = min(ends)
    return BootTime(span.boot, None, after_us, before_us, None)


def _utc_us(line: TimeLine, ticks_ms: int) -> int:
    return int(line.utc_us(np.array([ticks_ms]))[0])


def _ms(us: int) -> str:
    return f"{us / 1000:.0f} ms" if us < 10_000_000 else f"{us / 1e6:.0f} s"


def _between(after_us: int | None, before_us: int | None, zone: str | None) -> str:
    after = None if after_us is None else f"{clock.local(after_us, zone):%Y-%m-%d %H:%M:%S}"
    before = None if before_us is None else f"{clock.local(before_us, zone):%Y-%m-%d %H:%M:%S}"
    if after and before:
        return f"started between {after} and {before}"
    if after:
        return f"started after {after}"
    return f"started before {before}" if before else "nobody knows when"
