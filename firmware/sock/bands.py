"""What a prescription asks for, as the fit check reads it: a range of pressure per site. `prescription` reads text."""

from . import SITES, const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    Band = tuple[int | None, int | None]
    Shares = tuple[tuple[int, int] | None, ...]

GRADUATED = "graduated"
PROGRESSIVE = "progressive"
FLAT = "flat"
CUSTOM = "custom"
PROFILES = (GRADUATED, PROGRESSIVE, FLAT, CUSTOM)

_PHYSICIAN_CMMHG = const(2000)
"""Up to 20 mmHg is sold over the counter (15-20 at most); what reaches above is worn as prescribed."""


class Prescription:
    """What the sock should do. Compare by `text`, which `parse` reads back to the same.

    text        canonical form, such as "ral:II" or "custom:ankle=14-22,profile=progressive"
    source      where the range comes from, in words
    standard    "ral", "env", "bs", "afnor", "us" or "custom"
    class_name  "II", "15-20", ...; None for custom
    profile     one of PROFILES
    shares      per site (low, high) in permille of the ankle pressure; None where nothing is said (always at the ankle)
    bands       per site (low, high) in cmmHg, an open end is None; None where nothing is said.
                Above the ankle: the lowest share of the lowest ankle pressure to the highest of the highest.
    """

    def __init__(
        self,
        text: str,
        standard: str,
        class_name: str | None,
        profile: str,
        ankle: "Band",
        shares: "Shares",
        source: str,
    ) -> None:
        self.text = text
        self.standard = standard
        self.class_name = class_name
        self.profile = profile
        self.shares = shares
        low, high = ankle
        bands: list[Band | None] = [ankle]
        for share in shares[1:]:
            if share is None:
                bands.append(None)
            else:
                bands.append(
                    (None if low is None else low * share[0] // 1000, None if high is None else high * share[1] // 1000)
                )
        self.bands: tuple[Band | None, ...] = tuple(bands)
        self.source = source

    @property
    def needs_physician(self) -> bool:
        """True when it reaches above 20 mmHg at the ankle: only as prescribed by a physician."""
        ankle = self.bands[0]
        return ankle is None or ankle[1] is None or ankle[1] > _PHYSICIAN_CMMHG

    def as_dict(self) -> "dict[str, Any]":
        """For JSON: text, standard, class, profile, source, bands_cmmHg per site, needs_physician."""
        bands: dict[str, list[int | None] | None] = {}
        for index, site in enumerate(SITES):
            band = self.bands[index]
            bands[site] = None if band is None else list(band)
        return {
            "text": self.text,
            "standard": self.standard,
            "class": self.class_name,
            "profile": self.profile,
            "source": self.source,
            "bands_cmmHg": bands,
            "needs_physician": self.needs_physician,
        }
