"""How a board starts, ends and starts again."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gradsock.errors import SimError
from gradsock.sim import interpreter
from gradsock.sim.board import HARD, SOFT
from gradsock.sim.launch import VirtualBoard
from gradsock.sim.serial_port import SerialPort

if TYPE_CHECKING:
    from conftest import Bench, MakeBench

HANG_S = 30.0
APP = """
import asyncio
async def main():
    n = 0
    while True:
        print('turn', n)
        n += 1
        await asyncio.sleep_ms(5)
asyncio.run(main())
"""
AFTER_A_WHILE = """import asyncio
async def main():
    await asyncio.sleep_ms(5)
    {}
asyncio.run(main())
"""
CAUSE = "import machine; print(machine.reset_cause())"


async def put(bench: Bench, **files: str) -> None:
    """Writes `main="..."` as main.py."""
    for name, source in files.items():
        await bench.serial.value(f"with open('{name}.py', 'w') as f: f.write({source!r})")


async def restart(bench: Bench) -> None:
    """Ctrl-D in the friendly REPL, from the raw one."""
    bench.serial.send(b"\x02")
    await bench.serial.until(b">>> ")
    bench.serial.send(b"\x04")
    await bench.serial.until(b"MPY: soft reboot\r\n")


async def test_a_fresh_board_has_an_empty_boot_py_and_no_main(bench: Bench) -> None:
    assert await bench.serial.value("import os; print(os.listdir('/'))") == "['boot.py']"


async def test_boot_then_main_then_the_prompt(bench: Bench) -> None:
    await put(bench, boot="print('boot'); x = 1", main="print('main', x)")
    await restart(bench)
    assert (await bench.serial.until(b">>> ")).startswith(b"boot\r\nmain 1\r\n\r\nMicroPython v1.29.0")


async def test_the_raw_repl_resets_without_main(bench: Bench) -> None:
    await put(bench, boot="print('boot')", main="print('main')")
    bench.serial.send(b"\x04")
    out = await bench.serial.until(b"raw REPL; CTRL-B to exit\r\n>")
    assert out == b"OK\r\nMPY: soft reboot\r\nboot\r\nraw REPL; CTRL-B to exit\r\n>"


async def test_main_is_skipped_after_a_failed_boot_py(bench: Bench) -> None:
    await put(bench, boot="1/0", main="print('main')")
    await restart(bench)
    out = await bench.serial.until(b">>> ")
    assert b"ZeroDivisionError" in out and b"main\r\n" not in out


async def test_a_looping_main_yields_to_ctrl_c_and_its_tasks_stop(bench: Bench) -> None:
    await put(bench, main=APP)
    await restart(bench)
    await bench.serial.until(b"turn 3\r\n")
    bench.serial.send(b"\x03")
    assert b"KeyboardInterrupt: \r\n" in await bench.serial.until(b">>> ")
    bench.serial.send(b"import time; time.sleep_ms(50)\r")
    assert b"turn" not in await bench.serial.until(b">>> ")


async def test_programs_get_the_raw_repl_from_a_looping_main(bench: Bench) -> None:
    await put(bench, main=APP)
    await restart(bench)
    await bench.serial.until(b"turn 1\r\n")
    await bench.serial.raw()
    assert await bench.serial.value("print('mine')") == "mine"


async def test_even_a_loop_that_never_calls_anything_yields_to_ctrl_c(bench: Bench) -> None:
    await put(bench, main="print('in')\nwhile True: pass")
    await restart(bench)
    await bench.serial.until(b"in\r\n")
    await bench.serial.raw()
    assert await bench.serial.value("print('mine')") == "mine"


async def test_a_busy_wait_on_the_clock_is_interrupted_where_it_stands(bench: Bench) -> None:
    bench.serial.send(
        b"import time\nx = 5\ntry:\n print('in')\n while True: time.ticks_ms()\n"
        b"except KeyboardInterrupt: print('got it')\n\x04"
    )
    await bench.serial.until(b"in\r\n")
    bench.serial.send(b"\x03")
    assert await bench.serial.until(b"\x04") == b"got it\r\n\x04"
    await bench.serial.until(b">")
    assert await bench.serial.value("print(x)") == "5"


async def test_a_crash_of_the_main_task_shows_its_traceback_and_the_prompt(bench: Bench) -> None:
    await put(
        bench, main="import asyncio\nasync def main():\n    await asyncio.sleep_ms(5)\n    {}['x']\nasyncio.run(main())"
    )
    await restart(bench)
    out = await bench.serial.until(b">>> ")
    assert b'File "main.py", line 4, in main\r\nKeyError: x\r\n' in out
    assert b"_loop" not in out


async def test_the_end_of_the_main_task_leads_to_the_prompt(bench: Bench) -> None:
    await put(
        bench,
        main="import asyncio\nasync def main():\n    await asyncio.sleep_ms(5)\n    print('over')\nasyncio.run(main())",
    )
    await restart(bench)
    assert (await bench.serial.until(b">>> ")).startswith(b"over\r\n\r\nMicroPython")


async def test_other_tasks_go_on_when_one_fails(bench: Bench) -> None:
    await put(
        bench,
        main="import asyncio\n"
        "async def bad(): raise ValueError('bad')\n"
        "async def main():\n"
        "    asyncio.create_task(bad())\n"
        "    await asyncio.sleep_ms(10)\n"
        "    print('still here')\n"
        "asyncio.run(main())",
    )
    await restart(bench)
    out = await bench.serial.until(b"still here\r\n")
    assert b"Task exception wasn't retrieved" in out and b"ValueError: bad" in out


async def test_sys_exit_in_a_task_is_a_soft_reset(bench: Bench) -> None:
    await put(
        bench,
        main="import asyncio, sys, machine\n"
        "async def main():\n"
        "    print('cause', machine.reset_cause())\n"
        "    await asyncio.sleep_ms(1)\n"
        "    open('once', 'w').close() if 'once' not in __import__('os').listdir() else await asyncio.sleep(100)\n"
        "    sys.exit()\n"
        "asyncio.run(main())",
    )
    await restart(bench)
    assert b"cause 5\r\nMPY: soft reboot\r\ncause 5\r\n" in await bench.serial.until(b"reboot\r\ncause 5\r\n")


async def test_reset_causes(make_bench: MakeBench) -> None:
    bench = await make_bench()
    serial = bench.serial
    await serial.until(b">>> ")

    async def cause_after(line: str) -> int:
        serial.send(line.encode() + b"\r")
        await bench.event("boot")
        await serial.until(b"for more information.\r\n>>> ")
        serial.send(CAUSE.encode() + b"\r")
        await serial.until(b"\r\n")
        return int((await serial.until(b"\r\n")).strip())

    await bench.event("boot")
    serial.send(CAUSE.encode() + b"\r")
    assert (await serial.until(b"\r\n1\r\n")).endswith(b"\r\n1\r\n")
    assert await cause_after("machine.soft_reset()") == 5
    assert await cause_after("import machine; machine.reset()") == 2
    assert await cause_after("import machine; machine.deepsleep(10)") == 4
    assert await cause_after("import machine; w = machine.WDT(timeout=1000)") == 3


async def test_a_fed_watchdog_is_quiet_and_bites_even_a_hard_loop(bench: Bench) -> None:
    out = await bench.serial.value(
        "import machine, time\nw = machine.WDT(timeout=2000)\n"
        "for _ in range(50): time.sleep_ms(50); w.feed()\nprint(machine.reset_cause())"
    )
    assert out == "1" and bench.board.boots == 1
    bench.serial.send(b"while True: pass\n\x04")
    await bench.event("watchdog")
    await bench.serial.until(b">>> ")  # and after a hard reset the REPL is friendly


async def test_what_is_in_the_flash_survives_a_power_cut_the_rest_is_gone(bench: Bench) -> None:
    await bench.serial.value("f = open('kept', 'w'); f.write('1'); f.close(); g = open('open', 'w'); g.write('2')")
    await bench.board.power_cut()
    await bench.board.power_on()
    await bench.serial.until(b">>> ")
    await bench.serial.raw()
    assert await bench.serial.value("print(open('kept').read(), open('open').read())") == "1"


async def test_a_soft_reset_closes_what_was_left_open(bench: Bench) -> None:
    await bench.serial.value("g = open('open', 'w'); g.write('2')")
    bench.serial.send(b"\x04")
    await bench.serial.until(b"raw REPL; CTRL-B to exit\r\n>")
    assert await bench.serial.value("print(open('open').read())") == "2"


async def test_the_chip_keeps_its_number_and_another_board_has_another(make_bench: MakeBench, tmp_path: Path) -> None:
    ask = "import machine, binascii; print(binascii.hexlify(machine.unique_id()))"
    seen = []
    for folder in (tmp_path / "a", tmp_path / "a", tmp_path / "b"):
        bench = await make_bench(folder=folder)
        await bench.serial.raw()
        seen.append(await bench.serial.value(ask))
        await bench.board.stop()
    assert seen[0] == seen[1] != seen[2]


async def test_time_counts_from_2000_and_ticks_wrap(bench: Bench) -> None:
    year, small, wrap = (
        await bench.serial.value(
            "import time; print(time.localtime()[0], time.time() < 100, time.ticks_add(0, -1) == (1 << 30) - 1)"
        )
    ).split()
    assert (year, small, wrap) == ("2000", "True", "True")


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return state != "" and not state.startswith("Z")


async def ended(pid: int) -> None:
    """Waits until a process is gone."""
    async with asyncio.timeout(HANG_S):
        while await asyncio.to_thread(alive, pid):
            await asyncio.sleep(0.05)


async def test_kill_9_leaves_the_flash_and_no_process_behind(tmp_path: Path) -> None:
    async with VirtualBoard(tmp_path / "board") as board:
        run = [sys.executable, "-m", "mpremote", "connect", board.serial_url, "exec"]
        await asyncio.to_thread(subprocess.run, [*run, "open('kept', 'w').write('x')"], check=True)
        hard_loop = await asyncio.create_subprocess_exec(*run, "--no-follow", "while True: pass")
        assert await hard_loop.wait() == 0
        interpreter_pid = (await board.event("boot"))["pid"]
        while not board.events.empty():
            interpreter_pid = board.events.get_nowait().get("pid", interpreter_pid)
        assert alive(interpreter_pid)
        board.kill()
        await ended(board.pid)
        await ended(interpreter_pid)
    async with VirtualBoard(tmp_path / "board") as board:
        run = [sys.executable, "-m", "mpremote", "connect", board.serial_url, "exec", "print(open('kept').read())"]
        done = await asyncio.to_thread(subprocess.run, run, capture_output=True, check=True)
        assert done.stdout.strip() == b"x"


async def test_the_board_ends_when_what_started_it_does(tmp_path: Path) -> None:
    starter = (
        "import asyncio, sys, pathlib\n"
        "from gradsock.sim.launch import VirtualBoard\n"
        "async def main():\n"
        "    async with VirtualBoard(pathlib.Path(sys.argv[1])) as board:\n"
        "        print(board.pid, (await board.event('boot'))['pid'], flush=True)\n"
        "        await asyncio.sleep(1000)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", starter, str(tmp_path / "board"), stdout=subprocess.PIPE
    )
    assert process.stdout
    pids = [int(pid) for pid in (await process.stdout.readline()).split()]
    process.send_signal(signal.SIGKILL)
    await process.wait()
    for pid in pids:
        await ended(pid)


async def test_two_boards_cannot_share_a_folder(make_bench: MakeBench, tmp_path: Path) -> None:
    await make_bench(folder=tmp_path / "board")
    with pytest.raises(SimError, match="belongs to a virtual board that runs"):
        async with VirtualBoard(tmp_path / "board"):
            pass


async def test_a_busy_port_is_one_clear_line(make_bench: MakeBench, tmp_path: Path) -> None:
    number = (await make_bench()).board.repl.port.number
    # the socket of that board is taken by the bench: the port is bound all the same
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    number = server.sockets[0].getsockname()[1]
    with pytest.raises(SimError, match=f"port {number} .*take another"):
        async with VirtualBoard(tmp_path / "board", serial_port=number):
            pass
    server.close()


async def test_an_unknown_scenario_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SimError, match="nonsense"):
        async with VirtualBoard(tmp_path / "board", leg="nonsense"):
            pass


async def test_a_missing_interpreter_is_one_clear_line(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "_MICROPYTHON", Path("/nowhere"))
    with pytest.raises(SimError, match="MicroPython for WebAssembly is missing: run `make clean setup`"):
        await make_bench()


async def test_a_missing_node_is_one_clear_line(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "find_spec", lambda _name: None)
    with pytest.raises(SimError, match="Node is missing: run `make clean setup`"):
        await make_bench()


async def test_an_interpreter_that_ends_at_once_is_one_clear_line(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradsock.sim.board.node_command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(SimError, match="MicroPython does not start here: run `make clean setup`"):
        await (await make_bench()).board.up()


async def test_a_board_without_an_air_has_a_radio_that_is_heard_where_it_says(tmp_path: Path) -> None:
    turn_on = "import bluetooth; ble = bluetooth.BLE(); ble.active(True); print(ble.active())"
    async with VirtualBoard(tmp_path / "board") as board:
        run = [sys.executable, "-m", "mpremote", "connect", board.serial_url, "exec", turn_on]
        done = await asyncio.to_thread(subprocess.run, run, capture_output=True, check=True)
        assert done.stdout.strip() == b"True"
        host, port = board.ready["hci"].removeprefix("tcp-client:").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await writer.wait_closed()


async def test_a_cut_that_was_asked_for_waits_through_resets_but_not_through_a_power_on(bench: Bench) -> None:
    bench.board.image.cut_after = 1000
    await bench.event("boot")
    for cause in (HARD, SOFT):
        bench.board.reset(cause)
        await bench.event("boot")
        assert bench.board.image.cut_after is not None
    await bench.board.power_cut()
    await bench.board.power_on()
    assert bench.board.image.cut_after is None


async def test_a_port_closed_while_it_opens_again_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, servers = asyncio.Event(), asyncio.Event(), []
    start_server = asyncio.start_server

    async def slow(*args: object, **options: object) -> asyncio.Server:
        if servers:
            begun.set()
            await go_on.wait()
        servers.append(await start_server(*args, **options))
        return servers[-1]

    monkeypatch.setattr(asyncio, "start_server", slow)
    port = SerialPort(lambda _data: None)
    await port.open()
    _, writer = await asyncio.open_connection("127.0.0.1", port.number)
    writer.close()
    await asyncio.wait_for(begun.wait(), HANG_S)
    closing = asyncio.create_task(port.close())
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait_for(closing, HANG_S)
    assert not servers[1].is_serving()
