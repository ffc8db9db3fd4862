"""The rule that comes to mind first: ankle > calf > knee, on medians of one second; said when it stops holding."""

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, SITES
from sock.prescription import Prescription

from .check import Notice, Report
from .wear import RATE_HZ, Chunk

WORN_CMMHG = 300


class Naive:
    """No dead band, no persistence, no profile: ankle > calf > knee or a notice."""

    def __init__(self, prescription: Prescription) -> None:
        self.prescription = prescription
        self._report = Report()
        self._was = "not worn"
        self._site: str | None = None

    def next_wear(self) -> None:
        self._report = Report()
        self._was = "not worn"

    def samples(self, chunk: Chunk) -> None:
        medians, valid = second_medians(chunk)
        if not len(medians):
            return
        medians = medians.reshape(len(medians), len(SITES), -1).mean(axis=2)
        worn = (medians > WORN_CMMHG).any(axis=1)
        calf = medians[:, 1] >= medians[:, 0]
        knee = medians[:, 2] >= medians[:, 1]
        state = np.where(~worn, 0, np.where(calf, 2, np.where(knee, 3, 1)))[valid]
        ends_ms = (chunk.t_ms[0] + 1000 * (np.arange(len(medians)) + 1))[valid]
        names = ("not worn", "good", "reversed", "reversed")
        changes = np.flatnonzero(np.diff(state, prepend=-1))
        for index in changes:
            verdict = names[state[index]]
            if verdict != self._was:
                self._report.verdicts.append((int(ends_ms[index]), verdict))
                if verdict == "reversed":
                    site = SITES[state[index] - 1]
                    self._report.notices.append(
                        Notice("gradient-reversed", site, "notice", int(ends_ms[index]), int(ends_ms[index]))
                    )
                self._was = verdict

    def mark(self, t_ms: int, text: str) -> None:
        pass

    def report(self) -> Report:
        return self._report


def second_medians(chunk: Chunk) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(seconds, sensors) medians in cmmHg of whole seconds, and which of them rest on at least half of the samples."""
    whole = len(chunk.t_ms) // RATE_HZ
    block = chunk.pressure_cmmHg[: whole * RATE_HZ].reshape(whole, RATE_HZ, -1)
    unread = (block == MISSING) | ~chunk.present[: whole * RATE_HZ].reshape(whole, RATE_HZ, 1)
    medians = np.partition(block, RATE_HZ // 2, axis=1)[:, RATE_HZ // 2].astype(np.float32)
    holed = np.flatnonzero(unread.any(axis=(1, 2)))
    valid = np.ones(whole, bool)
    for second in holed:
        kept = ~unread[second]
        valid[second] = kept.sum(axis=0).min() * 2 >= RATE_HZ
        if valid[second]:
            medians[second] = [np.median(block[second, kept[:, k], k]) for k in range(block.shape[2])]
    return medians, valid


def naive(prescription: Prescription) -> Naive:
    """The factory."""
    return Naive(prescription)
