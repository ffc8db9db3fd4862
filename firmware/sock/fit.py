"""The fit check (first shape): pressures in, one verdict a second and findings out."""

from . import MISSING, SITES
from .prescription import Prescription


class Finding:
    """kind, site (name or None), level, start_ms, notified_ms, end_ms (None while open), evidence (dict of integers)."""

    def __init__(self, kind: str, site: str | None, level: str, start_ms: int, notified_ms: int, evidence: dict) -> None:
        self.kind = kind
        self.site = site
        self.level = level
        self.start_ms = start_ms
        self.notified_ms = notified_ms
        self.end_ms = None
        self.evidence = evidence


class FitCheck:
    """Feed `add` every sample; it is True when a new verdict stands."""

    def __init__(self, prescription: Prescription) -> None:
        self.prescription = prescription
        self.verdict = "not worn"
        self.descending_permille = None
        self._second = None

    def add(self, t_ms: int, pressures_cmmHg) -> bool:  # noqa: ANN001
        """pressures_cmmHg: one per site (ankle, calf, knee), MISSING allowed."""
        second = t_ms // 1000
        if second == self._second:
            return False
        self._second = second
        worn = False
        for index in range(len(SITES)):
            if pressures_cmmHg[index] != MISSING and pressures_cmmHg[index] > 300:
                worn = True
        self.verdict = "good" if worn else "not worn"
        return True

    def open_findings(self) -> list:
        return []

    def take_closed(self) -> list:
        """Findings that ended since the last call; at most 16 are kept."""
        return []


def advice(verdict: str, finding: Finding | None = None) -> str:
    """What to tell the wearer, one sentence."""
    return verdict
