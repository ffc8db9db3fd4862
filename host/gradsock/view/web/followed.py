"""One sock that pages look at: what is known of it, its newest minute, and what it may be told."""

import asyncio
from collections import deque
from typing import Any

from sock import protocol
from sock.reminders import FOREVER_MIN
from sock.words import answer_to_mark

from gradsock import clock
from gradsock.errors import LinkError, LinkLost, SockRefused
from gradsock.link import owning, telling
from gradsock.link.ble import BleLink
from gradsock.link.events import BlockReceived, LinkEvent, Probed
from gradsock.link.reconnecting import Reconnecting
from gradsock.log.recorder import Recorder
from gradsock.view.watched import Watched
from gradsock.view.web import forms, messages
from gradsock.view.web.messages import LiveTime
from gradsock.view.words import tells

KEPT_S = 60
IDENTIFY_S = 5
BACK_WITHIN_S = 60.0
"""A restarted sock is back in seconds; a virtual one on a busy machine takes longer."""
LOOK_EVERY_S = 0.2

Page = asyncio.Queue[bytes | None]


class Followed:
    """A sock; the hub hands it every event (:meth:`take`) and its link while there is one."""

    def __init__(self, number: int, moniker: str, recorder: Recorder | None, pages: set[Page]) -> None:
        self.watched = Watched(moniker)
        self.recorder = recorder
        self.link: Reconnecting | None = None
        self.recent: deque[bytes] = deque(maxlen=KEPT_S * 5)
        self._number = number
        self._pages = pages
        self._time = LiveTime()

    @property
    def state(self) -> bytes:
        """As a message."""
        return messages.state(self._number, self.watched, self.recorder.id if self.recorder else None)

    def take(self, happened: LinkEvent) -> None:
        """Note one event, and tell the pages what came."""
        self.watched.take(happened)
        if isinstance(happened, Probed):
            self._time.take(happened.probe)
        elif isinstance(happened, BlockReceived) and self.watched.newest:
            rows = self.watched.newest
            message = messages.samples(self._number, self._time.utc_ms(rows, happened.t_utc_us), rows)
            self._tell_pages(message)

    async def mark(self, text: str) -> str:
        """Put a mark; returns what to tell who put it. A symptom gets its answer, come what may."""
        telling.check_mark(text)
        symptom = answer_to_mark(text)
        try:
            said = await telling.mark(self._present.control, text)
        except LinkError as error:
            if symptom:
                raise SockRefused(f"{symptom} (It was not marked: {error})") from error
            raise
        self._tell_pages(messages.noted(self._number, text, clock.utc_us() / 1000))
        return symptom or f"the sock {said}"

    async def identify(self) -> str:
        """Have it blink."""
        await self._present.control(protocol.IDENTIFY, bytes([IDENTIFY_S]))
        return "the sock blinks"

    async def acknowledge(self) -> str:
        """Have it be silent about what it tells, if it tells anything."""
        control = self._present.control
        if not tells(self.watched):
            return "there is nothing to be silent about: the sock tells nothing"
        return f"the sock {await telling.acknowledge(control)} until it gets worse"

    async def snooze(self, text: str) -> str:
        """No reminders: for a span such as ``2h``, ``off`` for good, ``on`` again."""
        if text in ("off", "on"):
            minutes = FOREVER_MIN if text == "off" else 0
            await telling.snooze(self._present.control, minutes)
            return f"its reminders are {text}"
        return f"the sock {await telling.snooze(self._present.control, telling.snooze_min(text))}"

    async def settings(self) -> list[dict[str, Any]]:
        """As fields of a form."""
        return forms.fields(await owning.settings_of(self._owned))

    async def change(self, patch: dict[str, Any], *, prescribed: bool) -> list[dict[str, Any]]:
        """Change settings, all or nothing, and wait for the sock to be back with them.

        UsageError when they make no sense, SockRefused when the sock says no, LinkError when it does not come back.
        """
        forms.hear_physician(patch, prescribed=prescribed)
        sock, link = self._present, self._owned
        wanted, data = await owning.checked(link, patch)
        sock.changing()
        name = await owning.write(link, data)
        if name:
            sock.renamed = name
            await self._back(sock, link)
        after = await owning.settings_of(self._owned)
        different = [key for key in wanted if after.get(key) != wanted[key]]
        if different:
            raise SockRefused(f"the sock is back without the change of {', '.join(different)}: try again")
        return forms.fields(after)

    async def owners(self) -> list[str]:
        """Their addresses."""
        return await owning.owners_of(self._owned)

    async def remove_owner(self, address: str) -> None:
        """Remove one; the sock ends every connection then."""
        await owning.remove_owner(self._owned, address)

    def _tell_pages(self, message: bytes) -> None:
        self.recent.append(message)
        publish(self._pages, message)

    async def _back(self, sock: Reconnecting, before: BleLink) -> None:
        """Return when it is connected anew, after its restart."""
        loop = asyncio.get_running_loop()
        until = loop.time() + BACK_WITHIN_S
        while loop.time() < until:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if sock.present is not before and sock.info.boot > before.info.boot:
                    return
            except LinkLost:
                continue
        raise LinkError("the sock took the change and is not back yet: look at it with gradsock scan")

    @property
    def _present(self) -> Reconnecting:
        if self.link is None:
            raise LinkLost("this sock is not connected")
        return self.link

    @property
    def _owned(self) -> BleLink:
        link = self._present.present
        if not isinstance(link, BleLink):
            raise SockRefused(f"{self.watched.moniker} is a recording: it has no settings and no owners")
        return link


def publish(pages: set[Page], message: bytes) -> None:
    """Hand a message to every page; one whose queue is full is told to go."""
    for page in list(pages):
        try:
            page.put_nowait(message)
        except asyncio.QueueFull:
            pages.discard(page)
            while not page.empty():
                page.get_nowait()
            page.put_nowait(None)
