"""The drawing to report on: the same legs and days as nature, other distributions in every field than `drawing_tuning`.

Where tuning draws from a box, this has tails; where tuning is white and linear, this leans. Nothing is chosen on it.
"""

from .draw import LogNormal, LogUniform, Mix, Normal, Ring, Student, Triangular, Uniform
from .recipe import LIE, SIT, STAND, WALK, Days, Events, Gaits, Hands, Legs, Press, Recipe, Sensors, Style

SIGEL = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"

LEGS = Legs(
    prescriptions={
        **dict.fromkeys(("ral:I", "ral:II", "us:15-20"), 4.5),
        **dict.fromkeys(("afnor:II", "us:20-30"), 3.0),
        **dict.fromkeys(("ral:III", "env:II", "bs:II", "afnor:I", "afnor:III", "us:8-15", SIGEL), 2.0),
        **dict.fromkeys(("ral:IV", "env:A", "env:I", "env:III", "bs:I", "bs:III", "bs:light", "afnor:IV"), 1.0),
        **dict.fromkeys(("us:30-40", "us:40-50", "custom:ankle=18-26,calf=0.55-0.85"), 1.0),
        **dict.fromkeys(("afnor:II:progressive", "afnor:III:progressive", "ral:I:flat"), 1.0),
    },
    lab_position=Triangular(-0.1, 0.4, 1.1),
    calf_position=Triangular(0.0, 0.7, 1.0),
    knee_of_calf=Normal(0.85, 0.08, 0.62, 1.0),
    leg_minus_lab=Mix((0.7, 0.3), (Normal(-1.0, 2.5, -10.0, 6.0), Uniform(-9.0, 4.0))),
    gradient_loss=Normal(0.15, 0.12, 0.0, 0.5),
    site_log=Student(0.0, 0.035, -0.25, 0.25),
    ring_log=Ring(0.0, 0.37),
    height_cm=Uniform(-2.0, 2.0),
    repeat_log=Triangular(0.02, 0.08, 0.14),
)

OFFICE = Style(
    (LogNormal(1500, 0.5, 300), LogUniform(90, 5400), LogUniform(6, 240), LogUniform(6, 200)),
    ((0, 0.7, 0.3, 0), (0.01, 0, 0.6, 0.39), (0, 0.5, 0, 0.5), (0, 0.3, 0.7, 0)),
)
ACTIVE = Style(
    (LogNormal(1200, 0.5, 300), LogUniform(30, 1200), LogUniform(3, 150), LogUniform(4, 300)),
    ((0, 0.5, 0.5, 0), (0.005, 0, 0.55, 0.445), (0, 0.2, 0, 0.8), (0, 0.2, 0.8, 0)),
)
HOME = Style(
    (LogUniform(300, 7200), LogUniform(60, 3600), LogUniform(4, 200), LogUniform(4, 60)),
    ((0, 0.6, 0.4, 0), (0.2, 0, 0.45, 0.35), (0.05, 0.4, 0, 0.55), (0.02, 0.43, 0.55, 0)),
)

DAYS = Days(
    model="markov",
    styles=((0.4, OFFICE), (0.25, ACTIVE), (0.35, HOME)),
    posture={
        LIE: (Triangular(-5.5, -2.0, 0.5), Student(-1.2, 0.8, -3.8, 1.5), Student(-0.7, 0.4, -2.8, 1.5)),
        SIT: (Triangular(-3.0, -0.6, 0.8), Student(-0.6, 0.7, -3.2, 2.0), Student(0.0, 0.5, -2.0, 2.5)),
        STAND: (Normal(0.0, 0.0), Normal(0.0, 0.0), Normal(0.0, 0.0)),
        WALK: (Uniform(-0.8, 0.8), Uniform(-1.0, 1.2), Uniform(-0.8, 0.8)),
    },
    bout_sd={LIE: (0.5, 0.7, 0.5), SIT: (0.4, 0.7, 0.5), STAND: (0.3, 0.4, 0.3), WALK: (0.2, 0.3, 0.3)},
    fidget_s=LogUniform(20, 1500),
    ramp_s=LogUniform(0.8, 5.0),
    move_mmHg=LogNormal(2.0, 0.7, 0.0, 10.0),
    wander_mmHg=Triangular(0.05, 0.25, 0.9),
    wander_s=LogNormal(90, 0.7, 10),
    swelling=Triangular(0.0, 0.08, 0.22),
    relax=Triangular(-0.02, 0.03, 0.14),
    relax_s=LogNormal(45, 0.5, 10, 150),
)

GAITS = Gaits(
    form="harmonics",
    amplitude=(Normal(6.4, 0.5), Normal(4.0, 0.4), Normal(5.2, 0.7)),
    spread=Triangular(0.6, 0.95, 1.5),
    stride_Hz=Triangular(0.65, 0.95, 1.2),
    stride_jitter=LogNormal(0.025, 0.4, 0.008, 0.08),
    amplitude_jitter=LogNormal(0.09, 0.4, 0.02, 0.25),
    overtones=(Normal(0.45, 0.2, 0.0, 1.0), Normal(0.2, 0.12, 0.0, 0.6), Normal(0.06, 0.05, 0.0, 0.2)),
    jiggle_per_h=0.6,
    jiggle_Hz=Triangular(2.5, 4.0, 6.5),
    jiggle_mmHg=LogNormal(1.2, 0.5, 0.3, 4.0),
    cycling_share=0.0,
)

PRESSES = (
    Press(
        "crossed legs",
        (SIT,),
        0.6,
        (0.05, 0.45, 0.5),
        Student(2.0, 1.4, -3.0, 14.0),
        LogUniform(15, 1800),
        LogUniform(0.4, 4),
        0.15,
    ),
    Press(
        "chair edge",
        (SIT,),
        0.4,
        (0.0, 0.5, 0.5),
        LogNormal(1.8, 0.6, 0.0, 10.0),
        LogUniform(15, 2400),
        LogUniform(0.5, 6),
        0.1,
    ),
    Press(
        "kneeling",
        (STAND, WALK),
        0.12,
        (0.25, 0.15, 0.6),
        LogNormal(8, 0.5, 2, 25),
        LogNormal(12, 0.7, 3, 60),
        Uniform(0.3, 2),
        0.25,
    ),
    Press(
        "leaning",
        (STAND,),
        0.5,
        (0.1, 0.6, 0.3),
        LogNormal(3, 0.6, 0.5, 12),
        LogNormal(12, 0.8, 2, 120),
        Uniform(0.3, 2),
        0.15,
    ),
    Press(
        "knock",
        (SIT, STAND, WALK),
        1.5,
        (0.3, 0.4, 0.3),
        LogNormal(14, 0.8, 2, 80),
        LogNormal(0.4, 0.7, 0.08, 3),
        Uniform(0.04, 0.2),
        0.1,
    ),
    Press(
        "trousers",
        (SIT, STAND),
        0.35,
        (0.05, 0.25, 0.7),
        LogNormal(6, 0.5, 1, 20),
        LogNormal(3, 0.5, 1, 10),
        Uniform(0.2, 1.0),
        0.15,
    ),
    Press(
        "leg on leg",
        (LIE,),
        0.8,
        (0.25, 0.6, 0.15),
        Student(1.5, 1.3, -3.0, 9.0),
        LogUniform(20, 3000),
        LogUniform(0.5, 5),
        0.15,
    ),
)

SENSORS = Sensors(
    noise="white",
    noise_mmHg=Mix((0.75, 0.25), (LogNormal(0.8, 0.45, 0.3, 2.0), Uniform(1.5, 3.0))),
    drift_share=LogNormal(0.15, 0.6, 0.0, 0.6),
    gain_log=Uniform(-0.065, 0.065),
    offset_mmHg=Uniform(-0.8, 0.8),
    creep="log",
    creep_common=Triangular(-0.005, 0.01, 0.04),
    creep_own=Student(0.0, 0.005, -0.03, 0.03),
    creep_t0_s=LogUniform(10, 180),
    hysteresis=LogNormal(0.035, 0.6, 0.005, 0.15),
    temperature=Uniform(-0.001, 0.0045),
    warming_s=LogNormal(480, 0.4, 120, 1800),
    step_mmHg=LogUniform(0.015, 0.2),
    clip_share=0.35,
    rail_mmHg=LogUniform(75, 300),
    lost_share=LogUniform(0.00005, 0.015),
    gaps_per_h=Triangular(0.0, 0.1, 0.8),
    gap_s=LogNormal(6, 1.3, 0.2, 180),
)

EVENTS = Events(
    within_class=Triangular(0.0, 0.1, 1.0),
    largest=3.5,
    shapes=((0.6, "sigmoid"), (0.25, "exponential"), (0.15, "steps")),
    fold_s=LogNormal(1.0, 0.7, 0.15, 6.0),
    bunch_s=LogNormal(2.5, 1.0, 0.2, 20.0),
    slip_s=LogNormal(20, 1.0, 2.0, 180.0),
    lasting_s=Mix((0.3, 0.7), (Uniform(62, 90), LogUniform(90, 1800))),
    moving_share=0.4,
    moving=Triangular(0.75, 1.0, 1.3),
    aligned_share=0.35,
    slip_ankle_share=0.6,
    slip_knee_log=Mix((0.75, 0.25), (Triangular(-0.7, -0.2, 0.0), Triangular(0.0, 0.1, 0.4))),
    slip_calf_log=Uniform(-0.22, 0.22),
    slip_ankle_log=Triangular(-0.05, 0.05, 0.25),
    elsewhere_log=Student(0.0, 0.012, -0.1, 0.1),
)

HANDS = Hands(
    table_s=LogUniform(3, 60),
    pull_s=LogNormal(4.0, 0.5, 1.0, 15.0),
    tug_mmHg=Mix((0.8, 0.2), (LogUniform(3, 40), Uniform(30, 90))),
    tugs=Triangular(2, 8, 30),
    smoothing_s=LogNormal(5.0, 0.5, 1.5, 20.0),
    doff_s=LogNormal(4.0, 0.4, 1.0, 12.0),
)

REPORTING = Recipe("reporting", LEGS, DAYS, GAITS, PRESSES, SENSORS, EVENTS, HANDS)
