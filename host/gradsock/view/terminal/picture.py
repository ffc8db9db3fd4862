"""A live session as a picture, for the documentation: ``python -m gradsock.view.terminal.picture FILE.svg``.

Nothing of it is drawn by hand: pressures on the virtual leg are played as a recording into what `gradsock live` shows.
"""

import asyncio
import contextlib
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from gradsock import clock
from gradsock.link.csv_replay import records_of_csv
from gradsock.link.events import BatteryRead, BlockReceived, InfoRead, State, StateChanged
from gradsock.link.replay import ReplayLink
from gradsock.sim.pressure import Leg
from gradsock.sim.scenario import Scenario, load, parse
from gradsock.view.terminal.app import LiveApp, Shown
from gradsock.view.terminal.minute import Minute
from gradsock.view.watched import Watched

RATE_HZ = 25
AT_ONCE = 1e9  # as fast as it can be played
SIZE = (100, 30)
FOLDED = parse("sock sigel\nside right\n0:00 don over=6\n0:06 stand\n1:20 walk\n2:10 fold knee x2.6\n4:00 end", "right")
SOCKS = ((load("left"), "sock-k3vd", 83), (FOLDED, "sock-q7mp", 79))
"""Scenario, name, battery in percent."""
UNTIL_S = 158.0
"""Of the scenarios: the right one has been folded for half a minute."""


async def seen(worn: Scenario, until_s: float, *, name: str = "", battery_percent: int | None = None) -> Shown:
    """A sock worn through a scenario until then, as it would be shown; it has no link."""
    t_s = np.arange(0, until_s, 1 / RATE_HZ)
    watched, minute = Watched(f"sim:{worn.name}"), Minute()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{worn.name}.csv"
        table = np.column_stack([t_s, Leg(worn, seed=7).pressure_mmHg(t_s)])
        np.savetxt(file, table, fmt="%.2f", delimiter=",", header="t_s,ankle,calf,knee", comments="")
        link = ReplayLink(watched.moniker, records_of_csv(file), speed=AT_ONCE)
    watched.take(StateChanged(State.CONNECTED, "connected", clock.utc_us()))
    async with link, contextlib.aclosing(link.events()) as events:
        async for event in events:
            if isinstance(event, StateChanged):
                continue
            if isinstance(event, InfoRead):
                event = InfoRead(replace(event.info, side=worn.side, name=name or event.info.name), event.t_utc_us)
            watched.take(event)
            if isinstance(event, BlockReceived):
                minute.take(watched.newest, event.t_utc_us)
    watched.take(BatteryRead(battery_percent, clock.utc_us()))
    watched.last_block_utc_us = clock.utc_us()
    return Shown(watched, minute, lambda: None)


async def picture() -> str:
    """SVG of two socks, the right one folded at the knee while walking."""
    socks = [await seen(worn, UNTIL_S, name=name, battery_percent=full) for worn, name, full in SOCKS]
    for shown in socks:
        shown.watched.beside = [each.watched for each in socks]
    app = LiveApp(socks, lambda: "recording 20261104-181210-left, 20261104-181211-right")
    async with app.run_test(size=SIZE) as pilot:
        for shown in socks:
            shown.watched.last_block_utc_us = clock.utc_us()
        await pilot.pause()
        app.draw()
        await pilot.pause()
        return app.export_screenshot(title="gradsock live")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(picture()), encoding="utf-8")
