"""`bluetooth` as MicroPython 1.29 has it on NimBLE boards, with its traps; the radio itself is in the board process.

Only what a peripheral uses: scanning, connecting to others, the GATT client and L2CAP channels raise OSError.
"""

import sys
from binascii import hexlify
from os import urandom
from struct import pack

import _port

FLAG_READ = 0x0002
FLAG_WRITE_NO_RESPONSE = 0x0004
FLAG_WRITE = 0x0008
FLAG_NOTIFY = 0x0010
FLAG_INDICATE = 0x0020

_CENTRAL_CONNECT, _CENTRAL_DISCONNECT = 1, 2
_GET_SECRET, _SET_SECRET = 29, 30
_OUR_SECRET, _OUR_IRK = 1, 10
_EOPNOTSUPP = 95
_GONE = 0xA5  # what a handler that kept its memoryview finds in it later

_address = bytearray(6)
_address_view = memoryview(_address)
_data = bytearray(512)
_data_view = memoryview(_data)


class UUID:
    """16, 32 or 128 bits; from an int, a string, or bytes (least significant first)."""

    def __init__(self, value):
        if isinstance(value, int):
            if not 0 <= value <= 0xFFFF:
                raise ValueError("invalid UUID")
            self._bytes = pack("<H", value)
            return
        if isinstance(value, str):
            value = value.encode()
        self._bytes = bytes(value)
        if len(self._bytes) not in (2, 4, 16):
            self._bytes = _from_text(self._bytes)

    # In C a UUID has a buffer; here bytes(uuid) goes by iteration.
    def __len__(self):
        return len(self._bytes)

    def __iter__(self):
        return iter(self._bytes)

    def __hash__(self):
        return hash(self._bytes)

    def __eq__(self, other):
        return isinstance(other, UUID) and self._bytes == other._bytes

    def __lt__(self, other):
        return (len(self), self._bytes) < (len(other), other._bytes)

    def __le__(self, other):
        return not other < self

    def __gt__(self, other):
        return other < self

    def __ge__(self, other):
        return not self < other

    def __repr__(self):
        text = hexlify(bytes(reversed(self._bytes))).decode()
        if len(text) < 32:
            return f"UUID(0x{text})"
        return f"UUID('{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}')"


def _from_text(text):
    digits = []
    for char in text:
        if char == 0x2D:
            continue
        try:
            digits.append(int(chr(char), 16))
        except ValueError:
            raise ValueError("invalid char in UUID") from None
    if len(digits) != 32:
        raise ValueError("UUID too long" if len(digits) > 32 else "UUID too short")
    return bytes(reversed([digits[at] << 4 | digits[at + 1] for at in range(0, 32, 2)]))


def _hex(uuid, what):
    if not isinstance(uuid, UUID):
        raise ValueError(f"invalid {what} UUID")
    return hexlify(bytes(uuid)).decode()


def _plain(data):
    return data.encode() if isinstance(data, str) else data


def _services(definition):
    """A services definition, its UUIDs as hexadecimal text."""
    services = []
    for uuid, characteristics in definition:
        listed = []
        for characteristic in characteristics:
            if not 2 <= len(characteristic) <= 3:
                raise ValueError("invalid characteristic tuple")
            descriptors = characteristic[2] if len(characteristic) == 3 else ()
            listed.append(
                [
                    _hex(characteristic[0], "characteristic"),
                    characteristic[1],
                    [[_hex(descriptor, "descriptor"), flags] for descriptor, flags in descriptors],
                ]
            )
        services.append([_hex(uuid, "service"), listed])
    return services


class BLE:
    """The radio. There is one."""

    _irq = None
    _only = None

    def __new__(cls):
        if BLE._only is None:
            BLE._only = object.__new__(cls)
        return BLE._only

    def active(self, active=None):
        was = _port.call("ble.active", [] if active is None else [bool(active)])[0]
        if active and BLE._irq is not None:
            self._load_irk()
        return was

    def _load_irk(self):
        """NimBLE's own key: from the program, or a new one if the program keeps it; else one that is known to all."""
        key = BLE._irq(_GET_SECRET, (_OUR_IRK, 0, _view(b"irk")))
        if key is None or len(key) != 16:
            key = urandom(16)
            if not BLE._irq(_SET_SECRET, (_OUR_IRK, _view(b"irk"), memoryview(key))):
                return
        _port.call("ble.key", [], bytes(key))
        index = 0
        secret = BLE._irq(_GET_SECRET, (_OUR_SECRET, index, None))
        while secret is not None:
            _port.call("ble.bond", [], bytes(secret))
            index += 1
            secret = BLE._irq(_GET_SECRET, (_OUR_SECRET, index, None))

    def config(self, *args, **values):
        if not values:
            if len(args) != 1:
                raise TypeError("must query one param")
            return _get(args[0])
        if args:
            raise TypeError("can't specify pos and kw args")
        for name, value in values.items():
            _set(name, value)
        return None

    def irq(self, handler):
        if handler is not None and not callable(handler):
            raise ValueError("invalid handler")
        BLE._irq = handler

    def gap_advertise(self, interval_us=500000, adv_data=None, *, resp_data=None, connectable=True):
        if interval_us is None:
            _port.call("ble.advertise", [None, True, None, None])
            return
        args = [interval_us, bool(connectable)]
        data = b""
        for part in (adv_data, resp_data):
            args.append(None if part is None else len(part))
            data += bytes(_plain(part) or b"")
        _port.call("ble.advertise", args, data)

    def gap_scan(self, *args):
        raise OSError(_EOPNOTSUPP)

    def gap_connect(self, *args):
        raise OSError(_EOPNOTSUPP)

    def gap_disconnect(self, conn_handle):
        _port.call("ble.disconnect", [conn_handle])
        return True

    def gap_pair(self, conn_handle):
        _port.call("ble.pair", [conn_handle])

    def gap_passkey(self, conn_handle, action, passkey):
        _port.call("ble.passkey", [conn_handle, action, int(passkey)])

    def gatts_register_services(self, services_definition):
        handles = _port.call("ble.register", [_services(services_definition)])[0]
        return tuple([tuple(service) for service in handles])

    def gatts_read(self, value_handle):
        return _port.call("ble.read", [value_handle])[1]

    def gatts_write(self, value_handle, data, send_update=False):
        data = _plain(data)
        _port.call("ble.write", [value_handle, bool(send_update)], data)
        return len(data)

    def gatts_notify(self, conn_handle, value_handle, data=None):
        _port.call("ble.notify", [conn_handle, value_handle, data is not None], _plain(data))

    def gatts_indicate(self, conn_handle, value_handle, data=None):
        _port.call("ble.indicate", [conn_handle, value_handle, data is not None], _plain(data))

    def gatts_set_buffer(self, value_handle, len, append=False):
        _port.call("ble.buffer", [value_handle, len, bool(append)])

    def _unsupported(self, *args):
        raise OSError(_EOPNOTSUPP)

    gattc_discover_services = gattc_discover_characteristics = gattc_discover_descriptors = _unsupported
    gattc_read = gattc_write = gattc_exchange_mtu = _unsupported


def _get(name):
    if name == "mac":
        return (1, _port.call("ble.get", [name])[1])
    if name == "gap_name":
        return _port.call("ble.get", [name])[1]
    if name == "mtu":
        return _port.call("ble.get", [name])[0]
    raise ValueError("unknown config param")


def _set(name, value):
    if name == "gap_name":
        _port.call("ble.set", [name], _plain(value))
    elif name in ("mtu", "addr_mode", "bond", "mitm", "io", "le_secure"):
        _port.call("ble.set", [name, int(value)])
    else:
        raise ValueError("unknown config param")


def _view(data):
    """The event's bytes, where they stay for as long as the handler runs and not longer."""
    _data[: len(data)] = data
    return _data_view[: len(data)]


def _event(args, data):
    """Calls the program's handler. One that raises is heard of once and never called again."""
    event = args[0]
    handler = BLE._irq
    if handler is None:
        return None
    if event in (_CENTRAL_CONNECT, _CENTRAL_DISCONNECT):
        _address[:] = data
        args.append(_address_view)
    elif event == _GET_SECRET:
        args.append(_view(data))
    elif event == _SET_SECRET:
        key = args.pop()
        view = _view(data)
        args += [view[:key], view[key:] if len(view) > key else None]
    try:
        result = handler(event, tuple(args[1:]))
        if event == _GET_SECRET and result is not None:
            _port.call("ble.secret", [], bytes(result))
            result = 1
    except Exception as error:
        sys.print_exception(error)
        BLE._irq = None
        return None
    for at in range(len(_address)):
        _address[at] = _GONE
    for at in range(len(data)):
        _data[at] = _GONE
    return None if result is None else int(result)


_port.on("ble", _event)
