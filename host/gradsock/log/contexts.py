"""What held when a sample was scanned: which channel sits where, and which calibration reads it.

Blocks come in any order (live, fetched later, from several boots), so this goes by identity and never by arrival: what
a sock said holds from the tick at which it said so. What came before the first word of a boot is read by that word,
since a sock tells its context when somebody begins to listen; a boot that says nothing, by the one before it or after.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sock import SITES
from sock.calibration import Calibration
from sock.event_reader import Event

from gradsock.link.events import SockInfo
from gradsock.log.context import StreamContext, standing


@dataclass(frozen=True, slots=True)
class Since:
    """A calibration, and the tick from which on it holds.

    ``rest``: its zero, where one was taken (``sock.zero``); ``warm_cC``: how warm its sensors are, where that is told.
    """

    ticks_ms: int
    calibration: Calibration
    rest: tuple[int, ...] = ()
    warm_cC: int | None = None


class Contexts:
    """Made from all that a sock said; ``others`` are the events that are no context."""

    def __init__(
        self, happened: Iterable[Event], infos: Sequence[SockInfo] = (), *, instead: Calibration | None = None
    ) -> None:
        """happened: in any order. instead: a calibration to read everything by, whatever the sock had."""
        self.unreadable: list[str] = []
        self.others: list[Event] = []
        self.instead = instead
        self._streams: dict[int, StreamContext] = {}
        self._calibrations: dict[int, list[Since]] = {}
        self._warmth: dict[int, list[tuple[int, int]]] = {}
        self._sites: dict[int, tuple[str, ...]] = {}
        for event in sorted(happened, key=lambda event: (event.boot, event.sequence)):
            self._take(event)
        for boot, stream in self._streams.items():
            sites = _sites_of(stream.settings.get("channels"))
            if sites:
                self._sites[boot] = sites
        for info in infos:
            self._sites[info.boot] = info.sites

    @property
    def streams(self) -> list[StreamContext]:
        """What each boot had said in the end, in their order."""
        return [stream for _, stream in sorted(self._streams.items())]

    @property
    def calibration(self) -> Calibration | None:
        """The calibration of the beginning."""
        if self.instead is not None:
            return self.instead
        return self._calibrations[min(self._calibrations)][0].calibration if self._calibrations else None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the beginning."""
        return next((stream.settings for stream in self.streams if stream.settings), {})

    @property
    def states(self) -> dict[tuple[int, int], bytes]:
        """What the sock said that earlier loads had left, packed, by (boot, second of its ticks)."""
        return {key: state for stream in self.streams for key, state in stream.states.items()}

    def sites(self, boot: int) -> tuple[str, ...]:
        """The site of each channel of a boot's blocks."""
        near = _nearest(self._sites, boot)
        return () if near is None else self._sites[near]

    def warmth_cC(self, boot: int) -> list[tuple[int, int]]:
        """How warm a boot's sensors were: (ticks_ms from which on, hundredths of degC); empty: nobody told."""
        return self._warmth.get(boot, [])

    def calibrations(self, boot: int) -> list[Since]:
        """The calibrations of a boot in their order, the first from its beginning on; empty: none is known."""
        if self.instead is not None:
            return self._instead(boot, self.instead)
        near = _nearest(self._calibrations, boot)
        if near is None:
            return []
        if near != boot:
            return [Since(0, self._calibrations[near][-1 if near < boot else 0].calibration)]
        first, *later = self._calibrations[boot]
        return [Since(0, first.calibration), *later]

    def _instead(self, boot: int, calibration: Calibration) -> list[Since]:
        """One calibration for all, with the zeros that were taken of the sensors meanwhile, as warm as they were."""
        changes = []
        for since in self._calibrations.get(boot, []):
            rest = since.rest if len(since.rest) == len(calibration.knots) else ()
            if rest or since.warm_cC is not None:
                stood = standing(calibration, rest, since.warm_cC)
                changes.append(Since(since.ticks_ms, stood, rest, since.warm_cC))
        return [Since(0, calibration), *changes]

    def _take(self, event: Event) -> None:
        stream = self._streams.setdefault(event.boot, StreamContext())
        before, warm_before = stream.calibration, stream.warm_cC
        try:
            if not stream.take(event):
                self.others.append(event)
        except (ValueError, TypeError, LookupError) as error:
            self.unreadable.append(f"event: {error}")
        if stream.warm_cC is not None and stream.warm_cC != warm_before and stream.since_ms is not None:
            self._warmth.setdefault(event.boot, []).append((stream.since_ms, stream.warm_cC))
        if stream.calibration is not None and stream.calibration is not before:
            since_ms = event.ticks_ms if stream.since_ms is None else stream.since_ms
            self._calibrations.setdefault(event.boot, []).append(
                Since(since_ms, stream.calibration, stream.rest, stream.warm_cC)
            )


def _nearest(known: "dict[int, tuple[str, ...]] | dict[int, list[Since]]", boot: int) -> int | None:
    """The boot itself, else the last one before it, else the first one after it."""
    boots = sorted(known)
    at = bisect_right(boots, boot)
    return boots[max(0, at - 1)] if boots else None


def _sites_of(channels: object) -> tuple[str, ...]:
    if not isinstance(channels, list):
        return ()
    return tuple(
        str(channel[0]) for channel in channels if isinstance(channel, list) and channel and channel[0] in SITES
    )
