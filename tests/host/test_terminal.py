"""Socks live in a terminal: what a screen of 80 by 24 and others show, and what the keys do."""

import contextlib
import json
import re

import pytest
from gradsock import clock
from gradsock.errors import SockRefused, UsageError
from gradsock.link import BlockReceived, FitChanged, FitNow, State, StateChanged, telling
from gradsock.link.events import BatteryRead
from gradsock.sim.scenario import load
from gradsock.view.lines import line
from gradsock.view.terminal.app import LiveApp, Shown
from gradsock.view.terminal.chart import chart, full_scale_mmHg
from gradsock.view.terminal.dialogs import Asked, Help, Sure
from gradsock.view.terminal.leg import FILL, SIGN, leg
from gradsock.view.terminal.minute import BIN_MS, BINS, Minute
from gradsock.view.terminal.picture import picture, seen
from gradsock.view.watched import Row, Watched
from gradsock.view.web import messages
from gradsock.view.words import ABOVE, BELOW, IN_BAND
from sock import MISSING, protocol
from sock.symptoms import SYMPTOM
from textual.widgets import Input


class Told:
    """A link that keeps what it is told; it refuses what it was asked to refuse."""

    def __init__(self, refuses=()):
        self.said, self._refuses = [], refuses

    async def control(self, opcode, payload=b""):
        if opcode in self._refuses:
            raise SockRefused("sock-test refuses: not supported", protocol.NOT_SUPPORTED)
        self.said.append((opcode, payload))
        return b""


def shown(made, link=None, samples=500, fit=("good", ()), name=None):
    """A sock that has sent so many samples, and said how it sits."""
    watched, minute = Watched("ble:made"), Minute()
    watched.take(StateChanged(State.CONNECTED, "connected", 0))
    for happened in made.events(samples=samples):
        watched.take(happened)
        if isinstance(happened, BlockReceived):
            minute.take(watched.newest, happened.t_utc_us)
    said = made.fit(30_000, fit[0], list(fit[1]))
    watched.take(FitChanged(FitNow.parse(said), said, 0))
    watched.last_block_utc_us = clock.utc_us()
    return Shown(watched, minute, lambda: link)


FOLD = ("fold", [("fold", "knee", "notice")])


@contextlib.asynccontextmanager
async def on_screen(*socks, size=(80, 24), note=""):
    app = LiveApp(socks, lambda: note)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.draw()
        await pilot.pause()
        yield app, pilot


def rows(app):
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def text(app):
    return "\n".join(rows(app))


async def until(pilot, is_so):
    """Let the screen work until something is so; it hangs no longer than its patience."""
    for _ in range(200):
        if is_so():
            return
        await pilot.pause(0.02)
    pytest.fail("it never came about")


# What is seen


async def test_a_sock_is_seen_at_a_glance(made) -> None:
    sock = shown(made)
    sock.watched.take(BatteryRead(83, 0))
    async with on_screen(sock, note="recording x") as (app, _):
        told = text(app)
    for site, pressure in sock.watched.pressure_mmHg.items():
        assert f"{site[0].upper()} {round(pressure):>2} " in told
    assert "GOOD" in told
    assert "nothing to do" in told
    assert re.search(r"battery 83 %  data \d", told)
    assert "lost 0 of 500" in told
    assert "15-20" in told  # the ankle's band
    assert "us:15-20" in told
    assert "left · sock-test" in told
    assert "recording x" in told
    assert "60 s ago" in told
    assert any(0x2801 <= ord(letter) <= 0x28FF for letter in told)  # dots of a trace


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_it_fits_80_by_24_and_every_verdict_is_told(made, made_right, number) -> None:
    socks = [shown(each, fit=FOLD) for each in (made, made_right, made, made_right)[:number]]
    async with on_screen(*socks) as (app, _):
        drawn = rows(app)
    assert len(drawn) == 24
    assert {len(row) for row in drawn} == {80}
    assert sum(row.count("! FOLD !") for row in drawn[: 2 if number <= 2 else 1]) == number


@pytest.mark.parametrize("number", [1, 2])
async def test_a_warning_is_told_beside_the_verdict_that_stands_above_it(made, made_right, number) -> None:
    fit = (
        "too tight",
        [("over-range", "ankle", "notice"), ("fold", "knee", "warning"), ("over-range", "calf", "info")],
    )
    async with on_screen(*[shown(each, fit=fit) for each in (made, made_right)[:number]]) as (app, _):
        told = text(app)
    assert told.count("!! TOO TIGHT !!") == number
    assert told.count("warning fold at the knee.") == number
    assert told.count("60 s ago") == number
    watched = shown(made, fit=fit).watched
    assert line(watched, 0).endswith("size and class. Also: warning fold at the knee.")
    page = json.loads(messages.state(0, watched, None))
    assert (page["level"], page["advice"].endswith(" Also: warning fold at the knee.")) == ("warning", True)


@pytest.mark.parametrize("size", [(20, 6), (34, 14), (71, 24), (120, 45), (200, 60)])
async def test_other_sizes_do_not_break_it(made, made_right, size) -> None:
    async with on_screen(shown(made), shown(made_right, fit=FOLD), size=size) as (app, pilot):
        assert len(rows(app)) == size[1]
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: text(app).count("60 s ago") == 2)


async def test_as_many_are_side_by_side_as_there_is_room_for(made, made_right) -> None:
    socks = [shown(made), shown(made_right), shown(made), shown(made_right)]
    async with on_screen(*socks, size=(160, 24)) as (app, _):
        assert text(app).count("60 s ago") == 4
        assert not app.query_one("#others").display
    async with on_screen(*socks, size=(80, 24)) as (app, _):
        assert text(app).count("60 s ago") == 2
    async with on_screen(*socks, size=(40, 24)) as (app, pilot):
        assert text(app).count("60 s ago") == 1
        assert app.query_one("#others").display
        for number in (1, 2, 3, 0):
            await pilot.press("tab")
            assert app.chosen == number
            await until(pilot, lambda number=number: f"━ {number + 1} " in text(app))


async def test_before_anything_came_it_says_what_is_going_on() -> None:
    async with on_screen(Shown(Watched("ble:sock-a1b2"), Minute(), lambda: None)) as (app, _):
        assert "looking for ble:sock-a1b2" in text(app)


async def test_a_lost_link_and_old_data_are_told(made) -> None:
    sock = shown(made)
    sock.watched.take(StateChanged(State.LOST, "the connection is gone; come closer", 0))
    sock.watched.last_block_utc_us -= 75_000_000
    async with on_screen(sock) as (app, _):
        assert "LOST" in text(app)
        assert "come closer" in text(app)
        assert re.search(r"data 1:\d\d old", text(app))
        assert not any(0x2801 <= ord(letter) <= 0x28FF for letter in text(app))  # a minute ago there was nothing yet


async def test_how_far_fetching_is_is_told(made) -> None:
    sock = shown(made)
    sock.watched.fetching = (30, 120)
    async with on_screen(sock) as (app, _):
        assert "lost 0 of 500, fetching 25 %" in text(app)


@pytest.mark.parametrize(("factor", "place"), [(1.0, IN_BAND), (2.0, ABOVE), (0.4, BELOW)])
def test_a_site_has_colour_sign_and_letter(made, factor, place) -> None:
    made.counts = lambda _index: tuple(round(each * factor) for each in (6000, 4400, 3600))
    lines = leg(shown(made).watched)
    ankle = next(line for line in lines if " A " in line.plain)
    assert SIGN[place] in ankle.plain
    assert FILL[place] in {str(span.style).split("on ")[-1] for span in ankle.spans}
    assert len(set(FILL.values())) == len(FILL) == len(set(SIGN.values()))


async def test_the_picture_of_the_documentation_is_drawn_from_the_virtual_leg() -> None:
    drawn = await picture()
    assert drawn.startswith("<svg")
    for word in ("GOOD", "FOLD", "gradsock live"):
        assert word in drawn.replace("&#160;", " ")


# The minute


def test_the_minute_keeps_a_minute_and_leaves_gaps() -> None:
    minute = Minute()
    for second in [*range(50), *range(70, 100)]:
        rows_ = [Row(1, second * 1000 + at * 40, (second * 10, 500, MISSING)) for at in range(25)]
        minute.take(rows_, second * 1_000_000)
    drawn = minute.columns(60, 0)
    assert [column is None for column in drawn[:9] + drawn[11:29] + drawn[31:]] == [False] * 9 + [True] * 18 + [
        False
    ] * 29
    assert drawn[-1].high == 990
    assert drawn[0].low == 400
    assert minute.columns(60, 2) == [None] * 60
    assert minute.highest_cmmHg == 990
    assert minute.columns(60, 0, age_s=30)[-30:] == [None] * 30
    wide = minute.columns(4 * BINS, 0)
    assert len(wide) == 4 * BINS
    assert sum(column is not None for column in wide) == pytest.approx(40_000 // BIN_MS * 4, abs=8)


def test_a_restart_of_the_sock_is_a_gap_of_its_length() -> None:
    minute = Minute()
    minute.take([Row(1, 900_000 + at * 40, (1000, 1000, 1000)) for at in range(250)], 100_000_000)
    minute.take([Row(2, 200 + at * 40, (2000, 2000, 2000)) for at in range(250)], 125_000_000)
    drawn = minute.columns(60, 0)
    assert {column.high for column in drawn[-9:]} == {2000}
    assert set(drawn[-24:-12]) == {None}
    assert {column.high for column in drawn[-34:-27]} == {1000}


def test_lines_lie_where_their_pressures_are() -> None:
    minute = Minute()
    minute.take([Row(1, at * 40, (3000, 2000, 1000)) for at in range(1500)], 60_000_000)
    drawn = [line.plain for line in chart(minute, 40, 10, 40.0)]
    assert {len(line) for line in drawn} == {40}
    assert [line[-1] for line in drawn].index("A") < [line[-1] for line in drawn].index("C")
    assert [line[-1] for line in drawn].index("K") == 7  # a quarter of the scale
    assert drawn[0].startswith(" 40")
    assert drawn[-1].startswith("  0")


@pytest.mark.parametrize(("highest", "scale"), [(0, 20), (20, 20), (20.1, 30), (61, 100), (900, 300)])
def test_the_scale_holds_what_is_shown(highest, scale) -> None:
    assert full_scale_mmHg(highest) == scale


# Keys


async def test_a_mark_asks_for_a_word_and_tells_the_sock(made) -> None:
    link = Told()
    async with on_screen(shown(made, link)) as (app, pilot):
        await pilot.press("m")
        assert isinstance(app.screen, Asked)
        await pilot.press(*"quick stairs", "enter")
        await until(pilot, lambda: "left marked it" in text(app))
    assert link.said == [(protocol.MARK, b"quick stairs")]  # its q did not end anything


async def test_a_symptom_is_answered_before_the_sock_is_asked(made) -> None:
    async with on_screen(shown(made, Told(refuses=[protocol.MARK]))) as (app, pilot):
        await pilot.press("m", *"numbness", "enter")
        await until(pilot, lambda: "write it down" in text(app))
        assert SYMPTOM in text(app)


async def test_a_mark_that_makes_no_sense_is_asked_again(made) -> None:
    link = Told()
    async with on_screen(shown(made, link)) as (app, pilot):
        await pilot.press("m")
        app.screen.query_one(Input).value = "x" * 61
        await pilot.press("enter")
        await until(pilot, lambda: "at most 60 letters" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, Asked))
    assert not link.said


async def test_tare_asks_first(made) -> None:
    link = Told()
    async with on_screen(shown(made, link)) as (app, pilot):
        await pilot.press("t")
        assert isinstance(app.screen, Sure)
        await pilot.press("n")
        assert link.said == []
        await pilot.press("t", "y")
        await until(pilot, lambda: "left has its zero" in text(app))
    assert link.said == [(protocol.TARE, b"")]


async def test_ack_and_snooze_are_for_the_chosen_sock(made, made_right) -> None:
    left, right = Told(), Told()
    async with on_screen(shown(made, left), shown(made_right, right, fit=FOLD)) as (app, pilot):
        await pilot.press("2", "a")
        await until(pilot, lambda: "right is silent" in text(app))
        await pilot.press("s", *"2h", "enter")
        await until(pilot, lambda: "right reminds of nothing for 120 min" in text(app))
    assert right.said == [(protocol.ACK, b""), (protocol.SNOOZE, (120).to_bytes(2, "little"))]
    assert not left.said


async def test_a_sock_that_is_not_there_says_so(made) -> None:
    async with on_screen(shown(made)) as (app, pilot):
        await pilot.press("a")
        await until(pilot, lambda: "left: not connected" in text(app))


async def test_while_paused_traces_stand_still_and_the_verdict_goes_on(made) -> None:
    sock = shown(made)
    async with on_screen(sock) as (app, pilot):
        await pilot.press("p")
        await until(pilot, lambda: "PAUSED" in text(app))
        before = [row for row in rows(app) if "K " in row or "A " in row]
        made.counts = lambda _index: (9000, 9000, 9000)
        for index in range(500, 600, 5):
            happened = BlockReceived(made.block(index), clock.utc_us())
            sock.watched.take(happened)
            sock.minute.take(sock.watched.newest, happened.t_utc_us)
        said = made.fit(31_000, *FOLD)
        sock.watched.take(FitChanged(FitNow.parse(said), said, 0))
        await until(pilot, lambda: "FOLD" in text(app))
        assert [row for row in rows(app) if "K " in row or "A " in row] == before
        await pilot.press("p")
        await until(pilot, lambda: "PAUSED" not in text(app))
        assert [row for row in rows(app) if "K " in row or "A " in row] != before


async def test_help_and_the_end(made) -> None:
    async with on_screen(shown(made)) as (app, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        assert "snooze its reminders" in text(app)
        await pilot.press("x")
        assert not isinstance(app.screen, Help)
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 0


def test_spans_of_a_snooze() -> None:
    assert [telling.snooze_min(each) for each in ("0", "20s", "2h", "7m")] == [0, 1, 120, 7]
    with pytest.raises(UsageError, match="a week at most"):
        telling.snooze_min("169h")


async def test_a_sock_worn_through_a_scenario_is_seen_as_it_ends() -> None:
    worn = await seen(load("demo-short"), 90.0, battery_percent=12)
    assert worn.watched.fit.verdict == "fold"
    assert worn.watched.battery_percent == 12
    assert worn.minute.highest_cmmHg > 1000


async def test_on_40_columns_help_and_end_are_on_the_line_of_keys_and_help_can_be_read_to_its_end(made) -> None:
    async with on_screen(shown(made), size=(40, 20)) as (app, pilot):
        await until(pilot, lambda: "q end" in rows(app)[-1])
        assert "? help" in rows(app)[-1]
        await pilot.press("question_mark")
        await until(pilot, lambda: "mark what happens" in text(app))
        assert "any other key goes back" not in text(app)
        await pilot.press("end")
        await until(pilot, lambda: "any other key goes back" in text(app))
        assert isinstance(app.screen, Help)
        await pilot.press("x")
        await until(pilot, lambda: not isinstance(app.screen, Help))


async def test_what_a_lost_sock_told_last_is_not_shown_as_if_it_told_it_now(made) -> None:
    sock = shown(made, fit=("fold", [("fold", "knee", "warning")]))
    async with on_screen(sock) as (app, pilot):
        assert "!! FOLD !!" in text(app)
        sock.watched.take(StateChanged(State.LOST, "made is gone", 0))
        app.draw()
        await until(pilot, lambda: "LOST" in text(app))
        assert "!!" not in text(app)
