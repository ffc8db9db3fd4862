"""The pages as an ASGI application: static files, a socket for what is live, JSON for recordings and settings.

Nothing is changed by GET, and nothing by a form: what changes something is JSON, sent by a page of ours (`access`).
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from gradsock.errors import GradsockError, LogError
from gradsock.view.web.access import Access
from gradsock.view.web.followed import Followed
from gradsock.view.web.hub import Hub
from gradsock.view.web.library import Library
from gradsock.view.web.live import live

HERE = Path(__file__).parent
PAGES, STATIC, PLOTS = HERE / "pages", HERE / "static", HERE / "node_modules" / "uplot" / "dist"
T = TypeVar("T")
GZIP_LEVEL = 4
SENT_MAX_BYTES = 16_384


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
            Route("/", _page("live")),
            Route("/recordings", _page("recordings")),
            Route("/recording", _page("recording")),
            Route("/settings", _page("settings")),
            Route("/api/recordings", answering(_recordings)),
            Route("/api/recordings/{id}", answering(_recording)),
            Route("/api/recordings/{id}/check", answering(_check)),
            Route("/api/recordings/{id}/notes", answering(_note), methods=["POST"]),
            Route("/api/window", answering(_window)),
            Route("/api/lines", answering(_lines)),
            Route("/api/socks", answering(_socks)),
            Route("/api/socks/{number:int}/settings", answering(_settings)),
            Route("/api/socks/{number:int}/settings", answering(_change), methods=["POST"]),
            Route("/api/socks/{number:int}/owners", answering(_owners)),
            Route("/api/socks/{number:int}/owners/remove", answering(_remove_owner), methods=["POST"]),
            WebSocketRoute("/live", live),
            Mount("/static", StaticFiles(directory=STATIC)),
            Mount("/plot", StaticFiles(directory=PLOTS)),
        ],
        middleware=[
            Middleware(Access, token=token),
            Middleware(GZipMiddleware, minimum_size=2000, compresslevel=GZIP_LEVEL),
        ],
        exception_handlers={404: _nothing()},
        lifespan=lifespan,
    )
    app.state.hub, app.state.library = hub, library
    return app


def _made(name: str) -> str:
    """What a page is before anything has come."""
    made = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return made.get_template(f"{name}.html.j2").render()


def _nothing() -> Any:
    """Where there is no page: one that says so to a person."""
    content = _made("nothing")

    async def nothing(request: Request, _: Exception) -> Response:
        if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
            return HTMLResponse(content, 404)
        return Response(b'{"error":"there is nothing here"}', 404, media_type="application/json")

    return nothing


def _page(name: str) -> Any:
    """A page, made of `pages` once."""
    content = _made(name)

    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(content)

    return page


Answer = Callable[[Request], Awaitable[Any]]


def answering(ask: Answer) -> Callable[[Request], Awaitable[Response]]:
    """JSON of what is asked for. ``error``: there is none (404), or the request makes no sense (400).

    ``refused``: why not, in one line for a person; that is an answer (200), and nothing for a browser to complain of.
    """

    async def answer(request: Request) -> Response:
        try:
            content, status = await ask(request), 200
        except LogError as error:
            content, status = {"error": str(error)}, 404
        except ValueError as error:
            content, status = {"error": str(error)}, 400
        except GradsockError as error:
            content, status = {"refused": str(error)}, 200
        return Response(msgspec.json.encode(content), status, media_type="application/json")

    return answer


def _library(request: Request) -> Library:
    library: Library = request.app.state.library
    return library


async def _recordings(request: Request) -> Any:
    return await _library(request).entries()


async def _recording(request: Request) -> Any:
    return await _library(request).show(request.path_params["id"])


async def _check(request: Request) -> Any:
    return await _library(request).check(request.path_params["id"], request.query_params.get("prescription"))


async def _window(request: Request) -> Any:
    """``ids``: which, with commas; ``from``, ``to``: ms UTC; ``width``: points."""
    asked = request.query_params
    try:
        ends = [None if asked.get(end) is None else round(float(asked[end]) * 1000) for end in ("from", "to")]
        width = int(asked.get("width", "1200"))
    except (ValueError, OverflowError):
        raise ValueError("from and to are times in ms UTC, width is a number of points") from None
    return await _library(request).window(_ids(request), ends[0], ends[1], width)


async def _lines(request: Request) -> Any:
    return await asyncio.to_thread(_library(request).lines, _ids(request))


def _ids(request: Request) -> list[str]:
    return [name for name in request.query_params.get("ids", "").split(",") if name]


class Noted(msgspec.Struct, forbid_unknown_fields=True):
    """A note: its words, and the moment that it is about, in ms UTC."""

    text: str
    at: float


async def _note(request: Request) -> Any:
    noted = await _sent(request, Noted)
    return await _library(request).note(request.path_params["id"], round(noted.at * 1000), noted.text)


async def _socks(request: Request) -> Any:
    hub: Hub = request.app.state.hub
    return [{"number": number, "label": sock.watched.label} for number, sock in enumerate(hub.socks)]


def _sock(request: Request) -> Followed:
    hub: Hub = request.app.state.hub
    number: int = request.path_params["number"]
    if number >= len(hub.socks):
        raise LogError(f"there is no sock {number}")
    return hub.socks[number]


async def _settings(request: Request) -> Any:
    return await _sock(request).settings()


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """New values by key; physician: that one prescribed the class."""

    patch: dict[str, Any]
    physician: bool = False


async def _change(request: Request) -> Any:
    change = await _sent(request, Change)
    return await _sock(request).change(change.patch, prescribed=change.physician)


async def _owners(request: Request) -> Any:
    return await _sock(request).owners()


class Removal(msgspec.Struct, forbid_unknown_fields=True):
    """The address of the owner who is to have no access any longer."""

    address: str


async def _remove_owner(request: Request) -> Any:
    await _sock(request).remove_owner((await _sent(request, Removal)).address)
    return {}


async def _sent(request: Request, kind: type[T]) -> T:
    """What was sent; ValueError when it is not JSON of that kind."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ValueError("what changes something is sent as application/json")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > SENT_MAX_BYTES:
            raise ValueError(f"more than {SENT_MAX_BYTES} bytes were sent")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise ValueError(f"cannot be understood: {error}") from None
