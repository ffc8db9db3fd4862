"""The pages as an ASGI application: static files, a socket for what is live, JSON for recordings."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from gradsock.errors import GradsockError
from gradsock.view.web import messages
from gradsock.view.web.access import Access
from gradsock.view.web.hub import Followed, Hub, Page

HERE = Path(__file__).parent
STATIC, PLOTS = HERE / "static", HERE / "node_modules" / "uplot" / "dist"


def application(hub: Hub, *, token: str | None = None) -> Starlette:
    """The pages around a hub. token: see :class:`gradsock.view.web.access.Access`."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        async with hub.running():
            yield

    app = Starlette(
        routes=[
            Route("/", _page("live.html")),
            WebSocketRoute("/live", _live),
            Mount("/static", StaticFiles(directory=STATIC)),
            Mount("/plot", StaticFiles(directory=PLOTS)),
        ],
        middleware=[Middleware(Access, token=token), Middleware(GZipMiddleware, minimum_size=2000)],
        lifespan=lifespan,
    )
    app.state.hub = hub
    return app


def _page(name: str) -> Any:
    async def page(_: Request) -> FileResponse:
        return FileResponse(STATIC / name)

    return page


async def _live(websocket: WebSocket) -> None:
    """One open page: what is known, then what happens; what it asks for is answered to it alone."""
    hub: Hub = websocket.app.state.hub
    await websocket.accept()
    page = hub.join()
    sender = asyncio.create_task(_send(websocket, page))
    try:
        while True:
            page.put_nowait(await _do(hub, await websocket.receive_text()))
    except (WebSocketDisconnect, asyncio.QueueFull, RuntimeError):
        pass
    finally:
        hub.leave(page)
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)


async def _send(websocket: WebSocket, page: Page) -> None:
    while (message := await page.get()) is not None:
        await websocket.send_text(message.decode())
    await websocket.close(1013, "too slow")


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may ask for."""

    do: str
    sock: int
    text: str = ""


async def _do(hub: Hub, text: str) -> bytes:
    try:
        wish = msgspec.json.decode(text, type=Wish)
        if not 0 <= wish.sock < len(hub.socks):
            raise ValueError(f"there is no sock {wish.sock}")
        return messages.answer(await _fulfil(hub.socks[wish.sock], wish), failed=False)
    except (msgspec.DecodeError, ValueError, GradsockError) as error:
        return messages.answer(str(error), failed=True)


async def _fulfil(sock: Followed, wish: Wish) -> str:
    if wish.do == "mark":
        return await sock.mark(wish.text)
    if wish.do == "identify":
        return await sock.identify()
    raise ValueError(f"a page may ask for mark or identify, not for {wish.do}")
