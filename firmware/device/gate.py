"""The one gate: whether anything about a body may leave, and anything be changed, over the present connection."""

from sock import const

_KEY_SIZE_MIN = const(16)
"""Bytes of the link's key: a shorter one was negotiated down by somebody."""


class Gate:
    """Open or shut for the one connection that a sock has; shut without a connection.

    It opens for a link that is encrypted with an authenticated, bonded, full-size key. An owner may also open it for
    every link (`allow_unprotected`, set over the cable): the only way where a board cannot pair.

    protection: how the data is guarded, as everybody may read it. protected: whether this very link is.
    """

    def __init__(self, allow_unprotected: bool, pairs: bool = False) -> None:
        self._allow_unprotected = allow_unprotected
        self._connected = False
        self.protected = False
        self.protection = "bonded" if pairs and not allow_unprotected else "none"
        self.open = False

    def connected(self) -> None:
        """A new connection: what an earlier one had proved counts for nothing."""
        self._connected = True
        self.protected = False
        self._judge()

    def disconnected(self) -> None:
        """The connection ended."""
        self._connected = False
        self.protected = False
        self._judge()

    def encryption(self, encrypted: bool, authenticated: bool, bonded: bool, key_size: int) -> None:
        """The link's protection has changed; all four must hold at once."""
        self.protected = bool(encrypted and authenticated and bonded) and key_size >= _KEY_SIZE_MIN
        self._judge()

    def _judge(self) -> None:
        self.open = self._connected and (self.protected or self._allow_unprotected)
