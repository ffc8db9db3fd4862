"""Serving the pages until somebody ends it."""

import asyncio
import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from gradsock.errors import GradsockError
from gradsock.view.web.access import LOOPBACK
from gradsock.view.web.app import PLOTS, application
from gradsock.view.web.hub import Hub
from gradsock.view.web.library import Library

CLOSING_S = 3


async def serve(
    monikers: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    recording: bool = False,
    logs: Path | None = None,
    ready: Callable[[str], None],
) -> None:
    """Serve until cancelled; what was recorded is sealed then. ready: told the address once it can be opened.

    Raises GradsockError when the address is taken or not this machine's.
    """
    if not PLOTS.is_dir():
        raise GradsockError("the pages' plots are missing: set gradsock up again (make setup)")
    token = None if host in LOOPBACK else secrets.token_urlsafe(16)
    listening = _listen(host, port)
    try:
        hub = Hub(monikers, recording=recording, logs=logs)
        config = uvicorn.Config(
            application(hub, Library(logs), token=token),
            log_level="critical",
            lifespan="on",
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=CLOSING_S,
            server_header=False,
        )
        server = uvicorn.Server(config)
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{listening.getsockname()[1]}/" + (f"?token={token}" if token else ""))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:  # which uvicorn would be ended by in the middle: nothing closed, nothing sealed
            server.should_exit = True
            await serving
            raise
    finally:
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(64)
    except OSError as error:
        listening.close()
        raise GradsockError(f"cannot listen on {host} port {port} ({error.strerror}): try another port") from None
    return listening
