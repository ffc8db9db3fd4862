"""How hosts, and virtual boards, come to a controller: any HCI device that Bumble knows, or an air in this process."""

from collections.abc import Callable

from bumble import hci
from bumble.host import Host
from bumble.transport import open_transport
from bumble.transport.common import Transport

INSIDE = "inside:"
_airs: dict[str, Callable[[], Transport]] = {}


class QuietHost(Host):
    """Bumble's host, which does not describe each packet for a log that nobody reads: that was a third of its time."""

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """To the controller."""
        if self.hci_sink:
            self.hci_sink.on_packet(bytes(packet))

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """From the controller."""
        if isinstance(packet, hci.HCI_AclDataPacket):
            self.on_hci_acl_data_packet(packet)
        elif isinstance(packet, hci.HCI_Event):
            self.on_hci_event_packet(packet)
        else:
            super().on_hci_packet(packet)


def offer(name: str, plug: Callable[[], Transport]) -> None:
    """From now on that name, which begins with ``inside:``, is an air here; each call of ``plug`` is a controller."""
    _airs[name] = plug


def withdraw(name: str) -> None:
    """It is none any longer."""
    _airs.pop(name, None)


async def open_hci(name: str) -> Transport:
    """A transport to the HCI device of that name; OSError when there is none.

    ``usb:0`` and the like are Bumble's names; ``inside:N`` is an air that is offered here, ``inside:N#2`` the same for
    a second host on it.
    """
    if not name.startswith(INSIDE):
        return await open_transport(name)
    plug = _airs.get(name.partition("#")[0])
    if plug is None:
        raise ConnectionRefusedError(f"no air is called {name}")
    return plug()
