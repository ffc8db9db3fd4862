"""What a sock tells everyone: its service, the kind of its protection, a name. No serial, nothing about a person."""

from . import const
from .protocol import PROTOCOL_VERSION, SERVICE_UUID, ProtocolError

PROTECTIONS = ("none", "bonded")
_NAME_MAX_BYTES = const(10)


def pack_service_byte(protection: str) -> int:
    """The one byte of service data in the advertisement: protocol in the high nibble, protection in the low."""
    return PROTOCOL_VERSION << 4 | PROTECTIONS.index(protection)


def parse_service_byte(value: int) -> tuple[int, str]:
    """(protocol version, protection); an unknown protection reads "unknown"."""
    protection = value & 0x0F
    return value >> 4, PROTECTIONS[protection] if protection < len(PROTECTIONS) else "unknown"


def uuid_bytes(uuid: str) -> bytes:
    """A 128-bit UUID as advertisements carry it: little-endian."""
    digits = uuid.replace("-", "")
    return bytes([int(digits[i : i + 2], 16) for i in range(30, -1, -2)])


def advertisement() -> bytes:
    """Advertising payload (<= 31 bytes): general discoverable, no classic Bluetooth; the complete service UUID."""
    return b"\x02\x01\x06\x11\x07" + uuid_bytes(SERVICE_UUID)


def scan_response(name: str, protection: str) -> bytes:
    """Scan response payload (<= 31 bytes): service data with one byte, then the complete name."""
    encoded = name.encode()
    if not 1 <= len(encoded) <= _NAME_MAX_BYTES:
        raise ProtocolError(f"a name has 1 to {_NAME_MAX_BYTES} bytes, not {len(encoded)}")
    service_data = uuid_bytes(SERVICE_UUID) + bytes([pack_service_byte(protection)])
    return b"\x12\x21" + service_data + bytes([len(encoded) + 1, 0x09]) + encoded
