"""Scenarios: what can be written, what it means, and what is said when it cannot be read."""

import re
from pathlib import Path

import pytest
from gradsock.errors import UsageError
from gradsock.sim import scenario
from gradsock.sim.scenario import Label, load, parse


@pytest.mark.parametrize("name", scenario.names())
def test_every_scenario_reads_says_what_it_is_and_ends(name: str) -> None:
    read = load(name)
    assert read.title
    assert read.duration_s == read.events[-1].start_s > 0
    assert all(0 <= label.start_s < label.end_s <= read.duration_s for label in read.labels)
    assert read.prescription


def test_the_short_demo_shows_a_fold_and_its_end_in_a_hundred_seconds() -> None:
    demo = load("demo-short")
    (fold,) = (label for label in demo.labels if label.kind == "fold")
    assert fold.site == "knee"
    assert fold.end_s < demo.duration_s <= 100


def test_labels_say_what_holds_when() -> None:
    read = parse(
        "0 table\n10 don over=5\n20 walk\n30 fold knee x1.8\n40 smooth knee over=2\n50 open calf\n60 doff\n70 end"
    )
    assert Label("walking", None, 20, 60) in read.labels
    assert Label("worn", None, 10, 60) in read.labels
    assert Label("fold", "knee", 30, 42, 1.8) in read.labels
    assert Label("open", "calf", 50, 70) in read.labels
    assert Label("not worn", None, 60, 70) in read.labels


def test_times_can_be_written_as_seconds_minutes_or_hours() -> None:
    read = parse("1.5 don\n1:30 stand\n2:00:00 swell x1.1 over=1:00:00\n8:00:00 end")
    assert [event.start_s for event in read.events] == [1.5, 90, 7200, 28800]
    assert read.events[2].over_s == 3600


def test_single_pressures_and_all_of_them_can_be_changed() -> None:
    assert parse("sock ch2015-graduated knee=10 x2\n0 end").pressure_mmHg == (54.6, 39.2, 20)


def test_what_a_sock_is_told_comes_with_the_scenario() -> None:
    told = parse("sock sigel\nside right\nprescription ral:II\n0 end").settings
    assert told == {"side": "right", "prescription": "ral:II"}


def test_a_scenario_of_ones_own_is_a_text_file(tmp_path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("# Mine.\n0 don\n60 end\n")
    assert load(file).title == "Mine."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0 dance\n1 end", "line 1: something out of table, stand"),
        ("0 don\n5 fold x2\n9 end", "line 2: 'fold' needs a site"),
        ("0 don\n5 fold knee\n9 end", "line 2: 'fold' needs a factor"),
        ("0 don\n5 fold knee xx\n9 end", "'x' is not a factor"),
        ("0 don\n5 fold toe x2\n9 end", "'toe' makes no sense here"),
        ("9 don\n5 stand\n9 end", "line 2: time goes back"),
        ("0 don over=-1\n9 end", "'-1' is not a time"),
        ("1:2:3:4 don\n9 end", "'1:2:3:4' is not a time"),
        ("sock nobody\n9 end", "no published profile is called 'nobody'"),
        ("sock sigel toe=3\n9 end", "'toe=3' is neither"),
        ("side middle\n9 end", "expected a time"),
        ("0 don", "the last line has to say when it ends"),
        ("", "the last line has to say when it ends"),
        ("0 walk cadence=fast\n1 end", "'fast' is not cadence=NUMBER"),
        ("0\n1 end", "can happen, not ''"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=r".") as caught:
        parse(text)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no-such", "", "../demo", "no-such.txt"])
def test_an_unknown_scenario_names_those_that_there_are(name: str) -> None:
    with pytest.raises(UsageError, match=r"there are: .*demo, demo-short"):
        load(name)


GUIDE = Path(__file__).parents[2] / "host/docs/scenarios.md"


@pytest.mark.parametrize("name", scenario.names())
def test_the_guide_lists_every_scenario_with_its_title(name: str) -> None:
    assert f"| `{name}` | {load(name).title} |" in GUIDE.read_text()


def test_the_guide_explains_everything_that_can_happen() -> None:
    explained = set(re.findall(r"`([a-z]+)[ `]", GUIDE.read_text()))
    assert set(scenario.ACTIONS) <= explained
