"""What a wearer who marks a symptom is always told."""

SYMPTOM = "Take the sock off. If it does not pass, ask a physician."
# cramp, tingling, numbness, pain, cold, as people write them: a word too many is answered rather than one too few
_WRITTEN = ("cramp", "tingl", "needles", "numb", "pain", "hurt", " ache", " aching", "cold")


def answer_to_mark(text: str) -> str | None:
    """The one sentence when a mark names a symptom, in whatever form; None for any other mark."""
    lowered = " " + text.lower().replace("number", "")
    for written in _WRITTEN:
        if written in lowered:
            return SYMPTOM
    return None
