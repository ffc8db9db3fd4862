"""The services that the sock registers with the radio, and how it advertises. A running sock does without this."""

import json

from sock import VERSION, advertising, const, protocol

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_REQUEST_BYTES = const(80)  # longer than any: what the stack cuts off here was too long anyway
_SETTINGS_BYTES = const(512)

_READ = const(2)
_WRITE = const(8)
_NOTIFY = const(16)
_INDICATE = const(32)

_DEVICE_INFORMATION = const(0x180A)
_MODEL = const(0x2A24)
_FIRMWARE_REVISION = const(0x2A26)
_BATTERY = const(0x180F)
_BATTERY_LEVEL = const(0x2A19)
_ENVIRONMENTAL_SENSING = const(0x181A)
_PRESSURE = const(0x2A6D)
_USER_DESCRIPTION = const(0x2901)


def register(ble: "Any", uuid: "Any", model: str, sites: "list[str]") -> "tuple[Any, ...]":
    """Handles of our characteristics in the order of their ids (without Hello's 0008, which is the first), that of the
    battery's level, those of the sites' pressures, and the values of what can be read, by handle.
    """
    ours = (
        uuid(protocol.SERVICE_UUID),
        (
            (uuid(protocol.HELLO_UUID), _READ),
            (uuid(protocol.INFO_UUID), _READ),
            (uuid(protocol.LIVE_UUID), _NOTIFY),
            (uuid(protocol.FIT_UUID), _READ | _NOTIFY),
            (uuid(protocol.JOURNAL_UUID), _NOTIFY),
            (uuid(protocol.SETTINGS_UUID), _READ | _WRITE),
            (uuid(protocol.CONTROL_UUID), _WRITE | _INDICATE),
            (uuid(protocol.RECORD_ACCESS_UUID), _WRITE | _INDICATE),
        ),
    )
    device_information = (uuid(_DEVICE_INFORMATION), ((uuid(_MODEL), _READ), (uuid(_FIRMWARE_REVISION), _READ)))
    battery = (uuid(_BATTERY), ((uuid(_BATTERY_LEVEL), _READ | _NOTIFY),))
    pressure = (uuid(_PRESSURE), _READ | _NOTIFY, ((uuid(_USER_DESCRIPTION), _READ),))
    environment = (uuid(_ENVIRONMENTAL_SENSING), tuple([pressure for _ in sites]))
    handles = ble.gatts_register_services((ours, device_information, battery, environment))
    _, info, _, fit, _, settings, control, _ = handles[0]
    ble.gatts_set_buffer(control, _REQUEST_BYTES)
    ble.gatts_set_buffer(settings, _SETTINGS_BYTES)
    level = handles[2][0]
    pressures = [handle for at, handle in enumerate(handles[3]) if at & 1 == 0]
    values: dict[int, bytes] = {}
    for handle in [info, fit, settings, level] + pressures:
        values[handle] = b""
    values[handles[1][0]] = model.encode()
    values[handles[1][1]] = VERSION.encode()
    for at, site in enumerate(sites):
        values[handles[3][2 * at + 1]] = site.encode()
    told: tuple[Any, ...] = handles[0] + (level, pressures, values)
    return told


def present(ble: "Any", hello: int, name: str, protection: str) -> "tuple[bytes, bytes]":
    """Say what anybody may know: Hello, and what is advertised (the packet, and the answer to a scan)."""
    ble.config(gap_name=name)
    ble.gatts_write(hello, json.dumps({"protocol": protocol.PROTOCOL_VERSION, "protection": protection}).encode())
    return advertising.advertisement(), advertising.scan_response(name, protection)
