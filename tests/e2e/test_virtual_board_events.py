"""Events reach the interpreter as interrupts would: between awaits, and in the middle of whatever runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Bench

HEAR = """
import _port
heard = []
def handler(args, data):
    heard.append((args, data))
    return len(data)
_port.on('test', handler)
"""


async def test_an_event_comes_with_its_data_and_its_answer_goes_back(bench: Bench) -> None:
    await bench.serial.value(HEAR)
    assert await bench.board.ask("test", [1, "é"], b"\x00\xff") == 2
    assert await bench.serial.value("print(heard)") == "[([1, 'é'], b'\\x00\\xff')]"


async def test_nobody_answers_what_nobody_hears(bench: Bench) -> None:
    assert await bench.board.ask("nothing", []) is None


async def test_a_failing_handler_is_shown_and_the_next_event_comes(bench: Bench) -> None:
    await bench.serial.value("import _port\n_port.on('test', lambda args, data: args[0] and 1 // 0)")
    assert await bench.board.ask("test", [1]) is None
    assert b"ZeroDivisionError" in await bench.serial.until(b"zero\r\n")
    assert await bench.board.ask("test", [0]) == 0


@pytest.mark.parametrize(
    "loop",
    [
        "while not heard: time.sleep_ms(1000)",
        "while not heard: time.ticks_ms()",
        "while not heard: bus.scan()",
        "while not heard: open('boot.py').close()",
        "flag = asyncio.ThreadSafeFlag()\n_port.on('test', lambda *_: flag.set() or 0)\nasyncio.run(flag.wait())",
    ],
)
async def test_events_come_into_every_kind_of_waiting(bench: Bench, loop: str) -> None:
    await bench.serial.value(HEAR + "import time, machine, asyncio\nbus = machine.I2C(0)")
    bench.serial.send(f"print('go')\n{loop}\nprint('heard')\n\x04".encode())
    await bench.serial.until(b"go\r\n")
    assert await bench.board.ask("test", []) == 0
    await bench.serial.until(b"heard\r\n\x04\x04>")


async def test_an_event_wakes_the_program_whose_loop_goes_on_in_timers(bench: Bench) -> None:
    main = (
        "import asyncio, _port\nflag = asyncio.ThreadSafeFlag()\n"
        "def handler(args, data):\n    flag.set()\n    return 7\n_port.on('test', handler)\n"
        "async def main():\n    print('waits')\n    await flag.wait()\n    print('woken')\n    await asyncio.sleep(9)\n"
        "asyncio.run(main())"
    )
    await bench.serial.value(f"with open('main.py', 'w') as f: f.write({main!r})")
    bench.serial.send(b"\x02\x04")
    await bench.serial.until(b"waits\r\n")
    assert await bench.board.ask("test", []) == 7
    await bench.serial.until(b"woken\r\n")


async def test_events_come_in_order_and_none_is_lost(bench: Bench) -> None:
    await bench.serial.value("import _port\nheard = []\n_port.on('test', lambda args, data: heard.append(args[0]))")
    bench.serial.send(b"import time\nwhile len(heard) < 2000: time.ticks_ms()\nprint(heard == list(range(2000)))\n\x04")
    await bench.serial.until(b"OK")
    for number in range(2000):
        bench.board.post("test", [number])
        if number % 100 == 0:
            await asyncio.sleep(0)
    assert await bench.serial.until(b"\x04") == b"True\r\n\x04"


async def test_a_handler_is_not_interrupted_by_the_next_event(bench: Bench) -> None:
    await bench.serial.value(
        "import _port, time\ninside = worst = served = 0\n"
        "def handler(args, data):\n"
        "    global inside, worst, served\n"
        "    inside += 1; worst = max(worst, inside); time.sleep_ms(2); open('boot.py').close(); inside -= 1\n"
        "    served += 1\n"
        "_port.on('test', handler)"
    )
    bench.serial.send(b"while served < 20: time.ticks_ms()\nprint(worst)\n\x04")
    await bench.serial.until(b"OK")
    for number in range(20):
        bench.board.post("test", [number])
    assert await bench.serial.until(b"\x04") == b"1\r\n\x04"


async def test_a_waiting_read_is_given_up_when_the_board_is_reset(bench: Bench) -> None:
    await bench.serial.value("import _port, time\n_port.on('test', lambda args, data: time.sleep(1000))")
    asking = asyncio.create_task(bench.board.ask("test", [], timeout_s=1000))
    await asyncio.sleep(0)
    await bench.board.power_cut()
    assert await asking is None


async def test_a_call_that_nobody_serves_or_that_fails_is_an_oserror(bench: Bench) -> None:
    def fail(name: str, args: list[object], data: bytes) -> tuple[object, bytes]:
        raise OSError(12, name)

    bench.board.register("test.", fail)
    source = (
        "import _port\nfor name in ('test.x', 'nobody.x'):\n"
        "    try: _port.call(name, [])\n    except OSError as error: print(error.errno)"
    )
    assert (await bench.serial.value(source)).split() == ["12", "22"]


async def test_a_call_carries_text_numbers_and_bytes_both_ways(bench: Bench) -> None:
    bench.board.register("test.", lambda name, args, data: ([name, *args], data[::-1]))
    out = await bench.serial.value("import _port; print(_port.call('test.echo', [-1, 1.5, 'é', None], b'\\x00ab'))")
    assert out == "(['test.echo', -1, 1.5, 'é', None], b'ba\\x00')"


async def test_outputs_are_seen_from_outside_and_inputs_driven(bench: Bench) -> None:
    await bench.serial.value(
        "from machine import Pin\nled = Pin(2, Pin.OUT, value=1)\nbutton = Pin(9, Pin.IN, Pin.PULL_UP)\npressed = []\n"
        "button.irq(lambda pin: pressed.append(pin.value()), Pin.IRQ_FALLING)"
    )
    assert bench.board.pins["2"] == 1
    bench.board.drive_pin("9", 0)
    bench.board.drive_pin("9", 1)
    await bench.serial.value("while button.value() == 0 or not pressed: pass")
    assert await bench.serial.value("led.off(); print(pressed, button.value())") == "[0] 1"
    assert bench.board.pins["2"] == 0


async def test_heap_is_measured_while_the_program_waits_and_without_garbage(bench: Bench) -> None:
    main = (
        "import asyncio\nasync def main():\n    kept = bytearray(50000)\n    while True:\n"
        "        [bytes(1000) for _ in range(20)]\n        await asyncio.sleep_ms(1)\nasyncio.run(main())"
    )
    await bench.serial.value(f"with open('main.py', 'w') as f: f.write({main!r})")
    await bench.board.power_cut()
    await bench.board.power_on()
    await bench.event("boot")
    used = []
    for _ in range(20):
        heap = await bench.board.heap()
        assert heap["used"] is not None and heap["baseline"] is not None
        used.append(heap["used"] - heap["baseline"])
        await asyncio.sleep(0.01)
    assert 50000 < used[-1] < 60000 and max(used[5:]) - min(used[5:]) < 1000
