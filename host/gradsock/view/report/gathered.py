"""What a report tells of recordings, gathered: everything in numbers, nothing in HTML."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from sock import MISSING
from sock.words import answer_to_mark

from gradsock import clock
from gradsock.analysis import check as checking
from gradsock.errors import GradsockError
from gradsock.export.course import Course, course_of, marks_of
from gradsock.log import recording as recordings
from gradsock.view import trace
from gradsock.view.checked import advice_on
from gradsock.view.report.together import Span, worn_s
from gradsock.view.trace import Grain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gradsock.analysis.checked import Checked, FoundSpan
    from gradsock.log.recording import Recording


@dataclass(frozen=True)
class FoundTold:
    """A finding: its times are UTC in microseconds."""

    found: "FoundSpan"
    start_utc_us: int
    end_utc_us: int
    advice: str


@dataclass
class Told:
    """One session."""

    recording: "Recording"
    course: Course
    grain: Grain
    checked: "Checked | None"
    unchecked: str
    """Why there is no fit check."""
    findings: list[FoundTold] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    verdict_s: dict[str, float] = field(default_factory=dict)

    @property
    def worn_s(self) -> float:
        """By the verdicts."""
        return worn_s(self.verdict_s)

    @property
    def verdict_spans(self) -> "Iterator[Span]":
        """Its verdicts, one after the other."""
        start = int(self.course.utc_us[0])
        for span in self.checked.verdicts if self.checked else ():
            yield start + round(span.start_s * 1e6), start + round(span.end_s * 1e6), span.verdict

    @property
    def start(self) -> str:
        """Local to where it was recorded."""
        return f"{clock.local(int(self.course.utc_us[0]), self.recording.zone):%Y-%m-%d %H:%M}"

    def local(self, utc_us: int) -> str:
        """A time of day there."""
        return f"{clock.local(utc_us, self.recording.zone):%H:%M:%S}"


def gather(path: "Path", prescription: str | None) -> Told:
    """One session; LogError when there is nothing to tell."""
    recording = recordings.open(path)
    course = course_of(recording)
    grain = trace.of_samples(course.utc_us, _mmHg(course))
    checked, why = None, ""
    try:
        checked = checking.check(recording, prescription=prescription)
    except GradsockError as error:
        why = str(error).replace(recording.id, "it")  # which sock it is, is not told here
    told = Told(recording, course, grain, checked, why)
    start = int(course.utc_us[0])
    told.marks = [
        {
            "utc_us": mark.utc_us,
            "text": f"note: {mark.text}" if mark.note else mark.text,
            "answer": None if mark.note else answer_to_mark(mark.text),
        }
        for mark in marks_of(recording)
    ]
    if checked is not None:
        seconds: dict[str, float] = {}
        for span in checked.verdicts:
            seconds[span.verdict] = seconds.get(span.verdict, 0.0) + span.end_s - span.start_s
        told.verdict_s = dict(sorted(seconds.items(), key=lambda item: -item[1]))
        told.findings = [_found(found, start, course) for found in checked.findings]
    return told


def _mmHg(course: Course) -> dict[str, Any]:
    return {site: np.where(p == MISSING, np.nan, p / 100) for site, p in course.pressure_cmmHg.items()}


def _found(found: "FoundSpan", start: int, course: Course) -> FoundTold:
    end = int(course.utc_us[-1]) if found.end_s is None else start + round(found.end_s * 1e6)
    return FoundTold(found, start + round(found.start_s * 1e6), end, advice_on(found))
