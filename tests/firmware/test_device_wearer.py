"""What the wearer gets from the sock itself: blinks, the motor, reminders; and what they tell it, kept in its flash."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sock import event, event_reader, protocol
from sock.finding import Finding
from sock.reminders import FOREVER_MIN
from sock.resume import resume
from sock.settings import defaults
from sock.state import pack

from tests.firmware.test_device_stream import Rig

FOLD = ("fold", "knee", "notice", 1000, 9000, {"pressure_cmmHg": 1600, "baseline_cmmHg": 800})
MINUTE_MS = 60000


@pytest.fixture
def rig(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.chdir(tmp_path)
    made = Rig(world)
    made.radio.come()
    yield made


def beside(rig: Rig, seconds: float, findings: list[Finding]) -> list[float]:
    """Let seconds pass with these findings open, told once a second; when the LED was lit."""

    async def go(for_s: int) -> None:
        for _ in range(for_s):
            rig.indicator.heed(findings)
            await asyncio.sleep(1)

    rig.world.led.changes.clear()
    for begin in range(0, round(seconds), 900):
        rig.run(go(min(900, round(seconds) - begin)))
    return [at_s for at_s, level in rig.world.led.changes if level]


def groups(lit_s: list[float]) -> list[int]:
    """How many blinks come together, less than half a second apart."""
    sizes: list[int] = []
    for before, at_s in zip([-9.0, *lit_s], lit_s, strict=False):
        if at_s - before > 0.5:
            sizes.append(0)
        sizes[-1] += 1
    return sizes


def listening(rig: Rig) -> list[event_reader.Event]:
    """A host listens from now on; the events that it gets by then."""
    rig.run(rig.ask(protocol.START, b"\x01"))
    return rig.events()


def told(rig: Rig, kind: int) -> list[bytes]:
    rig.run(asyncio.sleep(0.1))
    return [happened.payload for happened in rig.events() if happened.kind == kind]


def worn(rig: Rig, minutes: float) -> None:
    """As if it had been put on so long ago."""
    rig.readings.fit.wear.state = 2
    rig.readings.fit.wear.donned_ms = rig.ticks.now() - round(minutes * MINUTE_MS)


def test_while_all_is_well_it_blinks_once_now_and_then(rig: Rig) -> None:
    assert set(groups(beside(rig, 30, []))) == {1}
    assert len(groups(beside(rig, 30, []))) == 6


def test_a_notice_is_three_blinks_and_a_warning_blinks_on_end(rig: Rig) -> None:
    assert groups(beside(rig, 20, [Finding(*FOLD)]))[1:-1] == [3] * 8
    warning = Finding(*FOLD)
    warning.level = "warning"
    assert len(beside(rig, 20, [warning])) >= 70


def test_information_is_not_told_by_light(rig: Rig) -> None:
    info = Finding("gradient-flat", "knee", "info", 0, 0, {})
    assert set(groups(beside(rig, 30, [info]))) == {1}


def test_a_sensor_is_told_apart_from_the_leg(rig: Rig) -> None:
    rig.indicator.vibrate = 2
    fault = Finding("sensor-fault", "calf", "notice", 0, 0, {"reason": 2})
    assert set(groups(beside(rig, 20, [fault]))[1:-1]) == {2}
    assert rig.world.motor.changes == []


def test_what_does_not_hold_now_is_dark_and_is_not_told_anew_when_it_comes_back(rig: Rig) -> None:
    rig.indicator.vibrate = 2
    finding = Finding(*FOLD)
    beside(rig, 20, [finding])
    finding.over_ms = 15_000
    assert set(groups(beside(rig, 600, [finding]))[1:-1]) == {1}
    finding.over_ms = None
    assert groups(beside(rig, 20, [finding]))[1:-1] == [3] * 8
    assert [on for _, on in rig.world.motor.changes] == [1, 0] * 2


@pytest.mark.parametrize(("level", "pulses"), [("notice", 2), ("warning", 4)])
def test_the_motor_moves_only_for_those_who_switched_it_on(rig: Rig, level: str, pulses: int) -> None:
    finding = Finding(*FOLD)
    finding.level = level
    beside(rig, 20, [finding])
    assert rig.world.motor.changes == []
    beside(rig, 2, [])
    rig.indicator.vibrate = 2
    beside(rig, 60, [finding])
    assert [on for _, on in rig.world.motor.changes] == [1, 0] * pulses


def test_the_button_silences_it_until_it_gets_worse(rig: Rig) -> None:
    listening(rig)
    finding = Finding(*FOLD)
    beside(rig, 5, [finding])
    rig.world.button.level = 0
    beside(rig, 1, [finding])
    rig.world.button.level = 1
    assert set(groups(beside(rig, 600, [finding]))[1:-1]) == {1}
    assert told(rig, event.TOLD) == [b"ack"]
    other = Finding("bunching", "calf", "notice", 0, 0, {})
    assert set(groups(beside(rig, 20, [finding, other]))[1:-1]) == {3}


def test_what_is_acknowledged_and_stays_is_told_again_after_two_hours(rig: Rig) -> None:
    finding = Finding(*FOLD)
    rig.indicator.vibrate = 2
    beside(rig, 2, [finding])
    assert rig.run(rig.ask(protocol.ACK)) == (protocol.OK, b"")
    rig.world.motor.changes.clear()
    beside(rig, 119 * 60, [finding])
    assert rig.world.motor.changes == []
    beside(rig, 120, [finding])
    assert len(rig.world.motor.changes) == 4


def test_what_nobody_acknowledges_is_told_again_after_half_an_hour(rig: Rig) -> None:
    rig.indicator.vibrate = 2
    beside(rig, 65 * 60, [Finding(*FOLD)])
    starts = [at_s for at_s, on in rig.world.motor.changes if on][::2]
    assert len(starts) == 3
    assert 1799 <= starts[1] - starts[0] <= 1803


def test_a_finding_is_reported_when_it_opens_gets_worse_and_ends(rig: Rig) -> None:
    listening(rig)
    finding = Finding(*FOLD)
    beside(rig, 3, [finding])
    finding.level = "warning"
    beside(rig, 3, [finding])
    finding.end_ms = 70000
    rig.readings.fit._ended.append(finding)
    beside(rig, 3, [])
    whole = event_reader.ContextParts()
    reports = [json.loads(whole.add(part) or b"") for part in told(rig, event.NOTICE)]
    assert [(r["kind"], r["site"], r["level"], r["end_ms"]) for r in reports] == [
        ("fold", "knee", "notice", None),
        ("fold", "knee", "warning", None),
        ("fold", "knee", "warning", 70000),
    ]
    assert reports[0]["evidence"] == {"pressure_cmmHg": 1600, "baseline_cmmHg": 800}
    assert (reports[0]["start_ms"], reports[0]["notified_ms"]) == (1000, 9000)


def test_a_reminder_is_told_and_stands_for_a_while(rig: Rig) -> None:
    listening(rig)
    worn(rig, 119.7)
    assert set(groups(beside(rig, 40, []))[1:-1]) == {1, 2}
    assert told(rig, event.REMINDER) == [b"hydrate"]
    assert rig.indicator.reminder == "hydrate"
    beside(rig, 11 * 60, [])
    assert rig.indicator.reminder is None


def test_a_reminder_goes_when_it_is_acknowledged_or_the_sock_is_off(rig: Rig) -> None:
    worn(rig, 120)
    beside(rig, 2, [])
    rig.run(rig.ask(protocol.ACK))
    assert rig.indicator.reminder is None
    rig.readings.fit.wear.state = 0
    beside(rig, 2, [])
    worn(rig, 16 * 60)
    beside(rig, 3, [])
    assert rig.indicator.reminder is not None
    rig.readings.fit.wear.state = 0
    beside(rig, 2, [])
    assert rig.indicator.reminder is None


def test_overnight_follows_the_minute_that_probes_tell(rig: Rig) -> None:
    from sock import asking

    listening(rig)
    worn(rig, 40)
    beside(rig, 2, [])
    assert told(rig, event.REMINDER) == []
    rig.run(rig.ask(protocol.PROBE, asking.pack_probe(1, 23 * 60 + 29)))
    beside(rig, 100, [])
    assert told(rig, event.REMINDER) == [b"overnight"]


def test_snoozed_reminders_wait(rig: Rig) -> None:
    listening(rig)
    worn(rig, 118)
    assert rig.run(rig.ask(protocol.SNOOZE, (10).to_bytes(2, "little"))) == (protocol.OK, b"")
    beside(rig, 9 * 60, [])
    assert told(rig, event.REMINDER) == []
    beside(rig, 2 * 60, [])
    assert told(rig, event.REMINDER) == [b"hydrate"]
    assert told(rig, event.TOLD) == [b"snooze 10"]


def test_reminders_that_are_off_stay_off_over_a_restart(rig: Rig, world: Any) -> None:
    rig.run(rig.ask(protocol.SNOOZE, FOREVER_MIN.to_bytes(2, "little")))
    again = Rig(world)
    worn(again, 5000)
    beside(again, 5, [])
    assert again.indicator.reminder is None
    again.radio.come()
    again.run(again.ask(protocol.SNOOZE, b"\x00\x00"))
    beside(again, 5, [])
    assert again.indicator.reminder is not None
    once_more = Rig(world)
    worn(once_more, 5000)
    beside(once_more, 5, [])
    assert once_more.indicator.reminder is not None


def test_a_confirmed_donning_is_kept_and_forgotten_over_restarts(rig: Rig, world: Any) -> None:
    rig.readings.fit.donnings.confirm([1800, 1400, 800])
    rig.readings.fit.confirmed = True
    beside(rig, 2, [])
    again = Rig(world)
    assert again.readings.fit.donnings.export() == rig.readings.fit.donnings.export()
    assert Path("wearer.json").stat().st_size < 200
    again.radio.come()
    assert again.run(again.ask(protocol.FORGET_BASELINE)) == (protocol.OK, b"")
    assert Rig(world).readings.fit.donnings.known == 0


@pytest.mark.parametrize(
    "kept", ["", "[]", "{", '{"v":2}', '{"v":1,"off":true}', '{"v":1,"off":0,"donnings":"0"}', "\x00"]
)
def test_what_cannot_be_read_was_never_there(rig: Rig, world: Any, kept: str) -> None:
    Path("wearer.json").write_text(kept)
    assert Rig(world).readings.fit.donnings.known == 0


def test_a_smooth_mark_counts_even_while_nobody_listens(rig: Rig) -> None:
    assert rig.run(rig.ask(protocol.MARK, b"smooth"))[0] == protocol.OK
    assert rig.readings.fit._smooth_ms >= 0


@pytest.mark.parametrize("text", [b"cramp", b"a Tingling toe", b"NUMBNESS", b"pain", b"it is cold"])
def test_a_symptom_is_answered_in_any_case(rig: Rig, text: bytes) -> None:
    _, said = rig.run(rig.ask(protocol.MARK, text))
    assert said == b"Take the sock off. If it does not pass, ask a physician."
    listening(rig)
    assert rig.run(rig.ask(protocol.MARK, text)) == (protocol.OK, said)


def test_who_begins_to_listen_is_told_the_state_before_the_first_sample(rig: Rig) -> None:
    rig.readings.fit.donnings.confirm([1800, 1400, 800])
    rig.readings.fit.confirmed = True
    rig.indicator.heed([])
    rig.run(rig.scans(90))
    wanted = pack(rig.readings.fit, 90)
    events = listening(rig)
    rig.run(rig.scans(30))
    parts = event_reader.ContextParts()
    (state,) = [whole for e in events if e.kind == event.CONTEXT_FIT and (whole := parts.add(e.payload)) is not None]
    assert state == wanted
    first_index, fit = resume(rig.readings.fit.prescription, state)
    assert first_index == rig.indices()[0] == 90
    assert pack(fit, 90) == wanted
    assert [e.payload[2:] for e in events if e.kind == event.CONTEXT_DONNINGS] == [rig.readings.fit.donnings.export()]


def test_the_settings_of_reminders_hold(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rig = Rig(world)
    rig.indicator.wearer("begin", {**defaults(), "hydrate_min": 0, "wear_max_min": 30, "overnight": False})
    worn(rig, 29)
    beside(rig, 30, [])
    assert rig.indicator.reminder is None
    beside(rig, 40, [])
    assert rig.indicator.reminder == "wear-time"


def test_the_page_for_wearers_says_what_the_firmware_does() -> None:
    top = Path(__file__).parents[2]
    page = (top / "host/docs/what-the-sock-tells.md").read_text()
    modules = ("device/wearer.py", "sock/finding.py", "sock/gradient.py")
    source = "".join((top / "firmware" / name).read_text() for name in modules)
    for words, constant in (
        ("told again every 30 minutes", "_AGAIN_MS = const(30 * 60 * 1000)"),
        ("2 hours later", "_ACKNOWLEDGED_AGAIN_MS = const(120 * 60 * 1000)"),
        ("stands for 10 minutes", "_REMINDER_MS = const(10 * 60 * 1000)"),
        ("not held for a minute", "_RESTS_S = const(60)"),
        ("some five minutes", "_TIGHT_S = const(300)"),
        ("Two short pulses are a\nnotice, four a warning", "_BUZZES = (0, 0, 2, 4)"),
    ):
        assert words in page, words
        assert constant in source, constant
    fresh = defaults()
    assert (fresh["hydrate_min"], fresh["wear_max_min"], fresh["vibrate"]) == (2 * 60, 16 * 60, "off")
