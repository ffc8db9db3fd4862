"""What can be told of a sock over its radio."""

import asyncio
from collections.abc import Callable, Iterator

from sock import protocol

from gradsock.errors import GradsockError
from gradsock.link.owned import OwnedSock, Vitals, own
from gradsock.owner.doctor.checks import FAULT, NOTE, OK, Check, failed
from gradsock.view.status import LOW_PERCENT, verdict

WEAK_dBm = -85
PROBES = 5
SLOW_ms = 400  # of a round trip; a few connection intervals are normal


def on_air(moniker: str, tell: Callable[[str], None] = lambda _what: None) -> list[Check]:
    """Reach the sock and ask it everything; what fails is the last check."""
    checks: list[Check] = []

    async def work() -> None:
        async with own(moniker, tell=tell) as sock:
            checks.append(Check("sock", OK, f"{sock.info.name} ({sock.info.serial}), firmware {sock.info.firmware}"))
            vitals = await sock.vitals()
            checks.extend(_link(sock, vitals))
            if sock.info.raw.get("safe"):
                checks.extend(_safe(sock))
                return
            checks.append(await _clock(sock))
            checks.extend(_state(sock, vitals))

    try:
        asyncio.run(work())
    except GradsockError as error:
        checks.append(failed("sock", error))
    return checks


def _link(sock: OwnedSock, vitals: Vitals) -> Iterator[Check]:
    rssi = vitals.rssi_dBm
    if rssi is not None:
        weak = rssi < WEAK_dBm
        yield Check("signal", NOTE if weak else OK, f"{rssi} dBm", "come closer" if weak else "")
    if vitals.mtu < protocol.MTU_MIN:
        found = f"{vitals.mtu} bytes, and nothing streams below {protocol.MTU_MIN}"
        yield Check("MTU", FAULT, found, "use another Bluetooth adapter")
    else:
        yield Check("MTU", OK, f"{vitals.mtu} bytes")
    if sock.protection == "none":
        do = "fine on a board that cannot pair or for a trial; else: gradsock settings --port P set"
        yield Check("protection", NOTE, "none: anyone near can read this sock", f"{do} allow_unprotected=false")
    else:
        yield Check("protection", OK, sock.protection)


def _safe(sock: OwnedSock) -> Iterator[Check]:
    cause = str(sock.info.raw.get("reset", "unknown"))
    yield Check("start", OK, f"number {sock.info.boot}, by {cause}")
    found = "three starts failed: it measures nothing, and only lets its owners fetch what it kept"
    do = "gradsock sync, then gradsock flash; gradsock doctor --port P shows why"
    yield Check("safe mode", FAULT, found, do)


async def _clock(sock: OwnedSock) -> Check:
    trips_ms = [(await sock.probe()).round_trip_us / 1000 for _ in range(PROBES)]
    found = f"answers in {min(trips_ms):.0f} to {max(trips_ms):.0f} ms"
    if min(trips_ms) > SLOW_ms:
        return Check("clock", NOTE, found, "come closer, or disconnect other Bluetooth devices")
    return Check("clock", OK, found)


def _state(sock: OwnedSock, vitals: Vitals) -> Iterator[Check]:
    info = sock.info
    battery = vitals.battery_percent
    if battery is None:
        yield Check("battery", OK, "its board cannot tell")
    else:
        low = battery < LOW_PERCENT
        yield Check("battery", NOTE if low else OK, f"{battery} %", "charge it, off the leg" if low else "")
    cause = str(info.raw.get("reset", "unknown"))
    yield Check("start", OK, f"number {info.boot}, by {cause}, {info.dropped} blocks dropped since")
    if info.raw.get("crash"):
        yield Check("crash", NOTE, "the sock noted one", "gradsock doctor --port P shows it; please report it")
    if not info.raw.get("calibration"):
        yield Check("calibration", NOTE, "none yet, so no pressure and no verdict", "gradsock calibrate")
    else:
        yield Check("calibration", OK, str(info.raw["calibration"]))
    yield Check("verdict", OK, verdict(vitals.fit))
