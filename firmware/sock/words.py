"""What a wearer is told: what the sock does, and what to do about it. Never a diagnosis, never "safe"."""

from . import const
from .symptoms import answer_to_mark as answer_to_mark

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .finding import Finding

SENTENCES = {
    "check sensor": "The {site} sensor cannot be read: check its plug and wire.",
    "not worn": "The sock is not worn: pull it up smoothly, without wrinkles.",
    "settling": "The sock settles on the leg: wait a minute or two.",
    "too tight": "The {site} is pressed more than it should be: take the sock off and check its size and class.",
    "fold": "The top presses like a fold: smooth the top edge.",
    "bunched": "The {site} is pressed like under wrinkles: smooth the sock there.",
    "slipped": "The top seems to have come down: pull the sock up smoothly.",
    "reversed": "The {site} is pressed more than the leg below it: take the sock off and put it on anew, smoothly.",
    "too loose": "The {site} is pressed less than it should be: pull the sock up, or check its size and class.",
    "good": "The pressure falls from ankle to knee: nothing to do.",
}

INCONCLUSIVE = {
    "gradient-flat": "Not clear at the {site}: run a finger round the top edge and smooth any wrinkles.",
    "site-missing": "Not clear without the {site}: check that its sensor is connected.",
}
OUTSIDE = {
    "over-range": "The {site} is pressed somewhat more than prescribed: nothing to do now, see whether it stays so.",
    "under-range": "The {site} is pressed somewhat less than prescribed: nothing to do now, see whether it stays so.",
}
"""A little outside its band a sock is information, and no reason to do anything: a fifth of right ones are."""
TWO_OF_THREE = "The pressure falls on 2 of 3 sites, without the {site}: nothing to do."
REMINDERS = {
    "wear-time": "It has been on for long: take the sock off for a while.",
    "overnight": "It is night: take the sock off, unless a physician said to keep it on.",
    "hydrate": "Time to drink something.",
}
WARNING = " Take the sock off if it does not get better."


def advice(verdict: str, finding: "Finding | None" = None) -> str:
    """One sentence for a verdict, and the first of the open findings where there is one."""
    site = finding.site if finding is not None and finding.site else "leg"
    text = SENTENCES.get(verdict, "")
    if verdict == "inconclusive":
        text = INCONCLUSIVE.get(finding.kind if finding is not None else "", "Not clear yet: wait a few minutes.")
    elif verdict == "good" and finding is not None and finding.kind == "site-missing":
        text = TWO_OF_THREE
    elif finding is not None and finding.level == "info" and finding.kind in OUTSIDE:
        text = OUTSIDE[finding.kind]
    text = text.replace("{site}", site)
    if finding is not None and finding.level == "warning":
        text += WARNING
    return text
