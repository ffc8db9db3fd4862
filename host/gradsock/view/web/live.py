"""The socket of an open page: what is known, then what happens; what it asks for is answered to it alone."""

import asyncio

import msgspec
from sock.words import answer_to_mark
from starlette.websockets import WebSocket, WebSocketDisconnect

from gradsock.errors import GradsockError
from gradsock.view.web import messages
from gradsock.view.web.followed import Followed, Page
from gradsock.view.web.hub import Hub


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may ask for."""

    do: str
    sock: int
    text: str = ""


async def live(websocket: WebSocket) -> None:
    """Serve one page until it is closed."""
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


async def _do(hub: Hub, text: str) -> bytes:
    try:
        wish = msgspec.json.decode(text, type=Wish)
        if not 0 <= wish.sock < len(hub.socks):
            raise ValueError(f"there is no sock {wish.sock}")
    except (msgspec.DecodeError, ValueError) as error:
        return messages.answer(str(error), failed=True)
    symptom = wish.do == "mark" and answer_to_mark(wish.text) is not None
    try:
        said, failed = await _fulfil(hub.socks[wish.sock], wish), False
    except (ValueError, GradsockError) as error:
        said, failed = str(error), True
    return messages.answer(said, failed=failed, to=wish.do, symptom=symptom)


async def _fulfil(sock: Followed, wish: Wish) -> str:
    match wish.do:
        case "mark":
            return await sock.mark(wish.text)
        case "identify":
            return await sock.identify()
        case "ack":
            return await sock.acknowledge()
        case "snooze":
            return await sock.snooze(wish.text)
    raise ValueError(f"a page may ask for mark, identify, ack or snooze, not for {wish.do}")
