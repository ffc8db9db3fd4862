"""A sock with several sensors at a site: the host finds what the sock's own check finds, and reads their mean."""

from array import array

import gradsock
import numpy as np
import pytest
from gradsock.analysis.check import check
from gradsock.analysis.stretch import held
from gradsock.analysis.trust import trusted
from gradsock.link import BlockReceived, InfoRead
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal
from sock import MISSING, block, event
from sock.calibration import Q14, Calibration
from sock.fit import FitCheck, layout_of
from sock.prescription import parse

from tests.host import own_check

ROLES = [2, 0, 1, 0, 2, 1]  # as they are wired, in no order
LEVELS = [17.0, 32.0, 15.0, 23.0, 12.5, 21.0]
PRELOAD = 300
CURVE = ((PRELOAD, 0), (PRELOAD + Q14, 6000))
REFERENCE_COUNTS = 24000
SITES = ("ankle", "calf", "knee")


def readings(seconds=220):
    """25 Hz, mmHg: put on, a bunch on one side of the calf at 120 s, an open wire of the ankle at 180 s."""
    rng = np.random.default_rng(4)
    t_s = np.arange(seconds * 25) / 25
    p = np.array(LEVELS) * np.clip((t_s[:, None] - 5) / 6, 0, 1) + rng.normal(0, 0.4, (len(t_s), len(LEVELS)))
    p[(t_s >= 120) & (t_s < 160), 2] *= 1.7
    p[(t_s >= 180) & (t_s < 200), 3] = -300
    return p


def record(made, states=None, first=0):
    calibration = Calibration("ring", (CURVE,) * len(ROLES))
    channels = [[SITES[site], 72 + at // 4, at % 4, 0] for at, site in enumerate(ROLES)] + [["reference", 74, 0, 0]]
    counts = [[_counts_of(p) for p in row] for row in readings().tolist()]
    with Recorder(moniker="ble:made") as recorder:
        recorder.take(InfoRead(made.info(channels=channels, calibration="ring", prescription="ral:II"), made.t0_us))
        own_check.tell(recorder, made, event.CONTEXT_CALIBRATION, calibration.pack())
        own_check.tell_states(recorder, made, states)
        for at in range(first, len(counts), 5):
            encoder = block.BlockEncoder(len(ROLES), 240)
            encoder.begin(made.boot, at, 1000 + 40 * at, 40, REFERENCE_COUNTS, (1,) * len(ROLES))
            for row in counts[at : at + 5]:
                assert encoder.add(array("h", row))
            recorder.take(BlockReceived(bytes(encoder.finish()), made.t0_us))
    return recorder.path


def _counts_of(mmHg):
    """By CURVE; an open wire reads below its preload."""
    x = max(mmHg, 0) * 100 / 6000 + PRELOAD / Q14
    return 0 if mmHg < -100 else round(REFERENCE_COUNTS * x / (1 + x))


def streamed(path, joined=()):
    """The sock's own check over the channels of a recording, scan by scan."""
    columns = gradsock.open(path).columns
    (boot,) = (boot for boot, _ in columns.boots)
    layout, places = layout_of(ROLES)
    channels = columns.channels_cmmHg(boot)
    rows = np.stack([channels[places.index(place)] for place in range(len(layout))], axis=1)
    found, states = own_check.streamed(FitCheck(parse("ral:II"), layout), columns.ticks_ms, rows, joined)
    return [(f.kind, f.site, f.level, f.evidence) for f in found], states


def told(checked):
    return [(f.kind, f.site, f.level, f.evidence) for f in checked.findings]


def sorted_(findings):
    """Those that are open come last from a machine."""
    return sorted(findings, key=str)


@pytest.mark.parametrize("sealed", [False, True])
def test_the_host_finds_what_the_sock_finds(made, sealed):
    path = record(made)
    found, _ = streamed(path)
    if sealed:
        (path,) = seal(path)
    checked = check(path)
    assert sorted_(told(checked)) == sorted_(found)
    assert [f[:2] for f in found if f[2] != "info"] == [("bunching", "calf"), ("sensor-fault", "ankle")]
    assert checked.verdicts[-1].verdict == "good"


def test_a_log_that_begins_in_the_middle_goes_on_from_the_socks_own_state(made):
    joined = 25 * 130
    found, states = streamed(record(made), (joined,))
    checked = check(record(made, states, joined))
    assert sorted_(told(checked)) == sorted_(found)


def test_the_pressure_of_a_site_is_the_mean_of_those_that_can_be_read(made):
    pressures = gradsock.open(record(made)).columns.pressure_cmmHg
    assert np.median(pressures["ankle"][60 * 25 : 100 * 25]) == pytest.approx(2750, abs=20)
    assert np.median(pressures["ankle"][185 * 25 : 195 * 25]) == pytest.approx(3200, abs=30)
    assert np.median(pressures["knee"][60 * 25 : 100 * 25]) == pytest.approx(1475, abs=20)
    assert not (pressures["knee"] == MISSING).any()


def test_of_a_ring_the_side_that_is_at_fault_is_left_out(made):
    recording = gradsock.open(record(made))
    (stretch,) = held(recording).stretches
    first = 25 * 100
    since_ms, until_ms = int(stretch.t_ms[first]), int(stretch.t_ms[first + 100])
    pressures = trusted(stretch, {(0, since_ms): until_ms})
    rows = slice(first, first + 100)
    (other,) = (channel for channel, site in enumerate(stretch.layout) if site == 0 and channel)
    assert (pressures[rows, 0] == stretch.rings_cmmHg[rows, other]).all()
    changed = np.flatnonzero((pressures != stretch.pressures_cmmHg).any(axis=1))
    assert first <= changed[0] and changed[-1] < first + 100
    assert (pressures[:, 1:] == stretch.pressures_cmmHg[:, 1:]).all()
    both = {(0, since_ms): until_ms, (other, since_ms): until_ms}
    assert (trusted(stretch, both)[rows, 0] == MISSING).all()
