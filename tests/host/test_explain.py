"""`check --explain`: the numbers that decided at a moment."""

import pytest
from gradsock.analysis.explain import explain
from gradsock.errors import AnalysisError

PRESCRIPTION = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"


@pytest.fixture
def folded(tmp_path):
    """18 / 14 / 8 mmHg, the knee at 16 from 120 s on."""
    lines = ["t_s,ankle,calf,knee"]
    for i in range(200 * 5):
        knee = 8.0 if i < 600 else 16.0
        lines.append(f"{i / 5:.1f},{18 + i % 3 / 10:.2f},{14 + i % 2 / 10:.2f},{knee + i % 5 / 10:.2f}")
    path = tmp_path / "folded.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_before_a_fold_the_levels_are_those_known(folded):
    told = explain(folded, 110, prescription=PRESCRIPTION)
    knee = told.sites[2]
    assert (told.verdict, told.findings) == ("good", ())
    assert knee.baseline_mmHg == pytest.approx(8.2, abs=0.2)
    assert knee.known_mmHg is not None


def test_in_a_fold_baseline_and_pressure_stand_side_by_side(folded):
    told = explain(folded, 190, prescription=PRESCRIPTION)
    knee = told.sites[2]
    assert told.verdict == "fold"
    assert knee.mean_mmHg == pytest.approx(16.2, abs=0.2)
    assert knee.baseline_mmHg == pytest.approx(8.2, abs=0.2)
    assert "fold at the knee" in told.findings[0]
    assert told.lines()[0] == "at 190 s: fold"


def test_beyond_the_end_it_is_the_last_second(folded):
    assert explain(folded, 9999, prescription=PRESCRIPTION).t_s <= 200


def test_a_prescription_that_makes_no_sense_is_refused(folded):
    with pytest.raises(AnalysisError):
        explain(folded, 1, prescription="ral:XII")
