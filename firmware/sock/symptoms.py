"""What a wearer who marks a symptom is always told."""

SYMPTOM = "Take the sock off. If it does not pass, ask a physician."
SYMPTOMS = ("cramp", "tingling", "numbness", "pain", "cold")


def answer_to_mark(text: str) -> str | None:
    """The one sentence when a mark names a symptom; None for any other mark."""
    lowered = text.lower()
    for symptom in SYMPTOMS:
        if symptom in lowered:
            return SYMPTOM
    return None
