"""The sock as a program, on whatever board it stands on."""

import gc

from .gatt import Gatt

GARBAGE_BYTES = 16384
"""Collected after so many bytes at the latest, so that the heap stays small and in one piece."""


async def main() -> None:
    """Be a sock, for ever."""
    gatt = Gatt()  # before anything else is loaded: the radio needs its memory in one piece
    gc.threshold(GARBAGE_BYTES)
    from .assembly import assemble

    await assemble(gatt).watch()
