"""What an export is called: ``{start}_{side}_{pseudonym}``, or with the sock's name when that was asked for."""

from typing import TYPE_CHECKING

from gradsock import clock
from gradsock.export.course import Course
from gradsock.export.pseudonym import pseudonym

if TYPE_CHECKING:
    from gradsock.log.recording import Recording


def who(recording: "Recording", *, identify: bool) -> str:
    """The sock's serial, or its pseudonym."""
    return recording.serial if identify else pseudonym(recording.serial)


def stem(recording: "Recording", course: Course, *, identify: bool) -> str:
    """The name of its files, without the ending."""
    start = clock.local(int(course.utc_us[0]), recording.zone)
    return f"{start:%Y%m%dT%H%M%S}_{recording.side}_{who(recording, identify=identify)}"
