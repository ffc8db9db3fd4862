"""The drawing to develop a check against. Frozen thresholds are then judged on `drawing_reporting`, which differs in
every shape.

Published numbers where there are any (see `recipe`); the rest is drawn widely, in both signs where nobody knows.
"""

from .draw import LogNormal, LogUniform, Mix, Normal, Uniform
from .recipe import LIE, SIT, STAND, WALK, Days, Events, Gaits, Hands, Legs, Press, Recipe, Sensors, Style

SIGEL = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"

LEGS = Legs(
    prescriptions={
        **dict.fromkeys(("ral:II", "us:20-30"), 4.5),
        **dict.fromkeys(("ral:I", "ral:III", "env:II", "us:15-20"), 3.0),
        **dict.fromkeys(("env:I", "bs:I", "bs:II", "bs:III", "afnor:II", "afnor:III", "us:30-40"), 2.0),
        **dict.fromkeys(("ral:IV", "env:A", "env:III", "bs:light", "afnor:I", "us:8-15", "us:40-50", SIGEL), 1.0),
        **dict.fromkeys(("afnor:II:progressive", "ral:II:progressive", "ral:II:flat"), 1.3),
        "custom:ankle=15-25,profile=progressive": 1.0,
    },
    lab_position=Uniform(0.0, 1.0),
    calf_position=Uniform(0.2, 1.0),
    knee_of_calf=Uniform(0.70, 0.98),
    leg_minus_lab=Normal(-1.5, 3.6, -10.0, 6.0),
    gradient_loss=Uniform(0.0, 0.30),
    site_log=Normal(0.0, 0.06),
    ring_log=Normal(0.0, 0.13, -0.35, 0.35),
    height_cm=Normal(0.0, 1.0, -3.0, 3.0),
    repeat_log=Uniform(0.04, 0.12),
)

OFFICE = Style(
    (LogNormal(1200, 0.6), LogNormal(900, 1.0, 60), LogNormal(45, 0.9, 5), LogNormal(30, 0.9, 4)),
    ((0, 0.6, 0.4, 0), (0.02, 0, 0.5, 0.48), (0, 0.4, 0, 0.6), (0, 0.35, 0.65, 0)),
)
ACTIVE = Style(
    (LogNormal(900, 0.6), LogNormal(240, 0.9, 30), LogNormal(40, 0.9, 3), LogNormal(35, 1.0, 4)),
    ((0, 0.5, 0.5, 0), (0.01, 0, 0.5, 0.49), (0, 0.15, 0, 0.85), (0, 0.12, 0.88, 0)),
)
HOME = Style(
    (LogNormal(2400, 0.7, 120), LogNormal(700, 1.0, 60), LogNormal(50, 0.8, 5), LogNormal(20, 0.7, 4)),
    ((0, 0.6, 0.4, 0), (0.15, 0, 0.5, 0.35), (0.03, 0.4, 0, 0.57), (0.02, 0.38, 0.6, 0)),
)

DAYS = Days(
    model="markov",
    styles=((0.45, OFFICE), (0.3, ACTIVE), (0.25, HOME)),
    posture={
        LIE: (Normal(-2.6, 1.4, -6.0, 0.5), Normal(-1.3, 1.1, -3.5, 1.5), Normal(-0.8, 0.7, -2.5, 1.5)),
        SIT: (Normal(-1.2, 0.9), Normal(-0.6, 1.1, -3.0, 2.0), Normal(0.0, 0.8, -2.0, 2.5)),
        STAND: (Normal(0.0, 0.0), Normal(0.0, 0.0), Normal(0.0, 0.0)),
        WALK: (Normal(0.0, 0.5), Normal(0.0, 0.6), Normal(0.0, 0.5)),
    },
    bout_sd={LIE: (0.5, 0.6, 0.5), SIT: (0.4, 0.6, 0.5), STAND: (0.3, 0.4, 0.3), WALK: (0.2, 0.3, 0.2)},
    fidget_s=LogNormal(240, 0.9, 10),
    ramp_s=Uniform(1.0, 4.0),
    move_mmHg=Uniform(0.0, 6.0),
    wander_mmHg=LogNormal(0.3, 0.4, 0.0, 1.0),
    wander_s=LogUniform(30, 300),
    swelling=Uniform(0.0, 0.20),
    relax=Uniform(0.0, 0.10),
    relax_s=Uniform(20, 100),
)

GAITS = Gaits(
    form="harmonics",
    amplitude=(Uniform(5.8, 7.0), Uniform(3.5, 4.5), Uniform(4.0, 6.5)),
    spread=LogNormal(1.0, 0.22),
    stride_Hz=Normal(0.95, 0.09, 0.6, 1.3),
    stride_jitter=Uniform(0.015, 0.05),
    amplitude_jitter=Uniform(0.05, 0.15),
    overtones=(Uniform(0.15, 0.7), Uniform(0.05, 0.35), Uniform(0.0, 0.12), Uniform(0.0, 0.05)),
    jiggle_per_h=0.4,
    jiggle_Hz=Uniform(3.0, 5.5),
    jiggle_mmHg=Uniform(0.5, 3.0),
    cycling_share=0.0,
)

PRESSES = (
    Press(
        "crossed legs",
        (SIT,),
        0.5,
        (0.05, 0.5, 0.45),
        Normal(2.5, 2.0, -2.0, 12.0),
        LogNormal(240, 0.9, 20),
        Uniform(0.5, 3),
        0.1,
    ),
    Press(
        "chair edge",
        (SIT,),
        0.35,
        (0.0, 0.6, 0.4),
        Normal(2.0, 1.8, 0.0, 10.0),
        LogNormal(300, 1.0, 20),
        Uniform(0.5, 4),
        0.1,
    ),
    Press(
        "kneeling", (STAND, WALK), 0.15, (0.2, 0.2, 0.6), Uniform(3.0, 20.0), LogUniform(4, 40), Uniform(0.4, 2), 0.2
    ),
    Press("leaning", (STAND,), 0.6, (0.1, 0.7, 0.2), Uniform(1.0, 8.0), LogUniform(4, 60), Uniform(0.3, 2), 0.1),
    Press(
        "knock",
        (SIT, STAND, WALK),
        1.0,
        (0.3, 0.5, 0.2),
        LogUniform(4, 60),
        LogUniform(0.1, 1.5),
        Uniform(0.04, 0.2),
        0.1,
    ),
    Press(
        "trousers", (SIT, STAND), 0.3, (0.0, 0.2, 0.8), Uniform(2.0, 15.0), Uniform(2.0, 6.0), Uniform(0.3, 1.0), 0.1
    ),
    Press(
        "leg on leg",
        (LIE,),
        0.6,
        (0.2, 0.7, 0.1),
        Normal(2.0, 2.0, -2.0, 8.0),
        LogNormal(400, 0.9, 30),
        Uniform(0.5, 3),
        0.1,
    ),
)

SENSORS = Sensors(
    noise="white",
    noise_mmHg=LogUniform(0.3, 2.5),
    drift_share=Uniform(0.0, 0.3),
    gain_log=Normal(0.0, 0.035, -0.1, 0.1),
    offset_mmHg=Normal(0.0, 0.4, -1.0, 1.0),
    creep="log",
    creep_common=Uniform(0.0, 0.03),
    creep_own=Normal(0.0, 0.008, -0.025, 0.025),
    creep_t0_s=LogUniform(15, 60),
    hysteresis=Uniform(0.01, 0.08),
    temperature=Normal(0.0018, 0.0015, -0.002, 0.005),
    warming_s=Uniform(240, 900),
    step_mmHg=Uniform(0.02, 0.2),
    clip_share=0.5,
    rail_mmHg=Uniform(90, 200),
    lost_share=Mix((0.7, 0.3), (Uniform(0.0, 0.0005), Uniform(0.0005, 0.01))),
    gaps_per_h=Uniform(0.0, 0.5),
    gap_s=LogUniform(0.5, 90),
)

EVENTS = Events(
    within_class=Uniform(0.0, 1.0),
    largest=3.0,
    shapes=((0.7, "linear"), (0.3, "steps")),
    fold_s=LogUniform(0.2, 3.0),
    bunch_s=Mix((0.5, 0.5), (LogUniform(0.2, 1.5), Uniform(1.5, 12.0))),
    slip_s=LogUniform(3.0, 90.0),
    lasting_s=LogNormal(240, 0.8, 62),
    moving_share=0.3,
    moving=Uniform(0.85, 1.2),
    aligned_share=0.25,
    slip_ankle_share=0.7,
    slip_knee_log=Mix((0.8, 0.2), (Uniform(-0.5, -0.05), Uniform(0.05, 0.35))),
    slip_calf_log=Normal(0.0, 0.12),
    slip_ankle_log=Uniform(0.0, 0.2),
    elsewhere_log=Normal(0.0, 0.02),
)

HANDS = Hands(
    table_s=Uniform(5, 30),
    pull_s=Uniform(2.0, 8.0),
    tug_mmHg=LogNormal(14, 0.7, 3, 70),
    tugs=Uniform(4, 18),
    smoothing_s=Uniform(2.0, 10.0),
    doff_s=Uniform(2.0, 8.0),
)

TUNING = Recipe("tuning", LEGS, DAYS, GAITS, PRESSES, SENSORS, EVENTS, HANDS)
