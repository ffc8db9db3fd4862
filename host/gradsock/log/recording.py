"""A recording, read back: columns of numpy, and everything that stands beside them."""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from sock import calibration as calibrations
from sock.calibration import Calibration
from sock.event_reader import Event, decode_event

from gradsock import jsontext
from gradsock.errors import GradsockError
from gradsock.link.events import FitNow, Probe, SockInfo
from gradsock.log import contents, layout, timeline
from gradsock.log.account import Gap, LossAccount
from gradsock.log.columns import Columns
from gradsock.log.contents import Contents
from gradsock.log.contexts import Contexts
from gradsock.log.dating import BootTime, judge, spans_of
from gradsock.log.frames import Damage, Kind, Record
from gradsock.log.harm import Harm, Loss, harm_of, loss_before, together
from gradsock.log.repeats import repeated

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

T = TypeVar("T")


class Recording:
    """One session of one sock. Rows are samples, ordered by boot and index, each exactly once.

    ============= ======== =====================================================================================
    index         int64    number of the sample within its boot
    boot          int64    power-on of the sock, numbered
    ticks_ms      int64    the sock's own clock
    utc_us        int64    UTC in microseconds; ``timeline.UNDATED`` (NaT) in a boot that no probe reached
    counts        int16    per site, as the ADC gave them; -32768 where nothing could be read
    pressure_mmHg float64  per site, by the calibration in the log; NaN where nothing could be read
    ============= ======== =====================================================================================

    Beside them: ``session`` (how it came about), ``infos``, ``probes``, ``events`` (what the sock noted, in its order),
    ``closing`` (the loss account of whoever recorded it; None: it was cut off), ``damage`` and ``harm`` (what that
    costs), ``loss_before`` (what it had lost when it was written anew after damage). Settings and calibration are those
    of its start.
    """

    def __init__(self, path: Path, held: Contents) -> None:
        self.path = path
        self.contents = held
        self.damage: list[Damage] = held.damage
        self._senseless: list[str] = list(held.unreadable)
        self.session: dict[str, Any] = next(iter(self._each(Kind.SESSION, _object)), {})
        self.infos: list[SockInfo] = self._each(Kind.INFO, lambda record: SockInfo.parse(record.payload))
        self.probes: list[Probe] = self._each(Kind.PROBE, lambda record: Probe(**jsontext.loads(record.payload)))
        self.closing: dict[str, Any] | None = self._last(Kind.LOSS, _object)
        happened = self._each(Kind.EVENT, lambda record: decode_event(record.payload))
        happened += self._each(Kind.FETCHED, lambda record: decode_event(record.payload))
        self.contexts = Contexts(happened, self.infos, instead=self._instead())
        self._senseless += self.contexts.unreadable
        self.events: list[Event] = self.contexts.others
        self.timelines = timeline.fit(self.probes)
        self.loss_before = loss_before(self.closing)
        blank = together([Loss(blank=held.blank), *([self.loss_before] if self.loss_before else [])]).blank
        own = self.contexts.instead is None
        self.columns = Columns(held.samples, self.contexts, self.timelines, all_states=own, blank=blank)

    @property
    def id(self) -> str:
        """How the recording is called."""
        return self.path.stem

    @property
    def serial(self) -> str:
        """The sock's serial; empty when the log has lost its Info."""
        return self.infos[-1].serial if self.infos else ""

    @property
    def side(self) -> str:
        """The leg: left, right or unset; one that is said only later was meant from the beginning."""
        told = [stream.settings.get("side") for stream in self.contexts.streams] + [info.side for info in self.infos]
        return next((side for side in told if side in ("left", "right")), "unset")

    @property
    def prescription(self) -> str:
        """What the sock was meant to do when this was recorded; empty when the log does not say."""
        return str(self.settings.get("prescription") or (self.infos[-1].prescription if self.infos else ""))

    @property
    def zone(self) -> str:
        """IANA name of the time zone of whoever recorded it."""
        return str(self.session.get("zone", "UTC"))

    @property
    def repeats(self) -> str:
        """What it repeats the samples of, where it does: that stays apart, and is never united with anything."""
        return repeated(self.session)

    @property
    def settings(self) -> dict[str, Any]:
        """The sock's settings at the start."""
        return self.contexts.settings

    @property
    def calibration(self) -> Calibration | None:
        """The sock's calibration at the start."""
        return self.contexts.calibration

    @property
    def unreadable(self) -> list[str]:
        """Whole records whose content makes no sense, and why."""
        assert self.fits is not None and self.links is not None  # those are read when they are first asked for
        return self._senseless

    @property
    def harm(self) -> Harm | None:
        """What damage of its file costs it, and what there is to do; None: it is whole, or only torn at its end."""
        return harm_of(self)

    @cached_property
    def fits(self) -> list[tuple[int, FitNow]]:
        """The sock's own verdicts, each with the time at which it came."""
        return self._each(Kind.FIT, lambda record: (record.t_utc_us, FitNow.parse(record.payload)))

    @cached_property
    def links(self) -> list[tuple[int, str, str]]:
        """How the connection went: when, state, why."""
        return self._each(Kind.LINK, _link)

    @cached_property
    def account(self) -> LossAccount:
        """What is held and what is lost, counted anew; of copies and damage on the way its recorder's word counts."""
        account = LossAccount(self.serial)
        for boot, start, end in self.contents.samples.held():
            account.add(boot, start, end - start)
        account.recovered = self.contents.samples.recovered
        account.unread = int((self.contents.samples.unread & self.columns.whole).sum())
        account.unscanned = int((~self.contents.samples.scanned).sum())
        told = self.closing or {}
        account.doubled = _number(told.get("doubled"))
        account.damaged_blocks = _number(told.get("damaged_blocks"))
        return account

    @cached_property
    def boot_times(self) -> list[BootTime]:
        """When each boot was, and how well that is known."""
        samples = self.contents.samples
        starts = [rows.start for _, rows in self.columns.boots]
        first_utc_us = np.minimum.reduceat(samples.runs.received_utc_us, np.searchsorted(samples.runs.first, starts))
        arrived = dict(zip((boot for boot, _ in self.columns.boots), first_utc_us.tolist(), strict=True))
        return judge(spans_of(samples.boot, samples.ticks_ms, arrived), self.timelines)

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites it has, from the ground up."""
        return self.columns.sites

    @property
    def index(self) -> "NDArray[np.int64]":
        """Number of each sample within its boot."""
        return self.columns.index

    @property
    def boot(self) -> "NDArray[np.int64]":
        """Power-on of the sock that each sample belongs to."""
        return self.columns.boot

    @property
    def ticks_ms(self) -> "NDArray[np.int64]":
        """The sock's own clock at each sample."""
        return self.columns.ticks_ms

    @property
    def utc_us(self) -> "NDArray[np.int64]":
        """UTC of each sample in microseconds."""
        return self.columns.utc_us

    @property
    def counts(self) -> "dict[str, NDArray[np.int16]]":
        """What the ADC gave, per site."""
        return self.columns.counts

    @property
    def pressure_mmHg(self) -> "dict[str, NDArray[np.float64]]":
        """Pressure per site; all NaN when the log holds no calibration."""
        return self.columns.pressure_mmHg

    @property
    def temperature_degC(self) -> "NDArray[np.float64] | None":
        """How warm the sensors were, by a thermistor beside them; NaN before it was told, None where there is none."""
        return self.columns.temperature_degC

    @property
    def duration_s(self) -> float:
        """Time that its samples span, summed over the boots."""
        return self.columns.duration_s

    @property
    def gaps(self) -> list[Gap]:
        """Samples that should be there and are not, in the order of boot and index."""
        return self.account.gaps()

    def to_arrow(self) -> "pa.Table":
        """The samples as an Arrow table: ``.to_pandas()``, ``polars.from_arrow(...)``, or a name in DuckDB's SQL.

        utc (timestamp[us, UTC]; null where no probe reached the boot), boot, index, ticks_ms, and per site SITE_mmHg
        (float64) and SITE_counts (int16), null where nothing could be read; temperature_degC where a thermistor tells.
        """
        from gradsock.log.table import for_people

        return for_people(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def _instead(self) -> Calibration | None:
        """The calibration that somebody put in the place of the sock's own."""
        given = self.session.get("calibration")
        if given is None:
            return None
        try:
            return calibrations.from_dict(given)
        except calibrations.CalibrationError as error:
            self._senseless.append(f"session: {error}")
            return None

    def _each(self, kind: Kind, parse: Callable[[Record], T]) -> list[T]:
        """What the records of a kind say; those that make no sense are noted and passed over."""
        parsed = []
        for record in self.contents.records:
            if record.kind == kind:
                try:
                    parsed.append(parse(record))
                except (ValueError, TypeError, LookupError, GradsockError) as error:
                    self._senseless.append(f"{kind.name.lower()}: {error}")
        return parsed

    def _last(self, kind: Kind, parse: Callable[[Record], T]) -> T | None:
        parsed = self._each(kind, parse)
        return parsed[-1] if parsed else None


def open(id_or_file: str | Path, *, logs: Path | None = None) -> Recording:
    """Read a recording by its id, the beginning of its id, ``last`` or its file.

    Damage is passed over and listed in ``damage``; LogError when there is no such recording, or nothing in it is a log.
    """
    path = layout.find(id_or_file, logs)
    return Recording(path, contents.read(path))


def open_all(logs: Path | None = None) -> Iterable[Recording]:
    """Every recording, the oldest first."""
    return (open(path) for path in layout.files(logs))


def _object(record: Record) -> dict[str, Any]:
    said = jsontext.loads(record.payload)
    if not isinstance(said, dict):
        raise ValueError("not a JSON object")
    return said


def _link(record: Record) -> tuple[int, str, str]:
    said = _object(record)
    return record.t_utc_us, str(said["state"]), str(said["text"])


def _number(told: object) -> int:
    return told if isinstance(told, int) else 0
