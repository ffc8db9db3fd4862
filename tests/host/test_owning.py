"""What an owner asks of a sock over a connection that stands."""

import pytest
from gradsock.errors import UsageError
from gradsock.link import owning
from sock import protocol

OWNERS = b"010102030405c0,00112233445566"


class Told:
    """A link that has two owners and notes what it is told."""

    def __init__(self) -> None:
        self.told = []

    async def control(self, opcode, payload=b""):
        self.told.append((opcode, payload))
        return OWNERS if opcode == protocol.OWNERS else b""


async def test_owners_are_their_addresses_as_people_write_them() -> None:
    assert await owning.owners_of(Told()) == ["C0:05:04:03:02:01", "66:55:44:33:22:11"]


async def test_the_owner_of_an_address_is_removed_by_its_place_in_the_list() -> None:
    link = Told()
    await owning.remove_owner(link, "66:55:44:33:22:11")
    assert link.told[-1] == (protocol.REMOVE_OWNER, b"\x01")


async def test_who_is_no_owner_cannot_be_removed() -> None:
    link = Told()
    with pytest.raises(UsageError, match="no owner"):
        await owning.remove_owner(link, "00:00:00:00:00:00")
    assert all(opcode == protocol.OWNERS for opcode, _ in link.told)


async def test_of_a_sock_without_owners_there_are_none() -> None:
    class Nobody(Told):
        async def control(self, opcode, payload=b""):
            return b""

    assert await owning.owners_of(Nobody()) == []
