"""The sock's GATT server: the one place that talks to the radio, and its gate.

MicroPython tells nobody's subscription and cannot refuse a write, its characteristic flags do not guard notifications,
and an exception in the event handler makes it deaf for good. So every read, write, notification and indication of ours
passes `Gate` in here, and while it is shut the stack's own copies of the values are empty too.
"""

import asyncio
import time

import bluetooth
from micropython import const

from .gate import Gate

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .pairing import Pairing

SENT = const(0)
FULL = const(1)
GONE = const(2)
"""What became of a notification: handed to the radio; no room now, try again; nobody may have it."""

_IRQ_CENTRAL_CONNECT = const(1)
_IRQ_CENTRAL_DISCONNECT = const(2)
_IRQ_GATTS_WRITE = const(3)
_IRQ_GATTS_READ_REQUEST = const(4)
_IRQ_GATTS_INDICATE_DONE = const(20)
_IRQ_MTU_EXCHANGED = const(21)
_IRQ_ENCRYPTION_UPDATE = const(28)
_IRQ_GET_SECRET = const(29)

_ALLOWED = const(0)
_INSUFFICIENT_AUTHENTICATION = const(5)

_DISPLAY_ONLY = const(0)

_RANDOM = const(1)
_RESOLVABLE = const(2)
"""Kinds of the address: a fresh one at each start, or one that changes all the time and that only owners recognise."""

_ENOMEM = const(12)

_MTU_DEFAULT = const(23)
_MTU_WANTED = const(247)  # 240 bytes of block, 3 of ATT header, 4 of L2CAP header fill one packet of 251
_REQUESTS = const(8)
_ADVERTISING_US = const(250_000)
_SLOW_US = const(1_022_500)
_ADVERTISING_LOOK_MS = const(250)
_SHUT_LOOKS = const(240)
"""A minute: who has not shown by then to be an owner makes room for one. Pairing has half as long (SMP timeout)."""
_CONFIRMATION_MS = const(5_000)  # a host that does not confirm an indication for so long is gone


class Request:
    """A write to Control, Settings or Record access (handle): its bytes, the raw ticks when it came, who wrote it."""

    def __init__(self, data: bytes, raw_ticks: "Any", session: int, handle: int) -> None:
        self.data = data
        self.raw_ticks = raw_ticks
        self.session = session
        self.handle = handle


class Gatt:
    """One connection at a time. Make it before anything big: the radio needs its memory in one piece.

    session: changes with every connection and disconnection; what is meant for one connection carries its number.
    """

    def __init__(self, pairing: "Pairing | None") -> None:
        """pairing: where the board can pair."""
        self._ble: Any = bluetooth.BLE()
        self._gate: Gate | None = None
        self.pairing = pairing
        self._ble.irq(self._irq)  # first: when it starts, NimBLE asks for its own key, and takes a known one without
        self._ble.active(True)
        self._ble.config(mtu=_MTU_WANTED)
        try:
            self._ble.config(addr_mode=_RANDOM if pairing is None else _RESOLVABLE)
        except OSError:
            pass  # the port has its own address alone
        self._connection: int | None = None
        self._advertising = 0  # the interval, in microseconds
        self.slow = False
        """Advertise slowly: nobody is expected."""
        self._advertisement = b""
        self._scan_response = b""
        self._values: dict[int, bytes] = {}  # what the readable characteristics say while the gate is open
        self._open_handles: tuple[int, ...] = ()
        self._requests: list[Request | None] = [None] * _REQUESTS
        self._request_in = 0
        self._request_out = 0
        self.indicating = False
        self.requests_waiting = asyncio.ThreadSafeFlag()
        self.requests_lost = 0
        self.handler_errors = 0
        self.last_error: Exception | None = None
        self.session = 0
        self.mtu = _MTU_DEFAULT

    def serve(self, name: str, model: str, sites: "list[str]", gate: Gate) -> None:
        """Register the services: sites are those with a pressure, by name. Advertising begins with `advertise`."""
        from . import services  # here, since a running sock does without it

        if self.pairing is not None:
            self._ble.config(bond=True, mitm=True, le_secure=True, io=_DISPLAY_ONLY)

        handles = services.register(self._ble, bluetooth.UUID, model, sites)
        hello, self.info, self.live, self.fit, self.journal, self.settings, self._control, self.records = handles[:8]
        self.battery, self.pressures, self._values = handles[8:]
        self._open_handles = (hello,)
        self._advertisement, self._scan_response = services.present(self._ble, hello, name, gate.protection)
        self._gate = gate

    # What leaves

    def publish(self, handle: int, value: bytes) -> None:
        """Set a readable value; a subscriber is told, if it fits. It reaches the stack only while the gate is open."""
        self._values[handle] = value
        if self._gate is not None and self._gate.open:
            self._ble.gatts_write(handle, value, len(value) <= self.mtu - 3)

    def notify(self, handle: int, data: "bytes | memoryview", session: int) -> int:
        """Notify the connection of that session: SENT, FULL (nothing sent, try again later) or GONE."""
        if self._gate is None or not self._gate.open or session != self.session or len(data) > self.mtu - 3:
            return GONE
        try:
            self._ble.gatts_notify(self._connection, handle, data)
        except OSError as error:
            return FULL if error.errno == _ENOMEM else GONE
        return SENT

    async def answer(
        self, session: int, make: "Callable[[], bytes]", here: "Callable[[], None]", handle: int = 0
    ) -> bool:
        """Indicate make() on Control (or handle) to the connection of that session, one at a time; True when it left.

        make is called when nothing is in the way any more, so that a time inside it is that of sending.
        """
        waited_ms = 0
        while session == self.session:
            here()
            if not self.indicating and self._indicate(handle or self._control, make()):
                return True
            if waited_ms >= _CONFIRMATION_MS:
                self.disconnect()
                return False
            await asyncio.sleep_ms(5)
            waited_ms += 5
        return False

    def _indicate(self, handle: int, data: bytes) -> bool:
        if self._gate is None or not self._gate.open:
            return False
        self.indicating = True
        try:
            self._ble.gatts_indicate(self._connection, handle, data[: self.mtu - 3])
        except OSError:
            self.indicating = False
            return False
        return True

    # What comes

    def take_request(self) -> "Request | None":
        """The oldest write to Control, Settings or Record access, or None."""
        if self._request_out == self._request_in:
            return None
        at = self._request_out % _REQUESTS
        request = self._requests[at]
        self._requests[at] = None
        self._request_out += 1
        return request

    # The connection

    @property
    def connected(self) -> bool:
        """Somebody is connected, whatever the gate says."""
        return self._connection is not None

    def disconnect(self, connection: "int | None" = None) -> None:
        """End that connection, or the one there is, if it has not ended by itself."""
        if connection is None:
            connection = self._connection
        if connection is not None:
            try:
                self._ble.gap_disconnect(connection)
            except OSError:
                pass  # it has

    def leave(self) -> None:
        """End the connection, and be found no more: a restart follows, and its address is another."""
        self._advertising = -1
        self.disconnect()

    async def advertise(self, here: "Callable[[], None]") -> None:
        """Be found whenever nobody is connected: once a connection ended advertising, nothing else starts it again."""
        looks = session = 0
        while True:
            here()
            if self._is_open() or session != self.session:
                looks, session = 0, self.session
            looks += 1
            if looks > _SHUT_LOOKS:
                self.disconnect()
            interval_us = _SLOW_US if self.slow else _ADVERTISING_US
            if self._connection is None and 0 <= self._advertising != interval_us:
                self._advertising = interval_us
                try:
                    self._ble.gap_advertise(interval_us, self._advertisement, resp_data=self._scan_response)
                except OSError:
                    self._advertising = 0
            await asyncio.sleep_ms(_ADVERTISING_LOOK_MS)

    # The handler. It may run between any two steps of the rest, or in the middle of one.

    def _irq(self, event: int, data: "tuple[Any, ...]") -> "int | None":
        try:
            return self._handle(event, data)
        except Exception as error:
            self.handler_errors += 1
            self.last_error = error
            return _INSUFFICIENT_AUTHENTICATION if event == _IRQ_GATTS_READ_REQUEST else None

    def _handle(self, event: int, data: "tuple[Any, ...]") -> "int | None":
        if event == _IRQ_GATTS_WRITE:
            if data[1] == self.settings or (data[0] == self._connection and data[1] in (self._control, self.records)):
                self._note_request(data[0], data[1])
        elif event == _IRQ_GATTS_READ_REQUEST:
            allowed = data[1] in self._open_handles or (data[0] == self._connection and self._is_open())
            return _ALLOWED if allowed else _INSUFFICIENT_AUTHENTICATION
        elif event == _IRQ_GATTS_INDICATE_DONE:
            if data[0] == self._connection:
                self.indicating = False
        elif event == _IRQ_MTU_EXCHANGED:
            if data[0] == self._connection:
                self.mtu = data[1]
        elif event == _IRQ_CENTRAL_CONNECT:
            self._connect(data[0])
        elif event == _IRQ_CENTRAL_DISCONNECT:
            if self.pairing is not None:
                self.pairing.gone(data[0])
            if data[0] == self._connection:
                self._disconnect()
        elif event == _IRQ_ENCRYPTION_UPDATE and data[0] == self._connection and self._gate is not None:
            self._gate.encryption(data[1], data[2], data[3], data[4])
            self._fill()
            if self.pairing is not None and not self.pairing.encryption(data[0], self._gate.protected):
                self.disconnect()
        elif event >= _IRQ_GET_SECRET and self.pairing is not None:
            told = self.pairing.handle(event, data, self._ble)
            if told is False and data[2] is not None and self._gate is not None:
                self._gate.encryption(False, False, False, 0)  # not kept as an owner, so none now either
                self._fill()
                self.disconnect()
            return told  # type: ignore[no-any-return]
        return None

    def _is_open(self) -> bool:
        return self._gate is not None and self._gate.open

    def _note_request(self, connection: int, handle: int) -> None:
        raw_ticks = time.ticks_ms()
        data = self._ble.gatts_read(handle)
        is_open = self._is_open()
        if handle == self.settings:  # the write has replaced what can be read: back to what is in force
            self._ble.gatts_write(handle, self._values[handle] if is_open else b"")
        if not is_open or connection != self._connection:
            return
        if self._request_in - self._request_out >= _REQUESTS:
            self.requests_lost += 1
            return
        self._requests[self._request_in % _REQUESTS] = Request(data, raw_ticks, self.session, handle)
        self._request_in += 1
        self.requests_waiting.set()

    def _connect(self, connection: int) -> None:
        self._advertising = 0
        if self._connection is not None:
            self.disconnect(connection)  # one host at a time; a second can only come by a race
            return
        self._connection = connection
        self.session += 1
        self.mtu = _MTU_DEFAULT
        self.indicating = False
        if self._gate is not None:
            self._gate.connected()
        self._fill()

    def _disconnect(self) -> None:
        if self._gate is not None:
            self._gate.disconnected()
        self._connection = None
        self.session += 1
        self._fill()

    def _fill(self) -> None:
        """Give the stack the values, or take them away, as the gate stands."""
        is_open = self._is_open()
        for handle, value in self._values.items():
            self._ble.gatts_write(handle, value if is_open else b"")
