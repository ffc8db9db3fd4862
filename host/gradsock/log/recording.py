"""A recording, read back: columns of numpy, and everything that stands beside them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sock import block
from sock.calibration import Calibration
from sock.event_reader import Event, decode_event

from gradsock.errors import LogError
from gradsock.link.events import FitNow, Probe, SockInfo
from gradsock.log import frames, layout, timeline
from gradsock.log.account import LossAccount
from gradsock.log.columns import Columns, columns_of
from gradsock.log.context import StreamContext
from gradsock.log.frames import Damage, Kind, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass
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
    """

    path: Path
    session: dict[str, Any] = field(default_factory=dict)
    infos: list[SockInfo] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    calibration: Calibration | None = None
    events: list[Event] = field(default_factory=list)
    fits: list[tuple[int, FitNow]] = field(default_factory=list)  # receive time, verdict
    probes: list[Probe] = field(default_factory=list)
    links: list[tuple[int, str, str]] = field(default_factory=list)  # receive time, state, why
    closing: dict[str, Any] | None = None  # the loss account that its recorder wrote; None: it was cut off
    damage: list[Damage] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)  # whole records whose content makes no sense
    account: LossAccount = field(default_factory=LossAccount)
    timelines: dict[int, timeline.TimeLine] = field(default_factory=dict)
    columns: Columns = field(default_factory=Columns)

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
        """The leg: left, right or unset."""
        return str(self.settings.get("side") or (self.infos[-1].side if self.infos else "unset"))

    @property
    def prescription(self) -> str:
        """What the sock was meant to do when this was recorded; empty when the log does not say."""
        return str(self.settings.get("prescription") or (self.infos[-1].prescription if self.infos else ""))

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
    def duration_s(self) -> float:
        """Time that its samples span, summed over the boots."""
        return self.columns.duration_s

    def __len__(self) -> int:
        return len(self.columns)


def open(id_or_file: str | Path, *, logs: Path | None = None) -> Recording:
    """Read a recording by its id, the beginning of its id, ``last`` or its file.

    Damage is passed over and listed in ``damage``; LogError when there is no such recording, or nothing in it is a log.
    """
    path = layout.find(id_or_file, logs)
    recording = Recording(path)
    reading = _Reading(recording)
    for item in read_records(path):
        if isinstance(item, Damage):
            recording.damage.append(item)
        else:
            reading.take(item)
    recording.timelines = timeline.fit(recording.probes)
    recording.columns = columns_of(reading.blocks, recording.timelines, reading.states)
    return recording


def read_records(path: Path) -> list[Record | Damage]:
    """Records of a log file and its damage, in order; LogError when it cannot be read or is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LogError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    try:
        return list(frames.read(data))
    except frames.WrongFormat as error:
        raise LogError(f"cannot read {path}: {error}") from error


@dataclass(frozen=True, slots=True)
class BlockInContext:
    """A block with what is needed to read it: the channels' sites and the calibration in force."""

    samples: block.Block
    sites: tuple[str, ...]
    calibration: Calibration | None


class _Reading:
    """Goes through the records in order and keeps what later ones rest on."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.blocks: list[BlockInContext] = []
        self._context = StreamContext()

    @property
    def states(self) -> dict[tuple[int, int], bytes]:
        """What the sock said that earlier loads had left, by boot and second."""
        return self._context.states

    def take(self, record: Record) -> None:
        """One record; what makes no sense is noted and passed over."""
        try:
            self._take(record)
        except (ValueError, TypeError, LookupError, LogError) as error:
            kind = Kind(record.kind).name.lower() if record.kind in Kind._value2member_map_ else str(record.kind)
            self.recording.unreadable.append(f"{kind}: {error}")

    def _take(self, record: Record) -> None:
        recording, payload, t = self.recording, record.payload, record.t_utc_us
        match record.kind:
            case Kind.SESSION:
                recording.session = json.loads(payload)
            case Kind.INFO:
                recording.infos.append(SockInfo.parse(payload))
                recording.account.serial = recording.serial
            case Kind.BLOCK:
                self._take_block(block.decode(payload))
            case Kind.EVENT:
                self._take_event(decode_event(payload))
            case Kind.FIT:
                recording.fits.append((t, FitNow.parse(payload)))
            case Kind.PROBE:
                recording.probes.append(Probe(**json.loads(payload)))
            case Kind.LINK:
                said = json.loads(payload)
                recording.links.append((t, said["state"], said["text"]))
            case Kind.LOSS:
                recording.closing = json.loads(payload)

    def _take_block(self, samples: block.Block) -> None:
        recording = self.recording
        sites = recording.infos[-1].sites if recording.infos else ()
        if recording.account.add(samples.boot, samples.index, samples.count):
            self.blocks.append(BlockInContext(samples, sites, recording.calibration))

    def _take_event(self, happened: Event) -> None:
        if not self._context.take(happened):
            self.recording.events.append(happened)
        self.recording.calibration = self._context.calibration
        self.recording.settings = self._context.settings


def open_all(logs: Path | None = None) -> Iterable[Recording]:
    """Every recording, the oldest first."""
    return (open(path) for path in layout.files(logs))
