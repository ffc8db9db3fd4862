"""A prescription in words: what the sock should press with, site by site."""

from sock import SITES
from sock.bands import Prescription

LABEL = 10


def in_words(prescription: Prescription) -> str:
    """One line: name and ranges in mmHg."""
    parts = [f"{site} {band_text(band)}" for site, band in zip(SITES, prescription.bands, strict=True) if band]
    return f"{prescription.text}: {', '.join(parts)} mmHg"


def describe(prescription: Prescription) -> str:
    """Several lines: source, profile, the band of each site."""
    lines = [
        f"{prescription.text}: {_origin(prescription)}",
        *(f"  {site.ljust(LABEL)}{_site(prescription, index)}" for index, site in enumerate(SITES)),
    ]
    if prescription.needs_physician:
        lines.append("20 mmHg and more is worn only as a physician prescribed it.")
    return "\n".join(lines)


def band_text(band: tuple[int | None, int | None]) -> str:
    """A band in whole mmHg."""
    low, high = band
    if low is None:
        return f"below {round((high or 0) / 100)}"
    return f"{round(low / 100)} and more" if high is None else f"{round(low / 100)}-{round(high / 100)}"


def _origin(prescription: Prescription) -> str:
    if prescription.class_name is None:
        return "a range of your own"
    return f"{prescription.profile}, class {prescription.class_name} of {prescription.source}"


def _site(prescription: Prescription, index: int) -> str:
    band, share = prescription.bands[index], prescription.shares[index]
    if band is None:
        return "nothing is said"
    of_ankle = f"  ({share[0] / 1000:.2f} to {share[1] / 1000:.2f} of the ankle)" if share else ""
    return f"{band_text(band)} mmHg{of_ankle}"
