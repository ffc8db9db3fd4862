"""What a person tells a sock, from the command line or by a key. What is returned follows the sock's name in words."""

from collections.abc import Awaitable, Callable

from sock import protocol

from gradsock.errors import SockRefused, UsageError
from gradsock.period import seconds

Control = Callable[[int, bytes], Awaitable[bytes]]
"""Write to a sock's Control, as `Link.control` and `OwnedSock.tell` do; SockRefused when it says no."""

MARK_MAX_BYTES = 60  # `sock.protocol.parse_mark`
SNOOZE_MAX_MIN = 7 * 24 * 60


def check_mark(text: str) -> None:
    """UsageError when a sock would not take this as a mark."""
    packed = text.encode()
    if len(packed) > MARK_MAX_BYTES:
        fits = len(packed[:MARK_MAX_BYTES].decode(errors="ignore"))
        counts = "" if text.isascii() else " (others than a to z count for two and more)"
        raise UsageError(
            f"a mark has at most {MARK_MAX_BYTES} letters{counts}: of these {len(text)} the first {fits} fit"
        )
    try:
        protocol.parse_mark(packed)
    except protocol.ProtocolError as error:
        raise UsageError(str(error)) from None


async def mark(control: Control, text: str) -> str:
    """Put a mark of 1 to 60 bytes. The answer to a symptom (`sock.words`) is told before, come what may."""
    check_mark(text)
    await _ask(control, protocol.MARK, text.encode(), "the sock keeps no mark while nobody records it: write it down")
    return "marked it"


async def tare(control: Control) -> str:
    """Have what it reads now become its zero."""
    await _ask(control, protocol.TARE, b"", "a sock without a calibration has no zero: gradsock calibrate")
    return "has its zero"


async def acknowledge(control: Control) -> str:
    """The wearer has seen what it tells."""
    await control(protocol.ACK, b"")
    return "is silent"


def snooze_min(text: str) -> int:
    """For how many minutes, of a span such as ``2h``; 0 ends a snooze. UsageError for more than a week."""
    minutes = 0 if text.strip() == "0" else max(1, round(seconds(text) / 60))
    if minutes > SNOOZE_MAX_MIN:
        raise UsageError("a snooze lasts a week at most; gradsock reminders off ends them for good")
    return minutes


async def snooze(control: Control, minutes: int) -> str:
    """No reminders for so many minutes, 0 ends it."""
    await control(protocol.SNOOZE, minutes.to_bytes(2, "little"))
    return f"reminds of nothing for {minutes} min" if minutes else "reminds again"


async def _ask(control: Control, opcode: int, payload: bytes, not_supported: str) -> None:
    """Tell it, and say in words of ours why it cannot."""
    try:
        await control(opcode, payload)
    except SockRefused as error:
        if error.result != protocol.NOT_SUPPORTED:
            raise
        raise SockRefused(not_supported, error.result) from None
