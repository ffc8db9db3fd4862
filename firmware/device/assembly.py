"""Puts the parts of the sock together, once per boot."""

import gc
import json
import sys

import board
from sock import SITES, VERSION, const, event, fit, prescription, protocol, varint
from sock.bands import Prescription
from sock.finding import LEVEL_NAMES
from sock.fit import FitCheck
from sock.reducer import Reducer
from sock.steps import StepLatch

from . import configuration, journal_start, owning, store, tare
from .battery import Battery
from .bulletin import Bulletin
from .control import Control
from .gate import Gate
from .gatt import Gatt
from .indicator import Indicator
from .queue import BlockQueue
from .readings import Readings
from .reference import ReferenceLatch
from .stream import Stream
from .supervisor import Supervisor, note_crash, proven
from .ticks import Ticks
from .wiring import slim, wire

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def assemble(gatt: Gatt, feed: "Callable[[], None]") -> Supervisor:
    """Everything made and connected; the supervisor's `watch` runs it. The grid of scans begins here.

    feed: feeds the watchdog.
    """
    feed()  # the code was loaded, which takes a board seconds
    owning.finish_wiping()
    settings = store.load_settings()
    channels = settings["channels"]
    roles = [channel[0] for channel in channels if channel[0] in SITES]
    sites = [index for index, site in enumerate(SITES) if site in roles]
    calibration = store.load_calibration(len(roles))
    wanted = prescription.parse(settings["prescription"])
    serial = store.serial()
    boot = store.next_boot()
    period_ms = 1000 // settings["rate_Hz"]

    ticks = Ticks()
    pairing = gatt.pairing
    gate = Gate(settings["allow_unprotected"], board.PAIRS)
    info = configuration.info(settings, serial, boot, gate.protection)
    info["prescription"] = wanted.text
    gatt.serve(info["name"], f"gradsock {board.NAME}", [SITES[index] for index in sites], gate)
    stream = Stream(gatt, ticks, boot, len(roles), period_ms)
    stream.journal = journal_start.start(len(roles), boot, period_ms)
    feed()
    readable = configuration.settings_json(settings)
    whole = json.dumps(settings, separators=(",", ":")).encode()
    stream.context.append((event.CONTEXT_SETTINGS, readable if readable == whole else whole))  # mostly kept once
    if calibration is not None:
        info["calibration"] = calibration.id
        stream.context.insert(0, (event.CONTEXT_CALIBRATION, calibration.pack()))
        tare.begin(calibration, stream)
    curves = None if calibration is None else calibration.curves()  # the rest of it can go
    history = None if calibration is None else calibration.history()
    readings = Readings(channels, curves, wanted, stream, period_ms, history)
    if "temperature" in [channel[0] for channel in channels]:
        from .warming import Warming

        at = [channel[0] for channel in channels].index("temperature")
        shares = () if calibration is None else calibration.per_degC_q20
        readings.warming = Warming(at, curves, shares, stream)
    scanner = wire(
        board.i2c(), channels, settings["gain"], settings["data_rate"], settings["rate_Hz"], board.excitation
    )
    vibrate = LEVEL_NAMES.index(settings["vibrate"]) if settings["vibrate"] in LEVEL_NAMES else 0
    indicator = Indicator(gatt, readings, stream, ticks.now, vibrate)
    indicator.wearer("begin", settings)
    gatt.publish(gatt.settings, readable)
    control = Control(gatt, stream, indicator, ticks, board.reset)
    indicator.held = control.wipe
    control.before_restart += [stream.rest, proven]

    pressures = [(index, gatt.pressures[at]) for at, index in enumerate(sites)]
    bulletin = Bulletin(
        gatt, readings, stream, ticks, calibration is not None, pressures, info, channels, indicator, scanner
    )
    sleep_min = 0 if calibration is None else settings["sleep_min"]
    napped = board.reset_cause() == "deep sleep"
    battery = Battery(gatt, board.battery_mV, readings, stream, control.before_restart, board.sleep, sleep_min, napped)
    supervisor = Supervisor(feed, ticks.now, note_crash)
    supervisor.add("scan", scanner.run)
    supervisor.add("stream", stream.run, stream.poke)
    supervisor.add("control", control.run, control.poke)
    supervisor.add("advertise", gatt.advertise)
    supervisor.add("bulletin", bulletin.run)
    supervisor.add("battery", battery.run)
    supervisor.add("indicator", indicator.run)
    if pairing is not None:
        supervisor.add("pairing", pairing.run)
        if owning.flashed():
            pairing.open()
        elif board.reset_cause() == "power-on":
            pairing.powered_on()
        _let_go("powered_on", [type(pairing)])
    sys.stdout.write(f"sock {serial} firmware {VERSION} running\n")
    stream.tell(event.STARTED, board.reset_cause().encode())
    slim(scanner)
    gc.collect()
    readings.start_ms = ticks.now() + scanner.delay_ms
    scanner.start(readings.take)
    parts = [ticks, gatt, stream, stream.journal, readings, indicator, control, bulletin, battery, supervisor, scanner]
    parts += [gate, scanner.chips[0], supervisor.posts[0], pairing]
    # No more of these are made, and what made them is a tenth of their code.
    _let_go("__init__", [type(part) for part in parts if part is not None])
    _let_go("__init__", (FitCheck, Reducer, StepLatch, ReferenceLatch, BlockQueue))
    for known in dir(protocol):
        if known.endswith("_UUID"):
            _let_go(known, [protocol])
    _let_go("serve", [Gatt])
    _let_go("add", [Supervisor])
    _let_go("start", [type(scanner)])
    _let_go("slot_ms", [type(scanner.chips[0])])
    for known in ("as_dict", "needs_physician"):
        _let_go(known, [Prescription])  # these are for hosts
    _let_go("layout_of", [fit])
    _let_go("parse_request", [protocol])
    _let_go("unzigzag", [varint])
    return supervisor


def _let_go(name: str, owners: "Sequence[object]") -> None:
    """Let the memory go of what is over. None in its place: a table keeps alive what is deleted from it."""
    for owner in owners:
        setattr(owner, name, None)
