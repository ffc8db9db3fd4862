"""Another family of recipes, to expose a check that learnt the other two: days by timetable, pink noise with impulses
and jumps, gait of two humps, pedalling and stairs, sensors that creep toward an end value, events that overshoot,
pause or climb stride by stride, leg shapes without tails but with a broad middle.
"""

from .draw import Fixed, LogNormal, LogUniform, Mix, Normal, Triangular, Uniform
from .recipe import LIE, SIT, STAND, WALK, Days, Events, Gaits, Hands, Legs, Press, Recipe, Sensors, Style

LEGS = Legs(
    prescriptions={
        **dict.fromkeys(("ral:I", "ral:II", "ral:III", "ral:IV", "env:A", "env:I", "env:II", "env:III", "env:IV"), 1.0),
        **dict.fromkeys(("bs:light", "bs:I", "bs:II", "bs:III", "afnor:I", "afnor:II", "afnor:III", "afnor:IV"), 1.0),
        **dict.fromkeys(("us:8-15", "us:15-20", "us:20-30", "us:30-40", "us:40-50", "us:20-30:progressive"), 1.0),
        "custom:ankle=18-30,calf=0.8-1.2,knee=0.8-1.2,profile=flat": 1.0,
        "custom:ankle=12-24,calf=0.5-0.95,knee=0.3-0.9": 1.0,
        "custom:ankle=20-28,calf=1.1-1.6,profile=progressive": 1.0,
    },
    lab_position=Uniform(-0.1, 1.1),
    calf_position=Uniform(0.0, 1.0),
    knee_of_calf=Uniform(0.62, 1.0),
    leg_minus_lab=Uniform(-7.5, 4.5),
    gradient_loss=Uniform(0.0, 0.4),
    site_log=Uniform(-0.12, 0.12),
    ring_log=Uniform(-0.26, 0.26),
    height_cm=Triangular(-3.0, 0.5, 3.0),
    repeat_log=Uniform(0.03, 0.16),
)

# By timetable: the main posture of a block lasts duration_s, `follows` gives the next block; inside them one gets up.
NURSE = Style(
    (Uniform(900, 3600), Uniform(300, 1500), Uniform(600, 3000), Uniform(120, 1200)),
    ((0, 1, 1, 1), (0.02, 0, 1, 1), (0.02, 1, 0, 1.5), (0, 0.6, 1.5, 0)),
)
DESK = Style(
    (Uniform(900, 3600), Uniform(1800, 7200), Uniform(120, 900), Uniform(60, 900)),
    ((0, 1, 0.5, 0.5), (0.02, 0, 0.6, 1), (0, 1.2, 0, 0.6), (0, 1.2, 0.5, 0)),
)
WARD = Style(
    (Uniform(1800, 9000), Uniform(900, 3600), Uniform(30, 300), Uniform(30, 400)),
    ((0, 1, 0.3, 0.3), (1, 0, 0.4, 0.5), (0.5, 0.7, 0, 0.7), (0.7, 0.8, 0.3, 0)),
)

DAYS = Days(
    model="schedule",
    styles=((0.35, NURSE), (0.4, DESK), (0.25, WARD)),
    posture={
        LIE: (Uniform(-5.0, 0.0), Uniform(-3.2, 1.2), Uniform(-1.8, 0.8)),
        SIT: (Uniform(-2.8, 0.5), Uniform(-2.8, 1.6), Uniform(-1.6, 1.6)),
        STAND: (Fixed(0.0), Fixed(0.0), Fixed(0.0)),
        WALK: (Uniform(-1.0, 1.0), Uniform(-1.2, 1.2), Uniform(-1.0, 1.0)),
    },
    bout_sd={LIE: (0.7, 0.9, 0.7), SIT: (0.6, 0.9, 0.7), STAND: (0.4, 0.6, 0.4), WALK: (0.3, 0.4, 0.3)},
    fidget_s=Uniform(60, 900),
    ramp_s=Uniform(0.5, 6.0),
    move_mmHg=Triangular(0.0, 1.0, 12.0),
    wander_mmHg=Uniform(0.05, 0.7),
    wander_s=Uniform(20, 400),
    swelling=Uniform(-0.03, 0.20),
    relax=Uniform(-0.04, 0.12),
    relax_s=Uniform(10, 140),
)

GAITS = Gaits(
    form="pulses",
    amplitude=(Uniform(5.5, 7.5), Uniform(3.2, 4.8), Uniform(3.8, 7.0)),
    spread=Uniform(0.6, 1.5),
    stride_Hz=Uniform(0.6, 1.25),
    stride_jitter=Uniform(0.01, 0.09),
    amplitude_jitter=Uniform(0.05, 0.3),
    overtones=(),
    jiggle_per_h=0.8,
    jiggle_Hz=Uniform(1.5, 7.0),
    jiggle_mmHg=Uniform(0.3, 5.0),
    cycling_share=0.12,
)

PRESSES = (
    Press("crossed legs", (SIT,), 0.8, (0.1, 0.45, 0.45), Uniform(-2.0, 7.0), Uniform(20, 1500), Uniform(0.3, 8), 0.2),
    Press("stool", (SIT,), 0.4, (0.1, 0.5, 0.4), Uniform(0.0, 7.0), Uniform(30, 3000), Uniform(0.3, 8), 0.2),
    Press("kneeling", (STAND, WALK), 0.3, (0.33, 0.33, 0.34), Uniform(2.0, 25.0), Uniform(2, 50), Uniform(0.2, 3), 0.4),
    Press("leaning", (STAND,), 0.8, (0.2, 0.5, 0.3), Uniform(0.5, 10.0), Uniform(1, 90), Uniform(0.2, 3), 0.2),
    Press(
        "knock",
        (LIE, SIT, STAND, WALK),
        2.0,
        (0.34, 0.33, 0.33),
        LogUniform(3, 100),
        Uniform(0.04, 2.5),
        Fixed(0.04),
        0.3,
    ),
    Press(
        "boot or trousers",
        (SIT, STAND),
        0.5,
        (0.4, 0.2, 0.4),
        Uniform(1.0, 20.0),
        Uniform(1.0, 12.0),
        Uniform(0.2, 2.0),
        0.2,
    ),
    Press("mattress", (LIE,), 1.0, (0.4, 0.5, 0.1), Uniform(-2.0, 6.0), Uniform(30, 3600), Uniform(0.5, 10), 0.2),
)

SENSORS = Sensors(
    noise="pink",
    noise_mmHg=Uniform(0.3, 2.2),
    drift_share=Fixed(0.0),
    gain_log=Triangular(-0.12, 0.0, 0.12),
    offset_mmHg=Triangular(-1.5, 0.0, 1.5),
    creep="exponential",
    creep_common=Uniform(-0.02, 0.12),
    creep_own=Uniform(-0.05, 0.05),
    creep_t0_s=LogUniform(300, 9000),
    hysteresis=Uniform(0.0, 0.15),
    temperature=Uniform(-0.003, 0.005),
    warming_s=Uniform(120, 2400),
    step_mmHg=Mix((0.5, 0.5), (Fixed(0.2), Fixed(0.1))),
    clip_share=0.7,
    rail_mmHg=Uniform(70, 320),
    lost_share=Mix((0.5, 0.5), (Fixed(0.0), Uniform(0.0, 0.03))),
    gaps_per_h=Uniform(0.0, 1.5),
    gap_s=Mix((0.8, 0.2), (Uniform(0.2, 20), Uniform(20, 300))),
)

EVENTS = Events(
    within_class=Uniform(0.0, 1.0),
    largest=4.0,
    shapes=((0.3, "overshoot"), (0.3, "pause"), (0.25, "strides"), (0.15, "linear")),
    fold_s=Uniform(0.1, 5.0),
    bunch_s=Uniform(0.1, 15.0),
    slip_s=Uniform(2.0, 120.0),
    lasting_s=Mix((0.5, 0.5), (Uniform(62, 300), Uniform(300, 3600))),
    moving_share=0.6,
    moving=Uniform(0.7, 1.4),
    aligned_share=0.5,
    slip_ankle_share=0.5,
    slip_knee_log=Mix((0.7, 0.3), (Uniform(-0.8, 0.0), Uniform(0.0, 0.4))),
    slip_calf_log=Uniform(-0.3, 0.3),
    slip_ankle_log=Uniform(-0.1, 0.25),
    elsewhere_log=Normal(0.0, 0.04, -0.12, 0.12),
)

HANDS = Hands(
    table_s=Uniform(1, 90),
    pull_s=Uniform(0.7, 20.0),
    tug_mmHg=LogNormal(20, 0.8, 2, 120),
    tugs=Uniform(0, 40),
    smoothing_s=Uniform(1.0, 25.0),
    doff_s=Uniform(0.5, 20.0),
)

WILD = Recipe("wild", LEGS, DAYS, GAITS, PRESSES, SENSORS, EVENTS, HANDS)
