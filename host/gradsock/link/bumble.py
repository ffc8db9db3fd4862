"""bleak over Bumble: the same `BleakScanner` and `BleakClient`, on a virtual air or on a raw HCI dongle.

    scanner, client = backend("tcp-client:127.0.0.1:9001")
    devices = await BleakScanner.discover(backend=scanner)
    async with BleakClient(devices[0], backend=client) as sock: ...

`hci` is a Bumble transport name (`tcp-client:HOST:PORT`, `usb:0`, `serial:/dev/ttyACM0`).
"""

from __future__ import annotations

import functools
import uuid
from typing import Any, ClassVar, Literal

from bleak.assigned_numbers import AdvertisementDataType as AdType
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_16, normalize_uuid_32
from bumble.core import BaseBumbleError
from bumble.device import Advertisement

from gradsock.link.bumble_client import BumbleClient
from gradsock.link.bumble_host import BumbleHost

_UUID_LISTS = {
    AdType.INCOMPLETE_LIST_SERVICE_UUID16: 2,
    AdType.COMPLETE_LIST_SERVICE_UUID16: 2,
    AdType.INCOMPLETE_LIST_SERVICE_UUID32: 4,
    AdType.COMPLETE_LIST_SERVICE_UUID32: 4,
    AdType.INCOMPLETE_LIST_SERVICE_UUID128: 16,
    AdType.COMPLETE_LIST_SERVICE_UUID128: 16,
}
_SERVICE_DATA = {AdType.SERVICE_DATA_UUID16: 2, AdType.SERVICE_DATA_UUID32: 4, AdType.SERVICE_DATA_UUID128: 16}


@functools.cache
def backend(hci: str) -> tuple[type[BaseBleakScanner], type[BaseBleakClient]]:
    """The bleak backend classes (scanner, client) for one HCI device; all users in a process share the device."""
    return (
        type("BumbleScanner", (BumbleScanner,), {"hci": hci}),
        type("BumbleClient", (BumbleClient,), {"hci": hci}),
    )


class BumbleScanner(BaseBleakScanner):
    """A scanner on the HCI device `hci`, which `backend` fills in."""

    hci: ClassVar[str]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: Literal["active", "passive"] = "active",
        **_kwargs: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"
        self._host: BumbleHost | None = None

    async def start(self) -> None:
        """Listen; BleakBluetoothNotAvailableError when there is no device."""
        if self._host is not None:
            raise BleakError("the scanner is running already")
        self.seen_devices = {}
        host = await BumbleHost.acquire(self.hci)
        try:
            await host.listen(self._heard, self._active)
        except BaseBumbleError as error:
            await host.release()
            raise BleakError(f"cannot scan: {error}") from error
        except BaseException:
            await host.release()
            raise
        self._host = host

    async def stop(self) -> None:
        """Listen no more."""
        host, self._host = self._host, None
        if host is not None:
            try:
                await host.stop_listening(self._heard)
            except BaseBumbleError as error:
                raise BleakError(f"cannot stop scanning: {error}") from error
            finally:
                await host.release()

    def _heard(self, advertisement: Advertisement) -> None:
        data = _advertisement_data(advertisement)
        if not self.is_allowed_uuid(data.service_uuids):
            return
        address = advertisement.address.to_string(False)
        device = self.create_or_update_device(address, address, data.local_name, advertisement.address, data)
        self.call_detection_callbacks(device, data)


def _advertisement_data(advertisement: Advertisement) -> AdvertisementData:
    """What was advertised, scan response included, in bleak's terms."""
    name: str | None = None
    tx_power: int | None = None
    manufacturer: dict[int, bytes] = {}
    service_data: dict[str, bytes] = {}
    uuids: list[str] = []
    for ad_type, data in advertisement.data.ad_structures:
        kind = int(ad_type)
        if kind == AdType.COMPLETE_LOCAL_NAME or (kind == AdType.SHORTENED_LOCAL_NAME and name is None):
            name = data.decode(errors="replace")
        elif kind == AdType.TX_POWER_LEVEL and data:
            tx_power = int.from_bytes(data[:1], "little", signed=True)
        elif kind == AdType.MANUFACTURER_SPECIFIC_DATA and len(data) >= 2:
            manufacturer[int.from_bytes(data[:2], "little")] = bytes(data[2:])
        elif kind in _UUID_LISTS:
            size = _UUID_LISTS[AdType(kind)]
            uuids += [_uuid_text(data[at : at + size]) for at in range(0, len(data) - size + 1, size)]
        elif kind in _SERVICE_DATA and len(data) >= (size := _SERVICE_DATA[AdType(kind)]):
            service_data[_uuid_text(data[:size])] = bytes(data[size:])
    return AdvertisementData(
        local_name=name,
        manufacturer_data=manufacturer,
        service_data=service_data,
        service_uuids=uuids,
        tx_power=tx_power,
        rssi=advertisement.rssi,
        platform_data=(advertisement,),
    )


def _uuid_text(little_endian: bytes) -> str:
    if len(little_endian) == 16:
        return str(uuid.UUID(bytes=bytes(reversed(little_endian))))
    number = int.from_bytes(little_endian, "little")
    return normalize_uuid_16(number) if len(little_endian) == 2 else normalize_uuid_32(number)
