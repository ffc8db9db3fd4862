"""The air between virtual controllers: who hears whom, when a connection may speak, what a vanished peer leaves behind.

Bumble's `LocalLink` hands every packet over at once. A radio does not: data waits for the next connection event, an
event has only so much airtime, and a peer that loses its power is missed only when the supervision timeout has passed.
Those three shape what a sock and a host live with (latency, back-pressure, silent loss), so they are modelled here.
Not modelled: interference, retransmission, and several connections sharing one radio's time.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from typing import TYPE_CHECKING

from bumble import hci, ll
from bumble.link import LocalLink

if TYPE_CHECKING:
    from gradsock.sim.air_controller import AirConnection, AirController

logger = logging.getLogger(__name__)

INTERVAL_UNIT_S = 1.25e-3  # of a connection interval in HCI (Core Vol 4, Part E, 7.8.12)
TIMEOUT_UNIT_S = 10e-3  # of a supervision timeout in HCI

_PACKET_OVERHEAD_OCTETS = 10  # preamble 1, access address 4, header 2, CRC 3 (Core Vol 6, Part B, 2.1, LE 1M)
_OCTET_US = 8
_INTER_FRAME_SPACE_US = 150


def airtime_us(octets: int) -> int:
    """Microseconds that a packet with `octets` of payload takes on LE 1M, with the space after it."""
    return (_PACKET_OVERHEAD_OCTETS + octets) * _OCTET_US + _INTER_FRAME_SPACE_US


class Lane:
    """One LE connection: its two ends may speak every `interval_s`, for as long as the interval lasts."""

    def __init__(self, central: AirConnection, peripheral: AirConnection, interval_s: float, timeout_s: float) -> None:
        self.ends = (central, peripheral)
        self.timeout_s = timeout_s
        self._waiting: tuple[deque[hci.HCI_AclDataPacket], ...] = (deque(), deque())
        self._loop = asyncio.get_running_loop()
        self._event: asyncio.TimerHandle | None = None
        self.set_interval(interval_s)

    def set_interval(self, interval_s: float) -> None:
        """Speak every `interval_s` from now on (a connection update)."""
        self.interval_s = interval_s
        self._anchor_s = self._loop.time()
        if self._event is not None:
            self._event.cancel()
            self._schedule()

    def other(self, end: AirConnection) -> AirConnection:
        """The end across from `end`."""
        central, peripheral = self.ends
        return peripheral if central is end else central

    def put(self, end: AirConnection, packet: hci.HCI_AclDataPacket) -> None:
        """Queue a packet of `end`'s host for the next connection event."""
        self._waiting[0 if end is self.ends[0] else 1].append(packet)
        if self._event is None:
            self._schedule()

    def close(self) -> None:
        """Carry nothing any more; what waits is lost, as on a link that ended."""
        for end in self.ends:
            end.lane = None
        for packets in self._waiting:
            packets.clear()
        if self._event is not None:
            self._event.cancel()

    def _schedule(self) -> None:
        passed = math.floor((self._loop.time() - self._anchor_s) / self.interval_s)
        self._event = self._loop.call_at(self._anchor_s + (passed + 1) * self.interval_s, self._speak)

    def _speak(self) -> None:
        """One connection event: the ends answer each other, packet by packet, until its time is used up."""
        self._event = None
        left_us = self.interval_s * 1e6
        while any(self._waiting):
            left_us -= sum(airtime_us(len(packets[0].data) if packets else 0) for packets in self._waiting)
            if left_us < 0:
                self._schedule()
                return
            for end, packets in zip(self.ends, self._waiting, strict=True):
                if packets:
                    end.on_hci_acl_data_packet(packets.popleft())


class AirLink(LocalLink):
    """The link bus of all controllers in this air. Subclass it to lose or delay what it carries."""

    controllers: set[AirController]  # type: ignore[assignment]

    rssi_dBm = -50  # everything in this air lies on one table

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def advertise(self, sender: AirController) -> None:
        """Let everybody else hear one advertisement of `sender`."""
        for controller in sorted(self.controllers, key=lambda c: c.number):  # a set has no order, a seed wants one
            if controller is not sender:
                asyncio.get_running_loop().call_soon(controller.hear, sender)

    def connect(self, central: AirController, request: hci.HCI_LE_Create_Connection_Command) -> None:
        """Join `central` with the advertiser it waits for, if that one still listens: of two centrals one wins."""
        peripheral = next((c for c in self.controllers if c.accepts(request.peer_address)), None)
        if peripheral is None:
            return
        peripheral.le_legacy_advertiser.stop()
        self_address = central.own_address(request.own_address_type)
        ends = (
            central.join(hci.Role.CENTRAL, self_address, request.peer_address, request),
            peripheral.join(hci.Role.PERIPHERAL, request.peer_address, self_address, request),
        )
        lane = Lane(
            *ends,
            interval_s=request.connection_interval_max * INTERVAL_UNIT_S,
            timeout_s=request.supervision_timeout * TIMEOUT_UNIT_S,
        )
        for end in ends:
            end.lane = lane

    def vanish(self, controller: AirController) -> None:
        """`controller` is gone without a word: its peers notice when their supervision timeout has passed."""
        self.controllers.discard(controller)
        controller.fall_silent()
        for end in controller.le_connections.values():
            if lane := end.lane:
                peer = lane.other(end)
                lane.close()
                asyncio.get_running_loop().call_later(lane.timeout_s, peer.controller.miss, peer)
        controller.le_connections.clear()

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Carry a control PDU; one to a peer that is no longer there gets no answer, like on any radio."""
        if self.find_le_controller(receiver_address) is None:
            logger.debug("nobody hears %s", packet)
            return
        super().send_ll_control_pdu(sender_address, receiver_address, packet)
