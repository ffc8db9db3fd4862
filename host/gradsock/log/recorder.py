"""Writing what a link tells into a log.

The file comes into being with the first samples or the first block from the sock's journal, so that an attempt that
never reached a sock leaves nothing behind. Copies of samples and events that are there already are counted and not
written again: a recorder may be given anything twice, in any order, from any boot.
"""

import contextlib
import json
from pathlib import Path
from typing import Any

from sock import MISSING, block
from sock import VERSION as SOCK_VERSION
from sock.event import EventError
from sock.event_reader import decode_event

from gradsock import clock, version
from gradsock.errors import LogError, WrongSock
from gradsock.link.events import (
    BlockDoubled,
    BlockFetched,
    BlockReceived,
    FitChanged,
    InfoRead,
    LinkEvent,
    Probed,
    SockInfo,
    StateChanged,
)
from gradsock.log import layout
from gradsock.log.account import LossAccount
from gradsock.log.artefact import artefact_of
from gradsock.log.frames import Kind, Record
from gradsock.log.held import held
from gradsock.log.ranges import Ranges
from gradsock.log.writer import Writer

MAX_WAITING = 10_000  # records kept in memory while no sample has come; what comes after is not worth a file


class Recorder:
    """Takes the events of one sock, across reconnects, and keeps them. Close it, or use it in a ``with``.

    ``account`` counts what came, ``path`` is where it is kept (None until there is anything to keep).
    """

    def __init__(self, logs: Path | None = None, *, moniker: str = "") -> None:
        self.account = LossAccount()
        self.path: Path | None = None
        self.info: SockInfo | None = None
        self._logs = logs
        self._moniker = moniker
        self._waiting: list[Record] = []  # what came before the first samples
        self._events: set[tuple[int, int]] = set()  # boot and sequence of those that came
        self._elsewhere: Ranges | None = None  # what other recordings of this sock hold
        self._writer: Writer | None = None
        self._sessions: tuple[Path, ...] = ()
        self._closed = False
        self._calibration: object = None

    @property
    def id(self) -> str | None:
        """How the recording is called; None while there is none."""
        return self.path.stem if self.path else None

    @property
    def sessions(self) -> tuple[Path, ...]:
        """Where what it took is kept: the file recorded into, or the sessions that it was sealed into."""
        return self._sessions or ((self.path,) if self.path else ())

    def take(self, event: LinkEvent) -> None:
        """Keep one event; LogError when the disk does not take it, WrongSock when it comes from another sock."""
        match event:
            case InfoRead(info, t):
                self._take_info(info, t)
            case BlockReceived(data, t):
                self._take_block(data, t, fetched=False)
            case BlockFetched(data, t):
                self._take_block(data, t, fetched=True)
            case BlockDoubled(data, _):
                self._take_double(data)
            case FitChanged(_, data, t):
                self._keep(Record(Kind.FIT, t, data))
            case Probed(probe, t):
                fields = {name: getattr(probe, name) for name in probe.__slots__}
                self._keep(_json(Kind.PROBE, t, fields))
            case StateChanged(state, text, t):
                self._keep(_json(Kind.LINK, t, {"state": str(state), "text": text}))

    def missing(self, boot: int, first: int, last: int) -> list[tuple[int, int]]:
        """What of the samples first..last of a boot no recording of this sock holds: (first, last) each, ascending.

        What is held elsewhere is on the disk; of what this one holds, ``sync`` makes sure. LogError before the sock has
        said what it is.
        """
        here = self.account.held
        lacking = self._others().missing(boot, first, last)
        return [stretch for start, end in lacking for stretch in here.missing(boot, start, end)]

    def held(self, boot: int) -> list[tuple[int, int]]:
        """The samples of a boot that recordings of this sock hold, this one among them: (first, last) each."""
        both = [run for ranges in (self._others(), self.account.held) for run in ranges if run[0] == boot]
        return Ranges(both).of(boot)

    def sync(self) -> None:
        """Return when everything taken so far is on the disk; LogError when it cannot be brought there."""
        if self._writer is not None:
            self._writer.sync()

    def seal(self) -> list[Path]:
        """Close, and seal what was recorded; the sessions that it went into, ``path`` being the first of them.

        What was left unsealed of this sock before, by a process that was killed, is sealed too.

        LogError when sealing fails: the recording is whole all the same, and `gradsock logs seal` does it later.
        """
        from gradsock.log.seal import SealedElsewhere, seal

        self.close()
        if self.path is None or self.path.suffix == layout.SEALED:
            return []
        for left in layout.unsealed(self.account.serial, self._logs):
            if left != self.path:
                with contextlib.suppress(LogError):  # what was cut off before; what cannot be sealed stays listed
                    seal(left)
        try:
            sessions = seal(self.path)
        except SealedElsewhere:
            sessions = [path for path in [self.path.with_suffix(layout.SEALED)] if path.exists()]
        if sessions:
            self.path, self._sessions = sessions[0], tuple(sessions)
        return sessions

    def close(self) -> None:
        """Write the loss account and close the file; what was recorded is then whole on the disk."""
        if self._closed:
            return
        self._closed = True
        if self._writer is None:
            return
        try:
            self._writer.append(_json(Kind.LOSS, clock.utc_us(), self.account.as_dict()))
        finally:
            self._writer.close()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take_info(self, info: SockInfo, t_utc_us: int) -> None:
        if self.info is not None and self.info.serial != info.serial:
            raise WrongSock(f"sock {info.serial} answers instead of {self.info.serial}, which is being recorded")
        self.info = info
        self.account.serial = info.serial
        self._keep(_json(Kind.INFO, t_utc_us, info.raw))
        self._keep_artefact(info.raw.get("calibration"), t_utc_us)

    def _keep_artefact(self, id: object, t_utc_us: int) -> None:
        """How the sock was calibrated, once."""
        packed = artefact_of(id) if id != self._calibration else None
        self._calibration = id
        if packed is not None:
            self._keep(Record(Kind.ARTEFACT, t_utc_us, packed))

    def _take_block(self, data: bytes, t_utc_us: int, *, fetched: bool) -> None:
        try:
            if block.kind_of(data) == block.KIND_EVENT:
                self._take_event(data, t_utc_us, fetched=fetched)
                return
            samples = block.decode(data)
        except (block.BlockError, EventError):
            self.account.damaged_blocks += 1
            return
        last = samples.index + samples.count - 1
        fresh = self.account.held.missing(samples.boot, samples.index, last)
        if not fresh:
            self.account.double(samples.count)
            return
        if self._writer is None:
            self._begin(t_utc_us)
        self._keep(Record(Kind.FETCHED if fetched else Kind.BLOCK, t_utc_us, data))
        # Only what the file took counts as received: nobody is told that it is safe before.
        self.account.add(samples.boot, samples.index, samples.count, fetched=fetched)
        rows = [index - samples.index for start, end in fresh for index in range(start, end + 1)]
        scanned = [samples.samples[row] for row in rows if samples.scanned(row)]
        self.account.unread += sum(MISSING in sample for sample in scanned)
        self.account.unscanned += len(rows) - len(scanned)

    def _take_event(self, data: bytes, t_utc_us: int, *, fetched: bool) -> None:
        happened = decode_event(data)
        identity = (happened.boot, happened.sequence)
        if identity in self._events:
            return
        if fetched and self._writer is None:
            self._begin(t_utc_us)  # the sock may be told to forget it
        self._keep(Record(Kind.FETCHED if fetched else Kind.EVENT, t_utc_us, data))
        self._events.add(identity)

    def _take_double(self, data: bytes) -> None:
        try:
            if block.kind_of(data) == block.KIND_SAMPLES:
                self.account.double(block.decode(data).count)
        except block.BlockError:
            self.account.damaged_blocks += 1

    def _others(self) -> Ranges:
        """What other recordings of this sock hold; looked up once."""
        if self.info is None:
            raise LogError("the sock has not yet said what it is")
        if self._elsewhere is None:
            self._elsewhere = held(self.info.serial, self._logs, but=self.path)
        return self._elsewhere

    def _keep(self, record: Record) -> None:
        if self._writer is not None:
            self._writer.append(record)
        elif len(self._waiting) < MAX_WAITING:
            self._waiting.append(record)

    def _begin(self, t_utc_us: int) -> None:
        """Create the file and write what came before."""
        if self.info is None:
            raise LogError("samples came before the sock said what it is")
        session = {
            "gradsock": version.VERSION,
            "sock": SOCK_VERSION,
            "zone": clock.zone_name(),
            "moniker": self._moniker,
            "started_utc_us": t_utc_us,
        }
        first = _json(Kind.SESSION, t_utc_us, session)
        path = layout.new_file(self.info.serial, t_utc_us, self._logs)
        self._writer = Writer(path, first)
        self.path = path
        waiting, self._waiting = self._waiting, []
        for record in waiting:
            self._writer.append(record)


def _json(kind: Kind, t_utc_us: int, content: dict[str, Any]) -> Record:
    return Record(kind, t_utc_us, json.dumps(content, separators=(",", ":")).encode())
