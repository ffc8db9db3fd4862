"""The proving ground keeps to what is known of legs, socks and sensors, and labels what it really did."""

import itertools
import math

import numpy as np
import pytest
from sock import MISSING, SITES

from .fit.label import CELLS, FAULTS, LEAST_S, SIZES, SMALL
from .fit.naive import second_medians
from .fit.person import Person, draw_person
from .fit.plan import DRAWINGS, Spec, Story, tell
from .fit.press import Pressing
from .fit.recipe import LIE, SIT, STAND
from .fit.sensor import slow_reading
from .fit.track import trapezoid
from .fit.truth import label_presses
from .fit.wear import CHUNK_S, RATE_HZ, Wear, draw_wear

pytestmark = pytest.mark.xdist_group("fit-bench-ground")  # one worker draws the wears once

Drawing = str
KNOWN = ("tuning", "reporting")


@pytest.fixture(scope="module", params=DRAWINGS)
def drawing(request: pytest.FixtureRequest) -> Drawing:
    return request.param


@pytest.fixture(scope="module")
def people(drawing: Drawing) -> list[Person]:
    rng = np.random.default_rng(11)
    return [draw_person(rng, DRAWINGS[drawing]) for _ in range(1200)]


@pytest.fixture(scope="module")
def eventful(drawing: Drawing) -> list[Story]:
    return [tell(Spec(drawing, 2, "event", number)) for number in range(60)]


def seconds_of(wear: Wear) -> np.ndarray:
    """(seconds, sensors) medians of a whole wear, mmHg."""
    return np.concatenate([second_medians(chunk)[0] for chunk in wear.chunks()]) / 100.0


def descends(site_mmHg: np.ndarray) -> bool:
    return bool(site_mmHg[0] > site_mmHg[1] > site_mmHg[2])


def graduated(people: list[Person]) -> list[Person]:
    return [person for person in people if person.prescription.profile == "graduated"]


# What is known of legs.


def test_two_thirds_of_correct_graduated_socks_descend_where_the_sensors_lie(people: list[Person]) -> None:
    """66 % descended continuously (class II, 50 patients)."""
    share = np.mean([descends(person.site_mmHg * person.ring) for person in graduated(people)])

    assert 0.50 <= share <= 0.75


def test_a_third_to_two_thirds_are_reversed_in_some_posture(people: list[Person]) -> None:
    """54 % reversed at least once (Best 2000)."""
    share = np.mean(
        [
            not all(descends((p.site_mmHg + p.posture_mmHg[at]) * p.ring) for at in (LIE, SIT, STAND))
            for p in graduated(people)
        ]
    )

    assert 0.40 <= share <= 0.70


def test_class_two_presses_at_the_ankle_as_measured(people: list[Person]) -> None:
    """25.8 +- 5.7 mmHg, a third to a half outside 23 to 32."""
    ankle = np.array([p.site_mmHg[0] * p.ring[0] for p in people if p.prescription.text in ("ral:II", "env:II")])

    assert ankle.mean() == pytest.approx(25.8, abs=1.5)
    assert ankle.std() == pytest.approx(5.7, abs=1.5)


def test_the_share_of_calf_to_ankle_is_around_what_was_measured(people: list[Person]) -> None:
    """19.6 / 27.3 = 0.72 (PicoPress, 32 people)."""
    share = np.median([person.site_mmHg[1] / person.site_mmHg[0] for person in graduated(people)])

    assert share == pytest.approx(0.72, abs=0.05)


def test_one_sensor_misreads_its_ring_by_up_to_a_third(people: list[Person]) -> None:
    """74 % to 137 % of the mean round one ring (Veraart 1997)."""
    factor = np.array([person.ring for person in people]).ravel()

    assert 0.10 <= np.log(factor).std() <= 0.22
    assert np.quantile(factor, 0.01) >= 0.55
    assert np.quantile(factor, 0.99) <= 1.60


def test_a_stride_swings_as_much_as_published(people: list[Person]) -> None:
    """B1 6.0-6.8, C 3.7-4.3, D 4.2-6.3 mmHg max minus min over eight stockings."""
    median = np.median([person.gait_mmHg for person in people], axis=0)

    for value, (low, high) in zip(median, ((6.0, 6.8), (3.7, 4.3), (4.2, 6.3)), strict=True):
        assert 0.9 * low <= value <= 1.1 * high


def test_standing_up_raises_the_ankle_less_than_a_stiff_system_would(people: list[Person]) -> None:
    """Standing minus lying 4.2 mmHg for a single stocking; 10 and more is a stiff system; one study saw no change."""
    index = np.array([-person.posture_mmHg[LIE][0] / person.scale[0] for person in people])

    assert 1.5 <= index.mean() <= 4.5
    assert index.max() < 10


def test_the_knee_changes_little_with_posture_and_in_either_sign(people: list[Person]) -> None:
    change = np.array([person.posture_mmHg[SIT][2] / person.scale[2] for person in people])

    assert np.abs(change).max() <= 3.0
    assert 0.2 < (change > 0).mean() < 0.8


def test_noise_is_what_sensors_have(people: list[Person]) -> None:
    noise = np.array([lens.noise_mmHg for person in people for lens in person.lenses])

    assert noise.min() >= 0.25
    assert noise.max() <= 3.0


def test_donnings_of_one_wearer_repeat_as_drawn() -> None:
    rng = np.random.default_rng(5)
    person = draw_person(rng, DRAWINGS["tuning"])
    person.repeat_log = 0.10

    site = np.array([person.donned(rng).site_mmHg for _ in range(3000)])

    assert np.log(site[:, 2] / site[:, 0]).std() == pytest.approx(0.10, rel=0.06)


# What a wear looks like.


def test_a_day_of_eleven_hours_comes_in_chunks(drawing: Drawing) -> None:
    wear = draw_wear(draw_person(np.random.default_rng(2), DRAWINGS[drawing]), (0, 3), 11 * 3600.0)

    rows = 0
    for chunk in itertools.islice(wear.chunks(), 6):
        rows += len(chunk.t_ms)
        assert chunk.pressure_cmmHg.dtype == np.int16
        assert len(chunk.t_ms) <= CHUNK_S * RATE_HZ
        assert (np.diff(chunk.t_ms) == 40).all()

    assert rows == 6 * CHUNK_S * RATE_HZ
    assert wear.worn_s == pytest.approx(11 * 3600.0)


@pytest.mark.parametrize("group", ["clean", "event", "fault", "folded", "wrong"])
def test_a_spec_names_one_story_forever(group: str) -> None:
    first, again, other = (
        next(tell(spec).wears[-1].chunks()) for spec in (Spec("tuning", 4, group, n) for n in (0, 0, 1))
    )

    assert np.array_equal(first.pressure_cmmHg, again.pressure_cmmHg)
    assert not np.array_equal(first.pressure_cmmHg[:2000], other.pressure_cmmHg[:2000])


def test_off_the_leg_the_sensors_read_nearly_nothing(drawing: Drawing) -> None:
    wear = tell(Spec(drawing, 2, "folded", 3)).wears[-1]
    readings = seconds_of(wear)

    before, after = readings[: int(wear.donning.start_s)], readings[math.ceil(wear.doffing.end_s) + 5 :]

    for part in (before, after):
        assert (np.abs(np.median(part, axis=0)) < 3.0).all()


def test_readings_follow_the_true_pressure_through_creep_hysteresis_and_warmth(drawing: Drawing) -> None:
    """Errors of a sensor stay within what textile and film sensors show: 5-20 % in an hour at the very worst."""
    errors = []
    for number in range(8):
        wear = draw_wear(draw_person(np.random.default_rng(number), DRAWINGS[drawing]), (1, number), 1500.0)
        wear.rhythms, wear.presses, wear.gaps = [], [], []
        settled = slice(int(wear.settled_s), int(wear.doffing.start_s) - 5)
        truth = wear.still_mmHg[:, settled].T
        errors.append(np.median(seconds_of(wear)[settled] / truth, axis=0))

    assert np.abs(np.log(errors)).max() < 0.30
    assert 0.01 < np.log(errors).std() < 0.15


def test_a_calibrated_sensor_is_wrong_by_two_to_three_mmHg_after_hours(drawing: Drawing) -> None:
    """What the project asks of its own sensors: 2 mmHg RMS over 10 to 60 mmHg, 8 h of creep included."""
    errors = []
    for number in range(24):
        wear = draw_wear(draw_person(np.random.default_rng(number), DRAWINGS[drawing]), (2, number), 3 * 3600.0)
        reading = slow_reading(np.random.default_rng(number), wear.person, wear.still_mmHg, wear.donning.end_s)
        errors.append((reading - wear.still_mmHg)[:, 10_000:10_600].mean(axis=1))

    assert 1.4 <= np.sqrt(np.square(errors).mean()) <= (3.6 if drawing == "wild" else 2.8)


def test_missing_samples_are_missing_and_never_zero() -> None:
    person = draw_person(np.random.default_rng(1), DRAWINGS["reporting"])
    wear = draw_wear(person, (1, 1), 900.0)
    wear.gaps = [(400.0, 410.0, False), (500.0, 520.0, True)]

    chunk = next(wear.chunks())

    assert (chunk.pressure_cmmHg[400 * RATE_HZ : 410 * RATE_HZ] == MISSING).all()
    assert not chunk.present[500 * RATE_HZ : 520 * RATE_HZ].any()
    assert chunk.present[: 500 * RATE_HZ].all()


# What was done is what is labelled.


def test_presses_that_only_amount_to_a_cause_together_are_labelled_while_they_do() -> None:
    person = draw_person(np.random.default_rng(1), DRAWINGS["reporting"])
    wear = draw_wear(person, (1, 1), 900.0)
    wear.still_mmHg[:] = 12.0
    at_knee = np.array([0.0, 0.0, 3.0])

    def pressing(start_s: float, end_s: float) -> Pressing:
        return Pressing("leaning", 2, start_s, end_s, trapezoid(start_s, 1.0, end_s - start_s - 2.0, 1.0, at_knee))

    for presses, spans in (
        ([pressing(300, 400)], []),
        ([pressing(300, 400), pressing(350, 500)], [(350_000, 400_000)]),
        ([pressing(300, 400), pressing(392, 500)], []),
    ):
        wear.presses = presses
        labels = label_presses(wear)
        assert [(label.begin_ms, label.end_ms) for label in labels] == spans
        assert all(label.kind == "external" and label.sites == ("knee",) for label in labels)


def test_events_are_of_the_size_and_length_they_say(eventful: list[Story]) -> None:
    for story in eventful:
        for label in story.wears[-1].labels:
            if label.kind in ("fold", "bunching", "slipped"):
                if label.size_class != SMALL:
                    low, high = SIZES[label.size_class]
                    assert low - 1e-3 <= label.size <= high + 1e-3
                    assert abs(label.change_mmHg) >= 5.0
                assert label.begin_ms <= label.onset_ms
                assert label.end_ms - label.onset_ms >= LEAST_S * 1000
                assert label.begin_ms >= (story.wears[-1].settled_s + 58) * 1000


def test_every_kind_and_size_comes(eventful: list[Story]) -> None:
    drawn = {
        (label.kind, label.sites[0], label.size_class)
        for story in eventful
        for label in story.wears[-1].labels
        if label.kind in ("fold", "bunching", "slipped")
    }

    for kind, site in CELLS:
        for size in SIZES:
            assert any(k == kind and s == size and (k == "slipped" or at == site) for k, at, s in drawn), (
                kind,
                site,
                size,
            )


def test_a_sensor_reads_what_the_label_says_of_its_event(drawing: Drawing, eventful: list[Story]) -> None:
    """Against the very same wear without the event. Creep and hysteresis take a little of it."""
    for story in eventful[::6]:
        wear = story.wears[-1]
        label, event = wear.events[0].label, wear.events[0]
        after = int(event.log.t_s[0] + (label.onset_ms - label.begin_ms) / 1000.0) + 3
        window = slice(after, after + 50)
        with_event = seconds_of(wear)[window]
        wear.events, kept = [], wear.events
        without = seconds_of(wear)[window]
        wear.events = kept
        site = SITES.index(label.sites[0])
        ratio = np.median(with_event[:, site] / without[:, site])
        size = label.size if label.change_mmHg > 0 else 1 / label.size
        assert abs(math.log(ratio / size)) < 0.22 * abs(math.log(size)) + 0.09


def test_put_on_folded_comes_with_three_confirmed_donnings_or_none(drawing: Drawing) -> None:
    stories = [tell(Spec(drawing, 2, "folded", number)) for number in range(12)]

    assert {len(story.wears) for story in stories} == {1, 4}
    for story in stories:
        for wear in story.wears[:-1]:
            ((t_ms, text),) = wear.marks
            assert text == "smooth"
            assert wear.settled_s * 1000 <= t_ms <= wear.doffing.start_s * 1000
            assert not wear.events
        (label,) = (label for label in story.wears[-1].labels if label.kind == "fold")
        assert label.size >= 1.7
        assert label.onset_ms == int(story.wears[-1].settled_s * 1000)


def test_faults_are_as_their_names_say() -> None:
    seen = set()
    for number in range(8):
        wear = tell(Spec("tuning", 3, "fault", number)).wears[-1]
        readings = np.concatenate([chunk.pressure_cmmHg for chunk in wear.chunks()])
        for fault in wear.faults:
            seen.add(fault.kind)
            during = readings[int(fault.start_s * 25) + 2 : int(fault.end_s * 25) - 2, fault.channel]
            during = during[during != MISSING]
            if fault.kind in ("open", "stuck", "short", "saturated") and not fault.unread:
                assert np.ptp(during) == 0
            if fault.kind == "open" and not fault.unread:
                assert abs(during[0]) <= 120
            if fault.kind in ("short", "saturated") and not fault.unread:
                assert during[0] >= 6900
            if fault.kind == "noisy":
                assert during.std() > 500

    assert seen == set(FAULTS)


@pytest.mark.parametrize("name", KNOWN)
def test_posture_alone_hardly_ever_does_what_an_event_does(name: str) -> None:
    """Else nobody could find x1.3 and stay silent: at one sensor, x1.3 and 5 mmHg for a minute, in few wears."""
    wears = [tell(Spec(name, 6, "clean", number)).wears[-1] for number in range(24)]
    fooling = 0
    for wear in wears:
        still = wear.still_mmHg[:, int(wear.settled_s) + 60 : int(wear.doffing.start_s) - 90]
        minute = np.lib.stride_tricks.sliding_window_view(still, 25, axis=1).mean(axis=2)
        before, after, later = minute[:, :-70], minute[:, 35:-35], minute[:, 70:]
        rises = (np.minimum(after, later) - before >= 5.0) & (np.minimum(after, later) >= 1.3 * before)
        fooling += bool(rises.any())

    assert fooling <= 4


def test_tuning_and_reporting_draw_from_different_shapes() -> None:
    tuning, reporting, wild = DRAWINGS.values()
    for part in ("legs", "days", "gaits", "sensors", "events", "hands"):
        fields = [vars(getattr(recipe, part)) for recipe in (tuning, reporting, wild)]
        same = {name for name, value in fields[0].items() if value == fields[1][name] and not isinstance(value, str)}
        assert same <= {"cycling_share"}, (part, same)
    assert wild.sensors.noise != reporting.sensors.noise
    assert wild.days.model != reporting.days.model
    assert not {shape for _, shape in wild.events.shapes} & {shape for _, shape in reporting.events.shapes}
