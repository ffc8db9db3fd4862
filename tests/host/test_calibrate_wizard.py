"""The guided calibration, typed through: a sensor model under a hand, on a clock that jumps to what happens next."""

import asyncio
import io
import json
import os
import sys

import numpy as np
import pytest
from gradsock import cli
from gradsock.calibrate import points as of
from gradsock.calibrate import words
from gradsock.calibrate.artefact import read
from gradsock.calibrate.keyboard import Keyboard
from gradsock.calibrate.plan import Plan, presses
from gradsock.calibrate.procedure import Live
from gradsock.calibrate.questions import Head
from gradsock.calibrate.readout import Reading, SockReadout, ratio_of
from gradsock.calibrate.reference import Gauge
from gradsock.calibrate.wizard import Wanted, Wizard
from gradsock.cli import questions
from gradsock.errors import GradsockError, UsageError
from gradsock.sim.sensor import KINDS, Memory
from sock import MISSING, event, warmth

STEP_S = 0.1
QUICK = Plan((0.0, 15.0, 30.0, 45.0, 60.0), 4.0, 20.0)
PRESSES = QUICK.presses


class Jumping(asyncio.SelectorEventLoop):
    """Its clock stands still while anything is to be done, and jumps to the next deadline when nothing is."""

    now_s = 1000.0

    def time(self):
        return self.now_s

    def _run_once(self):
        if self._scheduled and not self._ready:
            self.now_s = max(self.now_s, self._scheduled[0]._when)
        super()._run_once()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))


class Bottle:
    """A sock round a bottle; what a person pumps to is what is felt. Breaks: site -> ratio that it reads instead."""

    def __init__(self, sites=("ankle", "calf", "knee"), *, virtual=False):
        rng = np.random.default_rng(5)
        self.sites, self.serial, self.side, self.name = sites, "TESTSOCK", "left", "sock-test"
        self.degC = 33.0 if virtual else None
        self.thermistor_degC: float | None = None
        self.mmHg, self.virtual, self.asked = 0.0, virtual, []
        self.sensors = tuple(KINDS["fsr"].draw(rng) for _ in sites)
        self.memory, self.broken, self.now_s = Memory(self.sensors, STEP_S), {}, None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def press(self, mmHg):
        self.asked.append(mmHg)
        self.mmHg = mmHg if self.virtual else self.mmHg
        return self.virtual

    async def next(self):
        await asyncio.sleep(STEP_S)
        felt, _ = self.memory.feel(np.full((1, len(self.sites)), self.mmHg), np.ones((1, len(self.sites))))
        ratios = [float(sensor.ratio(felt[0, i])) for i, sensor in enumerate(self.sensors)]
        told = tuple(self.broken.get(site, ratio) for site, ratio in zip(self.sites, ratios, strict=True))
        return Reading(asyncio.get_running_loop().time(), told)


class Typist(Keyboard):
    """Types these lines; at each level its hand pumps to what the gauge is to show."""

    def __init__(self, bottle, *lines):
        self.said = io.StringIO()
        super().__init__(io.StringIO(), self.said)
        self.bottle, self.lines = bottle, list(lines)

    async def ask(self, question, default=""):
        if "then press Enter" in question or "valve" in question:
            self.bottle.mmHg = self.bottle.asked[-1]
        return await super().ask(question, default)

    async def _line(self):
        if not self.lines:
            raise GradsockError("nobody answers")
        return self.lines.pop(0)


def calibrate(bottle, *lines, path=None, **head):
    """The artefact, or what was raised; what was said, however it was wrapped; the wizard."""
    typist = Typist(bottle, *lines)
    known = Head(**({"operator": "Ada", "sort": "fsr", "method": "cuff", "gauge": Gauge(), "degC": 33.0} | head))
    wizard = Wizard(typist, Wanted(path, known, (), QUICK))

    async def both():
        await wizard.prepare()
        return await wizard.run(bottle)

    try:
        with asyncio.Runner(loop_factory=Jumping) as runner:
            made = runner.run(both())
    except GradsockError as error:
        return error, " ".join(typist.said.getvalue().split()), wizard
    assert typist.lines == []
    return made, " ".join(typist.said.getvalue().split()), wizard


READY, ALL, WHERE = ["y"], ["ankle calf knee"], ["", "", ""]
RUN = [""] * PRESSES


def test_three_sensors_under_one_cuff(tmp_path):
    bottle = Bottle()
    made, said, wizard = calibrate(bottle, *READY, *ALL, *RUN, *WHERE * 3, path=tmp_path / "c.json")
    assert [sensor.site for sensor in made.sensors] == ["ankle", "calf", "knee"]
    assert wizard.complete
    assert read(tmp_path / "c.json") == made
    assert (made.operator, made.serial, made.side, made.method, made.degC) == ("Ada", "TESTSOCK", "left", "cuff", 33.0)
    for i, sensor in enumerate(bottle.sensors):
        for mmHg in (10, 25, 40, 55):
            ratio = float(sensor.ratio(np.array(float(mmHg))))
            told = made.calibration.pressure_cmmHg(i, round(ratio / (1 + ratio) * 24000), 24000) / 100
            assert told == pytest.approx(mmHg, abs=2.0)
    assert "AIR BLADDER" in said
    assert "not on a leg" in said
    assert "off by" in said
    assert (tmp_path / "c.svg").read_text().startswith("<svg")
    assert made.sensors[2].place.leg_point == "D"


def test_what_the_gauge_showed_may_be_typed_and_nonsense_is_asked_again(tmp_path):
    bottle = Bottle(("calf",))
    shown = ["lots", "999", "67", *RUN[1:]]
    made, said, _ = calibrate(bottle, *READY, "hip", "calf", *shown, *WHERE, path=tmp_path / "c.json")
    assert said.count("or type what the gauge shows near it") == 2
    assert "Please type calf, or stop." in said
    assert made.sensors[0].points[0].reference_mmHg == 67


def test_it_goes_on_where_it_was_left(tmp_path):
    bottle = Bottle()
    left, _, _ = calibrate(bottle, *READY, "ankle", *RUN, *WHERE, "calf", *RUN[:4])
    assert "nobody answers" in str(left)
    (begun,) = (tmp_path / "home" / "data" / "calibrations").glob("*.json")
    made, said, wizard = calibrate(bottle, *READY, "y", "calf knee", *RUN, *WHERE * 2)
    assert "has ankle. Go on with it?" in said
    assert [sensor.site for sensor in made.sensors] == ["ankle", "calf", "knee"]
    assert wizard.path == begun
    assert wizard.complete


def folder(tmp_path):
    return tmp_path / "home" / "data" / "calibrations"


def test_levels_outlive_a_break_at_the_last_question(tmp_path):
    bottle = Bottle()
    left, said, _ = calibrate(bottle, *READY, *ALL, *RUN, *WHERE, "11", "25")
    steps = len(list(QUICK.steps()))
    assert "nobody answers" in str(left)
    assert f"Kept: {steps} of {steps} levels of ankle, calf, knee. The next gradsock calibrate offers" in said
    made, said, wizard = calibrate(Bottle(), *READY, "y", *WHERE * 2)
    assert f"was left after {steps} of {steps} levels of ankle, calf, knee. Go on with it?" in said
    assert wizard.complete
    assert [sensor.site for sensor in made.sensors] == ["ankle", "calf", "knee"]
    assert {path.suffix for path in folder(tmp_path).iterdir()} == {".json", ".svg"}  # nothing of it is left to offer


@pytest.mark.parametrize("levels", [3, 8, 12, 15])
def test_a_run_that_was_left_goes_on_from_its_last_level(tmp_path, levels):
    """On the way up, down, in the small loops and in the long hold."""
    bottle = Bottle(("calf",))
    _, said, _ = calibrate(bottle, *READY, "calf", *RUN[: 10 + levels])
    assert "Kept: " in said
    (kept,) = folder(tmp_path).iterdir()
    assert kept.suffix == ".begun"
    bottle.mmHg = 0.0
    loads = presses(QUICK.left(json.loads(kept.read_text())["done"]))
    assert loads < PRESSES
    made, said, _ = calibrate(bottle, *READY, "y", *[""] * loads, *WHERE)
    assert "Go on with it?" in said
    whole, _, _ = calibrate(Bottle(("calf",)), *READY, "calf", *RUN, *WHERE)
    fitted = [[(point.phase, point.reference_mmHg) for point in of.fitted(m.sensors[0].points)] for m in (made, whole)]
    assert fitted[0] == fitted[1]
    for mmHg in (10, 25, 40, 55):
        ratio = float(bottle.sensors[0].ratio(np.array(float(mmHg))))
        told = made.calibration.pressure_cmmHg(0, round(ratio / (1 + ratio) * 24000), 24000) / 100
        assert told == pytest.approx(mmHg, abs=2.0)


def test_what_was_kept_is_said_however_it_is_left(tmp_path):
    _, said, _ = calibrate(Bottle(), *READY, *ALL, *RUN[:5])
    assert "Nothing was kept: it is from the first level on" in said
    assert list(folder(tmp_path).iterdir()) == []
    _, said, _ = calibrate(Bottle(), *READY, "ankle", *RUN, *WHERE, "calf", *RUN[:5])
    assert "Kept: ankle. The next gradsock calibrate offers to go on from there." in said


def test_levels_that_are_not_wanted_are_forgotten(tmp_path):
    calibrate(Bottle(), *READY, *ALL, *RUN[:20])
    _, said, _ = calibrate(Bottle(), *READY, "n")
    assert "Go on with it?" in said
    assert list(folder(tmp_path).iterdir()) == []
    _, said, _ = calibrate(Bottle(), *READY)
    assert "Go on with it?" not in said


def test_a_damaged_file_of_levels_is_none(tmp_path):
    calibrate(Bottle(), *READY, *ALL, *RUN[:20])
    (kept,) = folder(tmp_path).iterdir()
    whole = kept.read_text()
    for text in ("", "[]", whole[:200], whole.replace('"settle_s": 4.0', '"settle_s": 1e999')):
        kept.write_text(text)
        _, said, _ = calibrate(Bottle(), *READY)
        assert "Go on with it?" not in said


def test_levels_in_a_named_file_belong_to_one_sock(tmp_path):
    _, said, _ = calibrate(Bottle(), *READY, *ALL, *RUN[:20], path=tmp_path / "c.json")
    assert f"The next gradsock calibrate --into {tmp_path / 'c.json'} offers" in said
    other = Bottle()
    other.serial = "OTHERONE"
    failed, _, _ = calibrate(other, *READY, path=tmp_path / "c.json")
    assert "is of sock TESTSOCK, not of OTHERONE" in str(failed)
    _, _, wizard = calibrate(Bottle(), *READY, "n", *ALL, *RUN, *WHERE * 3, path=tmp_path / "c.json")
    assert wizard.complete


def test_the_line_that_changes_fits_a_terminal_and_says_its_unit():
    three = words.live(Live(("ankle", "calf", "knee"), (1.0, 0.25, None), (0.004, 0.001, 0.0), False, 600.0))
    assert three == "ankle 50.00+-0.10  calf 20.00+-0.06  knee ----- %  moving, read in 600 s"
    five = words.live(Live(("ankle", "ankle", "calf", "calf", "knee"), (1.0,) * 5, (0.5,) * 5, False, 600.0))
    assert max(len(three) + 5, len(five)) < 80


def test_what_was_left_may_stay_left(tmp_path):
    begun, _, _ = calibrate(Bottle(), *READY, "ankle", *RUN, *WHERE, "stop")
    made, said, wizard = calibrate(Bottle(), *READY, "n", "calf", *RUN, *WHERE, "stop")
    assert [sensor.site for sensor in made.sensors] == ["calf"]
    assert made.id != begun.id
    assert "not calibrated yet: ankle, knee; go on with --into" in said
    assert not wizard.complete


def test_a_sensor_that_does_not_rise_is_refused_and_may_be_done_again(tmp_path):
    bottle = Bottle(("ankle",))
    bottle.broken["ankle"] = 0.1
    said_no, said, _ = calibrate(bottle, *READY, "ankle", *RUN, "n", path=tmp_path / "c.json")
    assert "does not read more" in str(said_no)
    assert "This makes no calibration" in said
    assert not (tmp_path / "c.json").exists()


def test_a_sensor_without_a_reading_says_so(tmp_path):
    bottle = Bottle(("knee",))
    bottle.broken["knee"] = None
    failed, _, _ = calibrate(bottle, *READY, "knee", *RUN, path=tmp_path / "c.json")
    assert str(failed) == "the sensor at the knee cannot be read: check its wire, then start again"


def test_the_artefact_of_another_sock_is_not_gone_on_with(tmp_path):
    calibrate(Bottle(), *READY, "ankle", *RUN, *WHERE, "stop", path=tmp_path / "c.json")
    other = Bottle()
    other.serial = "OTHERONE"
    failed, _, _ = calibrate(other, *READY, path=tmp_path / "c.json")
    assert "is of sock TESTSOCK, not of OTHERONE" in str(failed)


def test_a_virtual_cuff_needs_no_hand(tmp_path):
    made, said, _ = calibrate(Bottle(virtual=True), *READY, "", *WHERE * 3, path=tmp_path / "c.json", degC=None)
    assert said.count("The virtual cuff presses") == PRESSES
    assert made.degC == 33.0


def test_weights_ask_for_an_area_and_say_grams(tmp_path):
    bottle = Bottle(("ankle",))
    lines = [*READY, "wide", "2", "ankle", "180", *RUN[1:], *WHERE]
    made, said, _ = calibrate(bottle, *lines, path=tmp_path / "c.json", method="weights", gauge=None)
    assert made.area_cm2 == 2.0
    assert "Please type a number from 0.2 to 100." in said
    assert "Lay on 163.1 g (60 mmHg on 2 cm2)" in said
    assert made.sensors[0].points[0].reference_mmHg == pytest.approx(66.2, abs=0.1)
    assert "AIR BLADDER" not in said


def test_not_ready_and_not_writable_are_told_before_anything_is_done(tmp_path):
    failed, _, _ = calibrate(Bottle(), "n")
    assert "nothing was done" in str(failed)
    (tmp_path / "file").write_text("")
    failed, said, _ = calibrate(Bottle(), path=tmp_path / "file" / "c.json")
    assert "cannot write" in str(failed)
    assert said == ""


def test_the_keyboard_reads_no_more_than_it_asks_for():
    ours, theirs = os.pipe()
    os.write(theirs, b"one\ntwo\nthree\n")
    with os.fdopen(ours) as lines, os.fdopen(theirs, "w"):
        said = io.StringIO()

        async def ask():
            keyboard = Keyboard(lines, said)
            first = asyncio.create_task(keyboard.ask("1?"))
            await asyncio.sleep(0)
            first.cancel()  # somebody who no longer waits loses no line
            return await keyboard.ask("2?")

        assert asyncio.run(ask()) == "one"
        assert lines.readline() == "two\n"


def test_the_keyboard_asks_until_it_is_answered_sensibly():
    lines = io.StringIO("maybe\ny\nhot\n\nf\nfs\n")
    keyboard = Keyboard(lines, io.StringIO())

    async def ask():
        return (
            await keyboard.confirm("?"),
            await keyboard.number("How warm", 33, 5, 45, "degC"),
            await keyboard.one_of("What", ("flexiforce", "fsr"), "fsr"),
        )

    assert asyncio.run(ask()) == (True, 33, "fsr")


def test_the_keyboard_asks_as_the_first_evening_does(capsys, monkeypatch):
    """The answer stands behind the question, also one that a pipe types."""
    said = io.StringIO()
    assert asyncio.run(Keyboard(io.StringIO("Ada\n"), said).ask("Who calibrates?", "me")) == "Ada"
    monkeypatch.setattr(sys, "stdin", io.StringIO("Ada\n"))
    assert questions.ask("Who calibrates?", "me") == "Ada"
    assert said.getvalue() == capsys.readouterr().out == "Who calibrates? [me] Ada\n"


def test_a_reading_at_a_rail_is_none():
    assert ratio_of(8000, 24000) == 0.5
    assert [ratio_of(*pair) for pair in ((MISSING, 24000), (24000, 24000), (100, 0))] == [None] * 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--levels", "0,10,20"], "too few for a curve"),
        (["--levels", "a"], "are no levels in mmHg"),
        (["--settle", "1h"], "--settle is 1s to 120s"),
        (["--hold", "2h"], "--hold is at most 60m"),
        (["--hold", "-3"], "--hold: '-3' lies in the past"),
        (["--degC", "90"], "--degC is 5 to 45 degC"),
        (["--area", "0"], "--area is 0.2 to 100 cm2"),
        (["--gauge", "x"], "is not SHOWN=TRUE in mmHg"),
        (["replay:x"], "is a recording: a calibration needs a sock"),
        (["--bench", "sim:cuff"], "without a sock and --port"),
        (["left"], "'left' names no sock"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_asked(capsys, monkeypatch, arguments, said):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert cli.run(["calibrate", *arguments]) == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert heard.err.count("\n") == 1


def test_nobody_at_the_keyboard_is_said_in_one_line(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert cli.run(["calibrate", "sim:cuff", "--method", "cuff"]) == 1
    assert capsys.readouterr().err.startswith("gradsock: nobody answers: call this again in a terminal")


def test_a_sock_is_asked_for_by_what_can_be_pressed():
    with pytest.raises(UsageError):
        SockReadout("replay:last")
    assert SockReadout("ble:sock-a1b2").port is None


def test_a_sock_with_a_thermistor_tells_how_warm_each_point_was(tmp_path):
    bottle = Bottle(virtual=True)
    bottle.thermistor_degC = 33.5
    made, *_ = calibrate(bottle, *READY, "", *WHERE * 3, path=tmp_path / "c.json")
    assert {point.degC for sensor in made.sensors for point in sensor.points} == {33.5}
    assert made.calibration.per_degC_q20 == (4194,) * 3  # 0.4 % per degree, as its sort has it
    again = read(tmp_path / "c.json")
    assert again.calibration.knots == made.calibration.knots
    assert again.sensors == made.sensors


def test_what_a_sock_says_of_its_warmth_is_heard():
    readout = SockReadout("ble:sock-a1b2")
    assert readout.thermistor_degC is None
    for part in event.context_parts(warmth.pack(1000, 2350), 240):
        readout._take_block(event.encode_event(event.WARMTH, 1, 0, 1000, part))
    assert (readout.thermistor_degC, readout.degC) == (23.5, 23.5)
