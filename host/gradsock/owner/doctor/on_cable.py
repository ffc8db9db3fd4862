"""What can be told of a board over its cable."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from gradsock import clock, jsontext
from gradsock.errors import FlashError, GradsockError
from gradsock.flash.cable import About, Cable
from gradsock.flash.firmware import MICROPYTHON, build
from gradsock.owner.at_rest import MANIFEST, at_rest, settings_on
from gradsock.owner.doctor.channels import channels
from gradsock.owner.doctor.checks import FAULT, NOTE, OK, Check, failed

IDENTITY, BOOT_COUNT, CRASH, CALIBRATION = "/identity.json", "/boot_count", "/crash.txt", "/calibration.json"
FREE_MIN_KiB = 64
CLOCK_OFF_MAX = 0.02  # share; the way over the cable and back is in it
CRASH_LINES = 3

_PARTS = """
import board
print((board.NAME, board.PAIRS, board.battery_mV(), board.reset_cause()))
"""
_TICKS = "import time\nprint(time.ticks_ms())"


def on_cable(port: str, tell: Callable[[str], None] = lambda _what: None) -> list[Check]:
    """Bring the board to rest, look at it, start it again; what fails is the last check."""
    checks: list[Check] = []
    tell(f"bringing the board at {port} to rest")
    try:
        with at_rest(port) as cable:
            for check in _all(cable, tell):
                checks.append(check)
    except GradsockError as error:
        checks.append(failed("board", error))
    return checks


def _all(cable: Cable, tell: Callable[[str], None]) -> Iterator[Check]:
    about = cable.look()
    yield _micropython(about)
    free_KiB = about.free_bytes // 1024
    yield (
        Check("free space", OK, f"{free_KiB} KiB")
        if free_KiB >= FREE_MIN_KiB
        else Check(
            "free space", NOTE, f"only {free_KiB} KiB", "delete files that are not the sock's: mpremote fs ls, fs rm"
        )
    )
    manifest = _json(cable.read(MANIFEST))
    if not isinstance(manifest, dict):
        yield Check("firmware", FAULT, "none", "put it on: gradsock flash --board NAME")
        return
    begun_us, begun_ticks_ms = clock.utc_us(), cable.answer(_TICKS)
    name, pairs, battery_mV, _ = cable.answer(_PARTS)
    yield Check("board", OK, f"{name}, which {'can' if pairs else 'cannot'} pair")
    if pairs:
        yield Check("pairing", OK, "shut, for looking restarts the sock; to pair press its button or power it anew")
    tell("comparing its firmware")
    yield _firmware(cable, name, manifest)
    yield from _sock(cable)
    yield Check("battery", OK, "its board cannot tell" if battery_mV is None else f"{battery_mV / 1000:.2f} V")
    tell("reading its sensors")
    calibration = cable.read(CALIBRATION)
    yield from channels(cable, None if calibration is None else _json(calibration) or {})
    yield _clock(clock.utc_us() - begun_us, (cable.answer(_TICKS) - begun_ticks_ms) % (1 << 30))


def _micropython(about: About) -> Check:
    release, wanted = ".".join(map(str, about.version)), ".".join(map(str, MICROPYTHON))
    found = f"{release} on {about.machine or about.platform}"
    if about.name != "micropython":
        return Check("MicroPython", FAULT, f"it runs {about.name} {release}", f"put MicroPython {wanted} onto it")
    if tuple(about.version[:2]) != MICROPYTHON:
        return Check("MicroPython", FAULT, found, f"put {wanted} onto it, which the firmware is compiled for")
    return Check("MicroPython", OK, found)


def _firmware(cable: Cable, board: str, manifest: dict[str, str]) -> Check:
    there = cable.hashes(manifest)
    wrong = sorted(path for path, value in manifest.items() if there.get(path) != value)
    again = f"gradsock flash --board {board}"
    if wrong:
        return Check("firmware", FAULT, f"{len(wrong)} files are damaged or missing, such as {wrong[0]}", again)
    digest = sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:12]
    found = f"{len(manifest)} files, all as they were sent ({digest})"
    try:
        same = build(board).manifest == manifest
    except FlashError as error:
        return Check("firmware", NOTE, f"{found}; cannot be compared with the one here: {error}", again)
    return Check("firmware", OK, found) if same else Check("firmware", NOTE, f"{found}; another than here", again)


def _sock(cable: Cable) -> Iterator[Check]:
    identity = _json(cable.read(IDENTITY))
    serial = identity.get("serial") if isinstance(identity, dict) else None
    starts = (cable.read(BOOT_COUNT) or b"0").decode(errors="replace").strip()
    if serial:
        yield Check("serial", OK, f"{serial}, started {starts} times")
    else:
        yield Check("serial", NOTE, "none yet; the sock makes one when it starts")
    try:
        settings_on(cable)
        yield Check("settings", OK, "valid")
    except GradsockError as error:
        yield failed("settings", error)
    crash = cable.read(CRASH)
    if crash:
        lines = crash.decode(errors="replace").strip().splitlines()
        told = " | ".join([lines[0], *lines[1:][-CRASH_LINES:]]) if lines else "an empty note"
        yield Check("crash", NOTE, told, "please report it; it goes with: mpremote fs rm :crash.txt")
    else:
        yield Check("crash", OK, "none was noted")


def _clock(host_us: int, board_ms: int) -> Check:
    off = board_ms * 1000 / max(1, host_us) - 1
    if abs(off) > CLOCK_OFF_MAX:
        return Check("clock", FAULT, f"runs {100 * off:+.1f} %", "the board's crystal or MicroPython is at fault")
    return Check("clock", OK, f"runs with this computer's, within {100 * CLOCK_OFF_MAX:.0f} %")


def _json(content: bytes | None) -> Any:
    try:
        return jsontext.loads(content or b"")
    except ValueError:
        return None
