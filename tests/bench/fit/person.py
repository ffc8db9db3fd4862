"""A wearer: a prescription, the sock that was made for it, a leg, and sensors somewhere on its rings."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sock.prescription import FLAT, PROGRESSIVE, Prescription, parse

from .draw import Rng, pick
from .recipe import LIE, SIT, STAND, WALK, Legs, Recipe

Floats = NDArray[np.float64]

USUAL_MMHG = np.array([25.0, 18.0, 15.5])
"""Where the recipes' "at 25" holds as it stands: ankle, calf, knee."""

OPEN_END, OPEN_START = 1.2, 0.7
"""How far a class without an upper end is drawn: this times its lower end; and the other way round."""


@dataclass(frozen=True)
class Lens:
    """One sensor with its electronics: everything constant between a pressure and its reading."""

    noise_mmHg: float
    drift_share: float
    gain: float
    offset_mmHg: float
    creep: float
    creep_t0_s: float
    hysteresis: float
    full_mmHg: float
    """The load that a full loop of hysteresis goes to."""


@dataclass
class Person:
    """What stays the same from one donning to the next."""

    recipe: Recipe
    prescription: Prescription
    site_mmHg: Floats
    """Mean of each ring, standing, (3,)."""
    channel_site: tuple[int, ...]
    """Site index per sensor."""
    ring: Floats
    """Per sensor: what it meets over the mean of its ring, height included."""
    posture_mmHg: dict[int, Floats]
    """Per posture, (3,): difference from standing."""
    scale: Floats
    """Pressure over the usual one, (3,): what posture and fidgeting do grows with it."""
    gait_mmHg: Floats
    """Max minus min per stride, (3,)."""
    stride_Hz: float
    waveform: Floats
    """One stride, (256, sensors), mean 0, max minus min 1."""
    lenses: list[Lens]
    temperature: float
    step_mmHg: float
    clipped: bool
    rail_mmHg: float
    repeat_log: float
    worn_wrong: float = 1.0
    """Factor on everything: a sock of another class or size than prescribed; 1 when right."""
    traits: dict[str, str] = field(default_factory=dict)

    def donned(self, rng: Rng) -> "Person":
        """The same wearer after another donning: the sock never sits quite where it sat."""
        again = Person(**vars(self))
        again.site_mmHg = self.site_mmHg * np.exp(rng.normal(0.0, self.repeat_log / math.sqrt(2.0), 3))
        return again

    def bands_mmHg(self) -> list[tuple[float | None, float | None]]:
        """Per site the band of the prescription, None where it says nothing."""
        bands = []
        for band in self.prescription.bands:
            low, high = band if band is not None else (None, None)
            bands.append((None if low is None else low / 100.0, None if high is None else high / 100.0))
        return bands


def draw_person(rng: Rng, recipe: Recipe, worn_wrong: float = 1.0, sensors_per_site: int = 1) -> Person:
    """Anybody. worn_wrong scales all pressures: the sock in the drawer was another one."""
    legs = recipe.legs
    chosen = pick(rng, list(legs.prescriptions.values()))
    prescription = parse(list(legs.prescriptions)[chosen])
    lab = _laboratory(rng, legs, prescription)
    site_mmHg = np.maximum(_on_the_leg(rng, legs, lab) * worn_wrong, 2.5)
    scale = site_mmHg / USUAL_MMHG
    channel_site = tuple(site for site in range(3) for _ in range(sensors_per_site))
    slope = (site_mmHg[0] - site_mmHg[2]) / 22.0  # mmHg per cm between B and D
    ring = np.empty(len(channel_site))
    for channel, site in enumerate(channel_site):
        height = 1.0 - slope * legs.height_cm(rng) / site_mmHg[site]
        ring[channel] = math.exp(legs.ring_log(rng)) * min(max(height, 0.8), 1.25)
    gaits = recipe.gaits
    spread = gaits.spread(rng)
    noise = recipe.sensors.noise_mmHg(rng)
    return Person(
        recipe=recipe,
        prescription=prescription,
        site_mmHg=site_mmHg,
        channel_site=channel_site,
        ring=ring,
        posture_mmHg={
            posture: np.array([draw(rng) for draw in recipe.days.posture[posture]]) * scale
            for posture in (LIE, SIT, STAND, WALK)
        },
        scale=scale,
        gait_mmHg=np.array([draw(rng) for draw in gaits.amplitude]) * spread * np.sqrt(scale),
        stride_Hz=gaits.stride_Hz(rng),
        waveform=_waveform(rng, recipe, channel_site),
        lenses=_lenses(rng, recipe, noise, site_mmHg[0], len(channel_site)),
        temperature=recipe.sensors.temperature(rng),
        step_mmHg=recipe.sensors.step_mmHg(rng),
        clipped=rng.uniform() < recipe.sensors.clip_share,
        rail_mmHg=recipe.sensors.rail_mmHg(rng),
        repeat_log=legs.repeat_log(rng),
        worn_wrong=worn_wrong,
        traits={
            "prescription": prescription.text,
            "noise": "noise <1" if noise < 1 else "noise 1-2" if noise < 2 else "noise >=2 mmHg",
        },
    )


def _laboratory(rng: Rng, legs: Legs, prescription: Prescription) -> Floats:
    """Pressures at B, C and D on a wooden leg."""
    low, high = prescription.bands[0] or (None, None)
    if high is None:
        high = int((low or 0) * OPEN_END)
    if low is None:
        low = int(high * OPEN_START)
    ankle = (low + legs.lab_position(rng) * (high - low)) / 100.0
    calf_low, calf_high = (share / 1000.0 for share in prescription.shares[1] or (500, 800))
    if prescription.profile == PROGRESSIVE:
        calf_high = min(calf_high, 1.7)  # measured 1.39; nominal values beyond were never measured on legs
    calf_low = max(calf_low, 0.45)
    calf = calf_low + legs.calf_position(rng) * (calf_high - calf_low)
    if prescription.profile == FLAT:
        knee = calf_low + legs.calf_position(rng) * (calf_high - calf_low)
    else:
        knee = calf * legs.knee_of_calf(rng)
        if prescription.shares[2] is not None:
            knee_low, knee_high = (share / 1000.0 for share in prescription.shares[2])
            knee = min(max(knee, knee_low), knee_high)
    return np.array([ankle, ankle * calf, ankle * knee])


def _on_the_leg(rng: Rng, legs: Legs, lab: Floats) -> Floats:
    """What a leg makes of it: legs were found to lack some of the gradient, and to differ from laboratory at B."""
    ankle = max(lab[0] + legs.leg_minus_lab(rng) * lab[0] / USUAL_MMHG[0], 0.5 * lab[0])
    shares = (lab / lab[0]) ** (1.0 - legs.gradient_loss(rng))
    common = 0.5 * (lab[0] + ankle)  # half of the difference is the ankle's own
    pressures = np.array([ankle, common * shares[1], common * shares[2]])
    return pressures * np.exp([legs.site_log(rng) for _ in range(3)])


def _waveform(rng: Rng, recipe: Recipe, channel_site: tuple[int, ...]) -> Floats:
    gaits = recipe.gaits
    phase = np.arange(256) / 256.0
    overtones = [draw(rng) for draw in gaits.overtones]
    table = np.empty((256, len(channel_site)))
    by_site = {}
    for channel, site in enumerate(channel_site):
        if site not in by_site:
            by_site[site] = _harmonics(rng, phase, overtones) if gaits.form == "harmonics" else _humps(rng, phase)
        wave = by_site[site]
        table[:, channel] = wave - wave.mean()
    table /= np.ptp(table, axis=0)
    return table


def _harmonics(rng: Rng, phase: Floats, overtones: list[float]) -> Floats:
    wave = np.sin(2 * np.pi * (phase + rng.uniform()))
    for order, amplitude in enumerate(overtones, start=2):
        wave = wave + amplitude * np.sin(2 * np.pi * (order * phase + rng.uniform()))
    return wave


def _humps(rng: Rng, phase: Floats) -> Floats:
    """Two humps of differing width per stride: heel strike and push-off."""
    first, apart = rng.uniform(), rng.uniform(0.3, 0.55)
    wave = np.zeros_like(phase)
    for centre, height, width in (
        (first, 1.0, rng.uniform(0.05, 0.12)),
        (first + apart, rng.uniform(0.3, 1.0), rng.uniform(0.06, 0.16)),
    ):
        distance = (phase - centre + 0.5) % 1.0 - 0.5
        wave += height * np.exp(-0.5 * (distance / width) ** 2)
    return wave


def _lenses(rng: Rng, recipe: Recipe, noise: float, ankle_mmHg: float, count: int) -> list[Lens]:
    sensors = recipe.sensors
    common, t0 = sensors.creep_common(rng), sensors.creep_t0_s(rng)
    width, drift = sensors.hysteresis(rng), sensors.drift_share(rng)
    return [
        Lens(
            noise_mmHg=min(max(noise * math.exp(rng.normal(0.0, 0.15)), 0.25), 3.0),
            drift_share=drift,
            gain=math.exp(sensors.gain_log(rng)),
            offset_mmHg=sensors.offset_mmHg(rng),
            creep=common + sensors.creep_own(rng),
            creep_t0_s=t0,
            hysteresis=width,
            full_mmHg=ankle_mmHg,
        )
        for _ in range(count)
    ]
