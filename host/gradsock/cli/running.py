"""Running something asynchronous from a command, so that any way of ending it lets it clean up."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run it to its end. Ctrl-C becomes KeyboardInterrupt, SIGTERM and SIGHUP SystemExit, after it has cleaned up."""
    ended_by: list[int] = []

    async def supervised() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def end(number: int) -> None:
            ended_by.append(number)
            if task is not None:
                task.cancel()

        for name in ("SIGTERM", "SIGHUP"):
            if (number := getattr(signal, name, None)) is not None:
                with contextlib.suppress(NotImplementedError):  # Windows has neither
                    loop.add_signal_handler(number, end, number)
        await work

    try:
        asyncio.run(supervised())
    except asyncio.CancelledError:
        if not ended_by:
            raise
        raise SystemExit(128 + ended_by[0]) from None
