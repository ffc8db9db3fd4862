"""Serial ports with a board on them."""

from dataclasses import dataclass

from gradsock.errors import FlashError


@dataclass(frozen=True)
class Port:
    """A serial port that a USB device offers."""

    device: str
    description: str


def ports() -> list[Port]:
    """Serial ports of USB devices, which is what boards are; built-in ones have no USB identity and are left out."""
    from serial.tools import list_ports

    return [Port(found.device, found.description) for found in sorted(list_ports.comports()) if found.vid is not None]


def only_port() -> str:
    """The port of the one board that is connected; :class:`FlashError` when there is none or a choice."""
    found = ports()
    if not found:
        raise FlashError(
            "no board is connected: plug one in with a USB cable that carries data, or name its port with --port"
        )
    if len(found) > 1:
        raise FlashError(f"several boards are connected: choose one with --port: {', '.join(p.device for p in found)}")
    return found[0].device
