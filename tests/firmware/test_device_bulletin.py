"""What the sock puts down once a second: how the fit check stands, where the ring would else forget it."""

import asyncio
from types import SimpleNamespace

import pytest
from device.bulletin import Bulletin
from sock import event


class Journal:
    context_due = 2

    def held(self) -> list[int]:
        return [0, 0, 0, 0, 0]


class Stream:
    dropped = 0

    def __init__(self) -> None:
        self.journal = Journal()
        self.kept: list[tuple[int, bytes]] = []

    def keep_context(self, journal: Journal, told: list[tuple[int, bytes]]) -> None:
        assert journal is self.journal
        self.kept += told


@pytest.mark.parametrize("memory", ["enough", "none"])
@pytest.mark.parametrize("due", [0, 1, 2, 3])
def test_how_the_fit_check_stands_is_kept_when_that_alone_is_left(due: int, memory: str) -> None:
    stream, asked = Stream(), []
    stream.journal.context_due = due

    def wearer(name: str) -> list[tuple[int, bytes]]:
        asked.append(name)
        if memory == "none":
            raise MemoryError
        return [(event.CONTEXT_FIT, b"state")]

    gatt = SimpleNamespace(publish=lambda *_: None, info=1, fit=2)
    readings = SimpleNamespace(steps=[16, 16, 16], fit_is_new=False)
    bulletin = Bulletin(
        gatt,  # type: ignore[arg-type]
        readings,  # type: ignore[arg-type]
        stream,  # type: ignore[arg-type]
        SimpleNamespace(now=lambda: 0),  # type: ignore[arg-type]
        True,
        [],
        {"journal": None},
        [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]],
        SimpleNamespace(wearer=wearer),  # type: ignore[arg-type]
        SimpleNamespace(missed=0),  # type: ignore[arg-type]
    )

    async def one_beat() -> None:
        running = asyncio.get_running_loop().create_task(bulletin.run(lambda: None))
        await asyncio.sleep(0)
        running.cancel()

    asyncio.run(one_beat())
    assert asked == ["context"] * (due == 2)
    assert stream.kept == [(event.CONTEXT_FIT, b"state")] * (due == 2 and memory == "enough")
    assert stream.journal.context_due == (0 if due == 2 else due)
