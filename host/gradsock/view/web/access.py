"""Who may open the pages: this machine, by a name of its own; anybody else only with the token.

A web page from elsewhere that is open in the same browser must reach nothing here: neither by a name that it points at
this machine (so the Host header is looked at), nor by a socket or a form of its own (so is the Origin).
"""

import hmac
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
COOKIE = "gradsock"
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
"""Nothing is fetched from elsewhere; the plots set sizes as inline styles."""
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
SAFE = {"GET", "HEAD"}


class Access:
    """In front of all pages. token: what whoever is not on this machine has to show; None: this machine alone."""

    def __init__(self, app: ASGIApp, token: str | None = None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or say why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        reason = self._refuses(scope)
        if reason and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        elif reason:
            await PlainTextResponse(f"gradsock: {reason}\n", 403)(scope, receive, send)
        elif self._token and _shown(scope):
            await self._remember(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send))

    def _refuses(self, scope: Scope) -> str:
        """Why not, or nothing."""
        headers = Headers(scope=scope)
        try:
            host = urlsplit(f"//{headers.get('host', '')}")
            port = f":{host.port}" if host.port else ""
            origin = headers.get("origin")
            elsewhere = origin is not None and urlsplit(origin).netloc != host.netloc
        except ValueError:
            return "asked for under a name that is none"
        if self._token is None and host.hostname not in LOOPBACK:
            return f"these pages are for this machine alone: open them as http://127.0.0.1{port}"
        asks_only = scope["type"] == "http" and scope["method"] in SAFE
        if elsewhere and not asks_only:
            return "asked for by a page from elsewhere"
        if self._token is None:
            return ""
        given = _shown(scope) or cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        right = hmac.compare_digest(given.encode(), self._token.encode())
        return "" if right else "open the address with the token that gradsock serve printed"

    async def _remember(self, scope: Scope, receive: Receive, send: Send) -> None:
        """From now on by a cookie, so that the token is not in the address."""
        answer = RedirectResponse(scope["path"], 303)
        answer.set_cookie(COOKIE, self._token or "", httponly=True, samesite="strict")
        await answer(scope, receive, send)


def _shown(scope: Scope) -> str:
    """The token in the address."""
    shown: str = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
    return shown


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *HEADERS]
        await send(message)

    return sending
