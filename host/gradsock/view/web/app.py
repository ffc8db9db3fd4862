"""The pages as an ASGI application: static files, a socket for what is live, JSON for recordings."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from gradsock.errors import GradsockError, LogError, UsageError
from gradsock.view.web import messages
from gradsock.view.web.access import Access
from gradsock.view.web.hub import Followed, Hub, Page
from gradsock.view.web.library import Library

HERE = Path(__file__).parent
STATIC, PLOTS = HERE / "static", HERE / "node_modules" / "uplot" / "dist"


def application(hub: Hub, library: Library, *, token: str | None = None) -> Starlette:
    """The pages around a hub and a library. token: see :class:`gradsock.view.web.access.Access`."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        preparing = asyncio.create_task(library.prepare())
        try:
            async with hub.running():
                yield
        finally:
            preparing.cancel()
            await asyncio.gather(preparing, return_exceptions=True)
            await library.close()

    app = Starlette(
        routes=[
            Route("/", _page("live.html")),
            Route("/recordings", _page("recordings.html")),
            Route("/recording", _page("recording.html")),
            Route("/api/recordings", answering(_recordings)),
            Route("/api/recordings/{id}", answering(_recording)),
            Route("/api/recordings/{id}/check", answering(_check)),
            Route("/api/window", answering(_window)),
            WebSocketRoute("/live", _live),
            Mount("/static", StaticFiles(directory=STATIC)),
            Mount("/plot", StaticFiles(directory=PLOTS)),
        ],
        middleware=[Middleware(Access, token=token), Middleware(GZipMiddleware, minimum_size=2000)],
        lifespan=lifespan,
    )
    app.state.hub, app.state.library = hub, library
    return app


def _page(name: str) -> Any:
    async def page(_: Request) -> FileResponse:
        return FileResponse(STATIC / name)

    return page


Answer = Callable[[Library, Request], Awaitable[Any]]


def answering(ask: Answer) -> Callable[[Request], Awaitable[Response]]:
    """JSON of what is asked for; a failure is one line, 404 where there is no such recording, 400 otherwise."""

    async def answer(request: Request) -> Response:
        try:
            content, status = await ask(request.app.state.library, request), 200
        except LogError as error:
            content, status = {"error": str(error)}, 404
        except (GradsockError, ValueError) as error:
            content, status = {"error": str(error)}, 400
        return Response(msgspec.json.encode(content), status, media_type="application/json")

    return answer


async def _recordings(library: Library, _: Request) -> Any:
    return await library.entries()


async def _recording(library: Library, request: Request) -> Any:
    return await library.show(request.path_params["id"])


async def _check(library: Library, request: Request) -> Any:
    return await library.check(request.path_params["id"], request.query_params.get("prescription"))


async def _window(library: Library, request: Request) -> Any:
    """``ids``: which, with commas; ``from``, ``to``: ms UTC; ``width``: points."""
    asked = request.query_params
    names = [name for name in asked.get("ids", "").split(",") if name]
    try:
        ends = [None if asked.get(end) is None else round(float(asked[end]) * 1000) for end in ("from", "to")]
        width = int(asked.get("width", "1200"))
    except (ValueError, OverflowError):
        raise UsageError("from and to are times in ms UTC, width is a number of points") from None
    return await library.window(names, ends[0], ends[1], width)


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
