"""A day of wear in virtual time: scanned, checked for fit, streamed over the virtual air, recorded. Model figures.

    python tests/bench/wear.py [--hours 12] [--scenario FILE.txt] [--profile]

The board's interpreter runs the flashed firmware; air, Bluetooth stacks and host run in this process; the clock jumps
from event to event (`gradsock.sim.conductor`). Time, jitter and missed slots are therefore a model's: bus bits,
conversions +-10 %, flash times, connection events and a stated cost of each look at the clock, see
`boards/sim/virtual-clock.mjs` and `flash_image.py`. How long it takes is real, and so is the processor time beside it.
"""

import argparse
import asyncio
import cProfile
import os
import pstats
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from gradsock.link.reconnecting import Reconnecting
from gradsock.link.sim import VirtualSock
from gradsock.log.recorder import Recorder
from gradsock.sim.conducted import ConductedBridge
from gradsock.sim.conductor import run_virtual

CONVERSION = np.dtype([("t_us", "<u8"), ("address", "u1"), ("mux", "u1"), ("counts", "<i2"), ("config", "<u2")])
GOAL_S_PER_HOUR = 600 / 12
JITTER_GOAL_MS = 2.0
HOUR_S = 3600
DAY = ("stand", "walk", "sit", "walk cadence=1.1", "sit", "lie", "stand")
CHANGE_S = 480


def day(hours: float) -> str:
    """A scenario: put on in the morning, then something else every eight minutes; one fold, mended after a while."""
    lines = ["# A day.", "sock sigel", "0:02 don over=8"]
    for number in range(1, int(hours * HOUR_S / CHANGE_S) + 1):
        at_s = number * CHANGE_S
        lines.append(f"{at_s} {DAY[number % len(DAY)]}")
        if number == 10:
            lines += [f"{at_s + 60} fold knee x1.8", f"{at_s + 260} smooth knee"]
    return "\n".join([*lines, f"{hours * HOUR_S + CHANGE_S} end", ""])


def row(what: str, figure: str, goal: str = "") -> None:
    """One line of the table."""
    print(f"  {what:<58}{figure:>18}  {goal}", flush=True)


class Share:
    """Real seconds spent waiting for the interpreter."""

    def __init__(self) -> None:
        self.interpreter_s = 0.0
        go = ConductedBridge.go

        def timed(bridge: ConductedBridge, horizon_us: int) -> None:
            began = time.perf_counter()
            go(bridge, horizon_us)
            self.interpreter_s += time.perf_counter() - began

        ConductedBridge.go = timed


async def wear(hours: float, scenario: str, logs: Path, share: Share) -> None:
    """Wears the sock and prints what came of it."""
    async with VirtualSock(scenario) as sock:
        assert sock.board is not None
        link = Reconnecting(sock.link)
        with Recorder(logs) as recorder:

            async def record() -> None:
                async for event in link.events():
                    recorder.take(event)

            recording = asyncio.create_task(record())
            await asyncio.sleep(20)  # found, connected, every buffer used once
            if recording.done():
                recording.result()
            heaps, began = [await heap_kB(sock)], time.perf_counter()
            share.interpreter_s = 0.0
            cpu_s, before_cpu_s = time.process_time(), cpu_of(sock.board.pid)
            for _ in range(max(1, round(hours))):
                await asyncio.sleep(hours / max(1, round(hours)) * HOUR_S)
                if sys.stderr.isatty():
                    print(f"\r  {asyncio.get_running_loop().time() / HOUR_S:.1f} h", end="", file=sys.stderr)
                heaps.append(await heap_kB(sock))
            took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_s
            await link.stop()
            await recording
        info = link.info
        flash = await sock.board.command("flash")
        interpreter_cpu_s = cpu_of(sock.board.pid) - before_cpu_s
        conversions = np.fromfile(sock.board.folder / "conversions.bin", CONVERSION)
    print(f"{hours:g} hours of wear in virtual time (model)")
    row("real time", f"{took_s:.0f} s", f"<= {GOAL_S_PER_HOUR * hours:.0f} on two idle cores")
    row("  of it waiting for the interpreter", f"{share.interpreter_s:.0f} s")
    row("  of it air, radio stacks, leg, host and log", f"{took_s - share.interpreter_s:.0f} s")
    row("processor time, interpreter / this process", f"{interpreter_cpu_s:.0f} / {cpu_s:.0f} s")
    scanned = hours * HOUR_S * info.rate_Hz
    row("processor time per scan", f"{1000 * (interpreter_cpu_s + cpu_s) / scanned:.2f} ms")
    row("times faster than life", f"{hours * HOUR_S / took_s:.0f}")
    account = recorder.account
    row("samples received / lost", f"{account.received:,} / {account.lost:,}")
    row("reconnects", f"{link.reconnects}")
    row("heap: first, last, largest of all hours", f"{heaps[0]:.1f} {heaps[-1]:.1f} {max(heaps):.1f} KB", "no growth")
    row("flash: programs, erases", f"{flash['programs']} {flash['erases']}")
    scans(conversions, info.rate_Hz)
    assert recorder.path is not None
    row("log", f"{recorder.path.stat().st_size / 1e6:.1f} MB")


async def heap_kB(sock: VirtualSock) -> float:
    """The firmware's share of the heap."""
    assert sock.board is not None
    answer = await sock.board.command("heap")
    return float(answer["used"] - answer["baseline"]) / 1024


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has used; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def scans(conversions: np.ndarray, rate_Hz: int) -> None:
    """Jitter and missed slots: instants of the first input's conversions against the grid."""
    first = conversions["mux"] == conversions["mux"][0]
    t_ms = conversions["t_us"][first].astype(np.int64) / 1000.0
    period_ms = 1000.0 / rate_Hz
    slot = np.round((t_ms - t_ms[0]) / period_ms)
    off_ms = t_ms - t_ms[0] - slot * period_ms
    off_ms = np.abs(off_ms - np.median(off_ms))
    row("slots, of which not scanned", f"{int(slot[-1]) + 1:,} / {int(slot[-1]) + 1 - len(np.unique(slot)):,}")
    figures = f"{np.percentile(off_ms, 50):.2f} {np.percentile(off_ms, 95):.2f} {off_ms.max():.2f} ms"
    row("jitter of a conversion: median, p95, largest (model)", figures, f"p95 <= {JITTER_GOAL_MS:g} ms")


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=12.0)
    parser.add_argument("--scenario", type=Path, help="a scenario file; without it a day of its own")
    parser.add_argument("--profile", action="store_true", help="print where this process spends its time")
    options = parser.parse_args()
    profile = cProfile.Profile()
    with tempfile.TemporaryDirectory() as home:
        os.environ["GRADSOCK_HOME"] = home
        scenario = options.scenario or Path(home) / "day.txt"
        if options.scenario is None:
            scenario.write_text(day(options.hours))
        if options.profile:
            profile.enable()
        run_virtual(wear(options.hours, str(scenario), Path(home) / "logs", Share()))
        profile.disable()
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    row("largest memory of this process", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
