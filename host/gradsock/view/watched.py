"""What is known of a sock right now, gathered from what its link tells."""

import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sock import MISSING, SITES, block, event, event_reader
from sock.bands import Prescription
from sock.curves import PRESSURE_MAX_CMMHG
from sock.decoder import parse as parse_header
from sock.event_reader import ContextParts, Event
from sock.fit import NOT_WORN_VERDICT, layout_of
from sock.prescription import PrescriptionError, parse
from sock.resume import StateError, resume
from sock.wear import NOT_WORN

from gradsock import jsontext
from gradsock.link.events import (
    BatteryRead,
    BlockDoubled,
    BlockFetched,
    BlockReceived,
    FitChanged,
    FitNow,
    InfoRead,
    LinkEvent,
    Probed,
    SockInfo,
    State,
    StateChanged,
)
from gradsock.log.account import LossAccount
from gradsock.log.context import StreamContext
from gradsock.log.live import LivePressures

SHOWN_OVER_S = 1.0  # pressures are shown as the median of so long: a stride, not a sample
FORGOTTEN_MS = 3000  # a finding whose onset nobody told is another one when it was not told for so long


@dataclass(slots=True)
class Seen:
    """A finding as the sock reported it, from the first to the last second in which it stood.

    ``onset_ms``, on the sock's clock as the others: when it began, which the sock notices only after a while and then
    tells; None where it did not. ``ended_ms``: when the sock told that it is over, None until then.
    """

    kind: str
    site: str | None
    level: str
    first_ticks_ms: int
    last_ticks_ms: int
    onset_ms: int | None = None
    ended_ms: int | None = None

    @property
    def lasted_s(self) -> float:
        """From its onset, as in a check; where that is not known for as long as it was told, once a second."""
        if self.onset_ms is None:
            return (self.last_ticks_ms - self.first_ticks_ms) / 1000 + 1
        return max(0, self.last_ticks_ms - self.onset_ms) / 1000


@dataclass(frozen=True, slots=True)
class Row:
    """Pressures of one scan, by ``sock.SITES``; ``sock.MISSING`` where a site has none."""

    boot: int
    ticks_ms: int
    pressures_cmmHg: tuple[int, ...]


class Watched:
    """One sock; feed :meth:`take` every event of its link."""

    def __init__(self, moniker: str) -> None:
        self.moniker = moniker
        self.state = State.CONNECTING
        self.text = f"looking for {moniker}"
        self.failure: Exception | None = None
        self.info: SockInfo | None = None
        self.beside: Sequence[Watched] = ()  # the socks that are watched with it
        self.fit: FitNow | None = None
        self.battery_percent: int | None = None  # None: not known, or its board cannot tell
        self.fetching: tuple[int, int] | None = None  # done and in all, while what was missed is fetched
        self.account = LossAccount()
        self.unread: dict[str, int] = {}  # per site the samples that are no pressure
        self.unread_scans = 0  # samples in which nobody looked: the board was busy
        self._donned_ms: int | None = None  # on the sock's clock, of this boot
        self._fit_parts = ContextParts()
        self._notice_parts = ContextParts()
        self.verdict_s: dict[str, int] = {}  # seconds per verdict; the sock gives one a second
        self.findings: list[Seen] = []
        self.last_block_utc_us: int | None = None
        self._since: tuple[int, int] | None = None  # boot and index of the first sample that came live
        self.newest: list[Row] = []  # the scans of the newest block of samples; none of any other
        self.context = StreamContext()
        self._pressures = LivePressures(self.context)
        self._recent: dict[str, deque[int]] = {site: deque(maxlen=25) for site in SITES}
        self._prescribed: tuple[str, Prescription | None] = ("", None)

    @property
    def label(self) -> str:
        """The side of the sock, else its name, else how it was asked for; its name too when another has that side."""
        if self.info is None:
            return self.moniker
        alike = any(w is not self and w.info and w.info.label == self.info.label for w in self.beside)
        return self.info.name if alike and self.info.name else self.info.label

    @property
    def prescription(self) -> Prescription | None:
        """What the sock should do; None while it has not said so, or in words unknown here."""
        text = str(self.context.settings.get("prescription") or (self.info.prescription if self.info else ""))
        if text != self._prescribed[0]:
            try:
                self._prescribed = (text, parse(text))
            except PrescriptionError:
                self._prescribed = (text, None)
        return self._prescribed[1]

    @property
    def pressure_mmHg(self) -> dict[str, float | None]:
        """Per site the median of what was read in the last second; None when nothing was."""
        read = {site: [p for p in recent if abs(p) < PRESSURE_MAX_CMMHG] for site, recent in self._recent.items()}
        return {site: median(values) / 100 if values else None for site, values in read.items()}

    @property
    def calibrated(self) -> bool:
        """Whether pressures can be told at all."""
        return self.context.calibration is not None

    def take(self, happened: LinkEvent) -> None:
        """Note one event."""
        match happened:
            case StateChanged(state, text, _):
                self.state, self.text = state, text
            case InfoRead(info, _):
                self._take_info(info)
            case BlockReceived(data, t):
                self._take_block(data, t)
            case BlockFetched(data, _):
                self._take_fetched(data)
            case BlockDoubled(data, _):
                self._take_double(data)
            case FitChanged(fit, _, _):
                self._take_fit(fit)
            case BatteryRead(percent, _):
                self.battery_percent = percent
            case Probed():
                pass

    def _take_info(self, info: SockInfo) -> None:
        if self.info is not None and self.info.boot != info.boot:
            self._donned_ms = None  # it counts from anew, and tells since when
            for seen in self.findings:
                seen.ended_ms = seen.last_ticks_ms if seen.ended_ms is None else seen.ended_ms
        self.info = info
        self.account.serial = info.serial
        length = max(1, round(SHOWN_OVER_S * info.rate_Hz))
        self._recent = {site: deque(recent, maxlen=length) for site, recent in self._recent.items()}

    def _take_block(self, data: bytes, t_utc_us: int) -> None:
        self.newest = []
        try:
            if block.kind_of(data) == block.KIND_EVENT:
                self._take_event(event_reader.decode_event(data))
                return
            samples = block.decode(data)
        except ValueError:
            self.account.damaged_blocks += 1
            return
        self._since = self._since or (samples.boot, samples.index)
        if self.account.add(samples.boot, samples.index, samples.count):
            self._note_unread(samples)
        self.last_block_utc_us = t_utc_us
        if self.info is not None and self.context.calibration is not None:
            for at, row_cmmHg in enumerate(self._pressures.rows_cmmHg(samples)):
                shown = self._take_sample(row_cmmHg, self.info.sites)
                self.newest.append(Row(samples.boot, samples.ticks_ms + at * samples.period_ms, shown))

    def _take_event(self, happened: Event) -> None:
        self.context.take(happened)
        if happened.kind == event.NOTICE:
            self._take_notice(happened)
        if happened.kind != event.CONTEXT_FIT or self.prescription is None or self.info is None:
            return
        whole = self._fit_parts.add(happened.payload)
        if whole is not None:
            with contextlib.suppress(StateError):  # of another firmware: worn since we look, then
                layout, _ = layout_of([SITES.index(site) for site in self.info.sites])
                fit = resume(self.prescription, whole, layout)[1]
                self._donned_ms = None if fit.wear.state == NOT_WORN else fit.wear.donned_ms
                for found in fit.open_findings(resting=True):
                    self._note_onset(found.kind, found.site, found.level, found.start_ms, happened.ticks_ms)

    @property
    def worn_s(self) -> float | None:
        """For how long it has been worn, also before anybody looked; None: it is not, or has not said yet."""
        if self.fit is None or self._donned_ms is None:
            return None
        return max(0, self.fit.ticks_ms - self._donned_ms) / 1000

    def _note_unread(self, samples: block.Block) -> None:
        """Count scans that did not happen apart from single sites that could not be read."""
        sites = self.info.sites if self.info else ()
        for number, row in enumerate(samples.samples):
            if not samples.scanned(number):
                self.unread_scans += 1
                continue
            for site in {site for site, counts in zip(sites, row, strict=False) if counts == MISSING}:
                self.unread[site] = self.unread.get(site, 0) + 1

    def _take_fetched(self, data: bytes) -> None:
        """Count what fills a gap since the watching began; what the sock kept of before is not shown here."""
        if self._since is None or block.kind_of(data) != block.KIND_SAMPLES:
            return
        samples = parse_header(data)[0]
        first = max(samples.index, self._since[1] if samples.boot == self._since[0] else 0)
        if samples.boot >= self._since[0]:
            self.account.add(samples.boot, first, samples.index + samples.count - first, fetched=True)

    def _take_double(self, data: bytes) -> None:
        try:
            if block.kind_of(data) == block.KIND_SAMPLES:
                self.account.double(block.decode(data).count)
        except block.BlockError:
            self.account.damaged_blocks += 1

    def _take_sample(self, row_cmmHg: Sequence[int], sites: tuple[str, ...]) -> tuple[int, ...]:
        """Note a scan; what is shown of it. Of several channels at a site it is the first one."""
        shown: dict[str, int] = {}
        for site, pressure_cmmHg in zip(sites, row_cmmHg, strict=False):
            if site not in shown:
                shown[site] = pressure_cmmHg
                self._recent[site].append(pressure_cmmHg)
        return tuple(shown.get(site, MISSING) for site in SITES)

    def _take_fit(self, fit: FitNow) -> None:
        self.fit = fit
        if fit.verdict == NOT_WORN_VERDICT:
            self._donned_ms = None
        elif self._donned_ms is None:
            self._donned_ms = fit.ticks_ms
        self.verdict_s[fit.verdict] = self.verdict_s.get(fit.verdict, 0) + 1
        for kind, site, level in fit.findings:
            seen = self._newest(kind, site)
            if seen is not None and seen.ended_ms is not None and fit.ticks_ms <= seen.ended_ms:
                continue  # said before its end was
            if seen is not None and seen.ended_ms is None and _is_same(seen, fit.ticks_ms):
                seen.last_ticks_ms, seen.level = max(seen.last_ticks_ms, fit.ticks_ms), _higher(seen.level, level)
            else:
                self.findings.append(Seen(kind, site, level, fit.ticks_ms, fit.ticks_ms))

    def _take_notice(self, happened: Event) -> None:
        """What the sock tells of a finding as it opens, gets worse or ends."""
        try:
            whole = self._notice_parts.add(happened.payload)
            if whole is None:
                return
            told = jsontext.loads(whole)
            kind, site, level = str(told["kind"]), told["site"], str(told["level"])
            start_ms, end_ms = int(told["start_ms"]), told["end_ms"]
            end_ms = None if end_ms is None else int(end_ms)
        except (ValueError, TypeError, LookupError):
            return  # of another firmware
        seen = self._note_onset(kind, None if site is None else str(site), level, start_ms, happened.ticks_ms)
        if end_ms is not None:
            seen.last_ticks_ms, seen.ended_ms = end_ms, happened.ticks_ms

    def _note_onset(self, kind: str, site: str | None, level: str, start_ms: int, now_ms: int) -> Seen:
        """The finding that began then, which the sock tells of now."""
        seen = self._newest(kind, site)
        if seen is None or seen.ended_ms is not None or seen.onset_ms not in (None, start_ms):
            seen = Seen(kind, site, level, now_ms, now_ms)
            self.findings.append(seen)
        seen.onset_ms, seen.level = start_ms, _higher(seen.level, level)
        return seen

    def _newest(self, kind: str, site: str | None) -> Seen | None:
        return next((seen for seen in reversed(self.findings) if (seen.kind, seen.site) == (kind, site)), None)


def _is_same(seen: Seen, now_ms: int) -> bool:
    """Whether what is told now is that one: until its end is told, or where nobody tells, until it is not told."""
    return seen.onset_ms is not None or now_ms - seen.last_ticks_ms < FORGOTTEN_MS


_LEVELS = ("info", "notice", "warning")


def _higher(one: str, other: str) -> str:
    """The weightier of two levels."""
    return max(one, other, key=lambda level: _LEVELS.index(level) if level in _LEVELS else -1)
