"""Names that there are not, and those that were meant."""

import pytest
from gradsock import cli
from gradsock.meant import meant


@pytest.mark.parametrize(
    ("word", "said"),
    [("stnad", "; did you mean stand?"), ("STAND", "; did you mean stand?"), ("stand", ""), ("zzz", ""), ("", "")],
)
def test_the_closest_name(word: str, said: str) -> None:
    assert meant(word, ["stand", "walk"]) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("status sock-a1b2", "did you mean ble:sock-a1b2?"),
        ("status sim:stnad", "did you mean stand?"),
        ("settings get rate_hz", "did you mean rate_Hz?"),
        ("flash --board esp32_generic", "did you mean ESP32_GENERIC?"),
    ],
)
def test_commands_tell_it(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(line.split()) == 2
    assert capsys.readouterr().err.endswith(f"{said}\n")
