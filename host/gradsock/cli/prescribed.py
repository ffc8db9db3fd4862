"""A prescription on the command line."""


def check_prescription(text: str | None) -> None:
    """Raise UsageError, before anything is read, when it makes no sense; None is one that was not given."""
    from sock.prescription import PrescriptionError, parse

    from gradsock.errors import UsageError

    if text is None:
        return
    try:
        parse(text)
    except PrescriptionError as error:
        raise UsageError(f"prescription: {error}") from error
