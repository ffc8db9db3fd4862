"""What the host says of the sock's limits is what the sock goes by."""

from pathlib import Path

import pytest
from gradsock.link import ble, proof, telling
from sock import protocol

PAIRING = (Path(__file__).parents[2] / "firmware/device/pairing.py").read_text(encoding="utf-8")


def test_the_waits_after_a_wrong_passkey() -> None:
    assert "_REST_MS = const(4000)" in PAIRING
    assert "_REST_MS << self._tries" in PAIRING  # 8 s after the first, 16 s after the second
    assert "WINDOW_S = const(120)" in PAIRING
    wrong = ble._did_not_pair(ble.LinkError(proof.WRONG_PASSKEY))
    assert "in 8 s, after a second wrong one in 16 s" in wrong
    assert "for two minutes" in ble._did_not_pair(ble.LinkError(proof.NOT_NOW))


def test_the_length_of_a_mark() -> None:
    assert protocol.parse_mark(b"a" * telling.MARK_MAX_BYTES)
    with pytest.raises(protocol.ProtocolError):
        protocol.parse_mark(b"a" * (telling.MARK_MAX_BYTES + 1))
