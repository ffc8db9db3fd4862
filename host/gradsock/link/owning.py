"""What an owner asks of a sock over the connection that stands, and changes on it."""

import json
from collections.abc import Mapping
from typing import Any

from sock import protocol
from sock.settings import SettingsError, validate_patch

from gradsock import jsontext
from gradsock.errors import LinkError, UsageError, WrongSock
from gradsock.link.ble import ATT_HEADER, BleLink


async def settings_of(link: BleLink) -> dict[str, Any]:
    """All settings in force; WrongSock for a firmware that does not tell them."""
    try:
        read = jsontext.loads(await link.read(protocol.SETTINGS_UUID))
    except ValueError as error:
        raise WrongSock("the sock does not tell its settings; flash it anew: gradsock flash") from error
    except LinkError as error:
        if "not found" in str(error):
            raise WrongSock("this sock's firmware knows no settings over the air: gradsock flash") from error
        raise
    read.setdefault("channels", [channel[:3] for channel in link.info.raw["channels"]])
    return dict(read)


async def checked(link: BleLink, patch: Mapping[str, object]) -> tuple[dict[str, Any], bytes]:
    """All settings as they would be after a patch, and the bytes to write; UsageError when it makes no sense."""
    before = await settings_of(link)
    try:
        wanted = validate_patch(before, dict(patch))
    except SettingsError as error:
        raise UsageError(str(error)) from None
    data = json.dumps(dict(patch), separators=(",", ":")).encode()
    room = await link.mtu() - ATT_HEADER
    if len(data) > room:
        raise UsageError(f"this is {len(data)} bytes of settings and {room} go at once: set fewer keys at a time")
    return wanted, data


async def write(link: BleLink, data: bytes) -> str:
    """Write a patch, all of it or nothing. The name under which the sock is there after the restart that follows at
    once; empty when nothing had to change. SockRefused when the sock says no."""
    said = await link.ask(protocol.SETTINGS_WRITTEN, 0, protocol.SETTINGS_UUID, data)
    return said.decode()


async def owners_of(link: BleLink) -> list[str]:
    """Addresses of those who have paired, in the sock's order."""
    said = (await link.control(protocol.OWNERS)).decode("ascii")
    return [_address(owner) for owner in said.split(",") if owner]


async def remove_owner(link: BleLink, address: str) -> None:
    """Remove one; every connection ends. UsageError when there is none of that address."""
    owners = await owners_of(link)
    if address not in owners:
        raise UsageError(f"there is no owner {address}: look again who there is")
    await link.control(protocol.REMOVE_OWNER, bytes([owners.index(address)]))


def _address(owner: str) -> str:
    """Of type and address in hexadecimal digits, the least significant first."""
    octets = bytes.fromhex(owner)[1:][::-1]
    return ":".join(f"{octet:02X}" for octet in octets)
