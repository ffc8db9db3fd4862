"""What sample blocks cost: bytes beside the entropy, work on a board, speed of decoding.

    python tests/bench/codec.py

The signal: three sites at 25 Hz, 0.5 mmHg RMS of white noise, at rest or walking (max - min per stride of 6.4, 4.0
and 5.2 mmHg with harmonics up to 4 Hz, wandering by a few percent), stored in steps of 0.2 mmHg, the coarsest allowed,
or as the calibration of the virtual leg's sensor cuts it. All bytes count: headers, CRC, what stays empty in a block.

Two floors, both without a header and for an ideal coder:
  noise   the entropy of the quantised noise alone. Only who knows the true pressure beforehand could reach it.
  signal  the entropy of what the best linear prediction from the last 32 scans leaves, fitted to the very recording.
Beside them what plain differences of neighbours would cost (their entropy).

Work on a board: bytecodes per value as CPython counts them, which are about as many as MicroPython's. Instructions are
an upper bound: `AnalogIn.voltage` took 74,000 instructions on a Cortex-M3 under MicroPython and takes 526 of these
bytecodes, 141 each; it calls and allocates, which is the dearest that bytecodes can do, and the codec does not.
"""

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
from gradsock.flash.nominal import calibration_from_curves
from gradsock.log.decode import decode_all
from gradsock.sim.sensor import Sensor
from numpy.typing import NDArray
from sock.block import BlockEncoder, decode, quantise
from sock.calibration import Calibration, from_json
from sock.fit import FitCheck
from sock.prescription import parse
from sock.steps import StepLatch

RATE_HZ = 25
NOISE_MMHG = 0.5
STEP_MMHG = 0.2
STRIDE_MMHG = (6.4, 4.0, 5.2)
PROFILE = (27.3, 19.6, 15.0)  # mmHg: a class II stocking
WALKING_SHARE = 0.25
REFERENCE = 24000
BLOCK_BYTES = 240
LIVE_SCANS = 5
RING_BYTES = int(2 * 1024 * 1024 * 0.6)
INSTRUCTIONS_PER_BYTECODE = 74_000 / 526
CORTEX_HZ = 125e6

Counts = NDArray[np.int64]


def row(what: str, figure: str, goal: str = "") -> None:
    """One line of the table."""
    print(f"  {what:<52}{figure:>24}  {goal}")


def pressures(profile: tuple[float, ...], walking: bool, scans: int, seed: int = 1) -> tuple[Any, Any]:
    """True and noisy pressures in mmHg, each (3, scans)."""
    rng = np.random.default_rng(seed)
    true = np.empty((3, scans))
    for site, base in enumerate(profile):
        drift = np.cumsum(rng.normal(0, 0.3, scans)) / np.sqrt(RATE_HZ * 60)
        true[site] = base + drift + (gait(scans, STRIDE_MMHG[site], rng) if walking else 0.0)
    return true, true + rng.normal(0, NOISE_MMHG, true.shape)


def gait(scans: int, height_mmHg: float, rng: np.random.Generator) -> Any:
    """Strides at some 0.95 Hz whose rhythm and height wander."""
    rate = 0.95 * (1 + 0.03 * np.cumsum(rng.normal(0, 1, scans)) / np.sqrt(RATE_HZ * 20))
    phase = 2 * np.pi * np.cumsum(np.clip(rate, 0.81, 1.09)) / RATE_HZ
    harmonics = ((1, 1.0), (2, 0.45), (3, 0.25), (4, 0.12))
    swing = sum(weight * np.sin(order * phase + rng.uniform(0, 2 * np.pi)) for order, weight in harmonics)
    height = 1 + 0.1 * np.cumsum(rng.normal(0, 1, scans)) / np.sqrt(RATE_HZ * 60)
    return swing * height_mmHg / np.ptp(swing) * np.clip(height, 0.7, 1.3)


def entropy(values: Any) -> float:
    """Bits per value of an ideal coder that knows how often each one comes."""
    _, often = np.unique(np.round(values).astype(int), return_counts=True)
    share = often / often.sum()
    return float(-(share * np.log2(share)).sum())


def floors(stored: Counts, quiet: Counts) -> tuple[float, float, float]:
    """Bits per site-sample: noise, signal, plain differences; means over the sites."""
    signal = []
    for counts in stored:
        past = np.lib.stride_tricks.sliding_window_view(counts[:-1], 32)
        table = np.column_stack([past, np.ones(len(past))])
        left = counts[32:] - table @ np.linalg.lstsq(table, counts[32:], rcond=None)[0]
        signal.append(entropy(left))
    noise = [entropy(counts - still) for counts, still in zip(stored, quiet, strict=True)]
    plain = [entropy(np.diff(counts)) for counts in stored]
    return float(np.mean(noise)), float(np.mean(signal)), float(np.mean(plain))


def blocks(stored: Counts, steps: tuple[int, ...], per_block: int) -> list[bytes]:
    """The blocks of a recording that began 40 minutes after its boot."""
    encoder = BlockEncoder(3, BLOCK_BYTES)
    rows, made, at = stored.T.tolist(), [], 0
    while at < len(rows):
        index = 60_000 + at
        encoder.begin(7, index, 1500 + 40 * index, 40, REFERENCE, steps)
        while at < len(rows) and encoder.count < per_block and encoder.add(rows[at]):
            at += 1
        made.append(bytes(encoder.finish()))
    return made


def size(made: list[bytes]) -> float:
    """Bytes per site-sample, over whole blocks."""
    whole = made[:-1]
    return sum(map(len, whole)) / (3 * sum(decode(block).count for block in whole))


def report(title: str, stored: Counts, quiet: Counts, steps: tuple[int, ...]) -> float:
    """The rows of one recording; bytes per site-sample in journal blocks."""
    print(f"\n{title}")
    noise, signal, plain = floors(stored, quiet)
    journal, live = size(blocks(stored, steps, 255)), size(blocks(stored, steps, LIVE_SCANS))
    row("floor: noise / signal / plain differences", f"{noise / 8:.3f} / {signal / 8:.3f} / {plain / 8:.3f} B")
    row("journal blocks (240 B), bytes per site-sample", f"{journal:.3f}", "0.55")
    row("  as multiple of the floors", " / ".join(f"{8 * journal / f:.2f}" for f in (noise, signal, plain)), "1.10")
    row("live blocks (5 scans), bytes per site-sample", f"{live:.3f}", "<= 2.5")
    return journal


def day(at_rest: float, walking: float) -> None:
    """How long the ring of a stock 4 MB ESP32 holds, walking a share of the time."""
    mixed = at_rest * (1 - WALKING_SHARE) + walking * WALKING_SHARE
    hours = [RING_BYTES / (bytes_each * 3 * RATE_HZ * 3600) for bytes_each in (mixed, walking)]
    row(f"hours on 60 % of 2 MiB: {WALKING_SHARE:.0%} walking / all walking", f"{hours[0]:.1f} / {hours[1]:.1f} h", "8")


def sizes(scans: int) -> None:
    """Bytes at the coarsest step, and with the virtual leg's sensor."""
    ways = (("at rest", False), ("walking", True))
    cost = []
    for way, walking in ways:
        true, noisy = pressures(PROFILE, walking, scans)
        stored, quiet = (np.round(p / STEP_MMHG).astype(np.int64) for p in (noisy, true))
        cost.append(report(f"Steps of {STEP_MMHG} mmHg, {way}", stored, quiet, (16, 16, 16)))
    day(*cost)
    calibration = from_json(calibration_from_curves([Sensor().curve()] * 3))
    fixed = tuple(calibration.step_for(site, REFERENCE) for site in range(3))
    for what, steps in (("good up to 60 mmHg", fixed), ("that follow the pressure", following(calibration))):
        cost = []
        for way, walking in ways:
            true, noisy = pressures(PROFILE, walking, scans)
            stored, quiet = (stored_counts(p, calibration, steps) for p in (noisy, true))
            cost.append(
                report(f"The virtual leg's sensor, steps of counts {what}: {steps}, {way}", stored, quiet, steps)
            )
        day(*cost)


def following(calibration: Calibration) -> tuple[int, ...]:
    """The steps that hold after some minutes of these pressures."""
    latch = StepLatch(calibration, 3, RATE_HZ * 60)
    latch.refer(REFERENCE)
    for scan in (pressures(PROFILE, True, 5000)[1] * 100).astype(int).T.tolist():
        for channel, pressure in enumerate(scan):
            latch.note(channel, pressure)
        latch.turn()
    return tuple(latch.steps)


def stored_counts(pressure_mmHg: Any, calibration: Calibration, steps: tuple[int, ...]) -> Counts:
    """What the sock keeps of these pressures: in steps of so many counts."""
    rows = []
    for site, (x, y) in enumerate(zip(calibration._x, calibration._y, strict=True)):
        ratio = np.interp(pressure_mmHg[site] * 100, y, x)
        counts = np.round(REFERENCE * ratio / (ratio + 16384)).astype(int)
        rows.append([quantise(int(value), steps[site]) for value in counts])
    return np.array(rows)


def bytecodes(work: Callable[[], object]) -> int:
    """How many bytecodes work takes."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return count


def cost() -> None:
    """Bytecodes per value, and what they come to at most on a 125 MHz Cortex-M."""
    scans = 1000
    _, noisy = pressures(PROFILE, True, scans)
    stored = np.round(noisy / STEP_MMHG).astype(np.int64)
    cmmHg = np.round(noisy * 100).astype(int).T.tolist()
    calibration = from_json(calibration_from_curves([Sensor().curve()] * 3))
    check = FitCheck(parse("ral:II"))

    def press() -> None:
        for number in range(scans):
            for site in range(3):
                calibration.pressure_cmmHg(site, 7000 + number % 600, REFERENCE)

    def judge() -> None:
        for number, sample in enumerate(cmmHg):
            check.add(number * 40, sample)

    judge()  # put on, so that all of it is at work
    print("\nWork on a board, at 25 Hz x 3 sites")
    for what, per_second, work, times in (
        (
            "encode a value (live and journal: twice)",
            2 * 3 * RATE_HZ,
            lambda: blocks(stored, (16, 16, 16), 255),
            3 * scans,
        ),
        ("pressure of a value", 3 * RATE_HZ, press, 3 * scans),
        ("fit check, a scan", RATE_HZ, judge, scans),
    ):
        count = bytecodes(work) / times
        share = 100 * count * per_second * INSTRUCTIONS_PER_BYTECODE / CORTEX_HZ
        row(what, f"{count:.0f} bytecodes", f"< {share:.1f} % of 125 MHz")


def speed(scans: int) -> None:
    """Site-samples per second."""
    _, noisy = pressures(PROFILE, True, scans)
    made = blocks(np.round(noisy / STEP_MMHG).astype(np.int64), (16, 16, 16), 255)
    live = blocks(np.round(noisy / STEP_MMHG).astype(np.int64), (16, 16, 16), LIVE_SCANS)
    print("\nDecoding on this machine, site-samples per second")
    for name, work in (
        ("sock.block.decode, journal blocks", lambda: [decode(block) for block in made]),
        ("gradsock.log.decode, journal blocks", lambda: decode_all(made)),
        ("gradsock.log.decode, live blocks", lambda: decode_all(live)),
    ):
        row(name, f"{3 * scans / min(_seconds(work) for _ in range(3)):,.0f}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """The tables."""
    print("Sample blocks")
    sizes(15_000)
    cost()
    speed(500_000)


if __name__ == "__main__":
    main()
