"""Every board.py runs as it is, with its own pin numbers: on MicroPython, on the virtual board."""

from pathlib import Path

import pytest
from gradsock.boards import BOARDS, names, parts_of

from .conftest import Bench

CHIP = 0x48


def source_of(board: str) -> str:
    return Path(BOARDS / board / "board.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("board", names())
async def test_a_board_runs_with_its_own_pins(board: str, bench: Bench) -> None:
    parts = parts_of(board)
    out, error = await bench.serial.run(source_of(board))
    assert (out, error) == ("", "")

    assert await bench.serial.value("print(i2c().scan())") == f"[{CHIP}]"
    assert await bench.serial.value("print(NAME, PAIRS)") == f"{board} {parts.pairs}"
    assert await bench.serial.value("print(reset_cause())") == "power-on"
    assert await bench.serial.value("print(len(unique_id()) >= 6)") == "True"
    millivolts = await bench.serial.value("print(battery_mV())")
    assert (millivolts == "None") == (parts.battery is None)

    assert bench.board.pins[str(parts.excitation)] == 1
    assert bench.board.pins[str(parts.motor)] == 0
    await bench.serial.value("motor.value(1)")
    assert bench.board.pins[str(parts.motor)] == 1
    if parts.led is not None:
        await bench.serial.value("led.value(LED_LIT)")
        assert bench.board.pins[str(parts.led)] == parts.led_lit
    assert await bench.serial.value("print(button is None or button.value() != BUTTON_PRESSED)") == "True"
    assert await bench.serial.value("wdt(5000).feed()") == ""
