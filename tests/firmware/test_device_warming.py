"""Sensors that warm on skin: with a thermistor beside them that no longer shows as pressure, on the sock nor later."""

from array import array
from typing import Any

import numpy as np
import pytest
from gradsock.flash.nominal import calibration_from_curves
from gradsock.log.contexts import Contexts
from gradsock.sim.leg import ADDRESS, THERMISTOR, WornSock
from gradsock.sim.sensor import Sensor
from sock import SITES, event, event_reader
from sock.calibration import Calibration, from_json
from sock.prescription import parse

CHANNELS = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3], ["temperature", 73, 3]]
PER_DEGC = 0.0036
LONG_S = 1200
FULL_SCALE_V = 2.048


class Told:
    """A stream that keeps what it is given."""

    def __init__(self) -> None:
        self.context: list[tuple[int, bytes]] = []
        self.events: list[event_reader.Event] = []
        self.counts: list[tuple[int, ...]] = []
        self.references: list[int] = []
        self.fresh = False

    def close_block(self) -> None: ...

    def add(self, _i: int, _t: int, counts: "array[int]", reference: int, steps: list[int], _flag: int) -> None:
        self.counts.append(tuple(c * s for c, s in zip(counts, steps, strict=True)))
        self.references.append(reference)

    def tell_in_parts(self, kind: int, data: bytes) -> None:
        for part in event.context_parts(data, 240):
            made = event.encode_event(kind, 1, len(self.events), 0, part)
            self.events.append(event_reader.decode_event(made))


def worn(thermistor: bool) -> tuple[Told, Calibration, list[list[int]]]:
    """Twenty minutes of standing, from a bench of 23 degC on; what was told, and what the sock read, once a second."""
    from device.readings import Readings
    from device.warming import Warming

    sensor = Sensor(hysteresis=0.0, creep_per_decade=0.0, per_degC=PER_DEGC)
    leg = WornSock("stand", 0, (sensor,) * 3)
    leg.wear(0.0)
    made = from_json(calibration_from_curves(leg.curves))
    made = Calibration("warm", made.knots, None, None, [round(PER_DEGC * 2**20)] * 3)
    stream = Told()
    stream.tell_in_parts(event.CONTEXT_CALIBRATION, made.pack())
    channels = CHANNELS if thermistor else CHANNELS[:4]
    readings = Readings(channels, made.curves(), parse("us:15-20"), stream, 1000)  # type: ignore[arg-type]
    if thermistor:
        readings.warming = Warming(4, readings._curves, made.per_degC_q20, stream)  # type: ignore[arg-type]
    volts = [leg.window(address, 0.0, 1.0, LONG_S)[0] for address in (ADDRESS, THERMISTOR[0])]
    counts = np.rint(np.vstack([volts[0], volts[1][3:]]) / FULL_SCALE_V * 32768).astype(int).T.tolist()
    read = []
    for index, row in enumerate(counts):
        readings.take(index, array("h", row[: len(channels)]))
        read.append(list(readings._pressures))
    return stream, made, read


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("thermistor", [False, True])
def test_warming_is_no_pressure(thermistor: bool) -> None:
    _, _, read = worn(thermistor)
    leg = WornSock("stand", 0)
    leg.wear(0.0)
    true = leg.pressure_mmHg(np.arange(LONG_S, dtype=float)) * 100
    off = np.array(read)[30:] / true[30:] - 1
    cold, warm = np.abs(off[:60].mean(axis=0)), np.abs(off[-60:].mean(axis=0))
    assert warm.max() < 0.006
    if thermistor:
        assert cold.max() < 0.006
    else:
        assert cold.min() > 0.02


def test_a_recording_reads_what_the_sock_read(world: Any) -> None:
    stream, _, read = worn(True)
    warmths = [told for told in stream.events if told.kind == event.WARMTH]
    assert 8 <= len(warmths) <= 30  # ten degrees in halves, and no flapping
    assert [kind for kind, _ in stream.context] == [event.WARMTH]
    contexts = Contexts(stream.events)
    degC = [warm_cC / 100 for _, warm_cC in contexts.warmth_cC(1)]
    assert degC[0] == pytest.approx(23, abs=0.6)
    assert degC[-1] == pytest.approx(32.8, abs=0.6)
    since = contexts.calibrations(1)
    for index, (counts, reference) in enumerate(zip(stream.counts, stream.references, strict=True)):
        holds = [one.calibration for one in since if one.ticks_ms <= 1000 * index][-1]
        again = [holds.pressure_cmmHg(site, counts[site], reference) for site in range(len(SITES))]
        assert again == read[index]
    assert world is not None
