"""What recordings cost, in bytes; tests/bench/log.py has all figures, and the times."""

from tests.bench.log import packed, session

GOAL_BYTES = 60e6 / (14 * 24 * 3600 * 25 * 3)  # per site-sample: 14 days of 25 Hz x 3 sites, worn 16 h a day


def test_sealed_days_stay_within_their_bytes():
    """An hour of a day: 40 minutes worn, 20 off the leg."""
    hour = session(1, 2 / 3, is_live=False)
    per_sample = len(packed(hour)) / (3 * len(hour))
    assert per_sample <= GOAL_BYTES


def test_receipt_and_verdicts_of_a_live_hour_cost_less_than_its_samples():
    fetched, live = (len(packed(session(0.5, 0.5, is_live=is_live))) for is_live in (False, True))
    assert live <= 1.6 * fetched
