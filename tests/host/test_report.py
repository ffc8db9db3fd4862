"""Reports: one file that needs nothing else, tells what is missing, and not whose it is."""

import re
from dataclasses import replace

import pytest
from gradsock import clock
from gradsock.analysis.gait import Walking
from gradsock.analysis.share import Share
from gradsock.errors import GradsockError, LogError, UsageError
from gradsock.log import recording as recordings
from gradsock.log.notes import add_note
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal
from gradsock.view.report.building import build, section
from gradsock.view.report.choosing import chosen
from gradsock.view.report.gathered import gather
from gradsock.view.report.reporting import report
from gradsock.view.report.together import good

from tests.host.conftest import MadeSock


def test_it_needs_nothing_else_and_says_what_is_missing(holed, tmp_path) -> None:
    page = report(str(holed), out=tmp_path).read_text()
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "https://" not in page
    assert "250 of 3,000 samples were lost, in 1 gap." in page
    assert page.count("<svg") >= 1
    assert "not a medical device" in page


def test_it_does_not_say_whose_it_is_unless_told(holed, tmp_path) -> None:
    file = report(str(holed), out=tmp_path)
    assert "TESTSOCK" not in file.read_text() + file.name
    assert holed.stem not in file.read_text()
    assert "TESTSOCK" in report(str(holed), out=tmp_path, identify=True).read_text()


def test_a_day_and_a_range_have_names_of_their_own(holed, tmp_path) -> None:
    day = holed.parent.name.removeprefix("date=")
    logs = tmp_path / "logs"
    names = {report(what, out=tmp_path, logs=logs).name for what in (day, f"{day}..{day}", "last")}
    assert len(names) == 3


@pytest.mark.parametrize("what", ["2026-13-01", "2026-05-02..2026-05-01", "2026-05-02..", "2026-05-02..may"])
def test_days_that_make_no_sense_are_wrong_usage(what, tmp_path) -> None:
    (tmp_path / "logs").mkdir()
    with pytest.raises(UsageError):
        chosen(what, tmp_path / "logs")


def test_today_is_the_day_here(holed, tmp_path, monkeypatch) -> None:
    recorded_us = int(recordings.open(holed).utc_us[0])
    monkeypatch.setattr(clock, "utc_us", lambda: recorded_us)
    day = holed.parent.name.removeprefix("date=")
    assert report("today", out=tmp_path, logs=tmp_path / "logs").name == f"report_{day}.html"


def test_a_day_without_a_recording_is_said(holed, tmp_path) -> None:
    with pytest.raises(LogError, match="nothing was recorded on 1999-01-01"):
        report("1999-01-01", out=tmp_path, logs=tmp_path / "logs")


def test_a_prescription_that_makes_no_sense_makes_no_report(holed, tmp_path) -> None:
    with pytest.raises(UsageError, match="unknown standard"):
        report(str(holed), out=tmp_path, prescription="foo")
    assert not list(tmp_path.glob("*.html"))


def test_an_ending_that_is_no_page_is_refused_and_pdf_with_what_makes_one(holed, tmp_path) -> None:
    with pytest.raises(UsageError, match=r"end its name in \.html; for a PDF print that page from a browser$"):
        report(str(holed), out=tmp_path / "x.pdf")
    with pytest.raises(UsageError, match=r"end its name in \.html$"):
        report(str(holed), out=tmp_path / "x.docx")
    with pytest.raises(GradsockError, match=r"there is no folder"):
        report(str(holed), out=tmp_path / "no" / "x.html")
    assert not list(tmp_path.glob("x*"))


def test_a_report_that_is_there_stays(holed, tmp_path) -> None:
    report(str(holed), out=tmp_path)
    with pytest.raises(GradsockError, match="--overwrite"):
        report(str(holed), out=tmp_path)


def test_walking_and_the_range_of_the_share_are_told(holed) -> None:
    told = gather(holed, None)
    assert told.checked is not None
    walking = Walking(62.0, 108.0, {"ankle": 6.1, "calf": 4.0, "knee": None})
    told.checked = replace(told.checked, walking=walking, descending=Share(0.8, 0.61, 0.92, 100, 9.0))
    page = build([section(told, identify=False)], "One session")
    assert "walking: 1:02, 108 steps/min, swing ankle 6.1, calf 4.0 mmHg" in page
    assert "61 to 92 %" in page


def test_what_stands_behind_it_is_told(holed) -> None:
    page = build([section(gather(holed, None), identify=False)], "One session")
    assert re.search(r"boot 3: within \d+ ms by 4 probes", page)
    assert " of 2:00 recorded" in page
    assert "known to the sock; how it was made is not kept here" in page
    assert "nothing came, and nothing was kept" in page
    assert 'fill="#bbb"' in page  # the gap is seen


def test_slots_in_which_the_board_was_busy_are_told(holed) -> None:
    told = gather(holed, None)
    assert "without a reading" not in build([section(told, identify=False)], "One session")
    told.recording.account.unscanned = 430
    assert "430 without a reading: the board was busy" in build([section(told, identify=False)], "One session")


def test_of_several_sessions_there_is_a_whole(made, made_right, tmp_path) -> None:
    for sock in (made, made_right):
        recorder = Recorder(tmp_path / "logs")
        for happened in sock.events(1500):
            recorder.take(happened)
        recorder.close()
    day = next((tmp_path / "logs").glob("sock=*/date=*")).name.removeprefix("date=")
    page = report(day, out=tmp_path, logs=tmp_path / "logs").read_text()
    assert "All of it" in page
    assert "Pressures of the left leg over all sessions" in page
    assert "Pressures of the right leg over all sessions" in page
    assert page.count('class="next"') == 2
    assert len(rows_of_legs(page)) == 2


def rows_of_legs(page):
    """Of the first table: leg, sock, sessions, worn, good, lost."""
    table = page.partition("<h2>All of it</h2>")[2].partition("</table>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tr>")[2:]]


def test_two_socks_of_one_leg_are_kept_apart_and_a_wear_recorded_twice_counts_once(made, tmp_path) -> None:
    other = MadeSock("OTHERSOC", "left", boot=5)
    for sock, samples in ((made, 3000), (made, 2000), (other, 1000)):
        recorder = Recorder(tmp_path / "logs")
        for happened in sock.events(samples):
            recorder.take(happened)
        recorder.close()
    day = next((tmp_path / "logs").glob("sock=*/date=*")).name.removeprefix("date=")
    page = report(day, out=tmp_path, logs=tmp_path / "logs").read_text()
    told = {sessions: (side, worn) for side, _, sessions, worn, _, _ in rows_of_legs(page)}
    assert told == {"2": ("left", "1:57"), "1": ("left", "37 s")}  # all but three seconds, until it is known to be worn
    assert page.count("left leg, sock p") > 2
    assert "1:20 of the left leg, sock" in page


def test_where_nothing_could_be_judged_it_says_so_and_gives_no_share() -> None:
    assert good({"settling": 60.0, "not worn": 5.0, "inconclusive": 100.0, "check sensor": 3.0}) == "not judged"
    assert good({"settling": 60.0, "good": 45.0, "fold": 15.0}) == "75 % (judged 1:00 of 2:00 worn)"
    assert good({"fold": 15.0, "not worn": 600.0}) == "0 % (judged 15 s of 15 s worn)"


def test_a_share_of_next_to_nothing_is_not_told_as_if_it_told_something() -> None:
    assert good({"settling": 60.0, "inconclusive": 61.0, "good": 12.0}) == "too little: judged 12 s of 2:13 worn"
    assert good({"settling": 60.0, "inconclusive": 48.0, "good": 12.0}) == "100 % (judged 12 s of 2:00 worn)"


def test_notes_and_answers_to_symptoms_are_in_it(holed) -> None:
    (sealed,) = seal(holed)
    utc_us = int(recordings.open(sealed).utc_us[10])
    add_note(sealed, utc_us, "pain was gone")
    page = build([section(gather(sealed, None), identify=False)], "One session")
    assert "note: pain was gone" in page
    assert "Take the sock off." not in page  # a note is no symptom of now
