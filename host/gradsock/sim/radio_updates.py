"""Notifications and indications of the virtual board, with NimBLE's manners.

They go to any connected peer whether it subscribed or not, and in clear whatever the characteristic's flags say; what
is longer than the MTU allows is cut; a full stack says ENOMEM and takes more when the air has carried some away.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from bumble import att
from gradsock.sim import radio_events as events
from gradsock.sim.radio_gatt import EINVAL

if TYPE_CHECKING:
    from bumble.device import Device
    from gradsock.sim.radio_events import Events
    from gradsock.sim.radio_gatt import Database
    from gradsock.sim.radio_security import Peer, Peers

ENOMEM = 12
PACKETS_IN_FLIGHT = 70  # what NimBLE's buffers on an ESP32 hold before ENOMEM
INDICATIONS_IN_FLIGHT = 4  # NimBLE's procedures (BLE_GATT_MAX_PROCS)

_NOTIFICATION_HEADER = 3  # octets: opcode, handle
_BLE_HS_ENOTCONN = 7
_BLE_HS_ETIMEOUT = 13


class Updates:
    """Sends the values of one board to its peers."""

    def __init__(self, device: Device, database: Database, peers: Peers, happened: Events) -> None:
        self._device = device
        self._database = database
        self._peers = peers
        self._events = happened
        self._tasks: set[asyncio.Task[None]] = set()

    def notify(self, peer: Peer, handle: int, data: bytes | None) -> None:
        """Notify `data`, or the value itself; OSError ENOMEM when too much is in flight."""
        payload = self._database.value(handle).data if data is None else data
        if not handle:
            raise OSError(EINVAL, "no handle")
        self._need_room()
        value = payload[: peer.connection.att_mtu - _NOTIFICATION_HEADER]
        pdu = att.ATT_Handle_Value_Notification(attribute_handle=handle, attribute_value=value)
        self._device.gatt_server.send_gatt_pdu(peer.connection, bytes(pdu))

    def indicate(self, peer: Peer, handle: int, data: bytes | None) -> None:
        """Indicate; the event that tells how it went follows the peer's confirmation."""
        payload = self._database.value(handle).data if data is None else data
        attribute = self._database.attribute(handle)
        if attribute is None:
            raise OSError(EINVAL, "not a characteristic")
        if peer.indications >= INDICATIONS_IN_FLIGHT:
            raise OSError(ENOMEM, "too many indications wait for their confirmation")
        self._need_room()
        peer.indications += 1
        task = asyncio.get_running_loop().create_task(self._indicate(peer, attribute, payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def publish(self, handle: int) -> None:
        """Send a value to all that subscribed to it, as each asked for; to a full stack it is lost, as in NimBLE."""
        for peer in self._peers:
            asked = self._device.gatt_server.subscribers.get(peer.connection, {}).get(handle, b"\0")[0]
            with contextlib.suppress(OSError):
                if asked & 1:
                    self.notify(peer, handle, None)
                elif asked & 2:
                    self.indicate(peer, handle, None)

    def _need_room(self) -> None:
        queue = self._device.host.le_acl_packet_queue
        if queue is not None and queue.pending >= PACKETS_IN_FLIGHT:
            raise OSError(ENOMEM, "too many packets in flight")

    async def _indicate(self, peer: Peer, attribute: att.Attribute[bytes], payload: bytes) -> None:
        server = self._device.gatt_server
        status = 0
        try:
            sending = server.indicate_subscriber(peer.connection, attribute, payload, force=True)
            await peer.connection.cancel_on_disconnection(sending)
        except TimeoutError:
            status = _BLE_HS_ETIMEOUT
        except asyncio.CancelledError:
            status = _BLE_HS_ENOTCONN
        peer.indications -= 1
        self._events.put(events.GATTS_INDICATE_DONE, peer.handle, attribute.handle, status)
