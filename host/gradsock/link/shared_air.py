"""One air for all virtual socks of an event loop, from the first user to the last."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

from gradsock.sim.launch import VirtualAir


class _Shared:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
        self.air: VirtualAir | None = None


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Shared] = WeakKeyDictionary()


@contextlib.asynccontextmanager
async def shared_air() -> AsyncGenerator[VirtualAir, None]:
    """The air, started by the first who asks and ended by the last who leaves; SimError when it does not start."""
    shared = _of_loop.setdefault(asyncio.get_running_loop(), _Shared())
    async with shared.lock:
        if shared.air is None:
            shared.air = await VirtualAir().__aenter__()
        air = shared.air
        shared.users += 1
    try:
        yield air
    finally:
        shared.users -= 1
        if not shared.users:
            shared.air = None
            await air.stop()
