"""Deleting from the journal, so that no start of the sock brings it back. Loaded when somebody asks."""

from sock import const

from .journal import header_of

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from .journal import Journal


def forget(journal: "Journal", first: int, first_total: int) -> None:
    """All entries before first, with the samples before first_total, for good. OSError when the flash refuses."""
    journal.close_block()
    before = journal.first, journal.first_total
    journal.first, journal.first_total = first, first_total
    try:
        journal.begin_segment()
        journal.file.flush()
    except OSError:
        journal.first, journal.first_total = before
        journal.abandon()
        raise
    while journal.oldest < journal.newest:
        after = header_of(journal.oldest + 1)
        if after is None or after[0] > first:
            break
        journal.remove_oldest()
