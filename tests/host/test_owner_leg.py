"""A leg's measures are kept, checked and made into plausible pressures, and into no more than that."""

import json

import pytest
from gradsock import cli
from gradsock.errors import GradsockError, UsageError
from gradsock.owner import leg
from gradsock.places import data_folder
from hypothesis import given
from hypothesis import strategies as st
from sock.prescription import parse

MINE = leg.parse(["ankle=22@10", "calf=36@28", "knee=33@38"])


def test_laplace_with_its_published_unit():
    """4620 T n / (C W): one layer of 1 kgf on 1 cm round 30 cm presses with 154 mmHg."""
    assert leg.laplace_mmHg(1, 1, 30, 1) == pytest.approx(154)
    assert leg.laplace_mmHg(1, 2, 30, 1) == pytest.approx(308)


@given(st.floats(5, 60), st.floats(15, 50))
def test_tension_is_laplace_the_other_way(pressure_mmHg, girth_cm):
    tension = leg.tension_kgf_per_cm(pressure_mmHg, girth_cm)
    assert leg.laplace_mmHg(tension, 1, girth_cm, 1) == pytest.approx(pressure_mmHg)


def test_a_thicker_place_is_pressed_less_and_the_band_reaches_down_by_what_laplace_overpredicts():
    plausible = leg.plausible_mmHg(MINE, parse("us:15-20"))
    assert plausible["ankle"] == (15, 20)
    assert plausible["calf"] == pytest.approx((15 * 22 / 36 / 1.42, 20 * 22 / 36))


def test_nothing_is_made_up_without_the_ankle_or_with_an_open_class():
    assert leg.plausible_mmHg(leg.parse(["calf=36"]), parse("us:15-20")) == {}
    assert leg.plausible_mmHg(MINE, parse("ral:IV")) == {}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["thigh=50"], "no girth at ankle, calf, knee"),
        (["ankle"], "no girth"),
        (["ankle=220"], "no leg's: 12 to 80 cm"),
        (["ankle=22@100"], "not below a knee"),
        (["ankle=22@30", "calf=36@20"], "heights rise"),
        (["ankle=36", "calf=22"], "thinnest place"),
    ],
)
def test_what_cannot_be_a_leg_is_refused(words, why):
    with pytest.raises(UsageError, match=why):
        leg.checked(leg.parse(words))


def test_measures_are_kept_by_side_and_by_sock():
    leg.remember("left", leg.parse(["ankle=22"]))
    leg.remember("left", leg.parse(["calf=36@28"]))
    leg.remember("left", leg.parse(["ankle=23"]), "SOCK0001")
    assert leg.leg_of("left") == leg.parse(["ankle=22", "calf=36@28"])
    assert leg.leg_of("left", "SOCK0001") == leg.parse(["ankle=23"])
    assert leg.leg_of("left", "OTHER") == leg.leg_of("left")
    assert leg.leg_of("right") == {}
    with pytest.raises(UsageError):
        leg.remember("left", leg.parse(["calf=15"]))
    assert leg.leg_of("left")["calf"].girth_cm == 36


def test_a_decimal_comma_is_one():
    assert leg.parse(["ankle=22,5@10,5"]) == leg.parse(["ankle=22.5@10.5"])


def test_a_girth_measured_again_keeps_the_height_it_had():
    leg.remember("left", MINE)
    assert leg.remember("left", leg.parse(["ankle=23"]))["ankle"] == leg.Measure(23.0, 10.0)


def test_a_damaged_file_is_told():
    data_folder().mkdir(parents=True)
    (data_folder() / "legs.json").write_text("[1]")
    with pytest.raises(GradsockError, match="repair or remove it"):
        leg.legs()


def test_the_command(capsys):
    assert cli.run(["leg", "left"]) == 2
    assert "never measured: gradsock leg left ankle=22.5@10" in capsys.readouterr().err
    assert cli.run(["leg", "ankle=22"]) == 2
    assert "say which leg" in capsys.readouterr().err
    assert cli.run(["leg", "left", "ankle=22@10", "calf=36@28", "knee=33"]) == 0
    said = capsys.readouterr().out
    assert "15-20 mmHg" in said
    assert "nothing about whether the sock is right for you" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 78
    assert cli.run(["leg", "left", "--prescription", "ral:I", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sites"]["knee"] == {
        "girth_cm": 33,
        "height_cm": None,
        "plausible_mmHg": [pytest.approx(8.5, abs=0.1), pytest.approx(14, abs=0.1)],
    }
