"""A virtual Bluetooth LE controller: Bumble's, kept to what a radio does where Bumble's own is too kind.

Changed: scan responses are the advertiser's own and only answer active scans; advertising follows its type and
interval; of two centrals that want one advertiser only one gets it; both sides learn the same connection parameters; a
connection attempt can be cancelled; data waits for connection events; the side that disconnects is told that it was the
one. Legacy advertising only, like a sock's.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from bumble import hci, ll
from bumble.controller import Connection, Controller, LegacyAdvertiser
from bumble.core import PhysicalTransport
from gradsock.sim.air_link import INTERVAL_UNIT_S, TIMEOUT_UNIT_S, AirLink, Lane

if TYPE_CHECKING:
    from bumble.transport.common import TransportSink, TransportSource

_ADVERTISING_UNIT_S = 0.625e-3  # Core Vol 4, Part E, 7.8.5
_AdvertisingType = hci.HCI_LE_Set_Advertising_Parameters_Command.AdvertisingType
_EventType = hci.HCI_LE_Advertising_Report_Event.EventType

_ACTIVE_SCANNING = hci.HCI_LE_Set_Scan_Parameters_Command.ACTIVE_SCANNING

_REPORT_OF = {
    _AdvertisingType.ADV_IND: _EventType.ADV_IND,
    _AdvertisingType.ADV_SCAN_IND: _EventType.ADV_SCAN_IND,
    _AdvertisingType.ADV_NONCONN_IND: _EventType.ADV_NONCONN_IND,
}


class AirAdvertiser(LegacyAdvertiser):
    """Advertises every interval until stopped or connected to."""

    controller: AirController

    @property
    def scannable(self) -> bool:
        """Whether it answers an active scanner."""
        return self.advertising_type in (_AdvertisingType.ADV_IND, _AdvertisingType.ADV_SCAN_IND)

    def _on_timer_fired(self) -> None:
        self.controller.link.advertise(self.controller)
        interval_s = self.advertising_interval_min * _ADVERTISING_UNIT_S
        self.timer_handle = asyncio.get_running_loop().call_later(interval_s, self._on_timer_fired)


@dataclasses.dataclass(eq=False)
class AirConnection(Connection):
    """One controller's end of a connection; `lane` carries its data and is None once the link is gone."""

    controller: AirController
    lane: Lane | None = None

    __eq__ = object.__eq__  # each is its own, whatever it says
    __hash__ = object.__hash__


class AirController(Controller):
    """One controller behind one HCI connection."""

    link: AirLink
    le_legacy_advertiser: AirAdvertiser
    le_connections: dict[hci.Address, AirConnection]  # type: ignore[assignment]

    # One LL packet with the data length extension carries one ACL packet of this size.
    le_acl_data_packet_length = 251
    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
    )

    def __init__(self, number: int, source: TransportSource, sink: TransportSink, link: AirLink) -> None:
        super().__init__(f"controller-{number}", host_source=source, host_sink=sink, link=link)
        self.number = number
        self.le_legacy_advertiser = AirAdvertiser(self)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """To the host; Bumble's own describes each packet for a log."""
        if self.host:
            asyncio.get_running_loop().call_soon(self.host.on_packet, bytes(packet))

    def own_address(self, own_address_type: int) -> hci.Address:
        """The address that this controller uses for an HCI own address type."""
        return self.public_address if own_address_type == hci.OwnAddressType.PUBLIC else self.random_address

    # What other controllers let this one hear

    def hear(self, sender: AirController) -> None:
        """`sender` advertised: report it to a scanning host, connect if that is what the host waits for."""
        advertiser = sender.le_legacy_advertiser
        if not advertiser.enabled:
            return
        event_type = _REPORT_OF.get(_AdvertisingType(advertiser.advertising_type))
        if self.le_scan_enable and event_type is not None:
            self._report(sender, event_type, advertiser.advertising_data)
            if self.le_scan_type == _ACTIVE_SCANNING and advertiser.scannable:
                self._report(sender, _EventType.SCAN_RSP, advertiser.scan_response_data)
        if (request := self.pending_le_connection) and request.peer_address == advertiser.address:
            assert isinstance(request, hci.HCI_LE_Create_Connection_Command)
            self.link.connect(self, request)

    def accepts(self, address: hci.Address) -> bool:
        """Whether a connection to `address` can be made here and now."""
        advertiser = self.le_legacy_advertiser
        connectable = advertiser.enabled and advertiser.advertising_type == _AdvertisingType.ADV_IND
        return connectable and advertiser.address == address

    def _report(self, sender: AirController, event_type: int, data: bytes) -> None:
        address = sender.le_legacy_advertiser.address
        report = hci.HCI_LE_Advertising_Report_Event.Report(
            event_type=event_type,
            address_type=address.address_type,
            address=address,
            data=data,
            rssi=self.link.rssi_dBm,
        )
        self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))

    # Connections

    def join(
        self,
        role: hci.Role,
        self_address: hci.Address,
        peer_address: hci.Address,
        request: hci.HCI_LE_Create_Connection_Command,
    ) -> AirConnection:
        """Open this side of the connection that the central asked for by `request`, and tell the host."""
        connection = AirConnection(
            controller=self,
            handle=self.allocate_connection_handle(),
            role=role,
            self_address=self_address,
            peer_address=peer_address,
            link=self.link,
            transport=PhysicalTransport.LE,
            link_type=hci.HCI_Connection_Complete_Event.LinkType.ACL,
        )
        self.le_connections[peer_address] = connection
        if role == hci.Role.CENTRAL:
            self.pending_le_connection = None
        self._send_connection_complete(hci.HCI_ErrorCode.SUCCESS, connection.handle, role, peer_address, request)
        return connection

    def miss(self, connection: AirConnection) -> None:
        """The peer of `connection` has not been heard for the supervision timeout."""
        if self.le_connections.get(connection.peer_address) is connection:
            self.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def fall_silent(self) -> None:
        """Send nothing more and listen to nothing: the host has gone or asked for a reset."""
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None

    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        """The connection is over: carry nothing more, tell the host."""
        assert isinstance(connection, AirConnection)
        if connection.lane:
            connection.lane.close()
        super().on_le_disconnected(connection, reason)

    def _send_connection_complete(
        self,
        status: int,
        handle: int,
        role: hci.Role,
        peer_address: hci.Address,
        request: hci.HCI_LE_Create_Connection_Command,
    ) -> None:
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=status,
                connection_handle=handle,
                role=role,
                peer_address_type=peer_address.address_type,
                peer_address=peer_address,
                connection_interval=request.connection_interval_max,
                peripheral_latency=request.max_latency,
                supervision_timeout=request.supervision_timeout,
                central_clock_accuracy=0,
            )
        )

    # What the host sends

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        """Data waits for the connection's next event (and counts as not completed until then)."""
        connection = self.find_le_connection_by_handle(packet.connection_handle)
        if isinstance(connection, AirConnection) and connection.lane:
            connection.lane.put(connection, packet)

    def on_hci_reset_command(self, command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """A reset forgets everything; peers are not told."""
        self.link.vanish(self)
        self.link.add_controller(self)
        return super().on_hci_reset_command(command)

    def on_hci_disconnect_command(self, command: hci.HCI_Disconnect_Command) -> None:
        """The peer gets the host's reason, the host that it was itself."""
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is None:
            self._send_hci_command_status(hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, command.op_code)
            return
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        connection.send_ll_control_pdu(ll.TerminateInd(command.reason))
        self.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Give up a connection that has not come about, and report it so."""
        request = self.pending_le_connection
        if request is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        assert isinstance(request, hci.HCI_LE_Create_Connection_Command)
        self.pending_le_connection = None
        # The command is completed first, the connection that did not come about is reported after it.
        asyncio.get_running_loop().call_soon(
            self._send_connection_complete,
            hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            0,
            hci.Role.CENTRAL,
            request.peer_address,
            request,
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_le_connection_update_command(self, command: hci.HCI_LE_Connection_Update_Command) -> None:
        """Both ends speak at the new interval from now on."""
        super().on_hci_le_connection_update_command(command)
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if isinstance(connection, AirConnection) and connection.lane:
            connection.lane.set_interval(command.connection_interval_max * INTERVAL_UNIT_S)
            connection.lane.timeout_s = command.supervision_timeout * TIMEOUT_UNIT_S
