"""What is to be checked: stretches of pressures, each under one running clock, and what the sock said beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, SITES, event
from sock.bands import Prescription
from sock.event_reader import ContextParts, Event
from sock.fit import PLAIN, layout_of
from sock.prescription import PrescriptionError, parse
from sock.resume import StateError, first_index_of
from sock.settings import defaults

from gradsock import jsontext
from gradsock.analysis.csv_file import Series, read_csv
from gradsock.analysis.exported import beside, is_export, read_export
from gradsock.errors import AnalysisError, UsageError

if TYPE_CHECKING:
    from gradsock.log.harm import Harm, Loss
    from gradsock.log.recording import Recording

PERIOD_MAX_S = 1.5
"""A second without a sample is a gap to the fit check, so one sample a second is the least."""


@dataclass
class Said:
    """What a sock told during one boot that its fit check went by.

    ``states``: packed states (``sock.state``) by the index of the first sample that follows; ``donnings``: packed, as
    known when the boot was first heard; ``deeds``: (ticks_ms, what) in order, what is a mark's text or one of
    ``NEW_SESSION`` and ``FORGET``; ``marks``: (ticks_ms, text).
    """

    states: dict[int, bytes] = field(default_factory=dict)
    donnings: bytes = b""
    deeds: list[tuple[int, str]] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)


NEW_SESSION, FORGET = "\0new-session", "\0forget-baseline"


@dataclass
class Stretch:
    """Samples under one running clock: a boot, or a whole CSV. ``offset_s`` puts it on the common axis.

    ``pressures_cmmHg`` (n, 3) by site, each of which lies in one piece of memory; where a site has several channels,
    ``rings_cmmHg`` holds them all, in the order of ``layout``: per channel the index of its site.
    """

    name: str
    index: NDArray[np.int64]
    t_ms: NDArray[np.int64]
    pressures_cmmHg: NDArray[np.int64]
    offset_s: float
    period_s: float
    said: Said = field(default_factory=Said)
    layout: tuple[int, ...] = PLAIN
    rings_cmmHg: NDArray[np.int64] | None = None
    damaged_ms: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """When there were samples whose reading damage of the file took."""

    @property
    def channels_cmmHg(self) -> NDArray[np.int64]:
        """What the fit check is fed: a column per channel of the layout."""
        return self.pressures_cmmHg if self.rings_cmmHg is None else self.rings_cmmHg

    @property
    def start_s(self) -> float:
        """Its first sample on the common axis."""
        return self.at_s(int(self.t_ms[0]))

    @property
    def end_s(self) -> float:
        """The end of its last sample on the common axis."""
        return round(self.at_s(int(self.t_ms[-1])) + self.period_s, 3)

    def at_s(self, t_ms: int) -> float:
        """Ticks as seconds on the common axis."""
        return round(self.offset_s + t_ms / 1000, 3)


@dataclass(frozen=True)
class Held:
    """What a file holds, under which prescription, and what it lacks."""

    prescription: Prescription
    stretches: list[Stretch]
    lost: int = 0
    damaged_bytes: int = 0
    harm: "Harm | None" = None
    loss_before: "Loss | None" = None
    """What damage had taken when the file was written anew; None where that is nothing."""
    unscanned: int = 0
    assumed: bool = False
    """Nobody named a prescription: it is that of a new sock."""
    leg_point: str = ""
    """Where the ankle's sensor lies, as whoever calibrated it said."""
    written: bool = False
    """It is a CSV: only whoever wrote it knows the unit of its readings."""


def held(what: "str | Path | Recording", *, prescription: str | None = None, logs: Path | None = None) -> Held:
    """What a recording (id, file, or read already), a CSV or an export holds; arguments and errors: `check.check`."""
    from gradsock.log import recording as recorded

    if isinstance(what, str | Path):
        id_or_file = str(what).removeprefix("replay:")
        path = Path(id_or_file).expanduser()
        if path.suffix.lower() == ".csv":
            named = beside(path) if prescription is None else prescription
            return _held_in(read_csv(path), named, written=True)
        if is_export(path):
            series, named = read_export(path)
            return _held_in(series, named if prescription is None else prescription)
        recording = recorded.open(id_or_file, logs=logs)
    elif isinstance(what, recorded.Recording):
        recording = what
    else:
        raise UsageError(f"{what!r} is no recording: say its id or file, or what gradsock.open gave")
    if not recording.columns.scanned.any():
        raise AnalysisError(f"{recording.id} holds no samples")
    if not (recording.columns.scanned & recording.columns.whole).any():
        sites = ", ".join(recording.columns.blank)
        why = f"damage of its file took all readings of {sites}; with an undamaged copy in its place it can"
        raise AnalysisError(f"{recording.id} cannot be judged: {why}")
    if recording.calibration is None:
        raise AnalysisError(f"{recording.id} holds no calibration, so its counts are no pressures")
    named = (recording.prescription or None) if prescription is None else prescription
    wanted = _prescription(named)
    damaged_bytes = sum(damage.length for damage in recording.damage)
    stretches, lost = list(_boots(recording)), recording.account.lost
    unscanned = recording.account.unscanned
    before = recording.loss_before
    return Held(
        prescription=wanted,
        stretches=stretches,
        lost=lost,
        damaged_bytes=damaged_bytes,
        harm=recording.harm,
        loss_before=before if before is not None and before.anything else None,
        unscanned=unscanned,
        assumed=named is None,
        leg_point=_leg_point(recording),
    )


def _held_in(series: Series, prescription: str | None, *, written: bool = False) -> Held:
    if (series.pressures_cmmHg == MISSING).all():
        raise AnalysisError(f"{series.name} holds no reading: all its cells of {', '.join(SITES)} are empty")
    wanted = _prescription(prescription)
    period_s = _period_s(series.t_ms, series.name)
    index = np.arange(len(series.t_ms))
    stretch = Stretch(series.name, index, series.t_ms, series.pressures_cmmHg, 0.0, period_s)
    return Held(wanted, [stretch], assumed=prescription is None, written=written)


def said_by(events: "list[Event]") -> dict[int, Said]:
    """What the fit check of each boot went by; events in their order."""
    told: dict[int, Said] = {}
    parts: dict[tuple[int, int], ContextParts] = {}
    for happened in events:
        said = told.setdefault(happened.boot, Said())
        if happened.kind in (event.CONTEXT_FIT, event.CONTEXT_DONNINGS):
            _take_context(said, happened, parts.setdefault((happened.boot, happened.kind), ContextParts()))
        elif happened.kind == event.MARK:
            text = happened.payload.decode(errors="replace")
            said.deeds.append((happened.ticks_ms, text))
            said.marks.append((happened.ticks_ms, text))
        elif happened.kind == event.NEW_SESSION:
            said.deeds.append((happened.ticks_ms, NEW_SESSION))
        elif happened.kind == event.TOLD and happened.payload == b"forget-baseline":
            said.deeds.append((happened.ticks_ms, FORGET))
    for said in told.values():
        said.deeds.sort(key=lambda deed: deed[0])
    return told


def _take_context(said: Said, happened: Event, parts: ContextParts) -> None:
    try:
        whole = parts.add(happened.payload)
        if whole is None:
            return
        if happened.kind == event.CONTEXT_FIT:
            said.states[first_index_of(whole)] = whole
        elif not said.donnings:
            said.donnings = whole
    except (StateError, ValueError):
        return  # of another version: judged as if the sock had just been put on


def _leg_point(recording: "Recording") -> str:
    """The leg point of the ankle's sensor in the artefact of the calibration; empty where nobody said."""
    from gradsock.log.frames import Kind

    artefacts = [record.payload for record in recording.contents.records if record.kind == Kind.ARTEFACT]
    try:
        sensors = jsontext.loads(artefacts[-1])["sensors"] if artefacts else []
        return next((str(s["place"]["leg_point"]) for s in sensors if s["site"] == SITES[0]), "")
    except (ValueError, LookupError, TypeError):
        return ""


def _prescription(text: str | None) -> Prescription:
    try:
        return parse(str(defaults()["prescription"]) if text is None else text)
    except PrescriptionError as error:
        raise AnalysisError(f"prescription: {error}") from error


def _period_s(t_ms: NDArray[np.int64], name: str) -> float:
    """The usual step; AnalysisError when it is too long to judge anything by."""
    if len(t_ms) < 2:
        return 0.0
    period_s = float(np.median(np.diff(t_ms))) / 1000
    if period_s > PERIOD_MAX_S:
        raise AnalysisError(f"{name} holds a reading every {period_s:g} s: the fit check needs one a second at least")
    return period_s


def _boots(recording: "Recording") -> Iterator[Stretch]:
    """One stretch per boot, placed by UTC where that is known and behind the one before where not."""
    from gradsock.log.timeline import UNDATED

    columns, told = recording.columns, said_by(recording.events)
    end_s, start_utc_us = 0.0, int(columns.utc_us[0])
    # A slot in which nobody looked is no reading, nor is what damage of the file took: to the check nothing came.
    scanned = columns.scanned & columns.whole
    for boot, of_boot in columns.boots:
        rows = of_boot.start + np.flatnonzero(scanned[of_boot])
        if not len(rows):
            continue
        t_ms, utc_us = columns.ticks_ms[rows], int(columns.utc_us[rows[0]])
        offset_s = end_s
        if UNDATED not in (utc_us, start_utc_us):
            offset_s = max(end_s, (utc_us - start_utc_us) / 1e6)
        none = np.full(len(t_ms), MISSING)
        sites = [columns.pressure_cmmHg[site][rows] if site in columns.sites else none for site in SITES]
        pressures = np.stack(sites).astype(np.int64).T
        damaged = of_boot.start + np.flatnonzero(columns.scanned[of_boot] & ~columns.whole[of_boot])
        name = f"boot {boot}"
        stretch = Stretch(
            name,
            columns.index[rows],
            t_ms,
            pressures,
            offset_s - int(t_ms[0]) / 1000,
            _period_s(t_ms, f"{recording.id}, {name},"),
            told.get(boot, Said()),
            *_rings(recording, boot, scanned),
            columns.ticks_ms[damaged],
        )
        end_s = stretch.end_s
        yield stretch


def _rings(
    recording: "Recording", boot: int, scanned: NDArray[np.bool_]
) -> tuple[tuple[int, ...], NDArray[np.int64] | None]:
    """Layout and pressure per channel of a boot in which a site has several; else the plain layout and None."""
    columns = recording.columns
    layout, places = layout_of([SITES.index(site) for site in columns.contexts.sites(boot)])
    if len(layout) == len(SITES):
        return PLAIN, None
    rows = scanned[dict(columns.boots)[boot]]
    pressures = np.full((int(rows.sum()), len(layout)), MISSING, np.int64)
    for channel, column in columns.channels_cmmHg(boot).items():
        if channel < len(places):
            pressures[:, places[channel]] = column[rows]
    return layout, pressures
