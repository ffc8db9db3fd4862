"""The air process: a virtual radio world in which boards and hosts meet, each through an HCI connection of its own.

`python -m gradsock.sim.air --port 0` prints one line `{"ready": true, "hci": "tcp-client:127.0.0.1:PORT"}`. What
connects there speaks HCI (H4 over TCP) to a controller of its own, as to a dongle; all controllers share one air.
The process ends when its standard input does, so that it never outlives what started it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import logging
import os
import signal
import sys
import threading

from bumble.transport.common import StreamPacketSink, StreamPacketSource
from gradsock.errors import SimError, UsageError
from gradsock.sim.air_controller import AirController
from gradsock.sim.air_faults import Faults, FaultyLink
from gradsock.sim.air_link import AirLink

HOST = "127.0.0.1"


class _Sink(StreamPacketSink):
    """Writes HCI packets to a host for as long as it listens."""

    transport: asyncio.Transport

    def on_packet(self, packet: bytes) -> None:
        """Write one HCI packet."""
        if not self.transport.is_closing():
            super().on_packet(packet)


class _Port(StreamPacketSource):
    """One HCI connection and its controller."""

    _controller: AirController

    def __init__(self, air: Air) -> None:
        super().__init__()
        self._air = air

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A host plugged itself in: give it a controller."""
        assert isinstance(transport, asyncio.Transport)
        self._controller = AirController(next(self._air.count), self, _Sink(transport), self._air.link)
        self._air.transports.add(transport)
        self._transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        """The host is gone, its controller with it."""
        self._air.link.vanish(self._controller)
        self._air.transports.discard(self._transport)


class Air:
    """A virtual air, offered as HCI over TCP on this machine's loopback."""

    def __init__(self, link: AirLink | None = None) -> None:
        self.link = link or AirLink()
        self.transports: set[asyncio.Transport] = set()
        self.count = itertools.count(1)
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on `port` (0: any free one); SimError when it is taken."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Port(self), HOST, port)
        except OSError as error:
            raise SimError(f"port {port} is in use or not allowed here; take another, or --port 0 for any") from error

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    @property
    def hci(self) -> str:
        """The same as a Bumble transport name."""
        host, port = self.address
        return f"tcp-client:{host}:{port}"

    async def stop(self) -> None:
        """End the air: every host loses its controller."""
        if self._server is not None:
            self._server.close()
            for transport in tuple(self.transports):
                transport.abort()
            while self.transports:  # until each has closed its socket
                await asyncio.sleep(0)
            await self._server.wait_closed()
            self._server = None


def _when_input_ends(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop` when nobody can write to standard input any more."""
    while os.read(0, 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop is closed: we are leaving already
        loop.call_soon_threadsafe(stop.set)


async def _serve(port: int, stay: bool, link: AirLink) -> None:
    air = Air(link)
    await air.start(port)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if not stay:
        threading.Thread(target=_when_input_ends, args=(loop, stop), daemon=True).start()
    sys.stdout.write(json.dumps({"ready": True, "hci": air.hci}) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await air.stop()


def main() -> None:
    """Run the air until standard input ends or, with --stay, until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m gradsock.sim.air", description="a virtual air for boards and hosts"
    )
    parser.add_argument("--port", type=int, default=0, help="TCP port of the HCI connections; 0 takes any free one")
    parser.add_argument("--stay", action="store_true", help="do not end with standard input")
    parser.add_argument(
        "--faults", default="", help="what goes wrong, such as lose=0.1,double=0.05,swap=0.02,cut=0.001"
    )
    parser.add_argument("--seed", type=int, default=0, help="of what goes wrong")
    arguments = parser.parse_args()
    logging.getLogger("bumble").setLevel(logging.ERROR)  # a board that restarts in mid air is nothing to warn about
    try:
        link = FaultyLink(Faults.parse(arguments.faults), arguments.seed) if arguments.faults else AirLink()
    except UsageError as error:
        parser.error(str(error))
    try:
        asyncio.run(_serve(arguments.port, arguments.stay, link))
    except SimError as error:
        sys.exit(f"gradsock: {error}")


if __name__ == "__main__":
    main()
