"""Names of socks, and what is said to those that are none."""

import pytest
from gradsock.errors import MonikerError, UsageError
from gradsock.link.moniker import Ble, Replay, Sim, parse


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ble:sock-a1b2", Ble("sock-a1b2")),
        ("ble:", Ble("")),
        ("sim:demo", Sim("demo")),
        ("replay:251122-1614-k7qm", Replay("251122-1614-k7qm", 1.0)),
        ("replay:walk.csv?speed=10", Replay("walk.csv", 10.0)),
        ("replay:C:/logs/walk.csv?speed=0.5", Replay("C:/logs/walk.csv", 0.5)),
    ],
)
def test_what_is_meant(text, meant):
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sock-a1b2", "did you mean ble:sock-a1b2?"),
        ("", "names no sock: write ble:NAME, sim:SCENARIO or replay:ID-or-file"),
        ("usb:1", "'usb:1' names no sock"),
        ("sim:", "needs a scenario: .*demo"),
        ("sim:moonwalk", "no scenario is called 'moonwalk'; there are: .*demo"),
        ("replay:", "needs the id of a recording or a file"),
        ("replay:a?speed=0", "speed is a number above 0 and at most 10000, not '0'"),
        ("replay:a?speed=fast", "not 'fast'"),
        ("replay:a?speed=nan", "not 'nan'"),
        ("replay:a?loop=1", "knows only \\?speed=, not 'loop'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text, said):
    with pytest.raises(UsageError, match=said) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_moniker_error_is_wrong_usage():
    assert issubclass(MonikerError, UsageError)
