"""What a sock should do: a standard and its class, or a range of one's own, and how pressure changes up the leg.

    STANDARD:CLASS[:PROFILE]   ral:II   us:15-20   afnor:II:progressive
    custom:ankle=14-22[,calf=0.6-0.9][,knee=0.35-0.6][,profile=graduated]

Ankle ranges in mmHg at leg point B; calf (C) and knee (D) as shares of the ankle. The standards leave gaps between
their classes (RAL: 21 to 23, 32 to 34, 46 to 49): a reading there is *between classes*, and `classify` says so.
Inside, pressures are integers in hundredths of a mmHg and shares are permille.

Sources: RAL-GZ 387/1, ENV 12718, BS 6612, AFNOR as printed in the standards; US: trade ranges, no standard behind them.
"""

from . import SITES, const
from .bands import CUSTOM, FLAT, GRADUATED, PROFILES, PROGRESSIVE, Prescription

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .bands import Shares

_ANKLE_MIN_CMMHG = const(300)
_ANKLE_MAX_CMMHG = const(9000)
_SHARE_MAX_PERMILLE = const(3000)

# Ankle pressure at B in cmmHg; None: open to that side (BS "<14", ENV ">49", RAL ">=49").
STANDARDS: "dict[str, tuple[tuple[str, int | None, int | None], ...]]" = {
    "ral": (("I", 1800, 2100), ("II", 2300, 3200), ("III", 3400, 4600), ("IV", 4900, None)),
    "env": (("A", 1000, 1400), ("I", 1500, 2100), ("II", 2300, 3200), ("III", 3400, 4600), ("IV", 4900, None)),
    "bs": (("light", None, 1400), ("I", 1400, 1700), ("II", 1800, 2400), ("III", 2500, 3500)),
    "afnor": (("I", 1000, 1500), ("II", 1500, 2000), ("III", 2000, 3600), ("IV", 3600, None)),
    "us": (
        ("8-15", 800, 1500),
        ("15-20", 1500, 2000),
        ("20-30", 2000, 3000),
        ("30-40", 3000, 4000),
        ("40-50", 4000, 5000),
    ),
}

SOURCES = {
    "ral": "RAL-GZ 387/1",
    "env": "ENV 12718",
    "bs": "BS 6612",
    "afnor": "AFNOR",
    "us": "US trade ranges (no standard)",
    "custom": "custom",
}

# Shares of the ankle pressure, permille (low, high).
# Graduated: C and D 0.50-0.80 (YY/T 0853, which follows ENV 12718); 0.50-0.70 in III and IV: plausible, not confirmed.
_GRADUATED = (500, 800)
_GRADUATED_STRONG = (500, 700)
# BS 6612 has an upper bound only (not confirmed): calf <= 0.80 in class I, <= 0.70 in II and III.
_BS = (0, 800)
_BS_STRONG = (0, 700)
# Progressive: measured 17.8 to 24.7 and 33 to 46 (1.39), a nominal 10 to 23 (2.3). Nothing is known about the knee.
_PROGRESSIVE_CALF = (1000, 2400)
# Flat wraps: equal pressure within what one sensor misreads a ring by; plausible, not confirmed.
_FLAT = (800, 1200)

_SAME_CLASS = {"1": "I", "2": "II", "3": "III", "4": "IV", "i": "I", "ii": "II", "iii": "III", "iv": "IV", "a": "A"}
_SAME_CLASS_OF = {
    "env": {"light": "A"},
    "bs": {"A": "light"},
    "us": {"light": "8-15", "A": "8-15", "I": "15-20", "II": "20-30", "III": "30-40", "IV": "40-50"},
}


class PrescriptionError(ValueError):
    """A prescription that makes no sense; one line that says why and what would."""


def parse(text: str) -> Prescription:
    """The prescription that text names. PrescriptionError with one line when it makes no sense."""
    parts = text.strip().split(":")
    standard = parts[0].strip().lower()
    if standard == "custom":
        return _parse_custom(text.strip())
    if standard not in STANDARDS:
        raise PrescriptionError(f"unknown standard '{standard}': one of {', '.join(sorted(STANDARDS))}, custom")
    if len(parts) < 2 or len(parts) > 3:
        raise PrescriptionError(f"'{text.strip()}' is not STANDARD:CLASS[:PROFILE], such as ral:II or us:15-20")
    class_name, low, high = _class(standard, parts[1].strip())
    profile = parts[2].strip().lower() if len(parts) == 3 else GRADUATED
    if profile not in PROFILES:
        raise PrescriptionError(f"unknown profile '{profile}': one of {', '.join(PROFILES)}")
    if profile == CUSTOM:
        raise PrescriptionError(
            "a custom profile needs its own shares: custom:ankle=LOW-HIGH,calf=LOW-HIGH,knee=LOW-HIGH"
        )
    canonical = f"{standard}:{class_name}"
    if profile != GRADUATED:
        canonical += ":" + profile
    shares = _shares(standard, class_name, profile)
    return Prescription(canonical, standard, class_name, profile, (low, high), shares, SOURCES[standard])


def classify(standard: str, ankle_cmmHg: int) -> str:
    """Where an ankle pressure lies in a standard: "II", "between I and II", "below I" or "above 40-50"."""
    below = None
    for name, low, high in STANDARDS[standard]:
        if low is not None and ankle_cmmHg < low:
            return f"between {below} and {name}" if below else f"below {name}"
        if high is None or ankle_cmmHg <= high:
            return name
        below = name
    return f"above {below}"


def gaps(standard: str) -> list[tuple[int, int]]:
    """The ranges (low, high) in cmmHg that lie between two classes of a standard."""
    result = []
    previous = None
    for _, low, high in STANDARDS[standard]:
        if previous is not None and low is not None and low > previous:
            result.append((previous, low))
        previous = high
    return result


def _class(standard: str, given: str) -> tuple[str, int | None, int | None]:
    name = _SAME_CLASS.get(given.lower(), given.lower())
    name = _SAME_CLASS_OF.get(standard, {}).get(name, name)
    for class_name, low, high in STANDARDS[standard]:
        if class_name == name:
            return class_name, low, high
    known = ", ".join([entry[0] for entry in STANDARDS[standard]])
    raise PrescriptionError(f"{standard} has no class '{given}': its classes are {known}")


def _shares(standard: str, class_name: str | None, profile: str) -> "Shares":
    if profile == PROGRESSIVE:
        return (None, _PROGRESSIVE_CALF, None)
    if profile == FLAT:
        return (None, _FLAT, _FLAT)
    if standard == "bs":
        share = _BS_STRONG if class_name in ("II", "III") else _BS
    elif class_name in ("III", "IV"):
        share = _GRADUATED_STRONG
    else:
        share = _GRADUATED
    return (None, share, share)


def _parse_custom(text: str) -> Prescription:
    fields = _custom_fields(text[len("custom") :].lstrip(":").split(","))
    if "ankle" not in fields:
        raise PrescriptionError("a custom prescription needs the ankle: custom:ankle=14-22")
    ankle = _range("ankle", fields["ankle"], 100)
    if ankle[0] < _ANKLE_MIN_CMMHG or ankle[1] > _ANKLE_MAX_CMMHG:
        raise PrescriptionError(
            f"ankle={fields['ankle']} mmHg is not a sock's: {_ANKLE_MIN_CMMHG // 100} to {_ANKLE_MAX_CMMHG // 100} mmHg"
        )
    profile = fields.get("profile", GRADUATED)
    if profile not in PROFILES:
        raise PrescriptionError(f"unknown profile '{profile}': one of {', '.join(PROFILES)}")
    default = (None, None, None) if profile == CUSTOM else _shares("custom", None, profile)
    shares = [None, default[1], default[2]]
    canonical = f"custom:ankle={_number(ankle[0], 100)}-{_number(ankle[1], 100)}"
    for index in (1, 2):
        site = SITES[index]
        if site in fields:
            low, high = _range(site, fields[site], 1000)
            _check_share(site, fields[site], low, high, profile)
            shares[index] = (low, high)
            canonical += f",{site}={_number(low, 1000)}-{_number(high, 1000)}"
    if profile == CUSTOM and shares[1] is None and shares[2] is None:
        raise PrescriptionError("a custom profile needs the share of calf or knee, such as calf=0.6-0.9")
    canonical += f",profile={profile}"
    return Prescription(canonical, "custom", None, profile, ankle, tuple(shares), SOURCES["custom"])


def _custom_fields(items: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for item in items:
        key, separator, value = item.partition("=")
        key = key.strip().lower()
        if not separator or key not in SITES + ("profile",):
            raise PrescriptionError(f"'{item.strip()}' is not one of ankle=, calf=, knee=, profile=")
        if key in fields:
            raise PrescriptionError(f"{key} is given twice")
        fields[key] = value.strip().lower()
    return fields


def _check_share(site: str, given: str, low: int, high: int, profile: str) -> None:
    if high > _SHARE_MAX_PERMILLE:
        raise PrescriptionError(f"{site}={given} is not a share of the ankle: 0 to {_SHARE_MAX_PERMILLE // 1000}")
    if profile == GRADUATED and low >= 1000:
        raise PrescriptionError(f"{site}={given} never lies below the ankle: that is not a graduated profile")
    if profile == PROGRESSIVE and site == "calf" and high <= 1000:
        raise PrescriptionError(f"calf={given} never lies above the ankle: that is not a progressive profile")


def _range(key: str, text: str, scale: int) -> tuple[int, int]:
    low_text, separator, high_text = text.partition("-")
    low = _scaled(low_text.strip(), scale)
    high = _scaled(high_text.strip(), scale)
    if not separator or low is None or high is None:
        raise PrescriptionError(f"{key}={text} is not a range such as {'14-22' if key == 'ankle' else '0.6-0.9'}")
    if low >= high:
        raise PrescriptionError(f"{key}={text}: the lower end must lie below the upper one")
    return low, high


def _scaled(text: str, scale: int) -> int | None:
    """A decimal number times scale (a power of ten) without a float; None when it is none or has too many digits."""
    whole, _, fraction = text.partition(".")
    digits = len(str(scale)) - 1
    if not (whole + fraction).isdigit() or len(whole) > 4 or len(fraction) > digits:
        return None
    return int((whole or "0") + fraction + "0" * (digits - len(fraction)))


def _number(value: int, scale: int) -> str:
    """The shortest decimal of value / scale: 1450, 100 -> "14.5"."""
    whole = str(value // scale)
    fraction = str(value % scale + scale)[1:].rstrip("0")
    return whole + "." + fraction if fraction else whole
