"""Putting a sock on, until it has said what it thinks of it."""

import contextlib
from collections.abc import AsyncGenerator

from gradsock.errors import WrongSock
from gradsock.link.events import FitChanged, FitNow, InfoRead
from gradsock.link.reach import reach

LAST = "good"


async def verdicts(moniker: str, serial: str = "") -> AsyncGenerator[FitNow, None]:
    """The sock's verdicts, each when it changes, up to the first `good`; a lost connection is made anew.

    Ends at once for a sock without a calibration, which can judge nothing. serial: of the sock that is meant.
    """
    before = None
    async with reach(moniker) as sock, contextlib.aclosing(sock.events()) as events:
        async for event in events:
            if isinstance(event, InfoRead):
                if serial and event.info.serial != serial:
                    raise WrongSock(f"{moniker} is sock {event.info.serial}, not {serial}: say which with --sock")
                if not event.info.raw.get("calibration"):
                    return
            if not isinstance(event, FitChanged):
                continue
            said = (event.fit.verdict, event.fit.findings[:1])
            if said != before:
                yield event.fit
            before = said
            if event.fit.verdict == LAST:
                return
