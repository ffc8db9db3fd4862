"""Stream a sock into a queue, from which something else takes: here, the mean of each second is printed.

python host/examples/stream_to_queue.py [SOCK] [SECONDS]
"""

import asyncio
import contextlib
import sys

import gradsock


async def listen(moniker: str, queue: asyncio.Queue[gradsock.Reading | None]) -> None:
    """Put every scan of a sock into the queue, and None at the end."""
    try:
        async with contextlib.aclosing(gradsock.readings(moniker)) as readings:
            async for reading in readings:
                await queue.put(reading)
    finally:
        await queue.put(None)


async def show(queue: asyncio.Queue[gradsock.Reading | None], seconds: int) -> None:
    """Take from the queue, and tell the mean of each second."""
    second, ankles = 0, list[float]()
    while seconds and (reading := await queue.get()) is not None:
        if reading.utc_us // 1_000_000 != second:
            if ankles:
                print(f"{second}  ankle {sum(ankles) / len(ankles):.1f} mmHg  {reading.verdict}")
                seconds -= 1
            second, ankles = reading.utc_us // 1_000_000, []
        if (ankle := reading.pressure_mmHg["ankle"]) is not None:
            ankles.append(ankle)


async def main(moniker: str = "sim:walk", seconds: str = "30") -> None:
    """Listen until so many seconds were shown, or there is nothing more to come."""
    queue: asyncio.Queue[gradsock.Reading | None] = asyncio.Queue(maxsize=1000)
    listening = asyncio.create_task(listen(moniker, queue))
    await show(queue, int(seconds))
    listening.cancel()
    await asyncio.wait([listening])
    if not listening.cancelled():
        listening.result()  # raises what made the sock fail


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
