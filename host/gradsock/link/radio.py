"""Looking round for socks, and what a radio says when it fails, in words for a person."""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sock import advertising, protocol

from gradsock.errors import GradsockError, LinkError, LinkLost, NoRadio, SockNotFound
from gradsock.link import known
from gradsock.meant import meant

if TYPE_CHECKING:
    from bleak import BleakScanner
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

FIND_TIMEOUT_S = 10.0

_HIDDEN = "(one that another program or host has does not show)"
_INSTEAD = "switch it on, or try a virtual sock: gradsock demo"

ONLY_SOCK_TIMEOUT_S = 3.0  # how long to look for a second one before the first is "the only sock"


@dataclass(frozen=True)
class Backend:
    """The bleak backend classes to use; None: this machine's own radio."""

    scanner: "type[BaseBleakScanner] | None" = None
    client: "type[BaseBleakClient] | None" = None


def this_machine() -> Backend:
    """The system's Bluetooth; ``GRADSOCK_HCI`` names a raw HCI dongle instead, as Bumble spells it (``usb:0``)."""
    hci = os.environ.get("GRADSOCK_HCI")
    if not hci:
        return Backend()
    from gradsock.link.bumble import backend

    return Backend(*backend(hci))


@dataclass(frozen=True)
class Found:
    """A sock that advertises itself."""

    name: str
    protocol: int | None
    protection: str
    rssi_dBm: int
    device: "BLEDevice"


@contextlib.contextmanager
def radio_errors(what: str) -> Iterator[None]:
    """Turn what bleak and the system raise into a LinkError that begins with ``what``."""
    from bleak.exc import BleakBluetoothNotAvailableError, BleakError

    try:
        yield
    except GradsockError:
        raise
    except BleakBluetoothNotAvailableError as error:
        raise NoRadio(
            f"no Bluetooth here: {_line(error.args[0])}; switch it on, or try a virtual sock: gradsock demo"
        ) from error
    except TimeoutError as error:
        raise LinkLost(f"{what}: no answer in time; come closer and try again") from error
    except (BleakError, OSError, EOFError) as error:
        lost = "disconnect" in str(error).lower() or "not connected" in str(error).lower()
        raise (LinkLost if lost else LinkError)(f"{what}: {_line(error)}") from error


async def socks_near(backend: Backend) -> AsyncGenerator[Found, None]:
    """Socks as they advertise themselves, again and again, until the reader stops."""
    async with _scanning(backend) as scanner:
        async for device, advertisement in scanner.advertisement_data():
            found = _sock(device, advertisement)
            if found is not None:
                yield found


async def scan(seconds: float, backend: Backend | None = None) -> list[Found]:
    """The socks that advertise themselves within some seconds, the nearest first; NoRadio without Bluetooth."""
    found: dict[str, Found] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async with contextlib.aclosing(socks_near(backend or this_machine())) as near:
                async for sock in near:
                    found[sock.device.address] = sock
    return sorted(found.values(), key=lambda sock: (-sock.rssi_dBm, sock.name))


async def find(
    name: str, backend: Backend, known_names: Collection[str] = (), *, within_s: float | None = None
) -> Found:
    """The sock of that name; SockNotFound says which others are near when it does not show within some seconds.

    With an empty name it is the only sock near, or the only one near whose name is among ``known_names``. One that has
    just been let go of, or sleeps lightly, takes seconds to show.
    """
    near: dict[str, Found] = {}
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s or FIND_TIMEOUT_S) as limit:
            async with contextlib.aclosing(socks_near(backend)) as socks:
                async for sock in socks:
                    if name and sock.name.casefold() == name.casefold():
                        return sock
                    if not name and not near:  # somebody is there: whoever else is near shows soon, too
                        limit.reschedule(max(began_s + ONLY_SOCK_TIMEOUT_S, loop.time() + ONLY_SOCK_TIMEOUT_S / 3))
                    near[sock.name] = sock
    candidates = [] if name else list(near.values())
    if len(candidates) > 1:
        candidates = [sock for sock in candidates if sock.name in known_names]
    if len(candidates) == 1:
        return candidates[0]
    raise SockNotFound(_not_found(name, sorted(near)))


def _not_found(name: str, others: list[str]) -> str:
    if name:
        near = f"near are: {', '.join(others)}" if others else "no sock is near: wake it and come closer"
        return f"no sock called '{name}' answers{_meant(name, others)}; {near} {_HIDDEN}"
    if others:
        return f"several socks are near: say which, ble:{' or ble:'.join(others)}"
    return f"no sock is near: wake it and come closer {_HIDDEN}, or try: gradsock demo"


def _meant(name: str, others: list[str]) -> str:
    """Which one it is whose name has changed, or was mistyped."""
    if now := known.renamed(name):
        return f": it is called ble:{now} now"
    return meant(name, (*known.names().values(), *others), "ble:")


def _sock(device: "BLEDevice", advertisement: "AdvertisementData") -> Found | None:
    """A complete advertisement of a sock, or None; its name comes a little later, with the scan response."""
    uuids = {uuid.lower() for uuid in advertisement.service_uuids}
    data = advertisement.service_data.get(protocol.SERVICE_UUID)
    if (protocol.SERVICE_UUID not in uuids and data is None) or not advertisement.local_name:
        return None
    version, protection = advertising.parse_service_byte(data[0]) if data else (None, "unknown")
    return Found(advertisement.local_name, version, protection, advertisement.rssi, device)


@contextlib.asynccontextmanager
async def _scanning(backend: Backend) -> "AsyncIterator[BleakScanner]":
    from bleak import BleakScanner

    options: dict[str, Any] = {} if backend.scanner is None else {"backend": backend.scanner}
    try:
        with radio_errors("could not scan"):
            scanner = BleakScanner(service_uuids=[protocol.SERVICE_UUID], **options)
            await scanner.start()
    except LinkError as error:
        if isinstance(error.__cause__, OSError) or "ServiceUnknown" in str(error):
            raise NoRadio(f"no Bluetooth here: the system's Bluetooth service does not answer; {_INSTEAD}") from error
        raise
    try:
        yield scanner
    finally:
        with contextlib.suppress(LinkError), radio_errors("could not stop scanning"):
            await scanner.stop()


def _line(error: object) -> str:
    """An error of others as one line."""
    text = " ".join(str(error).split()).rstrip(".")
    return text or type(error).__name__
