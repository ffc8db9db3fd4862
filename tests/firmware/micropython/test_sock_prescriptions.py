"""The prescription table of the standards, and prescriptions as people write them."""

from sock.prescription import STANDARDS, PrescriptionError, classify, gaps, parse

# mmHg at the ankle, as the standards print it; None: open
TABLE = {
    "ral:I": (18, 21),
    "ral:II": (23, 32),
    "ral:III": (34, 46),
    "ral:IV": (49, None),
    "env:A": (10, 14),
    "env:I": (15, 21),
    "env:II": (23, 32),
    "env:III": (34, 46),
    "env:IV": (49, None),
    "bs:light": (None, 14),
    "bs:I": (14, 17),
    "bs:II": (18, 24),
    "bs:III": (25, 35),
    "afnor:I": (10, 15),
    "afnor:II": (15, 20),
    "afnor:III": (20, 36),
    "afnor:IV": (36, None),
    "us:8-15": (8, 15),
    "us:15-20": (15, 20),
    "us:20-30": (20, 30),
    "us:30-40": (30, 40),
    "us:40-50": (40, 50),
}
SIGEL = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"


def refusal(text):
    try:
        parse(text)
    except PrescriptionError as error:
        assert str(error) and "\n" not in str(error)
        return str(error)
    raise AssertionError(text + " was accepted")


def test_the_whole_table():
    for text, (low, high) in TABLE.items():
        prescription = parse(text)
        assert prescription.bands[0] == (None if low is None else low * 100, None if high is None else high * 100), text
        assert prescription.text == text
    assert sum([len(classes) for classes in STANDARDS.values()]) == len(TABLE)


def test_class_two_is_four_different_pressures():
    assert len({parse(name + ":II").bands[0] for name in ("ral", "bs", "afnor", "us")}) == 4


def test_shares_up_the_leg():
    assert parse("ral:II").shares == (None, (500, 800), (500, 800))
    assert parse("ral:III").shares == (None, (500, 700), (500, 700))
    assert parse("bs:I").shares == (None, (0, 800), (0, 800))
    assert parse("bs:II").shares == (None, (0, 700), (0, 700))
    assert parse("ral:II").bands == ((2300, 3200), (1150, 2560), (1150, 2560))
    assert parse("ral:IV").bands == ((4900, None), (2450, None), (2450, None))


def test_profiles():
    assert parse("afnor:II:progressive").shares[1] == (1000, 2400)
    assert parse("afnor:II:progressive").bands[2] is None
    assert parse("us:20-30:flat").shares == (None, (800, 1200), (800, 1200))
    assert parse("ral:II:graduated").text == "ral:II"


def test_custom():
    sigel = parse(SIGEL)
    assert sigel.text == SIGEL
    assert sigel.bands == ((1400, 2200), (840, 1980), (490, 1320))
    assert (sigel.standard, sigel.class_name, sigel.profile) == ("custom", None, "graduated")
    assert parse("custom:ankle=14.5-22.25").bands[0] == (1450, 2225)
    assert parse("custom:ankle=15-25,profile=progressive").shares == (None, (1000, 2400), None)
    assert parse("custom:ankle=20-30,calf=0.9-1.1,profile=custom").shares == (None, (900, 1100), None)


def test_text_round_trip():
    more = ["us:II", "ENV:light", "bs:A", "ral: 2 ", "afnor:III:flat", SIGEL, "custom: ankle = 14 - 22 , knee=.4-0.650"]
    for text in list(TABLE) + more:
        prescription = parse(text)
        again = parse(prescription.text)
        assert again.text == prescription.text
        assert again.as_dict() == prescription.as_dict()
    assert parse("us:II").text == "us:20-30"
    assert parse("ENV:light").text == "env:A"
    assert parse("custom: ankle = 14 - 22 , knee=.4-0.650").text == "custom:ankle=14-22,knee=0.4-0.65,profile=graduated"


def test_a_physician_is_asked_above_20_mmHg():
    free = ("us:8-15", "us:15-20", "afnor:I", "afnor:II", "bs:I", "bs:light", "env:A", "custom:ankle=10-20")
    asked = ("us:20-30", "ral:I", "ral:II", "ral:IV", "bs:II", "afnor:III", "custom:ankle=14-20.5")
    assert [parse(text).needs_physician for text in free] == [False] * len(free)
    assert [parse(text).needs_physician for text in asked] == [True] * len(asked)


def test_between_classes_is_a_fact_of_the_table():
    assert gaps("ral") == [(2100, 2300), (3200, 3400), (4600, 4900)]
    assert gaps("bs") == [(1700, 1800), (2400, 2500)]
    assert gaps("us") == gaps("afnor") == []
    assert classify("ral", 2000) == "I"
    assert classify("ral", 2200) == "between I and II"
    assert classify("ral", 1000) == "below I"
    assert classify("ral", 6000) == "IV"
    assert classify("us", 6000) == "above 40-50"
    assert classify("bs", 500) == "light"


def test_sources_are_named():
    for text in TABLE:
        assert parse(text).source


def test_nonsense_is_refused_with_a_reason():
    for text, reason in (
        ("", "unknown standard"),
        ("din:II", "unknown standard"),
        ("ral", "not STANDARD:CLASS"),
        ("ral:II:graduated:x", "not STANDARD:CLASS"),
        ("ral:V", "its classes are I, II, III, IV"),
        ("ral:light", "no class"),
        ("ral:II:wavy", "unknown profile"),
        ("ral:II:custom", "its own shares"),
        ("custom:", "not one of ankle="),
        ("custom:calf=0.5-0.8", "needs the ankle"),
        ("custom:ankle=22-14", "lower end"),
        ("custom:ankle=20", "not a range"),
        ("custom:ankle=a-b", "not a range"),
        ("custom:ankle=-5-10", "not a range"),
        ("custom:ankle=1e1-20", "not a range"),
        ("custom:ankle=14-22-30", "not a range"),
        ("custom:ankle=140-220", "not a sock's"),
        ("custom:ankle=0-2", "not a sock's"),
        ("custom:ankle=14-22,ankle=14-22", "twice"),
        ("custom:ankle=14-22,toe=0.1-0.2", "not one of ankle="),
        ("custom:ankle=14-22,calf=0.6-9", "not a share"),
        ("custom:ankle=14-22,calf=1.2-1.4", "not a graduated profile"),
        ("custom:ankle=14-22,calf=0.5-0.9,profile=progressive", "not a progressive profile"),
        ("custom:ankle=14-22,profile=custom", "needs the share"),
    ):
        assert reason in refusal(text), (text, refusal(text))
