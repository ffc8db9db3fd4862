"""The virtual leg through an ADC, a calibration and the sock's own fit check: each scenario shows what it promises."""

import numpy as np
import pytest
from gradsock.flash import calibration_from_curves
from gradsock.sim.leg import ADDRESS, WornSock
from gradsock.sim.published import profiles
from gradsock.sim.scenario import load, parse
from sock.calibration import from_json
from sock.encoder import quantise
from sock.fit import FitCheck
from sock.prescription import parse as prescription

RATE_HZ = 25
COUNTS_PER_V = 32768 / 2.048


def counts_of(sock: WornSock, duration_s: float, seed: int) -> np.ndarray:
    """What the ADC would convert, noise included, shape (4, n); the sock is put on at second 0."""
    sock.wear(0.0)
    dice, parts = np.random.default_rng(seed), []
    for second in range(int(duration_s)):
        volts, noise_V = sock.window(ADDRESS, float(second), 1 / RATE_HZ, RATE_HZ)
        parts.append(volts + noise_V[:, None] * dice.standard_normal(volts.shape))
    return np.clip(np.rint(np.hstack(parts) * COUNTS_PER_V), -32768, 32767).astype(int)


def verdicts(sock: WornSock, duration_s: float, seed: int = 0) -> tuple[list[tuple[float, str]], list]:
    """(second, verdict) whenever it changes, and all findings but information."""
    calibration = from_json(calibration_from_curves(sock.curves))
    fit, changes, findings = FitCheck(prescription(sock.scenario.prescription)), [(0.0, "")], []
    counts = counts_of(sock, duration_s, seed)
    reference = int(counts[3, 0])
    steps = [calibration.step_for(site, reference) for site in range(3)]
    for index, scan in enumerate(counts.T.tolist()):
        stored = [quantise(scan[site], steps[site]) * steps[site] for site in range(3)]
        pressures = [calibration.pressure_cmmHg(site, stored[site], reference) for site in range(3)]
        if fit.add(1000 * index // RATE_HZ, pressures) and fit.verdict != changes[-1][1]:
            changes.append((index / RATE_HZ, fit.verdict))
        findings += fit.take_closed()
    findings += fit.open_findings()
    return changes[1:], [finding for finding in findings if finding.level != "info"]


@pytest.mark.parametrize("name", ["demo", "demo-short", "right"])
@pytest.mark.parametrize("seed", [0, 7])
def test_a_fold_is_seen_and_its_end_too_in_time_for_the_audience(name: str, seed: int) -> None:
    scenario = load(name)
    (label,) = (label for label in scenario.labels if label.kind == "fold")
    changes, (fold,) = verdicts(WornSock(scenario, seed), scenario.duration_s, seed)
    assert [verdict for _, verdict in changes] == ["not worn", "settling", "good", "fold", "good"]
    assert (fold.kind, fold.site) == ("fold", "knee")
    assert label.start_s < changes[3][0] <= label.start_s + 20
    assert label.end_s < changes[4][0] < scenario.duration_s - 2


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("stand", "good"),
        ("walk", "good"),
        ("left", "good"),
        ("flat-table", "not worn"),
        ("donned-folded", "inconclusive"),
        ("too-tight", "too tight"),
        ("progressive", "reversed"),
    ],
)
def test_a_scenario_ends_as_its_title_says(name: str, last: str) -> None:
    scenario = load(name)
    changes, _ = verdicts(WornSock(scenario), scenario.duration_s)
    assert changes[-1][1] == last


@pytest.mark.parametrize(("name", "kind", "site"), [("bunched", "bunching", "ankle"), ("slipped", "slipped", "knee")])
def test_what_goes_wrong_is_found_and_ends(name: str, kind: str, site: str) -> None:
    scenario = load(name)
    changes, (finding,) = verdicts(WornSock(scenario), scenario.duration_s)
    assert (finding.kind, finding.site) == (kind, site)
    assert changes[-1][1] == "good"


def test_each_broken_sensor_is_named_and_comes_back() -> None:
    scenario = load("broken-sensors")
    changes, findings = verdicts(WornSock(scenario), scenario.duration_s)
    assert [f.site for f in findings if f.kind == "sensor-fault"][:3] == ["knee", "calf", "ankle"]
    assert changes[-1][1] == "good"


@pytest.mark.parametrize("name", [name for name, profile in profiles().items() if profile.verdict])
def test_a_published_profile_gets_the_verdict_it_should(name: str) -> None:
    worn = parse(f"sock {name}\n0 don over=5\n5 stand\n2:00 end")
    changes, _ = verdicts(WornSock(worn), worn.duration_s)
    assert changes[-1][1] == profiles()[name].verdict
