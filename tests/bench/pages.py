"""What the pages in a browser cost, and how long one waits for them.

    python -m tests.bench.pages [--days 14] [--seconds 60] [weeks latency serving report]

weeks    a range of days at 25 Hz x 3 sites in Chromium, worn 16 hours of 24 (tests/bench/log.py), at 1200 pixels: until
         the plot is drawn and answers to keys, at first (nothing is kept of it) and later; then one key after the other
         from all of it down to a second: from the key to the frame in which it is drawn, and the CPU that took.
latency  from the conversion in the ADC of a virtual board (its own record) to the frame in which that sample is drawn,
         over board, virtual radio, host and browser on this machine. The host's own time of a sample is within
         milliseconds of the conversion, and only names which it is.
serving  CPU of the process of `gradsock serve` alone, with 10 socks and 20 open pages for a minute, and that each page
         got every sample. The socks are recordings played at their speed, since ten virtual boards are ten times the
         work of this machine; so the radio is not in it. Pages are sockets that read what pages read: twenty browsers
         would be most of it.
report   `gradsock report` of 12 hours in a fresh Python, imports and all.

Figures are times on the wall but for CPU, so a busy machine shows in them: its load stands at the end.
"""

import argparse
import asyncio
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from websockets.asyncio.client import connect

from tests.bench import log
from tests.bench.log import RATE_HZ, compiled, packed, row, run, session
from tests.bench.scanning import CONVERSION
from tests.e2e.test_pages import CHROMIUM
from tests.host.conftest import MadeSock

SIZE = {"width": 1200, "height": 900}
DAY_US = 86_400_000_000
ANKLE = 4  # its input, as the ADS1115 has it in its configuration
SOCKS, PAGES = 10, 20
ZOOM = """async () => {
  const view = document.querySelector(".view"), took = [], points = [];
  const drawn = () => new Promise((done) => {
    const watch = new MutationObserver(() => { watch.disconnect(); requestAnimationFrame(() => setTimeout(done, 0)); });
    watch.observe(view, {attributes: true, attributeFilter: ["data-shown"]});
  });
  const span = () => { const [from, to] = view.dataset.shown.split(" ")[0].split("-"); return to - from; };
  while (span() > 1000) {
    const done = drawn(), began = performance.now();
    view.querySelector(".plot").dispatchEvent(new KeyboardEvent("keydown", {key: "+"}));
    await done;
    took.push(performance.now() - began);
  }
  return took;
}"""
DRAWN = """() => {
  window.drawn = [];
  const traces = document.querySelector(".traces");
  const shown = () => window.drawn.push([Number(traces.dataset.newest), Date.now()]);
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(shown, 0)))
    .observe(traces, {attributes: true, attributeFilter: ["data-newest"]});
}"""


@contextmanager
def served(logs: Path, home: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`gradsock serve` in a process of its own: its address, and it."""
    command = [sys.executable, "-m", "gradsock", "serve", *arguments, "--port", "0", "--logs", str(logs)]
    env = compiled(home) | {"PYTHONUNBUFFERED": "1", "GRADSOCK_HOME": str(home)}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert server.stdout is not None
    try:
        said = server.stdout.readline()
        if not said.startswith("http"):
            raise SystemExit(f"gradsock serve does not start: {said}")
        yield said.split()[0], server
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
        server.stdout.close()


@contextmanager
def page(browser: Browser) -> Iterator[Page]:
    """A page, that is closed again."""
    with browser.new_context(viewport=SIZE) as context:  # type: ignore[arg-type]
        opened = context.new_page()
        opened.set_default_timeout(600_000)
        yield opened


def make(logs: Path, days: int, hours: float = 24, worn_h: float = 16) -> list[str]:
    """Sealed sessions, one a day; their ids."""
    ids, first_us = [], log.T0_US
    for day in range(days):
        log.T0_US, log.BOOT = first_us + day * DAY_US, 7 + day
        log.MADE = MadeSock(boot=log.BOOT)
        start = datetime.datetime.fromtimestamp(log.T0_US / 1e6, datetime.UTC)
        path = logs / "sock=TESTSOCK" / f"date={start:%Y-%m-%d}" / f"{start:%y%m%d-%H%M}-test.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed(session(hours, worn_h, is_live=True, seed=day + 1)))
        ids.append(path.stem)
    log.T0_US = first_us
    return ids


def weeks(browser: Browser, days: int, folder: Path) -> None:
    """A range of days: until it is there, and zooming."""
    ids = make(folder / "weeks", days)
    what = f"{days} days at {RATE_HZ} Hz x 3"
    with served(folder / "weeks", folder / "home") as (address, _), page(browser) as opened:
        opened.goto(f"{address}recording")  # scripts and the server itself are there
        cold_s = _opened_s(opened, address, ids)
        row(f"{what}: interactive, nothing kept of it (a draft)", f"{cold_s:.2f} s", "<= 2 s")
        began = time.monotonic()
        opened.wait_for_selector("body[data-ready]")
        row("  until everything is exact and checked", f"{time.monotonic() - began:.0f} s")
    with served(folder / "weeks", folder / "home") as (address, server), page(browser) as opened:
        opened.goto(f"{address}recording")
        row(f"{what}: interactive, later", f"{_opened_s(opened, address, ids):.2f} s", "<= 2 s")
        opened.wait_for_selector("body[data-ready]")
        zoomed(opened, server.pid)
        sizes: list[int] = []
        opened.on("response", lambda said: sizes.append(len(said.json()["t"])) if "/api/window" in said.url else None)
        opened.locator("#all").click()
        opened.wait_for_timeout(1000)
        opened.evaluate(ZOOM)
        row("  points sent for a window, at most", f"{max(sizes):,}", f"of {days * 24 * 3600 * RATE_HZ:,}")


def zoomed(opened: Page, pid: int) -> None:
    """One key after the other, from all of it down to a second, twice."""
    metrics = opened.context.new_cdp_session(opened)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})

    def page_s() -> float:
        told = metrics.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in told if one["name"] == "TaskDuration"))

    for turn in ("first", "second"):
        opened.locator("#all").click()
        opened.wait_for_timeout(1000)
        of_page, of_server = page_s(), _cpu_s(pid)
        took = np.array(opened.evaluate(ZOOM))
        of_page, of_server = page_s() - of_page, _cpu_s(pid) - of_server
        low, high, most = np.percentile(took, [50, 95, 100])
        row(f"zoom step, {turn} way down ({len(took)} steps)", f"{low:.0f} / {high:.0f} / {most:.0f} ms", "< 100 ms")
        each = 1000 / len(took)
        row("  CPU of a step, page and server", f"{each * of_page:.0f} + {each * of_server:.0f} ms")


def _opened_s(opened: Page, address: str, ids: list[str]) -> float:
    """Until the plot is drawn and has answered to a key."""
    began = time.monotonic()
    opened.goto(f"{address}recording?ids={','.join(ids)}", wait_until="commit")
    opened.wait_for_selector("body[data-drawn]", state="attached")
    before = opened.locator(".view").get_attribute("data-shown")
    opened.locator(".plot").press("+")
    opened.wait_for_function(
        "before => document.querySelector('.view').dataset.shown !== before", arg=before, polling=10
    )
    return time.monotonic() - began


def latency(browser: Browser, seconds: float, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Per sample, in ms: from its conversion to the frame in which it is drawn; and what the host's time is off by."""
    home = folder / "home-live"
    with served(folder / "live", home, "sim:walk") as (address, _), page(browser) as opened:
        opened.goto(address)
        opened.wait_for_selector(".traces[data-newest]")
        opened.wait_for_timeout(5000)  # clocks are exchanged
        opened.evaluate(DRAWN)
        opened.wait_for_timeout(seconds * 1000)
        drawn = opened.evaluate("() => window.drawn")
        truth = np.fromfile(next(home.rglob("conversions.bin")), CONVERSION)
    converted_ms = truth["t_us"][truth["mux"] == ANKLE] / 1000
    newest_ms, frame_ms = 1000 * np.array(drawn)[:, 0], np.array(drawn)[:, 1]
    late, off = [], []
    for before, newest, frame in zip(newest_ms[:-1], newest_ms[1:], frame_ms[1:], strict=True):
        for t in np.arange(newest, before + 20, -1000 / RATE_HZ):
            at = np.abs(converted_ms - t).argmin()
            late.append(frame - converted_ms[at])
            off.append(t - converted_ms[at])
    return np.array(late), np.array(off)


def serving(
    seconds: float, folder: Path, *, socks: int = SOCKS, pages: int = PAGES, before_s: float = 10
) -> tuple[list[int], float]:
    """Samples that each page got in a time that all have seen, and the share of a core that the server took."""
    logs = folder / "played"
    hours = (seconds + before_s + 110) / 3600
    (name,) = make(logs, 1, hours=hours, worn_h=hours)
    path = next(logs.rglob(f"{name}.parquet"))
    copies = [path.with_stem(f"{name}-{number}") for number in range(socks)]
    for copy in copies:
        shutil.copy(path, copy)
    (folder / "none").mkdir()
    with served(folder / "none", folder / "home-serving", *(f"replay:{copy}" for copy in copies)) as (address, server):
        return asyncio.run(_read(address, server.pid, pages, before_s, seconds))


async def _read(address: str, pid: int, pages: int, before_s: float, seconds: float) -> tuple[list[int], float]:
    seen: list[dict[int, set[float]]] = [{} for _ in range(pages)]

    async def one(number: int) -> None:
        async with connect(f"ws{address.removeprefix('http')}live", max_size=None) as socket:
            async for message in socket:
                told = json.loads(message)
                if told["type"] == "samples":
                    seen[number].setdefault(told["sock"], set()).update(told["t"])

    readers = [asyncio.create_task(one(number)) for number in range(pages)]
    await asyncio.sleep(before_s)
    began, used = time.monotonic(), _cpu_s(pid)
    await asyncio.sleep(seconds)
    share = (_cpu_s(pid) - used) / (time.monotonic() - began)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    counts = []
    for of_page in seen:
        first = {sock: max(min(other[sock]) for other in seen) for sock in of_page}
        last = {sock: min(max(other[sock]) for other in seen) for sock in of_page}
        counts.append(sum(sum(first[sock] <= t <= last[sock] for t in times) for sock, times in of_page.items()))
    return counts, share


def _cpu_s(pid: int) -> float:
    """User and system time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(folder: Path) -> None:
    """A report of twelve hours."""
    logs = folder / "twelve"
    (name,) = make(logs, 1, hours=12, worn_h=12)
    command = [
        sys.executable,
        "-m",
        "gradsock",
        "report",
        name,
        "--logs",
        str(logs),
        "--out",
        str(folder),
        "--overwrite",
    ]
    env = compiled(folder) | {"GRADSOCK_HOME": str(folder / "home")}
    took, used = zip(*(run(command, env) for _ in range(3)), strict=True)
    row("gradsock report of 12 h", f"{min(took):.2f} s ({min(used):.2f} CPU)", "<= 3 s")


def main() -> None:
    """Print the figures that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", nargs="*", default=["weeks", "latency", "serving", "report"])
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    print("pages in a browser")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        if "weeks" in asked.what:
            weeks(browser, asked.days, folder)
        if "latency" in asked.what:
            late, off = latency(browser, asked.seconds, folder)
            middle, high, most = np.percentile(late, [50, 95, 100])
            row(
                f"from ADC to pixel ({len(late):,} samples)",
                f"{middle:.0f} / {high:.0f} / {most:.0f} ms",
                "p95 <= 500 ms",
            )
            row("  the host's time of a sample, off by (p95)", f"{np.percentile(np.abs(off), 95):.1f} ms")
        browser.close()
        if "report" in asked.what:
            report(folder)
    if "serving" in asked.what:
        with tempfile.TemporaryDirectory() as scratch:
            got, share = serving(asked.seconds, Path(scratch))
        row(f"serve, {SOCKS} socks, {PAGES} pages: CPU of the process", f"{100 * share:.0f} %", "< 100 % of a core")
        row("  samples that the pages got, least and most", f"{min(got):,} / {max(got):,}")
    print(f"  load of this machine over the last five minutes: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
