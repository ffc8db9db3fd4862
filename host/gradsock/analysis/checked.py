"""What the fit check says about a recording."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sock.bands import Prescription
from sock.finding import LEVEL_NAMES, Finding
from sock.fit import VERDICTS
from sock.words import advice

from gradsock.analysis.evidence import also
from gradsock.analysis.gait import Walking
from gradsock.analysis.posture import Stiffness
from gradsock.analysis.share import Share

if TYPE_CHECKING:
    from gradsock.log.harm import Harm, Loss

SCHEMA = 1
LEVELS = LEVEL_NAMES[1:]
OF_GOOD = {"site-missing", "over-range", "under-range"}
"""Findings that may stand beside "good"."""


@dataclass(frozen=True)
class VerdictSpan:
    """One verdict, for as long as it stood; seconds from the first sample (CSV: as in the file)."""

    verdict: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class FoundSpan:
    """A finding: onset, when the sock says so (None: it never did), end (None: still open)."""

    kind: str
    site: str | None
    level: str
    start_s: float
    notified_s: float | None
    end_s: float | None
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Gap:
    """Nothing is known of this time: samples are lost, or the sock was off (``boot``: it started anew), or readings
    went with damage of the file (``damaged``)."""

    start_s: float
    end_s: float
    boot: bool
    damaged: bool = False

    @property
    def why(self) -> str:
        """In a few words."""
        if self.damaged:
            return "lost with the damaged file"
        return "the sock started anew" if self.boot else "nothing came"


@dataclass(frozen=True)
class Moved:
    """What the leg did: ``walking`` by its rhythm, ``standing`` and ``lying`` by the wearer's word."""

    what: str
    start_s: float
    end_s: float
    cadence_per_min: float | None = None


@dataclass(frozen=True)
class Settled:
    """Pressure of a site while worn and settled, in mmHg: 5 %, median, 95 %; and how much of the time it lay in its
    band (0 to 1, None: there is none)."""

    site: str
    low: float
    median: float
    high: float
    in_band: float | None


@dataclass(frozen=True)
class Checked:
    """What the fit check says about a recording under a prescription."""

    samples: int
    duration_s: float
    prescription: Prescription
    verdicts: tuple[VerdictSpan, ...]
    findings: tuple[FoundSpan, ...]
    descending: Share | None = None
    walking: Walking | None = None
    stiffness: Stiffness = field(default_factory=lambda: Stiffness("standing minus lying", None, "not asked for"))
    gaps: tuple[Gap, ...] = ()
    moved: tuple[Moved, ...] = ()
    settled: tuple[Settled, ...] = ()
    """Of the sites that were read while the sock was worn and had settled."""
    notes: tuple[str, ...] = ()
    """What was not judged, and why."""
    lost: int = 0
    """Samples that the recording should hold and does not."""
    unscanned: int = 0
    """Slots besides the samples in which the sock was too busy to look."""
    damaged_bytes: int = 0
    assumed: bool = False
    """Nobody named a prescription: it is that of a new sock."""
    harm: "Harm | None" = None
    """What damage of the file costs, see `gradsock.log.harm`."""
    loss_before: "Loss | None" = None
    """What damage had taken before the file was written anew."""

    @property
    def descending_fraction(self) -> float | None:
        """Share of the settled time in which pressure fell from site to site."""
        return None if self.descending is None else round(self.descending.fraction, 3)

    @property
    def advice(self) -> str:
        """What to do, by the last verdict and the finding behind it, and what else is open: a sentence each."""
        last = self.verdicts[-1] if self.verdicts else None
        if last is None:
            return ""
        kinds = {kind for verdict, kind, _ in VERDICTS if verdict == last.verdict} or OF_GOOD
        still = [found for found in self.findings if found.end_s is None]
        behind = [found for found in still if found.kind in kinds]
        first = max(behind, key=lambda found: LEVELS.index(found.level), default=None)
        finding = None if first is None else Finding(first.kind, first.site, first.level, 0, 0, {})
        return advice(last.verdict, finding) + also((f.kind, f.site, f.level) for f in still if f is not first)

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of ``gradsock check --json``."""
        return {
            "schema": SCHEMA,
            "samples": self.samples,
            "duration_s": self.duration_s,
            "prescription": self.prescription.as_dict(),
            "descending_fraction": self.descending_fraction,
            "verdicts": [vars(span) for span in self.verdicts],
            "findings": [vars(found) for found in self.findings],
            "lost": self.lost,
            "unscanned": self.unscanned,
            "damaged_bytes": self.damaged_bytes,
            "damage": next((loss.lost for loss in (self.harm, self.loss_before) if loss is not None), None),
            "descending": None if self.descending is None else self.descending.as_dict(),
            "walking": None if self.walking is None else self.walking.as_dict(),
            "standing_minus_lying": self.stiffness.as_dict(),
            "gaps": [vars(gap) for gap in self.gaps],
            "moved": [vars(moved) for moved in self.moved],
            "settled_mmHg": {
                one.site: [round(v, 2) + 0.0 for v in (one.low, one.median, one.high)] for one in self.settled
            },
            "notes": list(self.notes),
            "advice": self.advice,
        }

    def worst(self) -> FoundSpan | None:
        """The finding of the highest level, the earliest among equals."""
        return max(self.findings, key=lambda found: LEVELS.index(found.level), default=None)
