"""A sock with a thermistor on a second converter, put on: it tells how warm its sensors are. Virtual time."""

import asyncio
import json
from pathlib import Path

import pytest
from gradsock.log.contexts import Contexts
from gradsock.sim.conductor import run_virtual
from sock import MISSING, event

from tests.e2e import sock_bench
from tests.e2e.test_sock_unplugged import ONE_CHIP, wired, worn

CHANNELS = [*ONE_CHIP, ["temperature", 73, 3]]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sock_bench.flashed(tmp_path_factory)


def test_it_tells_how_warm_its_sensors_get_and_that_nobody_knows_once_the_thermistor_is_gone(
    image: Path, tmp_path: Path
) -> None:
    folder = wired(image, tmp_path / "board", CHANNELS)
    artefact = json.loads(sock_bench.file_of(folder, "calibration.json")) | {"per_degC_q20": [3775] * 3}
    sock_bench.put_file(folder, "calibration.json", json.dumps(artefact))

    async def main() -> list[tuple[int, int]]:
        async with worn(folder, 2) as (board, listener, told):
            await asyncio.sleep(300)
            await board.command("unplug", address=73)
            await asyncio.sleep(15)
            assert told.faulty() == set()
            assert MISSING not in listener.rows()[-1][1]
            contexts = Contexts(listener.events())
            assert contexts.calibration is not None
            assert contexts.calibration.per_degC_q20 == (3775,) * 3
            (boot,) = {happened.boot for happened in listener.events() if happened.kind == event.WARMTH}
            return contexts.warmth_cC(boot)

    warmth = [degC / 100 for _, degC in run_virtual(main())]
    assert warmth[0] == pytest.approx(23, abs=1)
    assert warmth[-2] == pytest.approx(29.5, abs=1)  # after a time constant of 300 s
    assert warmth[:-1] == sorted(warmth[:-1])
    assert warmth[-1] == 33.0
