"""Numbers of things as people write them."""


def counted(number: int, what: str) -> str:
    """``1 sample``, ``2,000 samples``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
