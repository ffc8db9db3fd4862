"""The pages in a real browser, fed by a virtual sock through the running server."""

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradsock.log import layout
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal
from gradsock.view.report.reporting import report
from gradsock.view.web.app import HERE
from playwright.sync_api import Page, expect, sync_playwright

from tests.host.conftest import MadeSock

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS = 180_000
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="this machine has no Chromium: the pages are not tested here")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The running server, which watches and records one virtual sock."""
    home = tmp_path_factory.mktemp("home")  # a sock keeps what it is told
    with served("sim:demo-short", "--record", "--logs", str(home / "logs"), home=home) as address:
        yield address


@contextlib.contextmanager
def served(*arguments: str, home: Path) -> Iterator[str]:
    """The address of a running server."""
    command = [sys.executable, "-m", "gradsock", "serve", *arguments, "--port", "0"]
    env = os.environ | {"PYTHONUNBUFFERED": "1", "GRADSOCK_HOME": str(home)}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert server.stdout is not None
    said = server.stdout.readline()
    assert said.startswith("http://127.0.0.1:"), said
    try:
        yield said.split()[0]
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 130
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone-dark"])
def page(request, chromium, address):
    """A page that must neither complain nor ask anybody else for anything."""
    with looking(chromium, address, *request.param) as opened:
        yield opened


@contextlib.contextmanager
def looking(chromium, address: str, size: dict[str, int], scheme: str) -> Iterator[Page]:
    complaints: list[str] = []
    with chromium.new_context(viewport=size, color_scheme=scheme) as context:
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on(
            "request", lambda asked: None if asked.url.startswith((address, "data:")) else complaints.append(asked.url)
        )
        yield opened
    assert complaints == []


def accessible(page: Page) -> None:
    """By axe, which knows the rules of WCAG."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
    assert len(found["passes"]) > 10
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], "the page is wider than the window"


SEEN = """() => new MutationObserver(() => {
  const found = document.querySelector(".findings")?.textContent ?? "";
  if (found.includes("fold at the knee")) window.foldSeen ??= Date.now();
}).observe(document.body, {subtree: true, childList: true, characterData: true})"""
TOLD_WITHIN_S = 20.0
"""From the onset of a fold to when the sock says so, by its own clock."""
SHOWN_WITHIN_S = 10.0
"""From then to the page: a verdict a second and a state twice a second; the rest is a busy machine."""


@pytest.mark.parametrize("page", [(DESKTOP, "dark")], indirect=True, ids=["desktop-dark"])
def test_a_fold_appears_as_a_finding_within_its_latency(page, address) -> None:
    page.goto(address)
    page.evaluate(SEEN)
    page.wait_for_function("() => window.foldSeen", timeout=PATIENCE_MS)
    seen_ms = page.evaluate("() => window.foldSeen")
    (name,) = [one["id"] for one in told(page, "/api/recordings")]
    start_ms = told(page, f"/api/recordings/{name}")["first_utc_us"] / 1000
    found = next(one for one in told(page, f"/api/recordings/{name}/check")["findings"] if one["kind"] == "fold")
    assert 0 < found["notified_s"] - found["start_s"] <= TOLD_WITHIN_S
    assert -1 < seen_ms / 1000 - (start_ms / 1000 + found["notified_s"]) < SHOWN_WITHIN_S
    accessible(page)


def told(page: Page, path: str):
    """What the server answers the page."""
    return page.evaluate("path => fetch(path).then((answer) => answer.json())", path)


def test_live_values_arrive_and_a_mark_is_put(page, address) -> None:
    page.goto(address)
    expect(page.locator(".leg title")).to_contain_text("ankle 1", timeout=PATIENCE_MS)  # some 10 to 20 mmHg
    expect(page.locator(".traces canvas")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("lost 0 of")
    before = page.locator(".facts").inner_text()
    page.wait_for_function("before => document.querySelector('.facts').innerText !== before", arg=before)
    page.get_by_label("Mark").fill("pins and tingling")
    page.get_by_label("Mark").press("Enter")
    symptom, said = page.locator(".symptom"), page.locator("output")
    expect(symptom).to_contain_text("Take the sock off")
    expect(symptom).not_to_contain_text("not marked")
    page.get_by_role("button", name="Seen: be silent").click()
    expect(said).to_contain_text("silent")  # until it gets worse, or there is nothing to be silent about
    page.get_by_role("button", name="No reminders for 2 h").click()
    expect(said).to_contain_text("nothing for 120 min")
    page.get_by_label("Mark").fill("   ")
    page.get_by_role("button", name="Put mark").click()
    expect(said).to_contain_text("nothing to mark")
    expect(symptom).to_contain_text("Take the sock off")  # whatever else was asked for
    accessible(page)
    page.get_by_role("button", name="Dismiss").click()
    expect(symptom).to_be_hidden()
    page.get_by_label("Mark").fill("numb")
    page.get_by_label("Mark").press("Enter")
    expect(symptom).to_be_visible()
    page.get_by_label("Mark").fill("stairs")
    page.get_by_label("Mark").press("Enter")
    expect(said).to_have_text("the sock marked it")
    expect(symptom).to_be_hidden()


def test_a_recording_is_found_opened_and_zoomed(page, address) -> None:
    listed(page, address)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody .spark path")).to_have_count(3)
    accessible(page)
    page.get_by_label("Search").fill("no such sock")
    expect(page.locator("tbody tr")).to_be_hidden()
    page.get_by_label("Search").fill("left")
    page.locator("tbody a").click()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator(".findings")).to_contain_text("fold at the knee")
    expect(page.locator(".marks")).to_contain_text("tingling")
    with page.expect_response(lambda answer: "/api/window" in answer.url) as answered:
        page.locator(".findings button").first.click()
    near = answered.value.json()
    expect(page.locator(".evidence")).to_contain_text("fold at the knee")
    assert "walking" in (page.locator(".gait").get_attribute("aria-label") or "")
    page.get_by_label("Note").fill("looked at it")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".note output")).to_contain_text("still being recorded")
    page.locator(".plot").focus()
    with page.expect_response(lambda answer: "/api/window" in answer.url) as answered:
        page.keyboard.press("+")
    nearer = answered.value.json()
    assert nearer["to"] - nearer["from"] == pytest.approx((near["to"] - near["from"]) / 2, rel=0.01)
    accessible(page)


def test_two_are_compared_on_one_axis(page, address) -> None:
    name = listed(page, address)
    page.goto(f"{address}recording?compare&ids={name},{name}")
    page.wait_for_selector("body[data-ready]")
    expect(page.locator(".plot canvas")).to_have_count(2)
    expect(page.locator("#compared tbody tr")).to_have_count(12)
    expect(page.locator(".u-legend").first).to_contain_text("ankle least")
    expect(page.locator(".drawn").first).to_contain_text("“least” the lowest")
    accessible(page)
    asked = []
    page.on("response", lambda answer: asked.append(answer.url) if "/api/window" in answer.url else None)
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').filter(e => e.name.includes('/api/window')).length >= 6"
    )
    assert len(asked) == 2


@pytest.mark.parametrize("page", [(DESKTOP, "light")], indirect=True, ids=["desktop"])
def test_figures_of_recordings_say_what_they_rest_on(page, address) -> None:
    page.goto(f"{address}recordings")
    good = "async (verdicts) => (await import('/static/compared.js')).good({verdicts})"
    spans = [{"verdict": "good", "start_s": 0, "end_s": 12}, {"verdict": "inconclusive", "start_s": 12, "end_s": 133}]
    assert page.evaluate(good, spans) == "too little: judged 12 s of 2:13 min worn"
    assert page.evaluate(good, [*spans[:1], spans[1] | {"end_s": 24}]) == "100 % (judged 12 s of 24 s worn)"
    assert page.evaluate(good, spans[1:]) == "not judged"
    sampled = "async (abouts) => (await import('/static/common.js')).sampled(abouts)"
    abouts = [{"samples": 4560, "account": {"unscanned": 430}}, {"samples": 10, "account": {"unscanned": 0}}]
    assert page.evaluate(sampled, abouts) == "4,570, 430 of them without a reading: the board was busy"
    assert page.evaluate(sampled, abouts[1:]) == "10"


def test_what_is_not_there_is_said(page, address) -> None:
    page.goto(f"{address}recording")
    expect(page.locator("#failed")).to_contain_text("No recording was chosen")
    expect(page.locator("#tools")).to_be_hidden()
    accessible(page)
    page.get_by_role("link", name="All recordings").click()
    expect(page.locator("tbody")).to_be_attached()


def test_the_page_can_be_left_and_the_server_goes_on(chromium, address) -> None:
    for _ in range(3):
        with chromium.new_context() as context:
            context.new_page().goto(address)
    with chromium.new_context() as context:
        opened = context.new_page()
        opened.goto(address)
        expect(opened.locator(".sock h3")).to_contain_text("left", timeout=PATIENCE_MS)


def test_a_click_on_a_shaded_span_tells_its_evidence(page, address) -> None:
    name = listed(page, address)
    page.goto(f"{address}recording?ids={name}")
    page.wait_for_selector("body[data-ready]")
    at = page.evaluate(
        """async (name) => {
          const about = await (await fetch(`/api/recordings/${name}`)).json();
          const checked = await (await fetch(`/api/recordings/${name}/check`)).json();
          const fold = checked.findings.find((one) => one.kind === "fold");
          const [from, to] = document.querySelector(".view").dataset.shown.split(" ")[0].split("-").map(Number);
          return (about.first_utc_us / 1000 + fold.start_s * 1000 + 3000 - from) / (to - from);
        }""",
        name,
    )
    over = page.locator(".u-over")
    box = over.bounding_box()
    over.click(position={"x": at * box["width"], "y": box["height"] / 2})
    expect(page.locator(".evidence")).to_contain_text("fold at the knee")
    expect(page.locator(".when")).to_contain_text("at ")


def listed(page: Page, address: str) -> str:
    """The list of recordings, once there is one on it; its id."""
    page.goto(f"{address}recordings")
    while not page.locator("tbody tr").count():
        page.wait_for_timeout(500)
        page.reload()
        page.wait_for_load_state("networkidle")
    return page.locator("tbody input").first.get_attribute("value")


def test_settings_are_seen_refused_and_changed(page, address) -> None:
    page.goto(f"{address}settings")
    drink = page.get_by_label("Drink something every, minutes")
    expect(drink).to_be_visible()
    accessible(page)
    answer, change = page.locator("form output"), page.get_by_role("button", name="Change settings")
    drink.fill("99999")
    change.click()
    expect(answer).to_contain_text("from 0 to 10080")
    drink.fill("90")
    page.get_by_label("Prescription", exact=True).fill("ral:II")
    change.click()
    expect(answer).to_contain_text("a physician prescribed it")
    accessible(page)
    page.get_by_role("button", name="Undo").click()
    minutes = "95" if drink.input_value() != "95" else "85"
    drink.fill(minutes)
    change.click()
    expect(answer).to_contain_text("changed: hydrate_min")
    page.reload()
    expect(page.get_by_label("Drink something every, minutes")).to_have_value(minutes)
    page.get_by_role("button", name="None for 2 h").click()
    expect(page.locator(".reminded")).to_contain_text("nothing for 120 min")
    expect(page.locator(".owners li").first).to_contain_text(re.compile("none: it lets everybody in|Remove"))


def test_it_can_be_used_by_keyboard_alone(page, address) -> None:
    listed(page, address)
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate("() => [document.activeElement.outerHTML.slice(0, 60), document.activeElement.tagName]")
        ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none" or focus[1] == "BODY", focus
        reached.add(focus[1])
    assert reached >= {"A", "INPUT"}


def test_empty_states_say_what_to_do(chromium, tmp_path) -> None:
    (tmp_path / "logs").mkdir()
    said = {"": "gradsock serve sim:demo", "settings": "gradsock serve sim:demo", "recordings": "gradsock demo"}
    with served("--logs", str(tmp_path / "logs"), home=tmp_path) as address:
        for (size, scheme), (path, text) in itertools.product(((DESKTOP, "dark"), (PHONE, "light")), said.items()):
            with looking(chromium, address, size, scheme) as opened:
                opened.goto(address + path)
                expect(opened.locator("#none")).to_contain_text(text, timeout=PATIENCE_MS)
                accessible(opened)


def test_a_sock_that_is_not_there_is_said_to_be_that(chromium, tmp_path) -> None:
    with Recorder(tmp_path / "logs", moniker="ble:made") as recorder:
        for happened in MadeSock().events():
            recorder.take(happened)
    with (
        served(f"replay:{recorder.path}", "--logs", str(tmp_path / "logs"), home=tmp_path) as address,
        looking(chromium, address, PHONE, "dark") as opened,
    ):
        opened.goto(f"{address}settings")
        expect(opened.locator(".away")).to_contain_text(re.compile("not connected|is a recording"), timeout=PATIENCE_MS)
        expect(opened.get_by_role("button", name="Try again")).to_be_visible()
        accessible(opened)
        opened.goto(address)
        expect(opened.locator(".findings")).to_contain_text("none so far", timeout=PATIENCE_MS)
        opened.get_by_label("Mark").fill("cramp")
        opened.get_by_label("Mark").press("Enter")
        expect(opened.locator(".symptom")).to_contain_text("Take the sock off", timeout=PATIENCE_MS)
        expect(opened.locator(".symptom")).to_contain_text("not marked")
        accessible(opened)


def test_of_a_server_that_has_ended_nothing_is_shown_as_if_it_were_now(chromium, kept, tmp_path) -> None:
    _, logs = kept
    socks = [f"replay:{path}" for path in sorted(logs.glob("*/*/*.parquet"))[:2]]
    with chromium.new_context(viewport=PHONE) as context:
        opened = context.new_page()  # a browser complains of a server that is gone
        told = re.compile("settling|good|not worn")
        with served(*socks, "--logs", str(logs), home=tmp_path) as address:
            opened.goto(address)
            expect(opened.locator(".verdict")).to_have_text([told, told], timeout=PATIENCE_MS)
            expect(opened.locator("#each a")).to_have_text([told, told])  # seen before one scrolls
            expect(opened.locator("#each")).to_be_in_viewport()
            expect(opened.locator(".stale")).to_have_count(0)
            accessible(opened)
        expect(opened.locator("#told")).to_contain_text("does not answer", timeout=PATIENCE_MS)
        expect(opened.locator(".verdict")).to_have_text(["not known", "not known"])
        expect(opened.locator("#each a").first).to_have_text(re.compile("not known"))
        expect(opened.locator(".stale")).to_have_count(2)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The running server over recordings of two legs, without a sock: its address, and their folder."""
    home = tmp_path_factory.mktemp("kept")
    for sock in (MadeSock(), MadeSock("RIGHTSOC", "right", boot=8)):
        made_recording(home / "logs", sock)
    with served("--logs", str(home / "logs"), home=home) as address:
        yield address, home / "logs"


def made_recording(logs: Path, sock: MadeSock) -> Path:
    with Recorder(logs, moniker="ble:made") as recorder:
        for happened in sock.events(1000):
            recorder.take(happened)
    (sealed,) = seal(recorder.path)
    return sealed


def test_two_legs_shown_together_have_a_line_of_time_each(chromium, kept) -> None:
    address, _ = kept
    with looking(chromium, address, DESKTOP, "light") as opened:
        opened.goto(f"{address}recordings")
        for side in ("left", "right"):
            opened.locator("tr", has_text=side).get_by_role("checkbox").check()
        opened.get_by_role("button", name="Show together").click()
        opened.wait_for_selector("body[data-ready]")
        expect(opened.locator(".view h2")).to_have_count(2)
        assert {text.split(" · ")[1] for text in opened.locator(".view h2").all_inner_texts()} == {"left", "right"}
        shown = {view.get_attribute("data-shown") for view in opened.locator(".view").all()}
        assert len(shown) == 1  # the same time in both
        accessible(opened)


NARROW = {"width": 360, "height": 740}
LEGIBLE_PX = 8
LEAST = """() => Math.min(...[...document.querySelectorAll("svg text")].map((text) =>
  parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""
WIDER = """() => [...document.querySelectorAll("table")].filter((of) => of.getBoundingClientRect().right > innerWidth)
  .map((of) => of.innerText)"""


def test_on_a_narrow_screen_a_report_can_be_read_and_shows_what_scrolls(chromium, kept, tmp_path) -> None:
    _, logs = kept
    file = report(layout.files(logs)[0].parent.name.removeprefix("date="), out=tmp_path, logs=logs)
    with looking(chromium, file.as_uri(), NARROW, "light") as opened:
        opened.goto(file.as_uri())
        assert opened.evaluate(LEAST) >= LEGIBLE_PX
        assert opened.evaluate(WIDER) == []
        assert opened.evaluate("() => document.documentElement.scrollWidth") <= NARROW["width"]
        expect(opened.get_by_text("scroll them sideways")).to_be_visible()
        opened.set_viewport_size(DESKTOP)
        expect(opened.get_by_text("scroll them sideways")).to_be_hidden()


def test_the_list_fits_a_narrow_screen(chromium, kept) -> None:
    address, _ = kept
    with looking(chromium, address, NARROW, "light") as opened:
        opened.goto(f"{address}recordings")
        expect(opened.locator("tbody tr").nth(1)).to_contain_text("1,000")
        assert opened.evaluate(WIDER) == []
        accessible(opened)


def test_a_recording_that_is_gone_is_said_to_be_that_with_a_way_back(chromium, kept) -> None:
    address, logs = kept
    sealed = made_recording(logs, MadeSock("GONESOCK", boot=2))
    with chromium.new_context() as context:
        opened = context.new_page()  # a browser complains of an answer that says 404
        opened.goto(f"{address}recording?ids={sealed.stem}")
        opened.wait_for_selector("body[data-ready]", timeout=PATIENCE_MS)
        sealed.unlink()
        opened.get_by_role("button", name="Zoom in").click()
        failed = opened.locator("#failed")
        expect(failed).to_contain_text(f"no recording '{sealed.stem}'")
        expect(opened.locator(".plot canvas")).to_be_visible()  # what was drawn stays
        opened.reload()
        expect(failed).to_contain_text(f"no recording '{sealed.stem}'")
        expect(opened.locator(".plot")).to_be_hidden()
        failed.get_by_role("link", name="All recordings").click()
        expect(opened.locator("tbody tr").first).to_be_visible()
