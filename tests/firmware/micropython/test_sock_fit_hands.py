"""What hands do to a sock that sits well is no finding."""

from synthetic import CLASS_TWO, Wear, told


def test_pulled_up_anew_soon_after_donning_it_settles_once_that_is_over():
    wear = Wear("ral:II", period_ms=200).go(5, [0, 0, 0]).go(34, CLASS_TWO, over_s=8)
    wear.go(14, [2730, 1960, 3400], over_s=4).go(300, CLASS_TWO, over_s=6)
    assert told(wear) == []
    assert abs(wear.check.local.baseline(2) - CLASS_TWO[2]) < 100
    assert wear.check.verdict == "good"


def test_a_tug_while_something_leans_on_it_is_no_fold():
    wear = Wear("custom:ankle=8-14", period_ms=200).don([1150, 1050, 960]).go(200)
    wear.go(70, [1150, 1050, 1240]).go(5, [1150, 1050, 2900]).go(60, [1150, 1050, 1240]).go(60, [1150, 1050, 960])
    assert told(wear) == []
