"""The gate opens for an encrypted, authenticated, bonded link with a full-size key, or where its owner allows any."""

import itertools

import pytest
from device.gate import Gate


@pytest.mark.parametrize(
    ("encrypted", "authenticated", "bonded", "key_size"), list(itertools.product((0, 1), (0, 1), (0, 1), (7, 15, 16)))
)
def test_only_the_whole_protection_opens_it(encrypted: int, authenticated: int, bonded: int, key_size: int) -> None:
    gate = Gate(allow_unprotected=False)
    gate.connected()
    assert not gate.open
    gate.encryption(bool(encrypted), bool(authenticated), bool(bonded), key_size)
    assert gate.open == (encrypted and authenticated and bonded and key_size == 16)


def test_it_shuts_when_the_protection_goes() -> None:
    gate = Gate(allow_unprotected=False)
    gate.connected()
    gate.encryption(True, True, True, 16)
    gate.encryption(False, False, True, 0)
    assert not gate.open


def test_nothing_is_carried_over_to_the_next_connection() -> None:
    gate = Gate(allow_unprotected=False)
    gate.connected()
    gate.encryption(True, True, True, 16)
    gate.disconnected()
    assert not gate.open
    gate.connected()
    assert not gate.open


def test_an_owner_may_open_it_for_every_connection_and_only_for_connections() -> None:
    gate = Gate(allow_unprotected=True)
    assert not gate.open
    gate.connected()
    assert gate.open
    gate.disconnected()
    assert not gate.open
