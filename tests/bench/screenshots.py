"""The screenshots of the pages: host/docs/pages, made anew.

    python -m tests.bench.screenshots

Two virtual socks are worn, left and right, until the right one tells a fold; what they recorded is looked at then.
"""

import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.pages import served
from tests.e2e.test_pages import CHROMIUM, DESKTOP, PHONE

SHOTS = Path(__file__).parents[2] / "host" / "docs" / "pages"
PATIENCE_MS = 400_000
COLOURS = 96
TELLS_FOLD = """() => [...document.querySelectorAll(".sock")]
  .some((sock) => sock.querySelector(".verdict").textContent === "fold" && sock.querySelector(".findings .open"))"""


def main() -> None:
    """Make all of them."""
    SHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        logs, home = Path(scratch) / "logs", Path(scratch) / "home"
        with served(logs, home, "sim:left", "sim:right", "--record") as (address, _):
            live(browser, address)
        with served(logs, home) as (address, _):
            looked_at(browser, address)
        browser.close()


def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """The page, once it is drawn, in few colours: it has no more."""
    page.wait_for_timeout(800)
    path = SHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    with Image.open(path) as taken:
        taken.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(path.name)


def opened(browser: Browser, size: dict[str, int], scheme: str) -> Page:
    """A page of that size, light or dark."""
    page = browser.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE_MS)
    return page


def live(browser: Browser, address: str) -> None:
    """Two socks live, one of them folded; settings."""
    desk, phone = opened(browser, DESKTOP, "light"), opened(browser, PHONE, "dark")
    desk.goto(address)
    phone.goto(address)
    desk.get_by_label("Mark").first.wait_for()
    desk.wait_for_function(TELLS_FOLD)
    desk.get_by_label("Mark").first.fill("stairs")
    desk.keyboard.press("Enter")
    shoot(desk, "live")
    shoot(phone, "live-phone")
    for page, name in ((desk, "settings"), (phone, "settings-phone")):
        page.goto(f"{address}settings")
        page.get_by_label("Drink something every, minutes").last.wait_for()
        shoot(page, name, whole=page is desk)
    desk.goto(address)
    desk.wait_for_timeout(40_000)  # the fold is smoothed, and there is more to look at
    desk.close()
    phone.close()


def looked_at(browser: Browser, address: str) -> None:
    """The list, a recording with its fold chosen and noted upon, the two legs compared."""
    desk, phone = opened(browser, DESKTOP, "light"), opened(browser, PHONE, "dark")
    desk.goto(f"{address}recordings")
    desk.locator(".spark path").nth(5).wait_for(state="attached")
    shoot(desk, "recordings")
    ids = desk.evaluate("() => [...document.querySelectorAll('tbody input')].map((box) => box.value)")
    right = next(name for name in ids if "right" in desk.locator(f"tr:has([value='{name}'])").inner_text())
    for page, name in ((desk, "recording"), (phone, "recording-phone")):
        page.goto(f"{address}recording?ids={right}")
        page.wait_for_selector("body[data-ready]")
        if page is desk:
            page.get_by_label("Note").fill("smoothed the top edge")
            page.keyboard.press("Enter")
        page.locator(".findings button").first.click()
        page.get_by_role("button", name="All").click()
        shoot(page, name)
    desk.goto(f"{address}recording?compare&ids={','.join(ids)}")
    desk.wait_for_selector("body[data-ready]")
    shoot(desk, "compared")


if __name__ == "__main__":
    main()
