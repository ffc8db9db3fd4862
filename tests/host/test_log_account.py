"""The loss account equals what a plain set of identities would say."""

from gradsock.log.account import Gap, LossAccount
from hypothesis import given
from hypothesis import strategies as st

arrivals = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(0, 12)), max_size=40)


@given(arrivals)
def test_it_agrees_with_a_set_of_identities(blocks):
    account, came, twice = LossAccount(), set(), 0
    for boot, index, count in blocks:
        identities = {(boot, i) for i in range(index, index + count)}
        twice += len(identities & came)
        assert account.add(boot, index, count) == len(identities - came)
        came |= identities

    expected = sum(
        max(i for b, i in came if b == boot) - min(i for b, i in came if b == boot) + 1 for boot in {b for b, _ in came}
    )
    assert (account.received, account.doubled) == (len(came), twice)
    assert (account.expected, account.lost) == (expected, expected - len(came))
    missing = {(gap.boot, gap.first_index + i) for gap in account.gaps() for i in range(gap.count)}
    assert not missing & came
    assert len(missing) == account.lost
    assert all(account.holds(*identity) for identity in came)
    assert not any(account.holds(*identity) for identity in missing)


def test_a_gap_is_told_by_where_it_lies():
    account = LossAccount("TESTSOCK")
    for index in (0, 5, 20, 25):
        account.add(3, index, 5)
    account.add(4, 1000, 5)
    assert account.gaps() == [Gap(boot=3, first_index=10, count=10)]
    assert account.as_dict()["gaps"] == [{"boot": 3, "first_index": 10, "count": 10}]
    assert account.as_dict()["serial"] == "TESTSOCK"


def test_what_comes_late_closes_its_gap():
    account = LossAccount()
    for index in (0, 10, 5):
        account.add(1, index, 5)
    assert (account.lost, account.gaps(), account.doubled) == (0, [], 0)


def test_a_long_table_is_cut_but_never_the_counts():
    account = LossAccount()
    for index in range(0, 20_000, 10):
        account.add(1, index, 5)
    told = account.as_dict()
    assert (told["gap_count"], len(told["gaps"]), told["lost"]) == (1999, 500, 1999 * 5)
